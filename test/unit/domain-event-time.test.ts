import { describe, expect, test } from 'vitest'
import {
  eventTimeSchema,
  isCalendarDate,
  isTimeZone,
  sameEventTime,
  sameField,
  toEpochMs,
} from '../../src/domain/index.ts'

describe('a calendar day', () => {
  test.each(['2026-01-01', '2028-02-29', '9999-12-31'])('%s exists', (day) => {
    expect(isCalendarDate(day)).toBe(true)
  })

  test.each([
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00Z',
    '',
  ])('%j does not', (day) => {
    expect(isCalendarDate(day)).toBe(false)
  })
})

describe('an instant', () => {
  test.each([
    ['2026-05-01T12:00:00Z', Date.UTC(2026, 4, 1, 12)],
    ['2026-05-01T09:00-03:00', Date.UTC(2026, 4, 1, 12)],
    ['2026-05-01T09:00:00.5-0300', Date.UTC(2026, 4, 1, 12, 0, 0, 500)],
    ['2026-05-01T09:00:00.123456789-03:00', Date.UTC(2026, 4, 1, 12, 0, 0, 123)],
  ])('is read from %s', (text, expected) => {
    expect(toEpochMs(text)).toBe(expected)
  })

  test.each([
    '2026-05-01',
    '2026-05-01T09:00:00',
    '2026-02-30T09:00:00Z',
    '2026-05-01T25:00:00Z',
    '2026-05-01 09:00:00Z',
    '1777636800000',
    'now',
  ])('is not read from %s', (text) => {
    expect(toEpochMs(text)).toBeNull()
  })

  test('is read from a Date, unless that is invalid', () => {
    expect(toEpochMs(new Date(7))).toBe(7)
    expect(toEpochMs(new Date(Number.NaN))).toBeNull()
  })
})

test('a zone is a name of the IANA list, never an offset', () => {
  for (const zone of ['America/Sao_Paulo', 'Europe/Berlin', 'UTC']) expect(isTimeZone(zone)).toBe(true)
  for (const zone of ['+03:00', '-0300', '', 'Mars/Olympus', 'America/São_Paulo']) {
    expect(isTimeZone(zone)).toBe(false)
  }
})

describe('two times', () => {
  const timed = { allDay: false, startMs: 1, endMs: 2, timeZone: 'UTC' } as const
  const days = { allDay: true, startDate: '2026-05-01', endDate: '2026-05-02' } as const

  test('are the same whatever zone they are shown in', () => {
    expect(sameEventTime(timed, { ...timed, timeZone: 'Europe/Berlin' })).toBe(true)
    expect(sameField('time', timed, { ...timed, timeZone: 'Europe/Berlin' })).toBe(true)
  })

  test('differ by an edge, or by being whole days', () => {
    expect(sameEventTime(timed, { ...timed, endMs: 3 })).toBe(false)
    expect(sameEventTime(days, { ...days, startDate: '2026-04-30' })).toBe(false)
    expect(sameEventTime(timed, days)).toBe(false)
    expect(sameEventTime(days, timed)).toBe(false)
    expect(sameEventTime(days, { ...days })).toBe(true)
  })

  test('survive being stored', () => {
    for (const time of [timed, days]) {
      expect(eventTimeSchema.parse(JSON.parse(JSON.stringify(time)))).toEqual(time)
    }
  })
})

test('an unknown side equals nothing, not even another unknown one', () => {
  expect(sameField('title', undefined, undefined)).toBe(false)
  expect(sameField('title', 'a', undefined)).toBe(false)
  expect(sameField('title', 'a', 'a')).toBe(true)
  expect(sameField('attendees', [{ email: 'a', name: null }], [{ email: 'a', name: null }])).toBe(true)
})
