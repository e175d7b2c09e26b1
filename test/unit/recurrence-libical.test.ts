import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { compileRule } from '../../src/recurrence/compiled-series.ts'
import { readStamp } from '../../src/recurrence/recurrence-lines.ts'
import { wallOfDate } from '../../src/recurrence/wall-clock.ts'

const file = fileURLToPath(
  new URL('../../../shared/fixtures/recurrence/libical-icalrecur_test.txt', import.meta.url),
)
const present = existsSync(file)
if (!present) console.info('left out: the rules of libical’s tests (../shared/fixtures is not here)')

interface Case {
  readonly rule: string
  readonly start: string
  readonly instances: readonly string[]
}

function readCases(): Case[] {
  const cases: Case[] = []
  for (const block of readFileSync(file, 'utf8').split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
    const [rule, start, instances] = [field('RRULE'), field('DTSTART'), field('INSTANCES')]
    if (rule !== '' && /^\d{8}(T\d{6})?$/.test(start) && /^[\dT,]+$/.test(instances)) {
      cases.push({ rule, start, instances: instances.split(',') })
    }
  }
  return cases
}

/** Rules whose value the SDK refuses: more often than daily, or of RFC 7529. */
function isOurs({ rule }: Case): boolean {
  return !/FREQ=(HOURLY|MINUTELY|SECONDLY)|RSCALE|SKIP|EASTER/.test(rule)
}

function wallOf(stamp: string): number {
  const read = readStamp(stamp)
  return read === null ? Number.NaN : wallOfDate(read.date) + (read.timeMs ?? 0)
}

/** The first occurrences of a rule as libical lists them: without a start that the rule does not name. */
function expand({ rule, start, instances }: Case): string[] | null {
  const startWall = wallOf(start)
  const last = wallOf(instances.at(-1) ?? start)
  const compiled = compileRule(rule, { zone: start.length === 8 ? null : 'UTC', startWall }, false)
  if (compiled === null) return null
  const form = (wall: number): string =>
    new Date(wall).toISOString().slice(0, start.length === 8 ? 10 : 19).replaceAll(/[-:]/g, '')
  return compiled.between(startWall, last + 1).map(form)
}

describe.skipIf(!present)('rules of libical’s tests', () => {
  const cases = present ? readCases().filter(isOurs) : []

  test('are expanded as libical expands them, but for what is known to be read in two ways', () => {
    const differing = cases.filter((one) => {
      const expanded = expand(one)
      return expanded !== null && expanded.join(',') !== one.instances.join(',')
    })
    expect(cases.length).toBeGreaterThan(80)
    expect(differing.map(({ rule }) => rule)).toEqual([])
  })

  test('those that cannot be read are no rules of RFC 5545', () => {
    const unread = cases.filter((one) => expand(one) === null).map(({ rule }) => rule)
    expect(unread).toEqual([])
  })
})
