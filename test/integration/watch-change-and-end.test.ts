import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { OTHER_ACCOUNT, owner } from './clinic.ts'
import { openWatchedClinic, turn, waitForOpen } from './watched-clinic.ts'

const STOP = { path: '/channels/stop' }
const WORK = 'work@group.calendar.google.com'

describe('what the owner changes', () => {
  it('another calendar is watched instead', async () => {
    await using clinic = await openWatchedClinic({ settings: { calendarId: WORK } })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await clinic.quiet()
    expect(await clinic.onlyOpen()).toMatchObject({ calendarId: 'primary' })
    // The first two look whether the account can write there.
    expect(clinic.calls()).toEqual(['events.list', 'calendarList.list', 'events.watch', 'channels.stop'])
  })

  it('what counts is how it stands when it is a worker’s turn, not when it began to wait', async () => {
    await using clinic = await openWatchedClinic({ settings: { calendarId: WORK } })
    const integration = await clinic.storage.integrations.find(owner)
    const key = `watch:${owner.tenantId}:${integration?.id}`
    const lease = await clinic.storage.leases.acquire({ key, nowMs: clinic.clock.now(), ttlMs: 30_000 })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await clinic.sync.integrations.setActive(owner, false)
    await clinic.quiet()
    if (lease === null) throw new Error('the lease was not free')
    await clinic.storage.leases.release(lease)
    await clinic.pass(300)
    expect(clinic.calls().filter((call) => /watch|stop/.test(call))).toEqual(['channels.stop'])
    expect(await clinic.channels()).toEqual([])
  })

  it('nothing is watched while nothing comes from Google, nor while paused', async () => {
    await using clinic = await openWatchedClinic()
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'to_google' })
    await clinic.quiet()
    expect(await clinic.channels()).toEqual([])
    await clinic.sync.integrations.updateSettings(owner, { syncDirection: 'bidirectional' })
    await clinic.quiet()
    await clinic.onlyOpen()
    await clinic.sync.integrations.setActive(owner, false)
    await clinic.quiet()
    expect(await clinic.channels()).toEqual([])
    await clinic.sync.integrations.setActive(owner, true)
    await clinic.quiet()
    await clinic.onlyOpen()
    expect(clinic.calls()).toEqual(['channels.stop', 'events.watch', 'channels.stop', 'events.watch'])
  })

  it('a channel of a paused owner whose stop failed is stopped by the task', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.faults.failNext({ match: STOP, status: 503 })
    await clinic.sync.integrations.setActive(owner, false)
    await clinic.quiet()
    expect((await clinic.channels()).map(({ state }) => state)).toEqual(['stopping'])
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(await clinic.channels()).toEqual([])
  })

  it('a channel on a calendar of before does not count as watching this one', async () => {
    await using clinic = await openWatchedClinic()
    const channel = await clinic.onlyOpen()
    const elsewhere = { ...channel, calendarId: WORK, version: channel.version + 1 }
    await clinic.storage.channels.replace(elsewhere, channel.version)
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ watch: { state: 'none' } })
  })

  it('a setting that has nothing to do with it costs no call', async () => {
    await using clinic = await openWatchedClinic()
    await clinic.sync.integrations.updateSettings(owner, { reminderMinutes: [10] })
    await clinic.quiet()
    expect(clinic.calls()).toEqual([])
  })

  it('an address that was taken out of the configuration ends the channels', async () => {
    await using clinic = await openWatchedClinic()
    const without = createAppointmentSync({ ...clinic.options, notifications: undefined })
    const { counts } = await without.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ stopped: 1, opened: 0 })
    expect(await clinic.channels()).toEqual([])
    await without.close()
  })

  it('close waits for what was begun in the background', async () => {
    await using clinic = await openWatchedClinic({ settings: { calendarId: WORK } })
    await clinic.sync.integrations.updateSettings(owner, { calendarId: 'primary' })
    await clinic.sync.close()
    expect(await clinic.onlyOpen()).toMatchObject({ calendarId: 'primary' })
  })
})

describe('the end of a connection', () => {
  it('channels are stopped before the grant is revoked (KeepSoftwareSimple/compass-calendar#66)', async () => {
    await using clinic = await openWatchedClinic()
    const { status } = await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
    expect(status).toBe('done')
    expect(clinic.calls()).toEqual(['channels.stop', 'oauth.revoke'])
    expect(await clinic.channels()).toEqual([])
  })

  it('a stop that fails for now keeps the grant, and is made again', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.faults.failNext({ match: STOP, status: 503 })
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })).toMatchObject({
      status: 'continuing',
      revocation: 'pending',
    })
    expect(clinic.calls()).toEqual(['channels.stop'])
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.calls()).toEqual(['channels.stop', 'oauth.revoke'])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ status: 'disconnected' })
  })

  it('it does not wait for channels that nobody can stop any more (calcom/cal.diy#1051)', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.user('maria@example.com').revokeAccess()
    const { status } = await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
    expect(status).toBe('done')
    expect(await clinic.channels()).toEqual([])
  })

  it('another account: the old one’s channel is stopped while its tokens are there', async () => {
    await using clinic = await openWatchedClinic()
    const old = await clinic.onlyOpen()
    const before = clinic.google.requests.length
    const { url } = await clinic.sync.oauth.getAuthUrl({ owner })
    const back = new URL(clinic.google.authorize(url, { email: OTHER_ACCOUNT, grant: 'all' })).searchParams
    await clinic.sync.oauth.handleCallback({
      code: back.get('code') ?? '',
      state: back.get('state') ?? '',
      owner,
    })
    await clinic.quiet()
    const calls = clinic.google.requests
      .slice(before)
      .map(({ calendarMethod, path, status }) => [calendarMethod ?? path, status])
    expect(calls).toEqual([
      ['oauth.token', 200],
      ['calendar.channels.stop', 204],
      ['oauth.revoke', 200],
      ['calendar.events.watch', 200],
    ])
    expect((await clinic.onlyOpen()).id).not.toBe(old.id)
  })

  it('another account is connected also when the old one’s channel cannot be stopped', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.faults.failNext({ match: STOP, status: 503 })
    await clinic.connect({ account: OTHER_ACCOUNT })
    await waitForOpen(clinic)
    await clinic.onlyOpen()
  })

  it('the same account again gets a new channel: the old one may have gone with the old grant', async () => {
    await using clinic = await openWatchedClinic()
    const old = await clinic.onlyOpen()
    clinic.google.user('maria@example.com').revokeAccess()
    await clinic.sync.pullFromGoogle(owner).catch(() => undefined)
    await clinic.connect()
    await clinic.quiet()
    while ((await clinic.channels()).some(({ id }) => id === old.id)) await turn()
    await clinic.onlyOpen()
  })
})
