import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_TEMPLATE_LENGTH, type SyncSettings } from '../../src/domain/index.ts'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { cutHtml, escapeHtml } from '../../src/templating/html-text.ts'
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_LOCATION_LENGTH,
  MAX_TITLE_LENGTH,
  renderEvent,
  TEMPLATE_FILTERS,
  validateTemplate,
} from '../../src/templating/index.ts'
import { cutText } from '../../src/templating/plain-text.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const html = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }).map(escapeHtml),
      fc.constantFrom('<b>', '</b>', '<a href="x">', '&amp;', '😀'),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

describe('the cut', () => {
  test('leaves a text that fits as it is', () => {
    expect(cutText('abc', 3)).toBe('abc')
    expect(cutHtml('<b>', 3)).toBe('<b>')
  })

  test('ends in an ellipsis and counts it', () => {
    expect(cutText('abcdef', 4)).toBe('abc…')
    expect(cutText('ab  def', 4)).toBe('ab…')
  })

  test('never halves a character', () => {
    expect(cutText('ab😀cd', 4)).toBe('ab…')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, max) => {
        const cut = cutText(text, max)
        return cut.length <= max && !/\p{Surrogate}/u.test(cut)
      }),
    )
  })

  test('never halves a tag or an entity', () => {
    expect(cutHtml('ab&amp;cdef', 6)).toBe('ab…')
    expect(cutHtml('ab<a href="x">c</a>', 10)).toBe('ab…')
    fc.assert(
      fc.property(html, fc.integer({ min: 2, max: 40 }), (text, max) => {
        const cut = cutHtml(text, max)
        const rest = cut.replace(/<[a-z/!][^>]*>/g, '').replace(/&(amp|lt|gt|quot|#39);/g, '')
        return cut.length <= max && !/[<&]/.test(rest)
      }),
    )
  })

  test("keeps title, description and location within Google's limits", () => {
    const text = fc.string({ unit: 'binary', maxLength: 1000 })
    const notes = fc.string({ unit: 'binary', minLength: 5000, maxLength: 20_000 })
    fc.assert(
      fc.property(text, text, notes, fc.boolean(), (title, location, long, repeat) => {
        const event = renderEvent(
          aCheckedAppointment({ title, location, notes: long }),
          settingsWith(
            repeat
              ? { titleTemplate: '{{ notes }}{{ title }}', descriptionTemplate: '{{ notes }}{{ notes }}' }
              : {},
          ),
        )
        expect(event.title.length).toBeLessThanOrEqual(MAX_TITLE_LENGTH)
        expect(event.title.length).toBeGreaterThan(0)
        expect(event.description.length).toBeLessThanOrEqual(MAX_DESCRIPTION_LENGTH)
        expect(event.location.length).toBeLessThanOrEqual(MAX_LOCATION_LENGTH)
        expect(JSON.stringify(event)).not.toMatch(/\\ud[89a-f]/)
      }),
      { numRuns: 40 },
    )
  })

  test('is used only where it has to be', () => {
    const event = renderEvent(aCheckedAppointment({ notes: 'n'.repeat(9000) }), settingsWith())
    expect(event.description).toHaveLength(MAX_DESCRIPTION_LENGTH)
    expect(event.description.endsWith('n…')).toBe(true)
  })
})

test('no value can put markup into a description', () => {
  const value = fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", 'b', ';', ' ', '\n', '\u0001', '\u0002'),
  })
  fc.assert(
    fc.property(value, value, fc.constantFrom(...TEMPLATE_FILTERS), (notes, name, filter) => {
      const args = ['append', 'prepend', 'remove', 'split', 'join', 'default'].includes(filter)
        ? ': client.name'
        : ''
      const settings = settingsWith({
        descriptionTemplate: `{{ notes }}|{{ client.name | ${filter}${args} }}|{% capture c %}{{ notes }}{% endcapture %}{{ c }}`,
      })
      const appointment = aCheckedAppointment({ notes, client: { name } })
      let description = ''
      try {
        ;({ description } = renderEvent(appointment, settings))
      } catch (error) {
        // Filters that need an argument refuse to go without it.
        expect(isAppointmentSyncError(error, 'INVALID_TEMPLATE')).toBe(true)
      }
      expect(description.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>&"']/)
    }),
  )
})

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['an unknown variable', 'a\n  {{ client.nome }}', 'there is no variable "client.nome" (line 2, column 6)'],
  ['a prototype', '{{ client.constructor }}', '"client.constructor"'],
  ['the prototype of a text', '{{ "".__proto__ }}', '"__proto__"'],
  [
    'the prototype of an own variable',
    '{% assign c = client %}{{ c.constructor.name }}',
    '"c.constructor.name"',
  ],
  ['a name only known while rendering', '{{ client[custom.field] }}', 'client'],
  ['an include', '{% include "secret" %}', 'tag "include" not found (line 1, column 1)'],
  ['a render', '{% render "secret" %}', 'tag "render" not found'],
  ['a layout', '{% layout "secret" %}', 'tag "layout" not found'],
  ['unescaping', '{{ client.name | raw }}', 'undefined filter: raw'],
  ['a text that changes with the clock', '{{ "now" | date: "%s" }}', 'there is no date directive "%s"'],
  ['a text that changes at random', '{{ title | split: "" | sample }}', 'undefined filter: sample'],
  ['an open output', 'x {{ title', '(line 1, column 3)'],
  ['an open tag', '{% if title %}', 'not closed (line 1, column 1)'],
  ['an endless range', '{% for i in (1..1000000000) %}{% endfor %}', 'characters (line 1, column 1)'],
  [
    'nested loops',
    '{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}',
    'takes more than 5000 steps',
  ],
  [
    'nested loops over a text',
    '{% assign a = "x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x" | split: "," %}' +
      '{% for i in a %}{% for j in a %}{% for k in a %}{% endfor %}{% endfor %}{% endfor %}',
    'takes more than 5000 steps',
  ],
  [
    'a text that doubles',
    '{% assign a = "x" %}{% for i in (1..100) %}{% assign a = a | append: a %}{% endfor %}',
    'produces more than 250000 characters',
  ],
  [
    'a huge output',
    `{% for i in (1..1000) %}${'x'.repeat(1000)}{% endfor %}`,
    'produces more than 250000 characters',
  ],
  [
    'a huge capture',
    `{% capture c %}{% for i in (1..1000) %}${'x'.repeat(1000)}{% endfor %}{% endcapture %}`,
    'produces more than 250000 characters',
  ],
  ['a template over the limit', 'x'.repeat(MAX_TEMPLATE_LENGTH + 1), 'longer than 10000 characters'],
]

describe('a template is refused for', () => {
  test.each(REFUSED)('%s', (_, template, said) => {
    for (const kind of ['title', 'description'] as const) {
      const problem = thrownBy(() => validateTemplate(template, kind))
      expect(problem).toMatchObject({ code: 'INVALID_TEMPLATE', retryable: false })
      expect(problem.message).toContain(said)
      expect(problem.message).toContain(`The ${kind} template`)
      expect(problem.problems).toEqual([
        {
          path: `${kind}Template`,
          message: expect.stringContaining(said) as string,
          line: expect.any(Number) as number,
          column: expect.any(Number) as number,
        },
      ])
    }
  })

  test.each(REFUSED)('%s, also when it is met while rendering', (_, template) => {
    for (const setting of ['titleTemplate', 'descriptionTemplate'] as const) {
      const settings: SyncSettings = settingsWith({ [setting]: template })
      const problem = thrownBy(() => renderEvent(aCheckedAppointment(), settings))
      expect(problem).toMatchObject({ code: 'INVALID_TEMPLATE', problems: [{ path: setting }] })
    }
  })

  test('nesting that no parser survives, without taking the process along', () => {
    const deep = '{{ title' + '[title'.repeat(1200) + ']'.repeat(1200) + ' }}'
    expect(thrownBy(() => validateTemplate(deep, 'title')).code).toBe('INVALID_TEMPLATE')
  })

  test('data that makes it too long, without repeating the data', () => {
    const settings = settingsWith({ descriptionTemplate: '{{ notes }}'.repeat(20) })
    const problem = thrownBy(() =>
      renderEvent(aCheckedAppointment({ notes: 'private '.repeat(2400) }), settings),
    )
    expect(problem.code).toBe('INVALID_TEMPLATE')
    expect(`${problem.message} ${String(problem.cause)}`).not.toContain('private')
  })
})

test('a good template passes the check, and the one after a bad one too', () => {
  for (let round = 0; round < 2; round += 1) {
    expect(() => validateTemplate('{{ nope }}', 'title')).toThrow(/no variable/)
    validateTemplate('{{ title | upcase }} {{ custom.room.size }} {% comment %}x{% endcomment %}', 'title')
  }
})

test('a template met for the thousandth time renders as it did the first time', () => {
  const settings = (index: number) => settingsWith({ titleTemplate: `${index} {{ title }}` })
  for (let index = 0; index < 500; index += 1) {
    const [first, again] = [0, 0].map(() => renderEvent(aCheckedAppointment(), settings(index)).title)
    expect(first).toBe(`${index} Corte de Cabelo`)
    expect(again).toBe(first)
  }
  expect(renderEvent(aCheckedAppointment(), settings(0)).title).toBe('0 Corte de Cabelo')
})

function thrownBy(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (isAppointmentSyncError(error)) return error
    throw error
  }
  throw new Error('expected it to throw')
}
