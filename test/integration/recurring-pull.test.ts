import { describe, expect, test } from 'vitest'
import { type Clinic, owner } from './clinic.ts'
import {
  follow,
  instance,
  instancesOf,
  later,
  nth,
  openRecurringClinic,
  startOf,
  WEEKLY,
} from './recurring-clinic.ts'

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
    clinic.hand.patch(String(series?.['id']), {
      recurrence: ['RRULE:COUNT=10;WKST=MO;INTERVAL=1;FREQ=WEEKLY'],
    })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([])
  })

  test('a deleted series is told once, and none of its occurrences (13.1)', async () => {
    await using clinic = await withSeries(
      {},
      {
        exceptions: [{ originalStart: nth(1), start: later(1, 60), end: later(1, 90) }],
      },
    )
    const series = clinic.hand.events().find((event) => event['recurringEventId'] === undefined)
    clinic.hand.delete(String(series?.['id']))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'cancelled', appointmentId: 'a1', at: null }])
    expect(clinic.hand.events()).toEqual([])
  })

  test('a new title of the series is told once, also where occurrences share it', async () => {
    await using clinic = await withSeries(
      {},
      {
        exceptions: [1, 2, 3].map((n) => ({ originalStart: nth(n), start: later(n, 60), end: later(n, 90) })),
      },
    )
    const series = clinic.hand.events().find((event) => event['recurringEventId'] === undefined)
    clinic.hand.patch(String(series?.['id']), { summary: 'Outro' })
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([{ type: 'edited', appointmentId: 'a1', at: null }])
    expect(instance(clinic, 1)['summary']).toBe('Outro')
  })
})

describe('"this and following" in Google', () => {
  /** From the fourth on, two hours later: inside the window of a full pass. */
  function split(clinic: Clinic, keepPrivate: boolean): string {
    const tail = clinic.hand.changeFollowing(instance(clinic, 3).id, moved(3, 120), { keepPrivate })
    return tail['id']
  }

  test.each([true, false])('ends the series and offers the rest once (mark copied: %s)', async (mark) => {
    await using clinic = await withSeries(
      { settings: { externalEvents: 'ignore' } },
      {
        exceptions: [{ originalStart: nth(7), start: later(7, 60), end: later(7, 90) }],
      },
    )
    const id = split(clinic, mark)
    expect(id).toMatch(/_R20260526T120000$/)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toEqual([
      { type: 'rescheduled', appointmentId: 'a1', at: null },
      { type: 'created', appointmentId: 'a1', at: null },
    ])
    expect(clinic.book.told[0]).toMatchObject({ recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20260526T025959Z'] })
    expect(clinic.book.told[1]).toMatchObject({
      googleEventId: id,
      event: {
        start: new Date(later(3, 120)),
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=7'],
        splitFrom: { appointmentId: 'a1', originalStart: new Date(nth(3)) },
      },
    })
    const series = clinic.hand.events().filter((event) => Array.isArray(event['recurrence']))
    expect(series).toHaveLength(2)
    expect(instancesOf(clinic, id).size).toBe(7)
  })

  test('is told once, also after a full pass, and the tail is an appointment of its own from then on', async () => {
    await using clinic = await withSeries()
    const id = split(clinic, true)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toHaveLength(2)
    const tail = [...clinic.book.appointments.keys()].find((one) => one !== 'a1') ?? ''
    const first = [...instancesOf(clinic, id).values()][1]
    clinic.hand.delete(String(first?.id))
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(clinic.book.told.at(-1)).toMatchObject({ type: 'cancelled', appointmentId: tail })
    clinic.clock.advance(1000)
    await clinic.push(tail, { title: 'Manicure' })
    expect(clinic.hand.get(id)['summary']).toContain('Manicure')
    expect(clinic.hand.events().filter((event) => Array.isArray(event['recurrence']))).toHaveLength(2)
  })

  test('a host that keeps no tail is not asked again', async () => {
    await using clinic = await withSeries()
    split(clinic, false)
    clinic.book.answers.push(
      (change) => Promise.resolve(follow(clinic, change)),
      () => Promise.resolve({ status: 'applied' }),
    )
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(told(clinic)).toHaveLength(2)
  })

  test('a host that pushes the tail at once has one event for it all the same', async () => {
    await using clinic = await withSeries()
    const id = split(clinic, true)
    clinic.book.answers.push(
      (change) => Promise.resolve(follow(clinic, change)),
      async (change) => {
        const answer = follow(clinic, change)
        await clinic.push(answer.appointmentId ?? '')
        return answer
      },
    )
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    const series = clinic.hand.events().filter((event) => Array.isArray(event['recurrence']))
    expect(series.map((event) => event['id'])).toContain(id)
    expect(series).toHaveLength(2)
  })
})
