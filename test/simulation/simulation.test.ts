import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'
import { readCase, wholeCase, writeCase } from './replay-line.ts'
import { runCase, shrink } from './shrink.ts'
import { applyEdits } from './source-edits.ts'

const SMOKE_RUNS = 12

describe('the simulation', () => {
  it('finds no broken promise in a few runs', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= SMOKE_RUNS; seed += 1) {
      const { violation } = await runCase(wholeCase(seed))
      expect(violation, `npm run simulate -- --replay '${writeCase(wholeCase(seed))}'`).toBeNull()
    }
  })

  it('does the same again for the same seed, step by step', { timeout: 60_000 }, async () => {
    for (const seed of [1, 2, 3]) {
      const [first, second] = [await runCase(wholeCase(seed)), await runCase(wholeCase(seed))]
      expect(second).toEqual(first)
    }
  })

  it('does something else for another seed', async () => {
    const [first, second] = [await runCase(wholeCase(4)), await runCase(wholeCase(5))]
    expect(second.digest).not.toBe(first.digest)
  })

  it('crashes workers and asks Google in most runs', { timeout: 60_000 }, async () => {
    const outcomes = []
    for (let seed = 100; seed < 110; seed += 1) outcomes.push(await runCase(wholeCase(seed)))
    expect(outcomes.filter(({ googleCalls }) => googleCalls > 10).length).toBeGreaterThan(5)
    expect(outcomes.some(({ crashes }) => crashes > 0)).toBe(true)
  })
})

describe('a replay line', () => {
  it.each(['12', '12/40', '12:0-3,7', '12:', '12:5~calm', '9007199254740991/3:1,3-4~calm'])(
    'says all of the case %s',
    (text) => {
      expect(writeCase(readCase(text))).toBe(text)
    },
  )

  it.each(['', 'x', '12:a', '12~loud', '-3'])('refuses %j', (text) => {
    expect(() => readCase(text)).toThrow(/names no run/)
  })
})

describe('shrinking', () => {
  it('leaves a case whole that does not fail', { timeout: 60_000 }, async () => {
    const whole = wholeCase(1, 6)
    expect(await shrink(whole, 'no such violation', 20)).toEqual(whole)
  })
})

describe('a mutant', () => {
  it.each(MUTANTS)('$name: stands on a text that is there once', ({ edits }) => {
    for (const { file, ...edit } of edits) {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
      expect(applyEdits(text, [{ file, ...edit }], file)).not.toBe(text)
    }
  })

  it('whose text is gone is an error, and so is one that occurs twice', () => {
    const edit = { file: 'a.ts', find: 'x', replace: 'y' }
    expect(() => applyEdits('abc', [edit], 'a.ts')).toThrow(/0 times/)
    expect(() => applyEdits('axbx', [edit], 'a.ts')).toThrow(/2 times/)
    expect(applyEdits('axb', [edit], 'a.ts')).toBe('ayb')
  })
})
