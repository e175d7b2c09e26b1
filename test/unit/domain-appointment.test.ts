import { describe, expect, test } from 'vitest'
import { type Appointment, appointmentSchema, eventTimeOf } from '../../src/domain/index.ts'
import { isAppointmentSyncError, parseOrThrow, type Problem } from '../../src/errors/index.ts'
import { aCheckedAppointment, anAppointment } from './appointment-builder.ts'

/** What is wrong with an input, the way a caller gets to know it. */
function errorOf(input: unknown): Error & { problems: readonly Problem[] } {
  try {
    parseOrThrow(appointmentSchema, input, 'INVALID_APPOINTMENT', 'The appointment')
  } catch (error) {
    if (isAppointmentSyncError(error, 'INVALID_APPOINTMENT')) return error
    throw error
  }
  throw new Error('expected the appointment to be refused')
}

const problemsOf = (changes: Record<string, unknown>): readonly Problem[] =>
  errorOf({ ...anAppointment(), ...changes }).problems
const pathsOf = (changes: Record<string, unknown>): string[] => problemsOf(changes).map(({ path }) => path)

describe('an appointment', () => {
  test('is checked into instants, with null for what is absent', () => {
    expect(aCheckedAppointment()).toEqual({
      id: 'appointment-1',
      tenantId: 'tenant-1',
      userId: 'user-1',
      status: 'confirmed',
      time: {
        allDay: false,
        startMs: Date.UTC(2026, 4, 1, 12),
        endMs: Date.UTC(2026, 4, 1, 12, 30),
        timeZone: null,
      },
      title: null,
      service: { name: 'Corte de Cabelo', durationMinutes: 30 },
      client: { name: 'João Silva', email: 'joao@email.com', phone: '(11) 99999-9999' },
      professional: { name: 'Maria Santos', email: null },
      location: null,
      notes: null,
      attendees: [],
      conference: null,
      url: null,
      googleEventId: null,
      custom: {},
      recurrence: [],
      exceptions: [],
      updatedAtMs: Date.UTC(2026, 3, 1),
    })
  })

  test('is refused with every problem at once, each by its path', () => {
    const paths = pathsOf({
      id: '',
      tenantId: 'a\nb',
      userId: 'u'.repeat(192),
      status: 'maybe',
      start: '2026-05-01T09:00:00',
      end: 5,
      allDay: 'no',
      timeZone: '+03:00',
      title: 't'.repeat(1001),
      service: { durationMinutes: -1 },
      client: { name: 'Ana', email: 'ana@', phone: '1'.repeat(51) },
      professional: 'Maria',
      attendees: [{ email: 'ok@example.com' }, { email: 'nobody' }],
      conference: 'zoom',
      url: 'javascript:alert(1)',
      recurrence: 'RRULE:FREQ=DAILY',
      exceptions: [{ originalStart: 5, status: 'maybe' }],
      custom: { nested: {} },
      updatedAt: 'yesterday',
    })
    expect(paths.toSorted()).toEqual([
      'allDay',
      'attendees.1.email',
      'client.email',
      'client.phone',
      'conference',
      'custom.nested',
      'end',
      'exceptions',
      'exceptions.0.status',
      'id',
      'professional',
      'recurrence',
      'service.durationMinutes',
      'service.name',
      'start',
      'status',
      'tenantId',
      'timeZone',
      'title',
      'updatedAt',
      'url',
      'userId',
    ])
  })

  test('is refused with a message that names the paths and repeats no value', () => {
    const { message } = errorOf({
      ...anAppointment(),
      status: 'Secret status',
      start: '1 May, Secret',
      end: 'Secret end',
      timeZone: 'Secret/Zone',
      client: { name: `Secret ${'x'.repeat(600)}`, email: 'secret@', phone: `Secret ${'1'.repeat(50)}` },
      notes: 'Secret'.repeat(4000),
      attendees: [{ email: 'secret' }],
      custom: { key: ['Secret'] },
    })
    expect(message).toContain('client.email: must be an e-mail address')
    expect(message).toContain('The appointment cannot be used')
    expect(message).not.toMatch(/secret/i)
  })

  test.each([null, undefined, 'text', 5, []])('is refused as a whole when it is %j', (input) => {
    expect(errorOf(input).problems.map(({ path }) => path)).toEqual([''])
  })

  test('is refused with one problem for each of its times', () => {
    expect(pathsOf({ start: undefined, end: new Date(Number.NaN), updatedAt: undefined }).toSorted()).toEqual(
      ['end', 'start', 'updatedAt'],
    )
    expect(pathsOf({ allDay: true, start: new Date(0), end: 5 })).toEqual(['start', 'end'])
  })

  test.each([
    'ftp://app.example.com/1',
    'javascript:alert(1)',
    '/appointments/1',
    'https://app.example.com/a b',
    'https://',
    `https://app.example.com/${'x'.repeat(2000)}`,
  ])('is refused with the address %j, which Google would not take', (url) => {
    expect(pathsOf({ url })).toEqual(['url'])
  })

  test('keeps its address as it is given, and whether it has a conference', () => {
    const url = 'HTTPS://app.example.com/appointments/1?x=%20#y'
    expect(aCheckedAppointment({ url, conference: 'meet' })).toMatchObject({ url, conference: 'meet' })
  })

  test('without a rule is a single one', () => {
    expect(aCheckedAppointment({ recurrence: [] })).toEqual(aCheckedAppointment())
  })

  test('takes explicit undefined for anything optional', () => {
    const all: Partial<Appointment> = {
      allDay: undefined,
      timeZone: undefined,
      title: undefined,
      service: undefined,
      client: undefined,
      professional: undefined,
      location: undefined,
      notes: undefined,
      attendees: undefined,
      conference: undefined,
      url: undefined,
      recurrence: undefined,
      exceptions: undefined,
      custom: undefined,
    }
    expect(aCheckedAppointment(all)).toMatchObject({ client: null, custom: {}, attendees: [] })
  })

  test('loses fields it does not have', () => {
    expect(appointmentSchema.parse({ ...anAppointment(), extra: 1 })).toEqual(aCheckedAppointment())
  })
})

describe('the time of an appointment', () => {
  test('needs an offset where it is text', () => {
    expect(pathsOf({ start: '2026-05-01T09:00:00' })).toEqual(['start'])
    expect(pathsOf({ start: '2026-05-01' })).toEqual(['start'])
    expect(aCheckedAppointment({ start: '2026-05-01T12:00Z' }).time).toEqual(aCheckedAppointment().time)
    expect(aCheckedAppointment({ start: new Date('2026-05-01T12:00:00Z') }).time).toEqual(
      aCheckedAppointment().time,
    )
  })

  test('cannot be on a day that does not exist', () => {
    expect(pathsOf({ start: '2026-02-30T09:00:00Z' })).toEqual(['start'])
    expect(pathsOf({ allDay: true, start: '2026-02-29', end: '2026-03-01' })).toEqual(['start'])
    expect(aCheckedAppointment({ allDay: true, start: '2028-02-29', end: '2028-03-01' }).time).toEqual({
      allDay: true,
      startDate: '2028-02-29',
      endDate: '2028-03-01',
    })
  })

  test('ends after the last of its whole days', () => {
    const [problem] = problemsOf({ allDay: true, start: '2026-05-01', end: '2026-05-01' })
    expect(problem).toMatchObject({ path: 'end', message: expect.stringContaining('exclusive') as string })
  })

  test('may be of no length, but not of a negative one', () => {
    const start = '2026-05-01T09:00:00-03:00'
    expect(aCheckedAppointment({ start, end: start }).time).toMatchObject({
      startMs: Date.UTC(2026, 4, 1, 12),
      endMs: Date.UTC(2026, 4, 1, 12),
    })
    expect(pathsOf({ start, end: '2026-05-01T08:59:59-03:00' })).toEqual(['end'])
  })

  test('is an instant, also where the clock is set forward or back', () => {
    const zone = { timeZone: 'Europe/Berlin' }
    const forward = aCheckedAppointment({
      ...zone,
      start: '2026-03-29T01:30:00+01:00',
      end: '2026-03-29T03:30:00+02:00',
    })
    const back = aCheckedAppointment({
      ...zone,
      start: '2026-10-25T02:30:00+02:00',
      end: '2026-10-25T02:30:00+01:00',
    })
    for (const { time } of [forward, back]) {
      expect(time.allDay ? 0 : time.endMs - time.startMs).toBe(3_600_000)
    }
  })

  test('is in the zone it names, or else in the one of the settings', () => {
    expect(eventTimeOf(aCheckedAppointment(), 'America/Bahia')).toMatchObject({ timeZone: 'America/Bahia' })
    expect(eventTimeOf(aCheckedAppointment({ timeZone: 'Europe/Lisbon' }), 'America/Bahia')).toMatchObject({
      timeZone: 'Europe/Lisbon',
    })
    const days = aCheckedAppointment({ allDay: true, start: '2026-05-01', end: '2026-05-02' })
    expect(eventTimeOf(days, 'America/Bahia')).toEqual(days.time)
  })
})
