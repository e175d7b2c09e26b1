import { describe, expect, it } from 'vitest'
import { createAppointmentSync } from 'appointment-sync'
import type { StoredTokens, TokenStore } from 'appointment-sync/ports'
import { ACCOUNT, appointment, onlyEvent, openClinic, OTHER_ACCOUNT, owner, spanOf } from './clinic.ts'

const moved = {
  start: { dateTime: '2026-05-06T14:00:00-03:00' },
  end: { dateTime: '2026-05-06T14:30:00-03:00' },
}
const later = { start: '2026-05-20T09:00:00-03:00', end: '2026-05-20T09:30:00-03:00' }
const past = { start: '2026-05-01T09:00:00-03:00', end: '2026-05-01T09:30:00-03:00' }

describe('a grant that is gone', () => {
  it('stops all tries, keeps the intent, and goes on after a reconnect', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.google.user(ACCOUNT).revokeAccess()
    clinic.clock.advance(1000)
    const result = await clinic.push('a1', later)
    expect(result).toMatchObject({ status: 'queued', retryAt: null, error: { code: 'OAUTH_GRANT_REVOKED' } })
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_GRANT_REVOKED',
      pendingPushes: 1,
    })
    clinic.calls()
    await clinic.push('a2')
    await clinic.sync.tasks.run('drain_outbox')
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(clinic.calls()).toEqual([])
    expect(await clinic.sync.metrics()).toMatchObject({ expiredTokens: 1, activeIntegrations: 0 })

    await clinic.connect()
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(2)
    expect(clinic.book.told).toEqual([])
  })

  it('does not keep an owner from disconnecting (calcom/cal.diy#1051)', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    clinic.google.user(ACCOUNT).revokeAccess()
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })).toEqual({
      status: 'done',
      eventsRemoved: 0,
      eventsLeft: 1,
      revocation: 'already_gone',
    })
    expect(await clinic.sync.integrations.status(owner)).toMatchObject({
      connected: false,
      status: 'disconnected',
    })
  })
})

describe('disconnect', () => {
  it.each([
    ['future', ['past']],
    ['all', []],
    ['none', ['past', 'future']],
  ] as const)(
    'with %s leaves the events of %j, revokes the grant and erases the tokens',
    async (removeEvents, left) => {
      await using clinic = await openClinic()
      await clinic.push('past', { ...past, title: 'past' })
      await clinic.push('future', { ...later, title: 'future' })
      const id = (await clinic.sync.integrations.get(owner))?.integrationId ?? ''
      const result = await clinic.sync.integrations.disconnect(owner, { removeEvents })
      expect(result).toEqual({
        status: 'done',
        eventsRemoved: 2 - left.length,
        eventsLeft: 0,
        revocation: 'revoked',
      })
      const titles = clinic.hand
        .events()
        .map((event) => (event['summary'] as string).replace(/.*\] (\w+).*/, '$1'))
      expect(titles.sort()).toEqual([...left].sort())
      expect(await clinic.storage.credentials.find({ ...owner, integrationId: id })).toBeNull()
      clinic.calls()
      expect(await clinic.push('future', { notes: 'x' })).toEqual({
        status: 'skipped',
        reason: 'not_connected',
      })
      expect(clinic.calls()).toEqual([])
    },
  )

  it('and a new connection adopts the events that were left instead of doubling them', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'none' })
    await clinic.connect()
    expect(await clinic.sync.syncAllAppointmentsForUser(owner)).toMatchObject({ processed: 1, updated: 1 })
    onlyEvent(clinic.hand)
    expect(await clinic.push('a1')).toEqual({ status: 'skipped', reason: 'unchanged' })
  })

  it('erases what a token store of the host’s holds', async () => {
    const kept = new Map<string, StoredTokens>()
    const tokenStore: TokenStore = {
      find: async ({ integrationId }) => kept.get(integrationId) ?? null,
      replace: async ({ integrationId }, tokens, expected) => {
        if ((kept.get(integrationId)?.version ?? null) !== expected) return false
        kept.set(integrationId, tokens)
        return true
      },
      erase: async ({ integrationId }) => void kept.delete(integrationId),
    }
    await using clinic = await openClinic({ tokenStore })
    await clinic.push('a1', later)
    expect(kept.size).toBe(1)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    expect(kept.size).toBe(0)
  })

  it('called again it has nothing left to do', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })).toEqual({
      status: 'done',
      eventsRemoved: 0,
      eventsLeft: 0,
      revocation: 'nothing_to_revoke',
    })
    const nobody = { ...owner, userId: 'nobody' }
    await expect(clinic.sync.integrations.disconnect(nobody, { removeEvents: 'all' })).rejects.toMatchObject({
      code: 'INTEGRATION_NOT_FOUND',
    })
  })

  it('goes on by itself when Google could not be reached, and leaves no event behind (twentyhq/twenty#26347)', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, status: 503, times: 20 })
    expect(await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })).toEqual({
      status: 'continuing',
      eventsRemoved: 0,
      eventsLeft: 1,
      revocation: 'pending',
    })
    const view = await clinic.sync.integrations.get(owner)
    expect(view?.status).toBe('disconnecting')
    expect(await clinic.push('a2', later)).toEqual({ status: 'skipped', reason: 'not_connected' })
    await expect(clinic.sync.integrations.setActive(owner, false)).rejects.toMatchObject({
      code: 'INTEGRATION_INACTIVE',
    })
    clinic.google.faults.clear()
    const { counts } = await clinic.sync.tasks.run('drain_outbox')
    expect(counts).toMatchObject({ disconnected: 1 })
    expect(clinic.hand.events()).toEqual([])
    expect((await clinic.sync.integrations.get(owner))?.status).toBe('disconnected')
  })

  it('lets the owner go after a day of failures', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, status: 503, times: 1000 })
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    clinic.clock.advance(23 * 3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect((await clinic.sync.integrations.get(owner))?.status).toBe('disconnecting')
    clinic.clock.advance(3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect((await clinic.sync.integrations.get(owner))?.status).toBe('disconnected')
    expect(clinic.google.requests.some(({ path }) => path.endsWith('/revoke'))).toBe(true)
  })

  it('is taken back by connecting again', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    clinic.google.faults.failNext({ match: { method: 'DELETE' }, status: 503, times: 20 })
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    clinic.google.faults.clear()
    await clinic.connect()
    await clinic.sync.tasks.run('drain_outbox')
    expect(clinic.hand.events()).toHaveLength(1)
    expect((await clinic.sync.integrations.get(owner))?.status).toBe('active')
  })
})

describe('another Google account', () => {
  it('starts anew on its own calendar: nothing of the first account is taken for a deletion', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1', later)
    await clinic.sync.pullFromGoogle(owner)
    await clinic.connect({ account: OTHER_ACCOUNT })
    await clinic.sync.pullFromGoogle(owner)
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(clinic.google.user(OTHER_ACCOUNT).calendar().events()).toHaveLength(1)
    expect(clinic.book.told).toEqual([])
  })
})

describe('periodic tasks', () => {
  it('sync_recent_appointments catches what a missed hook left out, both ways', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.tasks.run('sync_recent_appointments')
    clinic.clock.advance(15 * 60_000)
    clinic.put('a2')
    clinic.hand.patch(onlyEvent(clinic.hand).id, moved)
    const { counts } = await clinic.sync.tasks.run('sync_recent_appointments')
    expect(counts).toMatchObject({ integrations: 1, failed: 0, created: 1, applied: 1 })
    expect(clinic.hand.events()).toHaveLength(2)
  })

  it('sync_all_calendar_integrations takes off what the host deleted without a word', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.push('a2')
    clinic.book.appointments.delete('a1')
    const { counts } = await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(counts).toMatchObject({ deleted: 1, skipped: 1 })
    onlyEvent(clinic.hand)
  })

  it('a sweep of appointments that did not change makes no call but the pull', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 5; n += 1) await clinic.push(`a${n}`)
    await clinic.sync.pullFromGoogle(owner)
    clinic.calls()
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(clinic.calls()).toEqual(['events.list'])
  })

  it('one owner’s failure does not stop the others', async () => {
    await using clinic = await openClinic()
    const second = { tenantId: 'clinic-2', userId: 'rui' }
    await clinic.connect({ as: second, account: OTHER_ACCOUNT })
    clinic.google.user(ACCOUNT).revokeAccess()
    clinic.put('b1', { ...second, id: 'b1' })
    const { counts } = await clinic.sync.tasks.run('sync_all_calendar_integrations')
    expect(counts).toMatchObject({ integrations: 2, failed: 1, created: 1 })
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'failed' })
    expect(items.map(({ errorCode }) => errorCode)).toContain('OAUTH_GRANT_REVOKED')
  })

  it('a second process that starts the same task is told busy', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const other = createAppointmentSync({ ...clinic.options, storage: clinic.storage })
    const { promise, resolve } = Promise.withResolvers<void>()
    clinic.google.faults.delayNext({ match: { method: 'GET' }, until: promise })
    const first = clinic.sync.tasks.run('sync_all_calendar_integrations')
    while (clinic.google.requests.every((request) => request.method !== 'GET')) {
      await new Promise((next) => setImmediate(next))
    }
    expect(await other.tasks.run('sync_all_calendar_integrations')).toMatchObject({ status: 'busy' })
    resolve()
    expect(await first).toMatchObject({ status: 'done' })
    await other.close()
  })

  it('cleanup_expired_tokens seals old envelopes anew, so that the old key can go', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    const next = { id: 'k2', secret: 'another secret of at least 32 characters, for tests' }
    const both = [next, ...clinic.options.encryption.keys]
    const rotating = createAppointmentSync({ ...clinic.options, encryption: { keys: both } })
    expect(await rotating.tasks.run('cleanup_expired_tokens')).toMatchObject({
      counts: { resealed: 1, failed: 0 },
    })
    const rotated = createAppointmentSync({ ...clinic.options, encryption: { keys: [next] } })
    expect(await rotated.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    await Promise.all([rotating.close(), rotated.close()])
  })

  it('purge_logs keeps what is young enough', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.clock.advance(91 * 86_400_000)
    await clinic.push('a2', { start: '2026-08-05T09:00:00-03:00', end: '2026-08-05T09:30:00-03:00' })
    await clinic.sync.tasks.run('purge_logs')
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId })
    expect(items.every(({ atMs }) => atMs >= clinic.clock.now() - 90 * 86_400_000)).toBe(true)
    expect(items.some(({ appointmentId }) => appointmentId === 'a2')).toBe(true)
  })

  it('an unknown task is refused with the names of those there are', async () => {
    await using clinic = await openClinic()
    await expect(clinic.sync.tasks.run('make_coffee')).rejects.toMatchObject({
      code: 'TASK_UNKNOWN',
      message: expect.stringContaining('drain_outbox') as string,
    })
  })
})

describe('syncAllAppointmentsForUser', () => {
  it('streams by pages and reports its progress', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 600; n += 1) clinic.put(`a${String(n).padStart(3, '0')}`)
    const seen: number[] = []
    const result = await clinic.sync.syncAllAppointmentsForUser(owner, {
      onProgress: ({ processed }) => seen.push(processed),
    })
    expect(result).toMatchObject({ processed: 600, created: 600, failed: [] })
    expect(seen).toEqual([500, 600, 600])
    expect(clinic.book.listed).toBe(2)
  })

  it('takes days back and forward, names invalid appointments and goes on', async () => {
    await using clinic = await openClinic()
    clinic.put('bad', { end: 'rubbish' })
    clinic.put('far', { start: '2026-06-25T09:00:00-03:00', end: '2026-06-25T09:30:00-03:00' })
    clinic.put('good')
    clinic.book.list = () => Promise.resolve({ items: [...clinic.book.appointments.values()] })
    const result = await clinic.sync.syncAllAppointmentsForUser(owner, { daysBack: 1, daysForward: 60 })
    expect(result).toMatchObject({
      processed: 3,
      created: 2,
      failed: [{ appointmentId: 'bad', error: { code: 'INVALID_APPOINTMENT' } }],
    })
  })

  it('stops at an abort with the caller’s reason', async () => {
    await using clinic = await openClinic()
    for (let n = 0; n < 600; n += 1) clinic.put(`a${n}`)
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = clinic.sync.syncAllAppointmentsForUser(owner, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(running).rejects.toBe(reason)
    expect(clinic.hand.events()).toHaveLength(500)
  })
})

describe('availability, status and health', () => {
  it('busy times asked of Google now come merged; a calendar that cannot be read makes them unknown, never free', async () => {
    await using clinic = await openClinic({
      settings: { busyCalendarIds: ['work@group.calendar.google.com'] },
    })
    await clinic.push('a1')
    clinic.google
      .user(ACCOUNT)
      .calendar('work@group.calendar.google.com')
      .insert({
        start: { dateTime: '2026-05-05T09:15:00-03:00' },
        end: { dateTime: '2026-05-05T10:00:00-03:00' },
      })
    const range = {
      from: '2026-05-05T00:00:00-03:00',
      to: '2026-05-06T00:00:00-03:00',
      source: 'google',
    } as const
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({
      status: 'known',
      busy: [{ start: new Date('2026-05-05T12:00:00Z'), end: new Date('2026-05-05T13:00:00Z') }],
    })
    clinic.google.user(ACCOUNT).removeCalendar('work@group.calendar.google.com')
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({ status: 'unknown' })
    clinic.google.faults.failNext({ status: 503, times: 3 })
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({
      status: 'unknown',
      error: { code: 'GOOGLE_UNAVAILABLE' },
    })
    expect(await clinic.sync.availability.busy({ ...owner, userId: 'nobody' }, range)).toMatchObject({
      status: 'unknown',
    })
    await expect(
      clinic.sync.availability.busy(owner, { from: range.to, to: range.from }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('the calendar picker lists calendars with their roles; without the scope it says which is missing', async () => {
    await using clinic = await openClinic()
    expect(await clinic.sync.integrations.listCalendars(owner)).toMatchObject([
      { id: ACCOUNT, primary: true, writable: true, timeZone: 'America/Sao_Paulo' },
      { id: 'work@group.calendar.google.com', primary: false },
    ])
    const events = 'https://www.googleapis.com/auth/calendar.events.owned'
    await clinic.connect({ grant: [events] })
    await expect(clinic.sync.integrations.listCalendars(owner)).rejects.toMatchObject({
      code: 'OAUTH_SCOPE_MISSING',
    })
    expect((await clinic.sync.integrations.status(owner)).missingScopes).toContain(
      'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
    )
    expect(await clinic.push('a1')).toMatchObject({ status: 'success' })
  })

  it('status and metrics count what went right, what failed and when', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    clinic.google.faults.failNext({ status: 400, reason: 'invalid' })
    await clinic.push('a2')
    await clinic.sync.pullFromGoogle(owner)
    const status = await clinic.sync.integrations.status(owner)
    expect(status).toMatchObject({
      connected: true,
      status: 'active',
      googleEmail: ACCOUNT,
      deadLetters: 1,
      lastError: { code: 'GOOGLE_REJECTED' },
      lastPullAt: new Date(clinic.clock.now()),
    })
    expect(status.successRate).toBeGreaterThan(0.5)
    expect(status.successRate).toBeLessThan(1)
    expect(await clinic.sync.metrics({ tenantId: 'clinic-2' })).toMatchObject({
      activeIntegrations: 0,
      succeeded: 0,
    })
  })

  it('health tells a bad client secret from an outage, and asks Google once a minute', async () => {
    await using clinic = await openClinic()
    expect(await clinic.sync.health()).toMatchObject({ status: 'ok' })
    await clinic.sync.health()
    expect(clinic.calls()).toHaveLength(1)
    clinic.clock.advance(61_000)
    clinic.google.faults.failNext({ match: { path: /token/ }, status: 503 })
    expect(await clinic.sync.health()).toMatchObject({
      status: 'degraded',
      checks: { check_google_api_status: { status: 'degraded', error: { code: 'GOOGLE_UNAVAILABLE' } } },
    })
    const google = { ...clinic.options.google, clientSecret: 'wrong' }
    const wrong = createAppointmentSync({ ...clinic.options, google })
    expect(await wrong.health()).toMatchObject({
      status: 'failed',
      checks: { check_google_api_status: { error: { code: 'OAUTH_CLIENT_REJECTED' } } },
    })
    await wrong.close()
  })

  it('a storage that fails is reported, not thrown', async () => {
    await using clinic = await openClinic()
    clinic.storage.check = () => Promise.reject(new Error('secret connection string'))
    const health = await clinic.sync.health()
    expect(health).toMatchObject({
      status: 'failed',
      checks: { storage: { error: { code: 'STORAGE_FAILED' } } },
    })
    expect(JSON.stringify(health)).not.toContain('secret connection string')
  })
})

describe('settings and configuration', () => {
  it('a change of template reaches the events with the next sweep', async () => {
    await using clinic = await openClinic()
    await clinic.push('a1')
    await clinic.sync.integrations.updateSettings(owner, {
      eventPrefix: '',
      titleTemplate: '{{ client.name }}',
    })
    await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(onlyEvent(clinic.hand)['summary']).toBe('João Silva')
  })

  it('unknown, unusable and not yet available settings are refused and change nothing', async () => {
    await using clinic = await openClinic()
    const before = await clinic.sync.integrations.get(owner)
    const bad = { conference: 'zoom', reminderMinutes: [-1], colour: 'red' } as never
    await expect(clinic.sync.integrations.updateSettings(owner, bad)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(
      clinic.sync.integrations.updateSettings(owner, { titleTemplate: '{{ unclosed' }),
    ).rejects.toMatchObject({ code: 'INVALID_TEMPLATE' })
    expect(await clinic.sync.integrations.get(owner)).toEqual(before)
  })

  it('all problems of a configuration are reported at once', () => {
    const options = {
      google: { clientId: '', clientSecret: 'x', redirectUri: 'nowhere' },
      encryption: { keys: [] },
    }
    let failure: unknown
    try {
      createAppointmentSync(options as never)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({ code: 'INVALID_CONFIGURATION' })
    const paths = (failure as { problems: { path: string }[] }).problems.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'google.clientId',
        'google.redirectUri',
        'appointments',
        'storage',
        'encryption.keys',
      ]),
    )
  })

  it('a misspelt option is refused by its path, and a call without its argument says what is missing', async () => {
    await using clinic = await openClinic()
    const { google, ...options } = clinic.options
    const misspelt = { ...options, google: { ...google, clientID: 'x' }, pushTimeout: 1 }
    expect(() => createAppointmentSync(misspelt as never)).toThrow(/pushTimeout/)
    expect(() => createAppointmentSync(misspelt as never)).toThrow(/clientID/)
    await expect(clinic.sync.availability.busy(owner, undefined as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      problems: [{ path: 'from' }, { path: 'to' }],
    })
    await expect(
      clinic.sync.integrations.disconnect(owner, { removeEvents: 'some' as never }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(await clinic.sync.integrations.disconnect(owner)).toMatchObject({ revocation: 'revoked' })
  })

  it('a process that dies at work is out of the way after half a minute', async () => {
    await using clinic = await openClinic()
    const key = `calendar:${owner.tenantId}:${(await clinic.sync.integrations.get(owner))?.integrationId}`
    await clinic.storage.leases.acquire({ key, nowMs: clinic.clock.now(), ttlMs: 30_000 })
    clinic.clock.advance(30_000)
    expect(await clinic.push('a1')).toMatchObject({ status: 'success' })
  })

  it('after close no call is taken', async () => {
    const clinic = await openClinic()
    await clinic.sync.close()
    await expect(clinic.sync.syncAppointmentToGoogle(appointment('a1'))).rejects.toMatchObject({
      code: 'CLOSED',
    })
    await clinic.google.close()
  })
})

describe('tenants', () => {
  it('the same appointment id in two tenants is two events on two calendars', async () => {
    await using clinic = await openClinic()
    const second = { tenantId: 'clinic-2', userId: 'maria' }
    await clinic.connect({ as: second, account: OTHER_ACCOUNT })
    await clinic.push('a1')
    await clinic.sync.syncAppointmentToGoogle(
      appointment('a1', { ...second, start: later.start, end: later.end }),
    )
    const [mine, theirs] = [clinic.hand, clinic.google.user(OTHER_ACCOUNT).calendar()].map(onlyEvent)
    expect(mine?.id).not.toBe(theirs?.id)
    expect(spanOf(theirs ?? {})[0]).toBe('2026-05-20T12:00:00.000Z')
    expect(
      (await clinic.sync.logs.list({ tenantId: 'clinic-2' })).items.every((e) => e.tenantId === 'clinic-2'),
    ).toBe(true)
  })
})
