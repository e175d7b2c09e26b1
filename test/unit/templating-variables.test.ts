import { expect, test } from 'vitest'
import {
  renderEvent,
  sampleAppointment,
  TEMPLATE_VARIABLES,
  VARIABLE_TABLE,
} from '../../src/templating/index.ts'
import { clientMask } from '../../src/templating/client-mask.ts'
import { templateScope } from '../../src/templating/template-scope.ts'
import { aCheckedAppointment, settingsWith } from './appointment-builder.ts'

const english = settingsWith({ locale: 'en' })
const sample = sampleAppointment('en', english.timeZone)

/** Dotted paths of everything in a scope; what is below `custom` counts as one. */
function pathsOf(scope: object, under = ''): string[] {
  return Object.entries(scope).flatMap(([name, value]) => {
    if (under === 'custom.') return ['custom.*']
    return typeof value === 'object' && value !== null
      ? pathsOf(value as object, `${under}${name}.`)
      : [`${under}${name}`]
  })
}

test('an appointment that has everything has every documented variable, and no other', () => {
  const found = [...new Set(pathsOf(templateScope(sample, english, clientMask(sample, english))))]
  expect(found.sort()).toEqual([...TEMPLATE_VARIABLES].sort())
})

test.each(VARIABLE_TABLE.map(({ name, example }) => [name, example]))(
  '%s prints its example for the sample in English',
  (name, example) => {
    const titleTemplate = `{{ ${name.replace('*', 'price')} }}`
    expect(renderEvent(sample, { ...english, titleTemplate }).title).toBe(example)
  },
)

test('every variable has a description and a name of its own', () => {
  expect(new Set(TEMPLATE_VARIABLES).size).toBe(TEMPLATE_VARIABLES.length)
  for (const { description } of VARIABLE_TABLE) expect(description.length).toBeGreaterThan(5)
})

test.each([
  ['pt-BR', 'segunda-feira', 'João'],
  ['en', 'Monday', 'Emily'],
  ['es', 'lunes', 'Lucía'],
] as const)('the sample of %s is in its language, at nine on the clock of any zone', (locale, day, name) => {
  for (const timeZone of ['America/Sao_Paulo', 'Asia/Tokyo', 'Pacific/Kiritimati']) {
    const settings = settingsWith({
      locale,
      timeZone,
      titleTemplate: '{{ weekday }} {{ starts_at | date: "%H:%M" }} {{ client.first_name }}',
    })
    expect(renderEvent(sampleAppointment(locale, timeZone), settings).title).toBe(`${day} 09:00 ${name}`)
  }
})

test.each([
  [0, '0 min'],
  [30, '30 min'],
  [60, '1 h'],
  [75, '1 h 15 min'],
  [1500, '25 h'],
  [59.6, '1 h'],
])('a duration of %d minutes reads %s', (durationMinutes, expected) => {
  const appointment = aCheckedAppointment({ service: { name: 'Corte', durationMinutes } })
  expect(renderEvent(appointment, settingsWith({ titleTemplate: '{{ duration }}' })).title).toBe(expected)
})

test('whole days have a start and an end as days, and neither duration nor times', () => {
  const appointment = aCheckedAppointment({
    service: undefined,
    allDay: true,
    start: '2026-05-01',
    end: '2026-05-04',
  })
  const titleTemplate =
    '{{ starts_at }} {{ ends_at }} {{ weekday }}{{ duration }}{{ starts_at | date: "time" }}'
  expect(renderEvent(appointment, settingsWith({ titleTemplate })).title).toBe(
    '2026-05-01 2026-05-03 sexta-feira',
  )
})

test('instants carry the offset that held on that day', () => {
  const night = { timeZone: 'Europe/Berlin', start: '2026-03-29T00:30:00Z', end: '2026-03-29T01:30:00Z' }
  const titleTemplate = '{{ starts_at }} {{ ends_at }}'
  expect(renderEvent(aCheckedAppointment(night), settingsWith({ titleTemplate })).title).toBe(
    '2026-03-29T01:30:00+01:00 2026-03-29T03:30:00+02:00',
  )
})
