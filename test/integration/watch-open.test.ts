import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import { owner } from './clinic.ts'
import { DAY_MS, HOUR_MS, openWatchedClinic, waitForOpen, WEBHOOK } from './watched-clinic.ts'

const WORK = 'work@group.calendar.google.com'

describe('opening', () => {
  it('a connection is followed by one channel, whose end is the one Google names', async () => {
    await using clinic = await openWatchedClinic({ emulator: { maxChannelTtlMs: 5 * HOUR_MS } })
    const channel = await clinic.onlyOpen()
    expect(channel).toMatchObject({ calendarId: 'primary', state: 'open' })
    expect(channel.id).toMatch(/^[\w\-+/=]{64}$/)
    const expiresAt = new Date(clinic.clock.now() + 5 * HOUR_MS)
    expect(channel.expiresAtMs).toBe(expiresAt.getTime())
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      watch: { state: 'open', expiresAt },
    })
    expect(await clinic.sync.metrics()).toMatchObject({ watchChannels: 1 })
    const log = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'watch' })
    expect(log.items).toEqual([expect.objectContaining({ status: 'success', direction: 'system' })])
  })

  it('the token is long, sent to Google alone, and stored as its SHA-256', async () => {
    const sent: string[] = []
    await using clinic = await openWatchedClinic({
      emulator: {
        observe: ({ calendarMethod, request }) => {
          if (calendarMethod === 'calendar.events.watch') sent.push(request.body)
        },
      },
    })
    const { token, address } = JSON.parse(sent[0] ?? '{}') as { token: string; address: string }
    expect(address).toBe(WEBHOOK)
    expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(32)
    const channel = await clinic.onlyOpen()
    expect(channel.tokenHash).toBe(createHash('sha256').update(token).digest('hex'))
    expect(JSON.stringify(channel)).not.toContain(token)
    expect(JSON.stringify(clinic.warnings)).not.toContain(token)
  })

  it('without an address nothing is watched', async () => {
    await using clinic = await openWatchedClinic({ notifications: undefined, connected: false })
    await clinic.connect()
    await clinic.quiet()
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      watch: { state: 'none', expiresAt: null },
    })
  })

  it('the first run of the task opens what is missing, and a second one asks nothing', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    const quiet = createAppointmentSync({ ...clinic.options, notifications: undefined })
    const { url } = await quiet.oauth.getAuthUrl({ owner })
    const back = new URL(clinic.google.authorize(url, { email: 'maria@example.com', grant: 'all' }))
      .searchParams
    await quiet.oauth.handleCallback({ code: back.get('code') ?? '', state: back.get('state') ?? '', owner })
    expect(await clinic.channels()).toEqual([])
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ integrations: 1, opened: 1, failed: 0 })
    await clinic.onlyOpen()
    clinic.calls()
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
  })

  it('a sync message that comes before Google’s answer finds its channel', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.syncBeforeResponse(true)
    await clinic.connect()
    await waitForOpen(clinic)
    await clinic.quiet()
    const channel = await clinic.onlyOpen()
    expect(clinic.received.map(({ headers }) => headers.get('x-goog-resource-state'))).toEqual(['sync'])
    expect(clinic.answered).toEqual([204])
    expect(channel.resourceId).toBe(clinic.received[0]?.headers.get('x-goog-resource-id'))
  })

  it('two workers at once open one channel', async () => {
    await using clinic = await openWatchedClinic()
    const before = await clinic.onlyOpen()
    const other = createAppointmentSync(clinic.options)
    clinic.google.advance(6 * DAY_MS + 1)
    const both = [clinic.sync, other].map((sync) => sync.integrations.setActive(owner, true))
    await Promise.all(both)
    await clinic.quiet()
    await clinic.pass(100)
    expect((await clinic.onlyOpen()).id).not.toBe(before.id)
    expect(clinic.calls().filter((call) => call === 'events.watch')).toHaveLength(1)
    await other.close()
  })

  it('of two open channels the older one is stopped (closeio/sync-engine#597)', async () => {
    await using clinic = await openWatchedClinic()
    const older = await clinic.onlyOpen()
    // As after a lease that was lost while Google was answering: a worker that does not see the other's row.
    const blind = createAppointmentSync({
      ...clinic.options,
      storage: { ...clinic.storage, channels: { ...clinic.storage.channels, list: async () => [] } },
    })
    clinic.google.advance(1000)
    await blind.tasks.run('renew_watch_channels')
    expect(await clinic.channels()).toHaveLength(2)
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ opened: 0, stopped: 1 })
    expect((await clinic.onlyOpen()).id).not.toBe(older.id)
    await blind.close()
  })
})

describe('a calendar that Google does not watch', () => {
  it('is polled, and asked about again after a week (2witstudios/PageSpace#488)', async () => {
    const calendars = [{ id: WORK, summary: 'Work', watchable: false }]
    await using clinic = await openWatchedClinic({
      emulator: { users: [{ email: 'maria@example.com', calendars }] },
      settings: { calendarId: WORK },
      connected: false,
    })
    await clinic.connectQuietly()
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      watch: { state: 'unsupported', expiresAt: null },
      lastError: null,
    })
    expect(await clinic.channels()).toEqual([])
    clinic.google.advance(6 * DAY_MS)
    await clinic.sync.tasks.run('sync_recent_appointments')
    expect(clinic.calls()).toContain('events.list')
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    clinic.google.advance(DAY_MS)
    const { counts } = await clinic.sync.tasks.run('renew_watch_channels')
    expect(counts).toMatchObject({ unsupported: 1, failed: 0 })
  })
})
