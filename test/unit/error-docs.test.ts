import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors/index.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...body] = section.split('\n')
    const text = body.join('\n').split(/^## /m)[0] ?? ''
    return { code: heading.trim(), text: text.trim() }
  })

test('the page of errors has a paragraph for every code, in no other order than the registry', () => {
  expect(sections.map(({ code }) => code)).toEqual(Object.keys(ERROR_CODES))
})

test('every paragraph says something', () => {
  for (const { code, text } of sections) expect(text.length, code).toBeGreaterThan(60)
})
