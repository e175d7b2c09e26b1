import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_GUESTS,
  MAX_RENDER_CHARACTERS,
  MAX_RENDER_STEPS,
  MAX_TITLE_LENGTH,
  TEMPLATE_FILTERS,
  TEMPLATE_TAGS,
  TEMPLATE_VARIABLES,
} from '../../src/templating/index.ts'

const guide = readFileSync(new URL('../../docs/guide/templates.md', import.meta.url), 'utf8')
const listed = (start: string): string[] => {
  const line = guide.split('\n').find((text) => text.startsWith(start)) ?? ''
  return [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

test('the guide lists every tag and filter there is, and no other', () => {
  expect(listed('Tags: ')).toEqual([...TEMPLATE_TAGS])
  expect(listed('Filters: ')).toEqual([...TEMPLATE_FILTERS])
})

test('the guide lists every variable there is, and no other', () => {
  const firstCells = guide
    .split('\n')
    .flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1] ?? ''] : []))
  const names = firstCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]))
  expect(names).toEqual([...TEMPLATE_VARIABLES])
})

test('the guide states the limits that hold', () => {
  const figures = [MAX_TITLE_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_GUESTS].map(String)
  const grouped = [MAX_RENDER_STEPS, MAX_RENDER_CHARACTERS].map((limit) => limit.toLocaleString('en'))
  for (const figure of [...figures, ...grouped]) expect(guide).toContain(figure)
})
