import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  DATE_DIRECTIVES,
  DATE_STYLES,
  MAX_DESCRIPTION_LENGTH,
  MAX_GUESTS,
  MAX_RENDER_CHARACTERS,
  MAX_RENDER_STEPS,
  MAX_TITLE_LENGTH,
  MONEY_CURRENCIES,
  TEMPLATE_FILTERS,
  TEMPLATE_TAGS,
  VARIABLE_TABLE,
} from '../../src/templating/index.ts'

const path = new URL('../../docs/guide/templates.md', import.meta.url)
const variableTable = [
  ['variable', 'what it is', 'type', 'example'],
  ['-', '-', '-', '-'],
  ...VARIABLE_TABLE.map(({ name, description, type, example }) => [
    `\`${name}\``,
    description,
    type,
    `\`${example}\``,
  ]),
]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n')
const VARIABLES = /(<!-- variables:.*? -->\n)(.*?)(\n<!-- end of variables -->)/s

if (process.env['WRITE_GUIDE'] !== undefined) {
  const before = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    before.replace(
      VARIABLES,
      (_, start: string, _table, end: string) => `${start}\n${variableTable}\n${end}`,
    ),
  )
}
const guide = readFileSync(path, 'utf8')
/** Without what the formatter pads tables with. */
const bare = (table: string): string => table.trim().replace(/ +/g, ' ').replace(/-+/g, '-')
const listed = (start: string): string[] => {
  const line = guide.split('\n').find((text) => text.startsWith(start)) ?? ''
  return [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

test('the guide lists every tag and filter there is, and no other', () => {
  expect(listed('Tags: ')).toEqual([...TEMPLATE_TAGS])
  expect(listed('Filters: ')).toEqual([...TEMPLATE_FILTERS])
})

test('the guide describes every variable as the data does: if not, run what its comment says', () => {
  const [, , table = ''] = VARIABLES.exec(guide) ?? []
  expect(bare(table).split('\n')).toEqual(bare(variableTable).split('\n'))
})

test('the guide names every style, directive and currency there is', () => {
  const section = (heading: string): string => guide.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? ''
  for (const style of DATE_STYLES) expect(section('date')).toContain(`| \`${style}\``)
  for (const directive of DATE_DIRECTIVES) expect(section('date')).toContain(`\`%${directive}\``)
  expect([...section('money').matchAll(/`([A-Z]{3})`/g)].map((match) => match[1])).toEqual(
    expect.arrayContaining([...MONEY_CURRENCIES]),
  )
})

test('the guide states the limits that hold', () => {
  const figures = [MAX_TITLE_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_GUESTS].map(String)
  const grouped = [MAX_RENDER_STEPS, MAX_RENDER_CHARACTERS].map((limit) => limit.toLocaleString('en'))
  for (const figure of [...figures, ...grouped]) expect(guide).toContain(figure)
})
