import { describe, expect, test } from 'vitest'
import { type Clinic, owner } from './clinic.ts'
import {
  instance,
  instancesOf,
  later,
  nth,
  openRecurringClinic,
  startOf,
  WEEKLY,
} from './recurring-clinic.ts'

const WORK = 'work@group.calendar.google.com'
const at = (n: number, minutes: number) => ({ start: later(n, minutes), end: later(n, minutes + 30) })
const movedBy = (n: number, minutes: number) => ({ originalStart: nth(n), ...at(n, minutes) })
const inGoogle = (n: number, minutes: number) => ({
  start: { dateTime: later(n, minutes), timeZone: 'America/Sao_Paulo' },
  end: { dateTime: later(n, minutes + 30), timeZone: 'America/Sao_Paulo' },
})

async function settle(clinic: Clinic, rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    clinic.clock.advance(20_000)
    await clinic.sync.tasks.run('sync_recent_appointments')
    await clinic.sync.tasks.run('drain_outbox')
  }
}

const masters = (clinic: Clinic) =>
  clinic.hand.events().filter((event) => Array.isArray(event['recurrence']) && event['recurrence'].length > 0)

const told = (clinic: Clinic): string[] =>
  clinic.book.told.map(
    ({ type, occurrence }) =>
      `${type} ${occurrence ? new Date(occurrence.originalStart).toISOString() : 'series'}`,
  )

describe('an outage between a series and its exceptions', () => {
  test('leaves them to the outbox, which needs nothing of the caller', async () => {
    await using clinic = await openRecurringClinic()
    clinic.google.faults.failNext({ match: { path: /instances/ }, status: 503, times: 6 })
    const result = await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(1, 60), movedBy(2, 60)] })
    expect(result.status).toBe('queued')
    expect(masters(clinic)).toHaveLength(1)
    clinic.clock.advance(600_000)
    await settle(clinic)
    expect([1, 2].map((n) => startOf(instance(clinic, n)))).toEqual([later(1, 60), later(2, 60)])
    expect(masters(clinic)).toHaveLength(1)
    expect(told(clinic)).toEqual([])
  })

  test('a lost answer to an exception is no edit of a person’s', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', WEEKLY)
    clinic.clock.advance(1000)
    clinic.google.faults.dropNext({ match: { method: 'PATCH' }, applied: true })
    await clinic.push('a1', { exceptions: [movedBy(1, 60)] })
    clinic.clock.advance(600_000)
    await settle(clinic)
    expect(startOf(instance(clinic, 1))).toBe(later(1, 60))
    expect(told(clinic)).toEqual([])
  })

  test('a lost answer to a restored occurrence is no restoring of a person’s', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, exceptions: [{ originalStart: nth(1), status: 'cancelled' }] })
    clinic.clock.advance(1000)
    clinic.google.faults.dropNext({ match: { method: 'PATCH' }, applied: true })
    await clinic.push('a1', { exceptions: [] })
    clinic.clock.advance(600_000)
    await settle(clinic)
    expect(instancesOf(clinic).size).toBe(10)
    expect(told(clinic)).toEqual([])
  })

  test('what changed while the sync token was lost is told after the full pass', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(1, 60)] })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(700_000)
    clinic.hand.patch(instance(clinic, 1).id, inGoogle(1, 120))
    clinic.hand.delete(instance(clinic, 2).id)
    clinic.hand.patch(instance(clinic, 3).id, inGoogle(3, 120))
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic).toSorted()).toEqual(
      [`cancelled ${nth(2)}`, `rescheduled ${nth(1)}`, `rescheduled ${nth(3)}`].toSorted(),
    )
  })
})

describe('both sides change a series', () => {
  test('one occurrence is contested, and the others go on', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', WEEKLY)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.hand.patch(instance(clinic, 1).id, inGoogle(1, 120))
    const result = await clinic.push('a1', { exceptions: [movedBy(1, 60), movedBy(2, 60)] })
    expect(result.status).toBe('conflict')
    expect(startOf(instance(clinic, 1))).toBe(later(1, 120))
    expect(startOf(instance(clinic, 2))).toBe(later(2, 60))
    const { items } = await clinic.sync.conflicts.list(owner)
    expect(items).toMatchObject([{ appointmentId: 'a1~20260512T120000Z', fields: ['time'] }])
    await clinic.sync.conflicts.resolve({ ...owner, conflictId: items[0]?.id ?? '' }, 'app')
    await settle(clinic)
    expect(startOf(instance(clinic, 1))).toBe(later(1, 60))
  })

  test('the app ends the series and goes on with another: nothing stands twice', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(1, 60), movedBy(7, 60)] })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    await clinic.push('a1', { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'] })
    await clinic.push('a2', { ...WEEKLY, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'], ...at(5, 60) })
    await settle(clinic)
    const starts = clinic.hand
      .events()
      .flatMap((event) => (Array.isArray(event['recurrence']) ? clinic.hand.instances(event['id']) : []))
      .map((event) => startOf(event))
    expect(starts).toHaveLength(10)
    expect(new Set(starts).size).toBe(10)
    expect(told(clinic)).toEqual([])
  })

  test('a series that is cancelled and booked again has its exceptions again', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(1, 60)] })
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'cancelled' })
    expect(clinic.hand.events()).toEqual([])
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'confirmed' })
    await settle(clinic)
    expect(masters(clinic)).toHaveLength(1)
    expect(startOf(instance(clinic, 1))).toBe(later(1, 60))
    expect(told(clinic)).toEqual([])
  })

  test('a single appointment becomes a series, and one again', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { timeZone: 'America/Sao_Paulo' })
    clinic.clock.advance(1000)
    await clinic.push('a1', WEEKLY)
    expect(instancesOf(clinic).size).toBe(10)
    clinic.clock.advance(1000)
    await clinic.push('a1', { recurrence: [] })
    await settle(clinic)
    expect(masters(clinic)).toHaveLength(0)
    expect(clinic.hand.events()).toHaveLength(1)
    expect(told(clinic)).toEqual([])
  })
})

describe('a series as a whole', () => {
  test('of whole days has days for occurrences', async () => {
    await using clinic = await openRecurringClinic()
    const days = {
      allDay: true,
      start: '2026-05-05',
      end: '2026-05-06',
      recurrence: ['RRULE:FREQ=DAILY;COUNT=5'],
    }
    await clinic.push('a1', {
      ...days,
      exceptions: [{ originalStart: '2026-05-06', start: '2026-05-20', end: '2026-05-21' }],
    })
    expect([...instancesOf(clinic).values()].map(startOf)).toContain('2026-05-20')
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.hand.delete(String(instancesOf(clinic).get('2026-05-08')?.id))
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([
      { type: 'cancelled', appointmentId: 'a1', occurrence: { originalStart: '2026-05-08' } },
    ])
  })

  test('goes to another calendar with its exceptions', async () => {
    await using clinic = await openRecurringClinic({ settings: { calendarId: WORK } })
    await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(1, 60)] })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    clinic.calls()
    await settle(clinic)
    expect(clinic.calls().filter((call) => call === 'events.move')).toHaveLength(1)
    expect(clinic.google.user('maria@example.com').calendar(WORK).events()).toEqual([])
    expect(masters(clinic)).toHaveLength(1)
    clinic.clock.advance(1000)
    await clinic.push('a1', { exceptions: [movedBy(1, 90)] })
    await settle(clinic)
    expect(startOf(instance(clinic, 1))).toBe(later(1, 90))
    expect(instancesOf(clinic).size).toBe(10)
    expect(told(clinic)).toEqual([])
  })

  test('that has begun ends now when its owner leaves, and one that has not goes', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, exceptions: [movedBy(0, 60)] })
    await clinic.push('a2', { ...WEEKLY, ...at(4, 0) })
    clinic.clock.advance(10 * 86_400_000)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'future' })
    expect(masters(clinic)).toHaveLength(1)
    expect([...instancesOf(clinic).keys()]).toEqual([nth(0), nth(1)])
  })

  test('is no absent one while it goes on, however long ago it began', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, recurrence: ['RRULE:FREQ=WEEKLY'] })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(20 * 86_400_000)
    const [series] = masters(clinic)
    clinic.hand.delete(String(series?.['id']))
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    expect(told(clinic)).toEqual(['cancelled series'])
  })

  test('one request for a series, however many occurrences it has', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', { ...WEEKLY, recurrence: ['RRULE:FREQ=DAILY'] })
    expect(clinic.calls()).toEqual(['events.insert'])
    await settle(clinic, 2)
    expect(clinic.calls().filter((call) => call !== 'events.list')).toEqual([])
  })
})
