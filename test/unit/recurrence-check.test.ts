import { describe, expect, test } from 'vitest'
import type { Appointment, EventTime } from '../../src/domain/index.ts'
import {
  canonicalRecurrence,
  endedBefore,
  endOfSeries,
  hasOccurrence,
  occurrencesBetween,
  recurringAppointmentSchema,
} from '../../src/recurrence/index.ts'
import { anAppointment } from './appointment-builder.ts'

const TIMED = {
  timeZone: 'Europe/Berlin',
  start: '2026-03-02T09:00:00+01:00',
  end: '2026-03-02T09:30:00+01:00',
}
const DAYS = { allDay: true, start: '2026-03-02', end: '2026-03-03' }

function problemsOf(changes: Partial<Appointment>): Record<string, string> {
  const result = recurringAppointmentSchema.safeParse(anAppointment({ ...TIMED, ...changes }))
  return Object.fromEntries(
    (result.error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]),
  )
}

describe('a recurring appointment', () => {
  test.each([
    [['RRULE:FREQ=WEEKLY;BYDAY=MO,WE']],
    [['RRULE:FREQ=DAILY;UNTIL=20260401T070000Z', 'EXDATE;TZID=Europe/Berlin:20260303T090000']],
    [['RDATE:20260309T080000Z,20260316T080000Z']],
    [['rrule:freq=monthly;byday=-1fr']],
  ])('may recur by %j', (recurrence) => {
    expect(problemsOf({ recurrence })).toEqual({})
  })

  test.each([
    ['RRULE:FREQ=HOURLY', 'more often than DAILY'],
    ['RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20260401T070000Z', 'UNTIL and COUNT together'],
    ['RRULE:FREQ=WEEKLY;UNTIL=20260401', 'in UTC'],
    ['RRULE:FREQ=WEEKLY;UNTIL=20260401T090000', 'in UTC'],
    ['RRULE:FREQ=WEEKLY;UNTIL=20260231T090000Z', 'that exists'],
    ['RRULE:FREQ=WEEKLY;COUNT=0', 'COUNT'],
    ['RRULE:FREQ=WEEKLY;COUNT=1001', 'at most 1000'],
    ['RRULE:FREQ=WEEKLY;FREQ=DAILY', 'twice'],
    ['RRULE:FREQ=WEEKLY;BYEASTER=1', 'does not know'],
    ['RRULE:FREQ=WEEKLY;toString=1', 'does not know'],
    ['RRULE:INTERVAL=2', 'FREQ'],
    ['RRULE:FREQ=WEEKLY;BYDAY=1MO', 'numbers in BYDAY'],
    ['RRULE:FREQ=MONTHLY;BYWEEKNO=3', 'BYWEEKNO'],
    ['RRULE:FREQ=MONTHLY;BYSETPOS=1', 'another BY part'],
    ['RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,10,20,30,40', '24 times a day'],
    ['EXRULE:FREQ=WEEKLY', 'EXRULE'],
    ['DTSTART:20260302T080000Z', 'DTSTART'],
    ['EXDATE;TZID=Mars/Olympus:20260303T090000', 'IANA'],
    ['RDATE;VALUE=PERIOD:20260303T090000Z/PT1H', 'dates or date-times'],
    ['RDATE;VALUE=DATE:20260303', 'YYYYMMDDTHHMMSSZ'],
    ['every Monday', 'must be a line'],
  ])('may not recur by %s', (line, message) => {
    expect(problemsOf({ recurrence: [line] })['recurrence.0']).toContain(message)
  })

  test('of whole days has days for dates', () => {
    expect(
      problemsOf({ ...DAYS, recurrence: ['RRULE:FREQ=DAILY;UNTIL=20260401', 'EXDATE:20260303'] }),
    ).toEqual({})
    const wrong = problemsOf({
      ...DAYS,
      recurrence: [
        'RRULE:FREQ=DAILY;UNTIL=20260401T000000Z',
        'EXDATE:20260303T000000Z',
        'RRULE:FREQ=DAILY;BYHOUR=9',
      ],
    })
    expect(Object.keys(wrong)).toEqual(['recurrence.0', 'recurrence.1', 'recurrence.2'])
  })

  test('names every problem of its lines, its exceptions and itself at once', () => {
    const wrong = problemsOf({
      id: 'x~20260302T080000Z',
      status: 'maybe' as 'confirmed',
      recurrence: ['RRULE:FREQ=SECONDLY', 'EXDATE:tomorrow'],
      exceptions: [{ originalStart: '2026-03-02' }, { originalStart: new Date(0), start: new Date(0) }],
    })
    expect(Object.keys(wrong).toSorted()).toEqual([
      'exceptions.0.originalStart',
      'exceptions.1.end',
      'id',
      'recurrence.0',
      'recurrence.1',
      'status',
    ])
  })

  test('refuses exceptions that are no occurrences, or there twice, and drops those past its end', () => {
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE:20260309T080000Z']
    const at = (originalStart: string) => ({ originalStart, status: 'cancelled' as const })
    expect(
      problemsOf({ recurrence, exceptions: [at('2026-03-16T08:00:00Z'), at('2026-03-23T08:00:00Z')] }),
    ).toEqual({})
    expect(problemsOf({ recurrence, exceptions: [at('2026-03-09T08:00:00Z')] })).toEqual({})
    expect(Object.keys(problemsOf({ recurrence, exceptions: [at('2026-03-10T08:00:00Z')] }))).toEqual([
      'exceptions.0.originalStart',
    ])
    const twice = [at('2026-03-16T08:00:00Z'), at('2026-03-16T09:00:00+01:00')]
    expect(problemsOf({ recurrence, exceptions: twice })['exceptions.1.originalStart']).toBe('is there twice')
    expect(Object.keys(problemsOf({ exceptions: [at('2026-03-16T08:00:00Z')] }))).toEqual(['exceptions'])
  })

  test('has an id that leaves room for its occurrences', () => {
    expect(Object.keys(problemsOf({ id: 'x'.repeat(171), recurrence: ['RRULE:FREQ=DAILY'] }))).toEqual(['id'])
    expect(problemsOf({ id: 'x'.repeat(170), recurrence: ['RRULE:FREQ=DAILY'] })).toEqual({})
  })

  test('must leave an occurrence', () => {
    const recurrence = ['RRULE:FREQ=DAILY;COUNT=1', 'EXDATE:20260302T080000Z']
    expect(problemsOf({ recurrence })).toEqual({ recurrence: 'leaves no occurrence' })
  })
})

const berlin = (start: string): EventTime => ({
  allDay: false,
  startMs: Date.parse(start),
  endMs: Date.parse(start) + 1_800_000,
  timeZone: 'Europe/Berlin',
})

describe('lines that mean the same', () => {
  const time = berlin('2026-03-02T09:00:00+01:00')
  test('are spelled the same, whoever wrote them', () => {
    const one = canonicalRecurrence(
      [
        'EXDATE;TZID=Europe/Berlin:20260401T090000,20260310T090000',
        'RRULE:WKST=MO;BYDAY=WE,+1MO;INTERVAL=01;FREQ=MONTHLY;UNTIL=20260501T070000Z',
        'EXDATE:20260310T080000Z',
      ],
      time,
    )
    expect(one).toEqual([
      'RRULE:FREQ=MONTHLY;UNTIL=20260501T070000Z;BYDAY=WE,1MO',
      'EXDATE:20260310T080000Z,20260401T070000Z',
    ])
    expect(canonicalRecurrence(one, time)).toEqual(one)
  })

  test('stay as they are where they cannot be read, and then nothing is known of the series', () => {
    const recurrence = canonicalRecurrence(['RRULE:FREQ=HOURLY', 'X-NEW:1'], time)
    expect(recurrence).toEqual(['RRULE:FREQ=HOURLY', 'X-NEW:1'])
    expect(hasOccurrence({ time, recurrence }, Date.parse('2026-03-03T08:00:00Z'))).toBe('unknown')
    expect(endOfSeries({ time, recurrence }, 'UTC')).toBe(Infinity)
  })
})

describe('the clock of the zone', () => {
  const wallTimes = (zone: string, start: string, days: number): string[] => {
    const startMs = Date.parse(start)
    const time: EventTime = { allDay: false, startMs, endMs: startMs + 1_800_000, timeZone: zone }
    const series = { time, recurrence: ['RRULE:FREQ=DAILY'] }
    const window = { fromMs: startMs, toMs: startMs + days * 86_400_000 }
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
    const starts = occurrencesBetween(series, window, zone).map(
      ({ originalStart }) => new Date(originalStart),
    )
    return [...new Set(starts.map((one) => clock.format(one)))]
  }

  test.each([
    ['America/Sao_Paulo', '2018-10-20T09:00:00-03:00'],
    ['Europe/Berlin', '2026-03-20T09:00:00+01:00'],
    ['America/New_York', '2026-10-20T09:00:00-04:00'],
    ['Australia/Lord_Howe', '2026-03-20T09:00:00+11:00'],
    ['Africa/Casablanca', '2026-02-01T09:00:00+01:00'],
    ['Pacific/Apia', '2011-12-20T09:00:00-10:00'],
  ])('is kept in %s across its change', (zone, start) => {
    expect(wallTimes(zone, start, 60)).toEqual(['09:00'])
  })

  test('moves on by the gap where an hour is skipped, and takes the first of two', () => {
    const starts = (start: string, day: string): (number | string)[] => {
      const series = { time: berlin(start), recurrence: ['RRULE:FREQ=DAILY'] }
      const fromMs = Date.parse(`${day}T00:00:00Z`)
      return occurrencesBetween(series, { fromMs, toMs: fromMs + 86_400_000 }, 'UTC').map(
        ({ originalStart }) => originalStart,
      )
    }
    expect(starts('2026-03-20T02:30:00+01:00', '2026-03-29')).toEqual([
      Date.parse('2026-03-29T03:30:00+02:00'),
    ])
    expect(starts('2026-10-20T02:30:00+02:00', '2026-10-25')).toContain(
      Date.parse('2026-10-25T02:30:00+02:00'),
    )
  })

  test('ends with the last occurrence, with the first one excluded, and never where there is no last', () => {
    const time = berlin('2026-03-20T09:00:00+01:00')
    const end = (...recurrence: string[]): number => endOfSeries({ time, recurrence }, 'UTC')
    expect(end('RRULE:FREQ=DAILY;COUNT=15')).toBe(Date.parse('2026-04-03T09:30:00+02:00'))
    expect(end('RRULE:FREQ=DAILY;UNTIL=20260403T070000Z', 'EXDATE:20260403T070000Z')).toBe(
      Date.parse('2026-04-02T09:30:00+02:00'),
    )
    expect(end('RRULE:FREQ=DAILY')).toBe(Infinity)
    expect(end('RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5')).toBe(
      Date.parse('2026-03-20T09:30:00+01:00'),
    )
  })

  test('a rule that is ended has no occurrence from then on, in its zone', () => {
    const time = berlin('2026-03-20T09:00:00+01:00')
    const beforeMs = Date.parse('2026-04-02T09:00:00+02:00')
    const recurrence = endedBefore(
      ['RRULE:FREQ=DAILY;COUNT=90', 'RDATE:20260501T070000Z'],
      time,
      beforeMs,
      'UTC',
    )
    expect(recurrence).toEqual(['RRULE:FREQ=DAILY;UNTIL=20260402T065959Z'])
    expect(endOfSeries({ time, recurrence }, 'UTC')).toBe(Date.parse('2026-04-01T09:30:00+02:00'))
  })
})
