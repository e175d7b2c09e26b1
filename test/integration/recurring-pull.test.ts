import { describe, expect, test } from 'vitest'
import { type Clinic, owner } from './clinic.ts'
import { instance, instancesOf, later, nth, openRecurringClinic, startOf, WEEKLY } from './recurring-clinic.ts'

/** A clinic whose series stands in Google, and everything of it is known to both. */
async function withSeries(
  overrides: Parameters<typeof openRecurringClinic>[0] = {},
  changes: Parameters<Clinic['push']>[1] = {},
): Promise<Clinic> {
  const clinic = await openRecurringClinic(overrides)
  await clinic.push('a1', { ...WEEKLY, ...changes })
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
  clinic.calls()
  return clinic
}

const moved = (n: number, minutes: number) => ({
  start: { dateTime: later(n, minutes), timeZone: 'America/Sao_Paulo' },
  end: { dateTime: later(n, minutes + 30), timeZone: 'America/Sao_Paulo' },
})

/** What the host was told, without what differs from run to run. */
function told(clinic: Clinic): unknown[] {
  return clinic.book.told.map(({ type, appointmentId, occurrence }) => ({
    type,
    appointmentId,
    at: occurrence === undefined ? null : new Date(occurrence.originalStart).toISOString(),
  }))
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    clinic.clock.advance(20_000)
    await clinic.sync.tasks.run('sync_recent_appointments')
    await clinic.sync.tasks.run('drain_outbox')
  }
}

describe('a person changes one occurrence in Google', () => {
  test('and the host is told of that one: moved', async () => {
    await using clinic = await withSeries()
    clinic.hand.patch(instance(clinic, 1).id, moved(1, 60))
    await clinic.sync.pullFromGoogle(owner)
    expect(told(clinic)).toEqual([{ type: 'rescheduled', appointmentId: 'a1', at: nth(1) }])
    expect(clinic.book.told[0]).toMatchObject({ start: new Date(later(1, 60)), allDay: false })
    await settle(clinic)
    expect(told(clinic)).toHaveLength(1)
    expect(startOf(instance(clinic, 1))).toBe(later(1, 60))
  })

  test('edited: the texts are told, and stay', async () => {
    await using clinic = await withSeries()
    clinic.hand.patch(instance(clinic, 1).id, { location: 'Sala 2' })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([
      { type: 'edited', appointmentId: 'a1', fields: { location: 'Sala 2' } },
    ])
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'edited', appointmentId: 'a1', at: nth(1) }])
    expect(instance(clinic, 1)['location']).toBe('Sala 2')
  })

  test('cancelled: the others go on (calcom/cal.diy#13827)', async () => {
    await using clinic = await withSeries()
    clinic.hand.delete(instance(clinic, 2).id)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'cancelled', appointmentId: 'a1', at: nth(2) }])
    expect(instancesOf(clinic).size).toBe(9)
  })

  test('restored: the host is told that it takes place again', async () => {
    await using clinic = await withSeries()
    const { id } = instance(clinic, 2)
    clinic.hand.delete(id)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    clinic.hand.patch(id, { status: 'confirmed' })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic).map((one) => (one as { type: string }).type)).toEqual(['cancelled', 'restored'])
    expect(clinic.book.appointments.get('a1')?.exceptions).toEqual([])
    expect(instancesOf(clinic).size).toBe(10)
  })

  test('moved back to the rule: that is told as any other time', async () => {
    await using clinic = await withSeries()
    const { id } = instance(clinic, 1)
    clinic.hand.patch(id, moved(1, 60))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    clinic.hand.patch(id, moved(1, 0))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'rescheduled', start: new Date(nth(1)) })
    expect(told(clinic)).toHaveLength(2)
  })

  test('and a refused change is put back, by policy', async () => {
    await using clinic = await withSeries({ settings: { conflictResolution: 'app_wins' } })
    clinic.book.answers.push(() => Promise.resolve({ status: 'rejected', reason: 'closed then' }))
    clinic.hand.patch(instance(clinic, 1).id, moved(1, 60))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(startOf(instance(clinic, 1))).toBe(nth(1))
    expect(told(clinic)).toHaveLength(1)
  })
})

describe('a person changes the whole series in Google', () => {
  test('a new rule is told with the times as they are', async () => {
    await using clinic = await withSeries()
    const [series] = clinic.hand.events()
    clinic.hand.patch(String(series?.['id']), { recurrence: ['RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5'] })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([
      {
        type: 'rescheduled',
        appointmentId: 'a1',
        start: new Date(nth(0)),
        timeZone: 'America/Sao_Paulo',
        recurrence: ['RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5'],
      },
    ])
    await settle(clinic)
    expect(told(clinic)).toHaveLength(1)
    expect(instancesOf(clinic).size).toBe(5)
  })

  test('a rule that says the same in other words is no change', async () => {
    await using clinic = await withSeries()
    const [series] = clinic.hand.events()
    clinic.hand.patch(String(series?.['id']), { recurrence: ['RRULE:COUNT=10;WKST=MO;INTERVAL=1;FREQ=WEEKLY'] })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([])
  })

  test('a deleted series is told once, and none of its occurrences (13.1)', async () => {
    await using clinic = await withSeries({}, {
      exceptions: [{ originalStart: nth(1), start: later(1, 60), end: later(1, 90) }],
    })
    const series = clinic.hand.events().find((event) => event['recurringEventId'] === undefined)
    clinic.hand.delete(String(series?.['id']))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'cancelled', appointmentId: 'a1', at: null }])
    expect(clinic.hand.events()).toEqual([])
  })

  test('a new title of the series is told once, also where occurrences share it', async () => {
    await using clinic = await withSeries({}, {
      exceptions: [1, 2, 3].map((n) => ({ originalStart: nth(n), start: later(n, 60), end: later(n, 90) })),
    })
    const series = clinic.hand.events().find((event) => event['recurringEventId'] === undefined)
    clinic.hand.patch(String(series?.['id']), { summary: 'Outro' })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'edited', appointmentId: 'a1', at: null }])
    expect(instance(clinic, 1)['summary']).toBe('Outro')
  })
})

describe('"this and following" in Google', () => {
  const UNTIL = new Date(Date.parse(nth(5)) - 9 * 3_600_000 - 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')

  /** What Google was recorded to make of it (13.3). */
  function split(clinic: Clinic, mark: boolean): string {
    const series = clinic.hand.events().find((event) => event['recurringEventId'] === undefined)
    const id = String(series?.['id'])
    const tail = `${id}_R20260609T090000`
    clinic.hand.patch(id, { recurrence: [`RRULE:FREQ=WEEKLY;UNTIL=${UNTIL}`] })
    clinic.hand.insert({
      summary: series?.['summary'],
      description: series?.['description'],
      ...moved(5, 120),
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'],
      ...(mark ? { extendedProperties: series?.['extendedProperties'] } : {}),
      id: tail.toLowerCase().replaceAll(/[^a-v0-9]/g, ''),
    })
    return tail
  }

  test.each([true, false])('ends the series and offers the rest once (mark copied: %s)', async (mark) => {
    await using clinic = await withSeries({ settings: { externalEvents: 'ignore' } }, {
      exceptions: [{ originalStart: nth(7), start: later(7, 60), end: later(7, 90) }],
    })
    split(clinic, mark)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([
      { type: 'rescheduled', appointmentId: 'a1', at: null },
      { type: 'created', appointmentId: 'a1', at: null },
    ])
  })
})
