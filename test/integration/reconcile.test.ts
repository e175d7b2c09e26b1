import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { ACCOUNT, type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const WORK = 'work@group.calendar.google.com'
const DAY_MS = 86_400_000
const NINE = '2026-05-05T12:00:00.000Z'
const sixteen = {
  start: { dateTime: '2026-05-05T16:00:00-03:00' },
  end: { dateTime: '2026-05-05T16:30:00-03:00' },
}
const work = (clinic: Clinic): Clinic['hand'] => clinic.google.user(ACCOUNT).calendar(WORK)
const everywhere = (clinic: Clinic): number => clinic.hand.events().length + work(clinic).events().length

async function booked(settings: Parameters<typeof openClinic>[0] = {}): Promise<Clinic> {
  const clinic = await openClinic(settings)
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
  return clinic
}

/** A person drags the event to their other calendar. */
function drag(clinic: Clinic): void {
  clinic.hand.move(onlyEvent(clinic.hand).id, WORK)
  clinic.clock.advance(1000)
}

describe('an event that a person moves to another calendar', () => {
  it('is followed, and the host is not told that it was cancelled', async () => {
    await using clinic = await booked()
    drag(clinic)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'move' })
    expect(items).toMatchObject([{ direction: 'from_google', status: 'success', appointmentId: 'a1' }])

    expect(
      await clinic.push('a1', { start: '2026-05-05T10:00:00-03:00', end: '2026-05-05T10:30:00-03:00' }),
    ).toMatchObject({
      status: 'success',
      action: 'updated',
    })
    expect(spanOf(onlyEvent(work(clinic)))[0]).toBe('2026-05-05T13:00:00.000Z')
    expect(clinic.hand.events()).toEqual([])
  })

  it('goes on being read there: its later changes and its deletion reach the host', async () => {
    await using clinic = await booked()
    drag(clinic)
    await clinic.sync.pullFromGoogle(owner)
    work(clinic).patch(onlyEvent(work(clinic)).id, sixteen)
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled' }])
    work(clinic).delete(onlyEvent(work(clinic)).id)
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled' }, { type: 'cancelled' }])
  })

  it('and to another time at once arrives as a change of time', async () => {
    await using clinic = await booked()
    drag(clinic)
    work(clinic).patch(onlyEvent(work(clinic)).id, sixteen)
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled' }])
    expect(everywhere(clinic)).toBe(1)
  })

  it('is found by a push that comes before the pull', async () => {
    await using clinic = await booked()
    drag(clinic)
    await clinic.push('a1', { start: '2026-05-05T10:00:00-03:00', end: '2026-05-05T10:30:00-03:00' })
    await clinic.sync.tasks.run('drain_outbox')
    expect(spanOf(onlyEvent(work(clinic)))[0]).toBe('2026-05-05T13:00:00.000Z')
    expect(everywhere(clinic)).toBe(1)
    expect(clinic.book.told).toEqual([])
  })

  it('and that the app cancels meanwhile is taken off where it is', async () => {
    await using clinic = await booked()
    drag(clinic)
    await clinic.sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    expect(everywhere(clinic)).toBe(0)
  })

  it('is recognised after the sync token died, by a full pass', async () => {
    await using clinic = await booked()
    drag(clinic)
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
    expect(everywhere(clinic)).toBe(1)
  })

  it('concludes nothing while the other calendars cannot be read, and comes back', async () => {
    await using clinic = await booked()
    drag(clinic)
    clinic.google.faults.failNext({ match: { path: '/calendarList' }, status: 503, times: 20 })
    await expect(clinic.sync.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'GOOGLE_UNAVAILABLE' })
    expect(clinic.book.told).toEqual([])
    clinic.google.faults.clear()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toEqual([])
  })

  it('and that is deleted there before anybody looked counts as deleted', async () => {
    await using clinic = await booked()
    drag(clinic)
    work(clinic).delete(onlyEvent(work(clinic)).id)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'cancelled' }])
  })

  it('to a calendar that is then removed gets a new event, and nothing is cancelled', async () => {
    await using clinic = await booked()
    drag(clinic)
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.user(ACCOUNT).deleteCalendar(WORK)
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.book.told).toEqual([])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(NINE)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ parkedReason: null })
  })

  it('a copy that another tool made under the same iCalUID is not taken for it', async () => {
    await using clinic = await booked()
    const event = onlyEvent(clinic.hand)
    work(clinic).insert({ ...sixteen, summary: 'a copy', iCalUID: event['iCalUID'] })
    clinic.hand.delete(event.id)
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toMatchObject([{ type: 'cancelled' }])
    expect(work(clinic).events()).toMatchObject([{ summary: 'a copy' }])
  })

  it('costs a bounded number of requests when many are deleted at once', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 120; n += 1) clinic.put(`a${n}`)
    await clinic.sync.syncAllAppointmentsForUser(owner)
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    for (const event of clinic.hand.events()) clinic.hand.delete(event.id)
    clinic.clock.advance(1000)
    clinic.calls()
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toHaveLength(120)
    expect(clinic.calls().length).toBeLessThan(60)
  })
})

/** Another calendar than the primary one needs a broader scope, which the owner grants. */
async function switchTo(clinic: Clinic, calendarId: string): Promise<void> {
  expect(await clinic.sync.integrations.updateSettings(owner, { calendarId })).toMatchObject({
    status: 'needs_reconnect',
    settings: { calendarId },
  })
  await clinic.connect()
}

describe('an integration that is switched to another calendar', () => {
  it('moves its events to come, leaves those that are over, and tells the host nothing', async () => {
    await using clinic = await booked()
    await clinic.push('past', { start: '2026-05-03T09:00:00-03:00', end: '2026-05-03T09:30:00-03:00' })
    clinic.clock.advance(1000)
    await switchTo(clinic, WORK)
    await clinic.sync.tasks.run('drain_outbox')
    expect(work(clinic).events()).toHaveLength(1)
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe('2026-05-03T12:00:00.000Z')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(clinic.book.told).toEqual([])
    expect(await clinic.push('new')).toMatchObject({ action: 'created' })
    expect(work(clinic).events()).toHaveLength(2)
    work(clinic).delete(work(clinic).events()[0]?.id ?? '')
    clinic.clock.advance(1000)
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told).toHaveLength(1)
  })

  it('whose answer is lost in the middle of a move goes on, with one event', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    clinic.google.faults.dropNext({ match: { path: '/move' }, applied: true })
    await clinic.sync.tasks.run('drain_outbox')
    for (let round = 0; round < 3; round += 1) {
      clinic.clock.advance(3_600_000)
      await clinic.sync.tasks.run('drain_outbox')
      await clinic.sync.pullFromGoogle(owner)
    }
    expect([clinic.hand.events().length, work(clinic).events().length]).toEqual([0, 1])
    expect(clinic.book.told).toEqual([])
  })

  it('is refused when the account cannot write there, and nothing changes', async () => {
    await using clinic = await booked()
    await expect(
      clinic.sync.integrations.updateSettings(owner, { calendarId: 'nobody@example.com' }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', problems: [{ path: 'calendarId' }] })
    expect((await clinic.sync.integrations.get(owner))?.settings.calendarId).toBe('primary')
  })

  it('and back before anything moved leaves everything where it is', async () => {
    await using clinic = await booked()
    await clinic.sync.integrations.updateSettings(owner, { calendarId: WORK })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await clinic.sync.tasks.run('drain_outbox')
    expect([clinic.hand.events().length, work(clinic).events().length]).toEqual([1, 0])
  })

  it('while a person moves one of the events still ends with one of each', async () => {
    await using clinic = await booked()
    await switchTo(clinic, WORK)
    clinic.hand.patch(onlyEvent(clinic.hand).id, sixteen)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
    expect(everywhere(clinic)).toBe(1)
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled' }])
  })
})

describe('the window', () => {
  it('rolls on by a full pass a day, though the sync token is good', async () => {
    await using clinic = await booked()
    const fullPasses = async (): Promise<number> => {
      const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'full_pass' })
      return items.length
    }
    expect(await fullPasses()).toBe(1)
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(await fullPasses()).toBe(1)
    clinic.clock.advance(1.3 * DAY_MS)
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(await fullPasses()).toBe(2)
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(await fullPasses()).toBe(2)
  })

  it('keeps the token when the full pass fails half-way, and cancels nothing', async () => {
    await using clinic = await booked()
    clinic.clock.advance(1.3 * DAY_MS)
    clinic.google.faults.failNext({ match: { method: 'GET', path: '/events' }, status: 503, times: 20 })
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    clinic.google.faults.clear()
    clinic.hand.patch(onlyEvent(clinic.hand).id, sixteen)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'incremental', applied: 1 })
  })
})

describe('a pull whose lease was taken over meanwhile', () => {
  it('stores nothing: the other worker reads the page', async () => {
    await using clinic = await booked()
    clinic.hand.patch(onlyEvent(clinic.hand).id, sixteen)
    const { fetch } = clinic.google
    let reading = true
    const slow = createAppointmentSync({
      ...clinic.options,
      google: {
        ...clinic.options.google,
        fetch: async (input, init) => {
          const answer = await fetch(input, init)
          // The process stood still for longer than its lease while the page was under way.
          if (reading && String(input instanceof Request ? input.url : input).includes('/events?')) {
            reading = false
            await clinic.storage.leases.acquire({
              key: `pull:${owner.tenantId}:${(await clinic.sync.integrations.get(owner))?.integrationId}`,
              nowMs: clinic.clock.now() + 3_600_000,
              ttlMs: 1000,
            })
          }
          return answer
        },
      },
    })
    await expect(slow.pullFromGoogle(owner)).rejects.toMatchObject({ code: 'INTEGRATION_BUSY' })
    expect(clinic.book.told).toEqual([])
    clinic.clock.advance(7_200_000)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ applied: 1 })
    await slow.close()
  })
})
