import { describe, expect, test } from 'vitest'
import { onlyEvent } from './clinic.ts'
import {
  instance,
  instancesOf,
  later,
  nth,
  openRecurringClinic,
  startOf,
  WEEKLY,
} from './recurring-clinic.ts'

describe('a recurring appointment', () => {
  test('is one event with its rule, in its zone', async () => {
    await using clinic = await openRecurringClinic()
    expect(await clinic.push('a1', WEEKLY)).toMatchObject({ status: 'success', action: 'created' })
    expect(clinic.calls()).toEqual(['events.insert'])
    expect(onlyEvent(clinic.hand)).toMatchObject({
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'],
      start: { timeZone: 'America/Sao_Paulo' },
    })
    expect(instancesOf(clinic).size).toBe(10)
    expect(await clinic.push('a1')).toEqual({ status: 'skipped', reason: 'unchanged' })
    expect(clinic.calls()).toEqual([])
  })

  test('moves, changes and cancels the occurrences that differ, and no others', async () => {
    await using clinic = await openRecurringClinic()
    const result = await clinic.push('a1', {
      ...WEEKLY,
      exceptions: [
        { originalStart: nth(1), start: later(1, 60), end: later(1, 90) },
        { originalStart: nth(2), title: 'Corte e barba' },
        { originalStart: nth(3), status: 'cancelled' },
      ],
    })
    expect(result).toMatchObject({ status: 'success', action: 'created' })
    const found = instancesOf(clinic)
    expect([...found.keys()]).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9].map(nth))
    expect(startOf(instance(clinic, 1))).toBe(later(1, 60))
    expect(instance(clinic, 2)['summary']).toContain('Corte e barba')
    expect(startOf(instance(clinic, 4))).toBe(nth(4))
    expect(clinic.hand.events().filter((event) => event['recurringEventId'] === undefined)).toHaveLength(1)
  })

  test('puts an occurrence back to its rule when the exception is gone', async () => {
    await using clinic = await openRecurringClinic()
    await clinic.push('a1', {
      ...WEEKLY,
      exceptions: [
        { originalStart: nth(1), start: later(1, 60), end: later(1, 90) },
        { originalStart: nth(3), status: 'cancelled' },
      ],
    })
    clinic.clock.advance(1000)
    await clinic.push('a1', { exceptions: [] })
    expect(instancesOf(clinic).size).toBe(10)
    expect(startOf(instance(clinic, 1))).toBe(nth(1))
    expect(startOf(instance(clinic, 3))).toBe(nth(3))
    await clinic.sync.pullFromGoogle({ tenantId: 'clinic-1', userId: 'maria' })
    expect(clinic.book.told).toEqual([])
  })

  test('an occurrence costs two calls the first time, and later ones go out together', async () => {
    await using clinic = await openRecurringClinic()
    const moved = (minutes: number) => ({
      exceptions: [1, 2, 3, 4, 5].map((n) => ({
        originalStart: nth(n),
        start: later(n, minutes),
        end: later(n, minutes + 30),
      })),
    })
    const requests = () =>
      clinic.google.requests.filter(
        ({ batch, calendarMethod }) => batch === undefined || calendarMethod === 'calendar.batch',
      ).length
    await clinic.push('a1', WEEKLY)
    clinic.clock.advance(1000)
    clinic.google.requests.length = 0
    await clinic.push('a1', moved(60))
    // One after the other: a change of one is a change of the series, and of the etag of every untouched one.
    expect(requests()).toBe(10)
    clinic.clock.advance(1000)
    clinic.google.requests.length = 0
    expect(await clinic.push('a1', moved(90))).toMatchObject({ status: 'success', action: 'updated' })
    expect(requests()).toBe(1)
    expect([1, 2, 3, 4, 5].map((n) => startOf(instance(clinic, n)))).toEqual(
      [1, 2, 3, 4, 5].map((n) => later(n, 90)),
    )
  })
})
