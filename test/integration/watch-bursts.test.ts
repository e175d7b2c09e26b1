import { describe, expect, it } from 'vitest'
import { type Clinic, onlyEvent, owner } from './clinic.ts'
import { DAY_MS, openWatchedClinic, type WatchedClinic } from './watched-clinic.ts'

const MOVED = {
  start: { dateTime: '2026-05-06T14:00:00-03:00' },
  end: { dateTime: '2026-05-06T14:30:00-03:00' },
}
/** Reads of the owner's calendar since the last look; others look for events that were moved. */
function lists(clinic: Clinic): number {
  const requests = clinic.google.requests.splice(0)
  return requests.filter(
    ({ calendarMethod, path }) => calendarMethod === 'calendar.events.list' && path.includes('/primary/'),
  ).length
}

/** An appointment that both sides know, and nothing going on. */
async function booked(clinic: WatchedClinic): Promise<void> {
  await clinic.push('a1')
  await clinic.sync.pullFromGoogle(owner)
  await clinic.pass(3000)
  clinic.calls()
  clinic.answered.length = 0
}

describe('many notifications', () => {
  it('for one change make one read', async () => {
    await using clinic = await openWatchedClinic({ emulator: { messagesPerChange: 4 } })
    await booked(clinic)
    clinic.google.faults.duplicateNotifications(4)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.answered).toHaveLength(8)
    expect(clinic.book.told).toHaveLength(1)
    expect(lists(clinic)).toBe(1)
  })

  it('a burst of own writes costs a few reads, not one each', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    for (let n = 0; n < 100; n += 1) {
      await clinic.push(`b${n}`)
      await clinic.pass(50)
    }
    await clinic.pass(3000)
    expect(clinic.answered).toHaveLength(100)
    // Five seconds of writing: at 0.1, 0.3, 0.7 s and then every 0.8 s.
    expect(lists(clinic)).toBeLessThanOrEqual(10)
    expect(clinic.book.told).toEqual([])
  })

  it('one that comes during a read causes exactly one more (KeepSoftwareSimple/compass-calendar#2791)', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const applying = Promise.withResolvers<void>()
    clinic.book.answers.push(async () => {
      await applying.promise
      clinic.put('a1', { start: MOVED.start.dateTime, end: MOVED.end.dateTime })
      return { status: 'applied' }
    })
    const { id } = onlyEvent(clinic.hand)
    clinic.hand.patch(id, MOVED)
    await clinic.pass(100)
    expect(clinic.book.told).toHaveLength(1)
    clinic.hand.patch(id, { location: 'Sala 2' })
    await clinic.pass(1000)
    clinic.hand.delete(id)
    await clinic.pass(1000)
    expect(lists(clinic)).toBe(1)
    applying.resolve()
    await clinic.pass(3000)
    expect(lists(clinic)).toBe(1)
    expect(clinic.book.told.map(({ type }) => type)).toEqual(['rescheduled', 'cancelled'])
  })

  it('one that comes while another process reads is followed by a read of our own', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const integration = await clinic.storage.integrations.find(owner)
    const key = `pull:${owner.tenantId}:${integration?.id}`
    const lease = await clinic.storage.leases.acquire({ key, nowMs: clinic.clock.now(), ttlMs: 30_000 })
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(2000)
    expect(clinic.calls()).toEqual([])
    if (lease === null) throw new Error('the lease was not free')
    await clinic.storage.leases.release(lease)
    await clinic.pass(1000)
    expect(clinic.book.told).toHaveLength(1)
    expect(lists(clinic)).toBe(1)
  })

  it('close waits for a read that runs', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const applying = Promise.withResolvers<void>()
    clinic.book.answers.push(async () => {
      await applying.promise
      return { status: 'applied' }
    })
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(100)
    expect(clinic.book.told).toHaveLength(1)
    let closed = false
    const closing = clinic.sync.close().then(() => (closed = true))
    await clinic.quiet()
    expect(closed).toBe(false)
    applying.resolve()
    await closing
    expect(await clinic.storage.inbox.count({})).toBe(0)
  })
})

describe('notifications that go astray', () => {
  it('lost ones are made up for by the next periodic read', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    clinic.google.faults.dropNotifications(1)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.book.told).toEqual([])
    await clinic.sync.tasks.run('sync_recent_appointments')
    expect(clinic.book.told).toHaveLength(1)
  })

  it('those of a stopped channel are answered and ignored (googleapis/google-api-nodejs-client#1402)', async () => {
    await using clinic = await openWatchedClinic({ emulator: { stoppedChannelLagMs: DAY_MS } })
    await booked(clinic)
    await clinic.sync.integrations.setActive(owner, false)
    await clinic.quiet()
    clinic.calls()
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.answered).toEqual([204])
    expect(clinic.calls()).toEqual([])
  })

  it('those of a channel that is still to be stopped count no more', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const channel = await clinic.onlyOpen()
    const stopping = { ...channel, state: 'stopping', version: channel.version + 1 } as const
    await clinic.storage.channels.replace(stopping, channel.version)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.answered).toEqual([204])
    expect(clinic.calls()).toEqual([])
  })

  it('one that was verified for a calendar of before is not followed', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    const channel = await clinic.onlyOpen()
    const moved = { ...channel, calendarId: 'another', version: channel.version + 1 }
    await clinic.storage.channels.replace(moved, channel.version)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.answered).toEqual([204])
    expect(clinic.calls()).toEqual([])
  })

  it('a parked owner’s cost no call', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    clinic.google.faults.failNext({ status: 403, reason: 'quotaExceeded' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(3000)
    expect(clinic.calls()).toEqual(['events.list'])
    clinic.warnings.length = 0
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Sala 2' })
    await clinic.pass(3000)
    expect(clinic.calls()).toEqual([])
    expect(clinic.warnings).toEqual([])
  })

  it('a read that fails for the moment is made again, and one that fails for good is logged', async () => {
    await using clinic = await openWatchedClinic()
    await booked(clinic)
    // Twice over: a read is tried three times before it fails.
    clinic.google.faults.failNext({ status: 503, times: 6 })
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(100)
    for (let n = 0; n < 8; n += 1) await clinic.pass(1000)
    expect(clinic.book.told).toHaveLength(1)
    expect(lists(clinic)).toBe(7)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      lastError: { code: 'GOOGLE_UNAVAILABLE' },
    })
    clinic.google.faults.failNext({ status: 403, reason: 'forbidden' })
    clinic.hand.patch(onlyEvent(clinic.hand).id, { location: 'Sala 2' })
    await clinic.pass(3000)
    expect(lists(clinic)).toBe(1)
    expect(clinic.warnings.at(-1)).toMatchObject({ code: 'GOOGLE_FORBIDDEN' })
  })

  it('notifications without a read of the calendar before bring a full pass', async () => {
    await using clinic = await openWatchedClinic()
    await clinic.push('a1')
    await clinic.pass(200)
    clinic.hand.patch(onlyEvent(clinic.hand).id, MOVED)
    await clinic.pass(1000)
    expect(clinic.book.told).toHaveLength(1)
  })
})
