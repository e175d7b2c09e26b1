import { describe, expect, it } from 'vitest'
import { type AppointmentSync, createAppointmentSync } from 'appointment-sync'
import { owner } from './clinic.ts'
import { DAY_MS, HOUR_MS, openWatchedClinic, turn, type WatchedClinic } from './watched-clinic.ts'

const WATCH = { path: '/events/watch' }

describe('an answer that never comes', () => {
  it('leaves a channel that counts, is given up after ten minutes, and is stopped by what its message told', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.dropNext({ match: WATCH, applied: true })
    await clinic.connectQuietly()
    const [lost] = await clinic.channels()
    expect(lost).toMatchObject({ state: 'opening' })
    expect(lost?.resourceId).toBe(clinic.received[0]?.headers.get('x-goog-resource-id'))
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({ watch: { state: 'opening' } })

    // Google has it: a change comes through.
    await clinic.push('a1')
    await clinic.sync.pullFromGoogle(owner)
    clinic.calls()
    clinic.hand.patch(clinic.hand.events()[0]?.id ?? '', { location: 'Sala 2' })
    await clinic.pass(200)
    expect(clinic.calls()).toContain('events.list')

    clinic.google.advance(500_000)
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    clinic.google.advance(100_000)
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual(['events.watch', 'channels.stop'])
    expect((await clinic.onlyOpen()).id).not.toBe(lost?.id)
  })

  it('nor any message: the channel’s later ones are answered and ignored, and the first lets it be stopped', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.dropNotifications(1)
    clinic.google.faults.dropNext({ match: WATCH, applied: true })
    await clinic.connectQuietly()
    clinic.google.advance(HOUR_MS)
    await clinic.sync.tasks.run('renew_watch_channels')
    const states = (await clinic.channels()).map(({ state, resourceId }) =>
      resourceId === null ? `${state}, unknown` : state,
    )
    expect(states.sort()).toEqual(['open', 'stopping, unknown'])
    clinic.calls()
    clinic.hand.insert({
      summary: 'Almoço',
      start: { dateTime: '2026-05-06T12:00:00-03:00' },
      end: { dateTime: '2026-05-06T13:00:00-03:00' },
    })
    await clinic.pass(1000)
    // Told twice, read once.
    expect(clinic.calls()).toEqual(['events.list'])
    expect(clinic.answered.every((status) => status === 204)).toBe(true)
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual(['channels.stop'])
    await clinic.onlyOpen()
  })

  it('a process that dies between row and answer leaves a row that blocks nobody', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.hangNext({ match: WATCH })
    await clinic.connectQuietly()
    expect((await clinic.channels()).map(({ state }) => state)).toEqual(['opening'])
    // The next process; the lease of the dead one has run out, Google never heard of it.
    clinic.google.advance(HOUR_MS)
    const next = createAppointmentSync(clinic.options)
    await next.tasks.run('renew_watch_channels')
    expect((await clinic.channels()).filter(({ state }) => state === 'open')).toHaveLength(1)
    clinic.google.advance(6 * DAY_MS)
    await next.tasks.run('renew_watch_channels')
    clinic.google.advance(DAY_MS)
    await next.tasks.run('renew_watch_channels')
    await clinic.onlyOpen()
    await next.close()
  })

  it('a refusal leaves nothing behind', async () => {
    await using clinic = await openWatchedClinic({ connected: false })
    clinic.google.faults.failNext({ match: WATCH, status: 400, reason: 'push.webhookUrlNotHttps' })
    await clinic.connect()
    while (clinic.warnings.length === 0) await turn()
    await clinic.quiet()
    expect(await clinic.channels()).toEqual([])
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      watch: { state: 'none' },
      lastError: { code: 'INVALID_CONFIGURATION' },
    })
    await clinic.sync.tasks.run('renew_watch_channels')
    await clinic.onlyOpen()
  })
})

describe('an answer that comes too late', () => {
  /** An SDK in which Google’s answers to watch requests wait. */
  function slowWatches(clinic: WatchedClinic): { sync: AppointmentSync; answer: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { google } = clinic.options
    const slowFetch: typeof fetch = async (...given) => {
      const response = await (google.fetch ?? fetch)(...given)
      if (new Request(given[0]).url.endsWith('/watch')) await promise
      return response
    }
    const sync = createAppointmentSync({ ...clinic.options, google: { ...google, fetch: slowFetch } })
    return { sync, answer: () => resolve() }
  }

  it.each(['stopping', 'gone'] as const)(
    'finds its channel %s, as after a lease that was lost, and the channel is stopped',
    async (fate) => {
      await using clinic = await openWatchedClinic()
      const old = await clinic.onlyOpen()
      clinic.google.advance(6 * DAY_MS + 1)
      const { sync, answer } = slowWatches(clinic)
      const renewing = sync.tasks.run('renew_watch_channels')
      while ((await clinic.channels()).length < 2) await turn()
      await clinic.quiet()
      const row = (await clinic.channels()).find(({ id }) => id !== old.id)
      if (row === undefined) throw new Error('no channel is being opened')
      const ended = { ...row, state: 'stopping', version: row.version + 1 } as const
      if (fate === 'gone') await clinic.storage.channels.remove(row, row.id)
      else await clinic.storage.channels.replace(ended, row.version)
      answer()
      await renewing
      expect(clinic.calls()).toEqual(['events.watch', 'channels.stop'])
      expect((await clinic.onlyOpen()).id).toBe(old.id)
      await sync.close()
    },
  )

  it('keeps a disconnect waiting, and the channel is stopped before the grant is revoked', async () => {
    await using clinic = await openWatchedClinic()
    clinic.google.advance(6 * DAY_MS + 1)
    clinic.google.faults.dropNotifications(1)
    const { sync, answer } = slowWatches(clinic)
    const renewing = sync.tasks.run('renew_watch_channels')
    while ((await clinic.channels()).length < 2) await turn()
    await clinic.quiet()
    const ending = clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
    await clinic.quiet()
    answer()
    await renewing
    await clinic.pass(200)
    await ending
    expect(await clinic.channels()).toEqual([])
    expect(clinic.calls()).toEqual(['events.watch', 'channels.stop', 'channels.stop', 'oauth.revoke'])
    await sync.close()
  })
})
