import { describe, expect, test } from 'vitest'
import type { Appointment, SyncSettings } from '../../src/domain/index.ts'
import { renderEvent } from '../../src/templating/index.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

function describedBy(
  descriptionTemplate: string,
  changes: Partial<Appointment> = {},
  settings: Partial<SyncSettings> = {},
): string {
  return renderEvent(aCheckedAppointment(changes), settingsWith({ ...settings, descriptionTemplate }))
    .description
}

describe("a tenant's own template", () => {
  test('may use every variable', () => {
    const names = [
      'prefix',
      'title',
      'service.name',
      'service.duration_minutes',
      'client.name',
      'client.email',
      'client.phone',
      'professional.name',
      'professional.email',
      'location',
      'notes',
      'status',
      'status_label',
      'start',
      'end',
      'date',
      'start_time',
      'end_time',
      'time_zone',
      'custom.room',
    ]
    const text = describedBy(names.map((name) => `${name}={{ ${name} }}`).join('\n'), {
      professional: { name: 'Maria', email: 'maria@example.com' },
      location: 'Rua A',
      notes: 'towel',
      custom: { room: 7 },
    })
    expect(text.split('\n')).toEqual([
      'prefix=[Agendamento]',
      'title=Corte de Cabelo',
      'service.name=Corte de Cabelo',
      'service.duration_minutes=30',
      'client.name=João Silva',
      'client.email=joao@email.com',
      'client.phone=(11) 99999-9999',
      'professional.name=Maria',
      'professional.email=maria@example.com',
      'location=Rua A',
      'notes=towel',
      'status=confirmed',
      'status_label=Confirmado',
      'start=01/05/2026 09:00',
      'end=01/05/2026 09:30',
      'date=01/05/2026',
      'start_time=09:00',
      'end_time=09:30',
      'time_zone=America/Sao_Paulo',
      'custom.room=7',
    ])
  })

  test.each([
    ['pt-BR', '01/05/2026 00:05 até 01/05/2026 12:30'],
    ['es', '01/05/2026 00:05 até 01/05/2026 12:30'],
    ['en', 'May 1, 2026, 12:05 AM até May 1, 2026, 12:30 PM'],
  ] as const)('shows times in the spelling of %s', (locale, expected) => {
    const times = { start: '2026-05-01T00:05:00-03:00', end: '2026-05-01T12:30:00-03:00' }
    expect(describedBy('{{ start }} até {{ end }}', times, { locale })).toBe(expected)
  })

  test('shows whole days with the last day that is still part of them, and without times', () => {
    const days = { allDay: true, start: '2026-02-28', end: '2026-03-01' }
    expect(describedBy('{{ start }}-{{ end }}{{ start_time }}{{ time_zone }}', days)).toBe(
      '28/02/2026-28/02/2026',
    )
  })

  test('shows wall-clock times on both sides of a change of the clock', () => {
    const night = {
      timeZone: 'Europe/Berlin',
      start: '2026-03-29T00:30:00Z',
      end: '2026-03-29T01:30:00Z',
    }
    expect(describedBy('{{ start_time }}-{{ end_time }}', night)).toBe('01:30-03:30')
  })

  test('finds absent and empty values false', () => {
    const template = '{% if client.phone %}phone{% else %}none{% endif %} {% if custom.vip %}vip{% endif %}'
    expect(describedBy(template, { client: { name: 'Ana', phone: '' }, custom: { vip: false } })).toBe('none')
  })

  test('prints a number, a boolean and a zero of the custom values', () => {
    expect(
      describedBy('{{ custom.a }} {{ custom.b }} {{ custom.c }}', { custom: { a: 0, b: false, c: 1.5 } }),
    ).toBe('0 false 1.5')
  })

  test('reads a custom value whose name is a property of every object', () => {
    const custom = JSON.parse('{"toString":"mine"}') as Record<string, string>
    expect(describedBy('{{ custom.toString }}', { custom })).toBe('mine')
    expect(describedBy('[{{ custom.toString }}{{ custom.valueOf }}]')).toBe('')
  })

  test('reaches no prototype by a name that is only known while rendering', () => {
    const template =
      '{% assign c = custom %}{% assign t = title %}{{ title }}: ' +
      '{{ c[custom.p] }}{{ c[custom.q] }}{{ c[custom.q].name }}{{ t[custom.r] }}'
    const custom = { p: '__proto__', q: 'constructor', r: 'toUpperCase' }
    expect(describedBy(template, { custom })).toBe('Corte de Cabelo:')
  })

  test('never sends half a character, whatever a value or a filter makes of it', () => {
    const custom = { half: 'a\ud83d', whole: '😀' }
    const template = '{{ custom.half }} {{ custom.whole | split: "" | first }} {{ custom.whole | slice: 0 }}'
    expect(describedBy(template, { custom })).toBe('a\ufffd \ufffd 😀')
  })

  test('prints nothing for a group of values', () => {
    expect(describedBy('a{{ title }}{{ client }}')).toBe('aCorte de Cabelo')
  })

  test('for the title falls back to the built-in one when it gives nothing', () => {
    const event = renderEvent(
      aCheckedAppointment(),
      settingsWith({ titleTemplate: '{{ client.name }}', includeClientInfo: false }),
    )
    expect(event.title).toBe('[Agendamento] Corte de Cabelo')
  })

  test('for the title is neither escaped nor broken', () => {
    const event = renderEvent(
      aCheckedAppointment({ client: { name: "D'Ávila & <Filhos>" } }),
      settingsWith({ titleTemplate: '{{ client.name }}\n\n({{ start_time }})' }),
    )
    expect(event.title).toBe("D'Ávila & <Filhos> (09:00)")
  })
})

describe('escaping', () => {
  const client = { name: '<img src=x onerror="a(\'b\')"> & co' }
  const escaped = '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt; &amp; co'

  test('leaves the markup of the template and escapes every value', () => {
    expect(describedBy('<b>{{ client.name }}</b>', { client })).toBe(`<b>${escaped}</b>`)
  })

  test('holds after filters that would make markup of a value', () => {
    expect(describedBy('{{ client.name | replace: "img", "<b>" }}', { client })).not.toContain('<b>')
    expect(describedBy('{{ custom.x | replace: "(", "<" }}', { custom: { x: '(b>' } })).toBe('&lt;b&gt;')
    expect(describedBy('{{ "<" | append: client.name }}', { client })).toBe(`&lt;${escaped}`)
  })

  test('holds once, and only once, for a captured value', () => {
    expect(describedBy('{% capture x %}{{ client.name }}{% endcapture %}{{ x }}', { client })).toBe(escaped)
  })

  test('holds in a loop', () => {
    const template = '{% assign parts = client.name | split: " " %}{% for p in parts %}{{ p }} {% endfor %}'
    expect(describedBy(template, { client })).toBe(escaped)
  })

  test('cannot be undone by a value that imitates the marks around values', () => {
    const name = '\u0002<b>\u0001'
    expect(describedBy('{{ client.name }}', { client: { name } })).toBe(' &lt;b&gt;')
    expect(describedBy('{{ title | append: "\u0002<b>\u0001" }}')).toBe('Corte de Cabelo &lt;b&gt;')
  })
})

describe('lines', () => {
  test('whose values are all empty are dropped, others stay', () => {
    const template = 'Head\nA: {{ custom.a }}\nB: {{ custom.a }}{{ title }}\n{% if custom.a %}C{% endif %}D'
    expect(describedBy(template)).toBe('Head\nB: Corte de Cabelo\nD')
  })

  test('of every line ending become plain ones, without trailing blanks', () => {
    expect(describedBy('a  \r\nb\t\rc\n')).toBe('a\nb\nc')
  })

  test('are parted by one blank line at most, and none at the ends', () => {
    expect(describedBy('\n\n a\n\n \n\nb\n\n\n')).toBe(' a\n\nb')
  })

  test('of a blank value in the middle of notes stay', () => {
    expect(describedBy('{{ notes }}!', { notes: '\n\na\n\nb\n' })).toBe('a\n\nb!')
  })
})
