import { describe, expect, it } from 'vitest'
import { type AppointmentSync, createAppointmentSync } from 'appointment-sync'
import { ACCOUNT, type Clinic, onlyEvent, openClinic, owner, spanOf } from './clinic.ts'

const NINE = { start: '2026-05-05T09:00:00-03:00', end: '2026-05-05T09:30:00-03:00' }
const TEN = { start: '2026-05-05T10:00:00-03:00', end: '2026-05-05T10:30:00-03:00' }
const startOf = (time: { start: string }): string => new Date(time.start).toISOString()

/** A process whose next write gets stuck on the way: its connection breaks, and the request arrives when it is let go. */
function behindASlowLine(
  clinic: Clinic,
  method: 'POST' | 'PATCH' | 'DELETE',
): { sync: AppointmentSync; arrive(): Promise<void> } {
  const stuck: Parameters<typeof fetch>[] = []
  const slow: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    const caught = stuck.length === 0 && init?.method === method && pathname.includes('/events')
    if (!caught) return clinic.google.fetch(input, init)
    stuck.push([input, { ...init, signal: null }])
    return Promise.reject(new TypeError('the connection broke'))
  }
  return {
    sync: createAppointmentSync({ ...clinic.options, google: { ...clinic.options.google, fetch: slow } }),
    arrive: async () => {
      const [request] = stuck
      if (request === undefined) throw new Error('nothing got stuck')
      await clinic.google.fetch(...request)
    },
  }
}

async function settle(clinic: Clinic): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clinic.clock.advance(120_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
  }
}

async function booked(): Promise<Clinic> {
  const clinic = await openClinic()
  await clinic.push('a1', NINE)
  await clinic.sync.pullFromGoogle(owner)
  clinic.clock.advance(1000)
  return clinic
}

describe('a request that arrives after its sender gave it up', () => {
  it('is known for our own, and made up for, when the app has gone back meanwhile', async () => {
    await using clinic = await booked()
    const { sync, arrive } = behindASlowLine(clinic, 'PATCH')
    expect(await sync.syncAppointmentToGoogle(clinic.put('a1', TEN))).toMatchObject({ status: 'queued' })
    clinic.clock.advance(10_000)
    clinic.put('a1', NINE)
    await clinic.sync.tasks.run('drain_outbox')
    await arrive()
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(TEN))
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(NINE))
    await sync.close()
  })

  it('is taken off when it brings an event whose appointment was cancelled meanwhile', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    const { sync, arrive } = behindASlowLine(clinic, 'POST')
    expect(await sync.syncAppointmentToGoogle(clinic.put('a1'))).toMatchObject({ status: 'queued' })
    clinic.clock.advance(1000)
    await clinic.sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    await arrive()
    onlyEvent(clinic.hand)
    await settle(clinic)
    expect(clinic.hand.events()).toEqual([])
    expect(clinic.book.told).toEqual([])
    await sync.close()
  })

  it('leads to one event when the appointment was cancelled and booked again meanwhile', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    const { sync, arrive } = behindASlowLine(clinic, 'POST')
    await sync.syncAppointmentToGoogle(clinic.put('a1', NINE))
    clinic.clock.advance(1000)
    await clinic.sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    clinic.clock.advance(1000)
    await arrive()
    await clinic.push('a1', { status: 'confirmed', ...TEN })
    await settle(clinic)
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(TEN))
    expect(clinic.book.told).toEqual([])
    await sync.close()
  })
})

describe('a late request that is found long after it arrived', () => {
  it('is known for our own deletion, and the event is made again', async () => {
    await using clinic = await booked()
    const { sync, arrive } = behindASlowLine(clinic, 'DELETE')
    await sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'confirmed' })
    clinic.clock.advance(5000)
    await arrive()
    clinic.clock.advance(11 * 60_000)
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    onlyEvent(clinic.hand)
    await sync.close()
  })

  it('is made up for although nothing is ever read from Google', async () => {
    await using clinic = await openClinic({ settings: { syncDirection: 'to_google' } })
    await clinic.push('a1', NINE)
    clinic.clock.advance(1000)
    const { sync, arrive } = behindASlowLine(clinic, 'DELETE')
    await sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'confirmed' })
    await arrive()
    expect(clinic.hand.events()).toEqual([])
    clinic.clock.advance(11 * 60_000)
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.hand)
    await sync.close()
  })

  it('is no line of an overruled edit in the log when the appointment is cancelled', async () => {
    await using clinic = await booked()
    const { sync, arrive } = behindASlowLine(clinic, 'PATCH')
    await sync.syncAppointmentToGoogle(clinic.put('a1', TEN))
    clinic.clock.advance(10_000)
    clinic.put('a1', NINE)
    await clinic.sync.tasks.run('drain_outbox')
    await arrive()
    clinic.clock.advance(1000)
    await clinic.push('a1', { status: 'cancelled' })
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, appointmentId: 'a1' })
    expect(
      items.filter(({ direction, status }) => direction === 'from_google' && status === 'skipped'),
    ).toEqual([])
    await sync.close()
  })
})

describe('after a gap in the sync token', () => {
  it('one full pass is enough, whatever was deleted before', async () => {
    await using clinic = await booked()
    await clinic.push('a2', TEN)
    clinic.hand.delete(clinic.hand.events()[0]?.id ?? '')
    clinic.clock.advance(1000)
    clinic.hand.insert({ summary: 'of her own', start: { date: '2026-05-08' }, end: { date: '2026-05-09' } })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    clinic.google.faults.expireSyncTokens()
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'full' })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ mode: 'incremental' })
  })
})

describe('reads that lag behind writes', () => {
  it('let a fresh event not be taken for a deleted one', async () => {
    await using clinic = await openClinic()
    await clinic.sync.pullFromGoogle(owner)
    clinic.google.faults.readLag(20_000)
    await clinic.push('a1', NINE)
    clinic.google.faults.failNext({ match: { method: 'PATCH' }, status: 503, applied: true })
    expect(await clinic.push('a1', TEN)).toMatchObject({ status: 'queued' })
    clinic.clock.advance(3_000)
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.pullFromGoogle(owner)
    const log = await clinic.sync.logs.list({ tenantId: owner.tenantId })
    expect(log.items.map(({ errorCode }) => errorCode)).toContain('GOOGLE_READ_STALE')
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    expect(spanOf(onlyEvent(clinic.hand))[0]).toBe(startOf(TEN))
  })

  it('let an event that the app took off not be taken for a restored one', async () => {
    await using clinic = await booked()
    await clinic.push('a2', TEN)
    clinic.google.faults.readLag(20_000)
    await clinic.sync.handlers.appointmentCancelled(clinic.put('a1', { status: 'cancelled' }))
    clinic.google.faults.expireSyncTokens()
    await clinic.sync.pullFromGoogle(owner)
    await settle(clinic)
    expect(clinic.book.told).toEqual([])
    onlyEvent(clinic.hand)
  })
})

describe('an event that was restored beyond the window while nothing was heard', () => {
  it('is told all the same', async () => {
    await using clinic = await booked()
    await clinic.push('a1', { status: 'cancelled' })
    const [{ googleEventId: id = '' } = {}] = (
      await clinic.sync.logs.list({ tenantId: owner.tenantId, appointmentId: 'a1' })
    ).items as { googleEventId?: string }[]
    clinic.clock.advance(1000)
    clinic.google.faults.expireSyncTokens()
    clinic.hand.patch(id, { status: 'confirmed' })
    clinic.hand.patch(id, {
      start: { dateTime: '2026-08-05T09:00:00-03:00' },
      end: { dateTime: '2026-08-05T09:30:00-03:00' },
    })
    await clinic.sync.pullFromGoogle(owner)
    expect(clinic.book.told.map(({ type }) => type)).toContain('restored')
  })
})

describe('a switch to another calendar', () => {
  const WORK = 'work@group.calendar.google.com'

  it('takes an event along whose insert had no answer yet', async () => {
    await using clinic = await openClinic()
    clinic.google.faults.failNext({ match: { method: 'POST', path: '/events' }, status: 503, applied: true })
    expect(await clinic.push('a1', NINE)).toMatchObject({ status: 'queued' })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: WORK })
    await clinic.connect()
    await settle(clinic)
    expect(clinic.hand.events()).toEqual([])
    onlyEvent(clinic.google.user(ACCOUNT).calendar(WORK))
    expect(clinic.book.told).toEqual([])
  })

  it('keeps nobody waiting for a calendar that is gone', async () => {
    await using clinic = await openClinic()
    await clinic.sync.integrations.updateSettings(owner, { calendarId: WORK })
    await clinic.connect()
    clinic.google.faults.failNext({ match: { method: 'POST', path: '/events' }, status: 503 })
    await clinic.push('a1', NINE)
    await clinic.push('a2', { ...TEN, status: 'cancelled' })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    clinic.google.user(ACCOUNT).deleteCalendar(WORK)
    clinic.clock.advance(1000)
    await clinic.push('a2', { status: 'confirmed' })
    await settle(clinic)
    expect(clinic.hand.events()).toHaveLength(2)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ parkedUntil: null })
  })

  it('and back leaves the event where it was, although the first move arrived without an answer', async () => {
    await using clinic = await booked()
    await clinic.sync.integrations.updateSettings(owner, { calendarId: WORK })
    await clinic.connect()
    clinic.google.faults.dropNext({ match: { path: '/move' }, applied: true })
    await clinic.sync.tasks.run('drain_outbox')
    onlyEvent(clinic.google.user(ACCOUNT).calendar(WORK))
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await settle(clinic)
    onlyEvent(clinic.hand)
    expect(clinic.google.user(ACCOUNT).calendar(WORK).events()).toEqual([])
    expect(clinic.book.told).toEqual([])
  })
})
