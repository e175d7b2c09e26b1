import { describe, expect, it } from 'vitest'
import { OTHER_ACCOUNT, owner } from './clinic.ts'
import { DAY_MS, HOUR_MS, openWatchedClinic } from './watched-clinic.ts'

const WATCH = { path: '/events/watch' }
const STOP = { path: '/channels/stop' }
const WORK = 'work@group.calendar.google.com'

describe('renewal', () => {
  it('the new channel is live before the old one is stopped (twentyhq/twenty#23006)', async () => {
    await using clinic = await openWatchedClinic()
    const old = await clinic.onlyOpen()
    clinic.google.advance(6 * DAY_MS + 1)
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ opened: 1, stopped: 1 })
    expect(clinic.calls()).toEqual(['events.watch', 'channels.stop'])
    const renewed = await clinic.onlyOpen()
    expect(renewed.id).not.toBe(old.id)
    expect(renewed.expiresAtMs).toBe(clinic.clock.now() - (clinic.clock.now() % 1000) + 7 * DAY_MS)
  })

  it('an old channel stays when no new one can be had', async () => {
    await using clinic = await openWatchedClinic()
    const old = await clinic.onlyOpen()
    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.failNext({ match: WATCH, status: 403, reason: 'rateLimitExceeded', times: 9 })
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ opened: 0, stopped: 0, failed: 1 })
    expect((await clinic.onlyOpen()).id).toBe(old.id)
  })

  it('a stop that failed is made again, and given up at the channel’s end', async () => {
    await using clinic = await openWatchedClinic()
    const old = await clinic.onlyOpen()
    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.failNext({ match: STOP, status: 503, times: 2 })
    await clinic.sync.tasks.run('renew_watch_channels')
    expect((await clinic.storage.channels.find(old.id))?.state).toBe('stopping')
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual(['events.watch', 'channels.stop', 'channels.stop'])
    await clinic.sync.tasks.run('renew_watch_channels')
    await clinic.onlyOpen()

    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.failNext({ match: STOP, status: 503, times: 1 })
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(await clinic.channels()).toHaveLength(2)
    clinic.google.advance(DAY_MS)
    clinic.calls()
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ expired: 1 })
    expect(clinic.calls()).toEqual([])
    await clinic.onlyOpen()
  })

  it('a channel that Google has forgotten counts as stopped', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.failNext({ match: STOP, status: 404, reason: 'notFound' })
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ opened: 1, stopped: 1, failed: 0 })
    await clinic.onlyOpen()
  })

  it('a failure for one owner does not stop the others', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    const second = { tenantId: 'clinic-2', userId: 'second' }
    await clinic.connectQuietly()
    await clinic.connectQuietly({ account: OTHER_ACCOUNT, as: second })
    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.failNext({ match: WATCH, status: 500 })
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ integrations: 2, opened: 1, stopped: 1, failed: 1 })
  })

  it('an owner who is parked or has to reconnect costs no call', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.advance(6 * DAY_MS + 1)
    const stray = { ...(await clinic.onlyOpen()), id: 'stray', calendarId: WORK }
    await clinic.storage.channels.insert(stray)
    clinic.google.faults.failNext({ match: WATCH, status: 403, reason: 'quotaExceeded' })
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual(['events.watch'])
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      parkedReason: 'GOOGLE_QUOTA_EXCEEDED',
    })

    clinic.google.advance(6 * HOUR_MS)
    clinic.google.user('maria@example.com').revokeAccess()
    await clinic.sync.tasks.run('renew_watch_channels')
    clinic.calls()
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    clinic.google.advance(DAY_MS)
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(await clinic.channels()).toEqual([])
  })
})
