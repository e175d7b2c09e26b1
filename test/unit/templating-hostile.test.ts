import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { MAX_TITLE_LENGTH, renderEvent, TEMPLATE_FILTERS } from '../../src/templating/index.ts'
import { toHtmlLines } from '../../src/templating/output-text.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'
import { HOSTILE } from './hostile-templates.ts'

// The clock of the last resort stands still: what ends here ends by what it counts.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0))
afterEach(() => void vi.restoreAllMocks())

/** Names that lead out of a plain object. */
const ESCAPES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']
/** How a value of the runtime's, and not of the appointment's, would read. */
const FOREIGN = /\[object|native code|function|=>|undefined|Drop/

interface Rendered {
  readonly title: string
  readonly description: string
}

/** Both texts by one template, or `null` when it is refused as a template is; anything else is thrown on. */
function render(template: string, custom: Record<string, string | number | boolean> = {}): Rendered | null {
  const settings = settingsWith({ titleTemplate: template, descriptionTemplate: template })
  try {
    return renderEvent(aCheckedAppointment({ custom, notes: 'n' }), settings)
  } catch (error) {
    if (!isAppointmentSyncError(error, 'INVALID_TEMPLATE')) throw error
    expect(error.message).not.toMatch(/ ms\b/)
    expect(error.message.length).toBeLessThan(10_000)
    for (const { line, column } of error.problems) {
      expect(line).toBeGreaterThanOrEqual(1)
      expect(column).toBeGreaterThanOrEqual(1)
    }
    return null
  }
}

test.each(HOSTILE)('%s: ends, and spoils nothing for the next template', (_, template) => {
  expect(template.length).toBeLessThanOrEqual(10_000)
  const rendered = render(template)
  if (rendered !== null) expect(rendered.title.length).toBeLessThanOrEqual(MAX_TITLE_LENGTH)
  expect(render('{{ title }}')?.title).toBe('Corte de Cabelo')
})

test.each([
  'a text that grows by encoding',
  'a list that is copied over and over',
  'a condition of a thousand comparisons',
  'a condition of a thousand searches',
  'a condition of a thousand parts in a loop',
  'a chain of a thousand filters in a loop',
  'a case of a thousand values in a loop',
  'lists that are compared over and over',
  'a search that looks at each place again',
])('%s: is refused for what it costs, though it prints nothing', (name) => {
  const [, template = ''] = HOSTILE.find(([known]) => known === name) ?? []
  expect(template).not.toBe('')
  expect(render(template)).toBeNull()
})

test('a template as people write them is far from the limits', () => {
  const line =
    '{% if client.name contains "a" and status != "pending" %}{{ client.name | upcase }}: {{ starts_at | date: "full" }}{% endif %}\n'
  expect(render(line.repeat(75))?.description.split('\n')).toHaveLength(75)
})

test('a value of nothing but line breaks is cut at its ends alone, as fast as any other', () => {
  const breaks = '\n'.repeat(150_000)
  const value = (text: string) => [{ kind: 'value' as const, text }]
  expect(toHtmlLines(value(`a${breaks}b`))).toBe('a\n\nb')
  expect(toHtmlLines(value(breaks))).toBe('')
})

test('blank lines at the ends of a value are cut as the pattern for them would', () => {
  const text = fc.string({ unit: fc.constantFrom('\n', ' ', 'a', '\t', '\u00a0') })
  fc.assert(
    fc.property(text, (value) => {
      const cut = value.replace(/^\s*\n|\n\s*$/g, '')
      const pieces = (inside: string) => [
        { kind: 'literal' as const, text: '(' },
        { kind: 'value' as const, text: inside },
        { kind: 'literal' as const, text: ')' },
      ]
      // Cut already, it is cut no further.
      expect(toHtmlLines(pieces(value))).toBe(toHtmlLines(pieces(cut)))
    }),
  )
})

describe('a prototype', () => {
  const written = ESCAPES.slice(0, 3).flatMap((name) => [
    `{{ ${name} }}`,
    `{{ client.${name} }}`,
    `{{ client["${name}"] }}`,
    `{{ client.name.${name}.${name} }}`,
    `{{ custom.${name} }}`,
    `{{ ["${name}"] }}`,
    `{{ "x".${name} }}`,
    `{% assign c = client %}{{ c["${name}"] }}`,
    `{% assign l = title | split: "" %}{{ l.${name} }}`,
    `{% for p in client %}{{ p.${name} }}{{ forloop.${name} }}{% endfor %}`,
    `{% if client.${name} %}x{% endif %}`,
    `{% assign x = client.${name} %}`,
    `{{ title | append: client.${name} }}`,
    `{% for x in client.${name} %}x{% endfor %}`,
    `{% case client.${name} %}{% when 1 %}{% endcase %}`,
  ])
  test.each(written)('written out is refused: %s', (template) => {
    expect(render(template)).toBeNull()
  })

  test.each(ESCAPES)('whose name only the data knows (%s) is not reached', (name) => {
    const template = [
      '{% assign c = custom %}{% assign g = client %}{% assign t = title %}{% assign l = title | split: "" %}',
      '{{ c[custom.p] }}{{ g[custom.p] }}{{ t[custom.p] }}{{ l[custom.p] }}{{ c[custom.p][custom.p] }}',
      '{% for pair in client %}{{ pair[custom.p] }}{{ pair[1][custom.p] }}{{ forloop[custom.p] }}{% endfor %}',
      '{% for i in (1..2) %}{{ i[custom.p] }}{% endfor %}{% assign n = 5 %}{{ n[custom.p] }}',
      '{% if c[custom.p] %}reached{% endif %}{{ c[custom.p] | default: "" }}{{ g[custom.p] | size | minus: 0 | replace: "0", "" }}',
    ].join('')
    expect(render(`${template}.`, { p: name })).toMatchObject({ title: '.', description: '' })
  })

  test.each(ESCAPES)('is not what a custom key of its name (%s) gives: only the value is', (name) => {
    const custom = JSON.parse(`{"${name}":"mine"}`) as Record<string, string>
    const template = '{% assign c = custom %}{% for pair in c %}{{ pair[1] }}{% endfor %}{{ c["polluted"] }}.'
    const shown = render(template, custom)?.title
    expect(['mine.', '.']).toContain(shown)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.prototype.toString.call({})).toBe('[object Object]')
  })

  test.each(ESCAPES)('is not changed by assigning to its name (%s)', (name) => {
    render(`{% assign ${name} = "x" %}{% capture ${name} %}y{% endcapture %}{{ title }}`)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    expect(typeof {}.toString).toBe('function')
    expect(render('{{ title }}')?.title).toBe('Corte de Cabelo')
  })

  test.each(['size', 'first', 'last'])('is not behind %s of a group, a list or a text', (part) => {
    const template = `{% assign g = client %}{% assign l = title | split: " " %}{{ g.${part} }}{{ l.${part} }}{{ title.${part} }}{{ custom.x.${part} }}{{ l.${part}.${part} }}`
    const rendered = render(template, { x: 1 })
    expect(JSON.stringify(rendered)).not.toMatch(FOREIGN)
  })
})

describe('templates out of a grammar', () => {
  const NAMES = ['title', 'notes', 'client', 'custom', 'a', 'b', 'i', 'forloop', 'service.duration_minutes']
  const literal = fc.oneof(
    fc.constantFrom('""', '"q"', '"qq"', '0', '1', '-3', '99999', '1.5', 'nil', 'true', 'empty', 'blank'),
    fc.constantFrom(...ESCAPES).map((name) => `"${name}"`),
  )
  const name = fc.oneof(
    fc.constantFrom(...NAMES),
    fc
      .tuple(fc.constantFrom('a', 'b', 'i', 'custom'), fc.constantFrom(...ESCAPES, 'size', 'first', 'k'))
      .map((path) => path.join('.')),
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('custom.k', 'i', '0', '-1'))
      .map(([of, key]) => `${of}[${key}]`),
  )
  const operand = fc.oneof(literal, name, fc.constantFrom('(1..9)', '(1..a)', '(i..500)', '(1..99999999)'))
  const filter = fc
    .tuple(
      fc.constantFrom(...TEMPLATE_FILTERS),
      fc.array(
        operand.filter((text) => !text.startsWith('(')),
        { maxLength: 3 },
      ),
    )
    .map(([of, args]) => ` | ${of}${args.length > 0 ? `: ${args.join(', ')}` : ''}`)
  const value = fc.tuple(operand, fc.array(filter, { maxLength: 4 })).map(([of, by]) => of + by.join(''))
  const condition = fc
    .tuple(operand, fc.constantFrom('==', '!=', '<', '>=', 'contains', 'and', 'or'), operand)
    .map((parts) => parts.join(' '))

  const { template } = fc.letrec<{ template: string; node: string }>((tie) => ({
    template: fc
      .array(tie('node'), { maxLength: 5, depthIdentifier: 'template' })
      .map((nodes) => nodes.join('')),
    node: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'template' },
      fc.constantFrom('q', ' ', '\n', '<q>', '{', '}}', '%}'),
      value.map((of) => `{{ ${of} }}`),
      fc.tuple(fc.constantFrom('a', 'b'), value).map(([to, of]) => `{% assign ${to} = ${of} %}`),
      fc
        .tuple(operand, fc.constantFrom('', ' reversed', ' limit:2', ' offset:i'), tie('template'))
        .map(([over, how, body]) => `{% for i in ${over}${how} %}${body}{% endfor %}`),
      fc
        .tuple(condition, tie('template'), tie('template'))
        .map(([of, yes, no]) => `{% if ${of} %}${yes}{% else %}${no}{% endif %}`),
      fc
        .tuple(fc.constantFrom('a', 'b'), tie('template'))
        .map(([to, body]) => `{% capture ${to} %}${body}{% endcapture %}`),
      fc
        .tuple(operand, operand, tie('template'))
        .map(([of, when, body]) => `{% case ${of} %}{% when ${when} %}${body}{% endcase %}`),
      fc.constantFrom(
        '{% break %}',
        '{% continue %}',
        '{% comment %}q{% endcomment %}',
        '{% raw %}{{ q }}{% endraw %}',
        '{% endfor %}',
      ),
    ),
  }))

  test('end within what they may use, or are refused, and print nothing of the runtime', () => {
    let rendered = 0
    fc.assert(
      fc.property(template, fc.constantFrom(...ESCAPES, 'q'), (text, k) => {
        const event = render(text.slice(0, 9_900), { k })
        if (event === null) return
        rendered += 1
        expect(event.title + event.description).not.toMatch(FOREIGN)
        const unescaped = event.description.replace(/<q>|&(amp|lt|gt|quot|#39);/g, '')
        expect(unescaped).not.toMatch(/[<>&"']/)
      }),
      { numRuns: 1_500 },
    )
    expect(rendered).toBeGreaterThan(200)
  })
})
