import { createAppointmentSync } from 'appointment-sync'
import { describe, expect, it } from 'vitest'
import { ACCOUNT, onlyEvent, OTHER_ACCOUNT, openClinic, owner } from './clinic.ts'
import {
  ALONE,
  calendarIdOf,
  calendarsTitled,
  grantAll,
  openOwnCalendarClinic,
  ownHand,
  scope,
  user,
} from './own-calendar-clinic.ts'

const INSERT = { method: 'POST', path: '/calendar/v3/calendars' } as const

describe('an owner with a calendar of their own', () => {
  it('is asked for calendar.app.created alone, besides who they are', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    const { url } = await clinic.sync.oauth.getAuthUrl({ owner })
    const asked = new URL(url).searchParams.get('scope')?.split(' ')
    expect(asked).toEqual(['openid', 'email', scope('calendar.app.created')])
  })

  it('gets it with the connection, with title and zone of the settings, in one call', async () => {
    await using clinic = await openOwnCalendarClinic({
      connected: false,
      settings: { locale: 'es', timeZone: 'Europe/Madrid' },
    })
    const { url } = await clinic.sync.oauth.getAuthUrl({ owner })
    const back = new URL(clinic.google.authorize(url, { email: ACCOUNT, grant: 'all' })).searchParams
    clinic.calls()
    const result = await clinic.sync.oauth.handleCallback({
      code: back.get('code') ?? '',
      state: back.get('state') ?? '',
    })
    const { calendarId } = result.integration.settings
    expect(result).toMatchObject({
      status: 'connected',
      missingScopes: [],
      integration: { dedicatedCalendar: { calendarId, unansweredSince: null } },
    })
    expect(calendarId).toMatch(/@group\.calendar\.google\.com$/)
    expect(clinic.calls()).toEqual(['oauth.token', 'calendars.insert'])
    expect(await clinic.sync.integrations.listCalendars(owner)).toEqual([
      {
        id: calendarId,
        title: 'Citas',
        primary: false,
        timeZone: 'Europe/Madrid',
        accessRole: 'owner',
        writable: true,
        selected: true,
        hidden: false,
        color: expect.stringMatching(/^#[0-9a-f]{6}$/),
        dedicated: true,
      },
    ])
  })

  it('has appointments there, follows what a person does there, and touches nothing else', async () => {
    await using clinic = await openOwnCalendarClinic()
    clinic.hand.insert({
      summary: 'Mine',
      start: { dateTime: '2026-05-05T12:00:00Z' },
      end: { dateTime: '2026-05-05T13:00:00Z' },
    })
    expect(await clinic.push('a1')).toMatchObject({ status: 'success', action: 'created' })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    const own = await ownHand(clinic)
    clinic.clock.advance(1000)
    own.patch(onlyEvent(own).id, {
      start: { dateTime: '2026-05-05T19:00:00Z' },
      end: { dateTime: '2026-05-05T19:30:00Z' },
    })
    await clinic.sync.pullFromGoogle(owner)
    clinic.clock.advance(1000)
    own.delete(onlyEvent(own).id)
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    expect(clinic.book.told).toMatchObject([{ type: 'rescheduled' }, { type: 'cancelled' }])
    expect(onlyEvent(clinic.hand)).toMatchObject({ summary: 'Mine' })
    await clinic.sync.tasks.run('sync_all_calendar_integrations')
    const failed = await clinic.sync.logs.list({ tenantId: owner.tenantId, status: 'failed' })
    expect(failed.items).toEqual([])
  })

  it('keeps it over a reconnect; what they deleted meanwhile is made anew', async () => {
    await using clinic = await openOwnCalendarClinic()
    const first = await calendarIdOf(clinic)
    await clinic.connect()
    expect(await calendarIdOf(clinic)).toBe(first)
    await clinic.push('a1')
    user(clinic).deleteCalendar(first)
    await clinic.connect()
    expect(await calendarIdOf(clinic)).not.toBe(first)
    await clinic.sync.tasks.run('drain_outbox')
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    expect(clinic.book.told).toEqual([])
  })

  it('keeps it over a disconnect that removes every event, and finds it again', async () => {
    await using clinic = await openOwnCalendarClinic()
    const first = await calendarIdOf(clinic)
    const own = await ownHand(clinic)
    await clinic.push('a1')
    own.insert({
      summary: 'Mine',
      start: { dateTime: '2026-05-05T12:00:00Z' },
      end: { dateTime: '2026-05-05T13:00:00Z' },
    })
    await clinic.sync.integrations.disconnect(owner, { removeEvents: 'all' })
    expect(onlyEvent(own)).toMatchObject({ summary: 'Mine' })
    await clinic.connect()
    expect(await calendarIdOf(clinic)).toBe(first)
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
  })

  it('gets another one in another account, also after a disconnect', async () => {
    await using clinic = await openOwnCalendarClinic()
    const first = await calendarIdOf(clinic)
    // Even where the first account shares it as fully as it can.
    user(clinic).share(first, { with: OTHER_ACCOUNT, role: 'owner' })
    await clinic.connect({ account: OTHER_ACCOUNT })
    const second = await calendarIdOf(clinic)
    expect(second).not.toBe(first)
    await clinic.sync.integrations.disconnect(owner)
    await clinic.connect()
    expect([first, second]).not.toContain(await calendarIdOf(clinic))
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(3)
  })

  it('who unticks the scope is connected without it, and no calendar is made', async () => {
    await using clinic = await openOwnCalendarClinic({
      connected: false,
      settings: { ...ALONE, externalEvents: 'busy' },
    })
    await clinic.connect({ grant: [scope('calendar.freebusy')] })
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({
      status: 'needs_reconnect',
      missingScopes: [scope('calendar.app.created')],
      dedicatedCalendar: null,
    })
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(0)
  })

  it('cannot have another calendar chosen for them, in the settings or the options', async () => {
    await using clinic = await openOwnCalendarClinic()
    await expect(
      clinic.sync.integrations.updateSettings(owner, { calendarId: 'work@group.calendar.google.com' }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', problems: [{ path: 'calendarId' }] })
    expect(() =>
      createAppointmentSync({ ...clinic.options, defaults: { ...ALONE, calendarId: 'work' } }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_CONFIGURATION' }))
  })
})

describe('a calendar that is not there yet', () => {
  it('never leads to a write on the primary one: pushes wait, pulls are skipped', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    clinic.google.faults.failNext({ match: INSERT, status: 403, reason: 'forbidden', times: 4 })
    await clinic.connect()
    const pushed = await clinic.push('a1')
    expect(pushed).toMatchObject({ status: 'queued', error: { code: 'CALENDAR_NOT_READY' } })
    expect(await clinic.sync.pullFromGoogle(owner)).toEqual({
      status: 'skipped',
      reason: 'calendar_not_ready',
    })
    const all = await clinic.sync.syncAllAppointmentsForUser(owner)
    expect(all).toMatchObject({ queued: 1 })
    expect(clinic.calls()).toEqual(['calendars.insert', 'calendars.insert', 'calendars.insert'])
    expect(clinic.hand.events()).toEqual([])
    clinic.clock.advance(120_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    expect(clinic.hand.events()).toEqual([])
    expect((await clinic.sync.integrations.status(owner)).deadLetters).toBe(0)
  })

  it('is made by the first pull, too, and the failed try is in the log', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    clinic.google.faults.failNext({ match: INSERT, status: 403, reason: 'forbidden' })
    await clinic.connect()
    const { items } = await clinic.sync.logs.list({ tenantId: owner.tenantId, action: 'calendar' })
    expect(items).toMatchObject([{ status: 'failed', errorCode: 'GOOGLE_FORBIDDEN' }])
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ status: 'success' })
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
  })

  it('is made once by many that need it at the same time', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    clinic.google.faults.failNext({ match: INSERT, status: 403, reason: 'forbidden' })
    await clinic.connect()
    const other = createAppointmentSync(clinic.options)
    const results = await Promise.all([
      ...['a1', 'a2', 'a3'].map((id) => clinic.push(id)),
      ...['b1', 'b2'].map((id) => other.syncAppointmentToGoogle(clinic.put(id))),
      clinic.sync.pullFromGoogle(owner),
    ])
    expect(results.map(({ status }) => status)).not.toContain('conflict')
    clinic.clock.advance(120_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
    expect((await ownHand(clinic)).events()).toHaveLength(5)
    await other.close()
  })

  it('is not made while a used up limit lasts, which parks the owner', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    clinic.google.faults.failNext({ match: INSERT, status: 403, reason: 'quotaExceeded' })
    await clinic.connect()
    expect(await clinic.sync.integrations.get(owner)).toMatchObject({
      parkedReason: 'GOOGLE_QUOTA_EXCEEDED',
    })
    expect(await clinic.push('a1')).toMatchObject({ status: 'queued' })
    await expect(clinic.sync.integrations.createCalendar(owner)).rejects.toMatchObject({
      code: 'GOOGLE_QUOTA_EXCEEDED',
    })
    expect(clinic.calls()).toEqual([])
    clinic.clock.advance(13 * 3_600_000)
    await clinic.sync.tasks.run('drain_outbox')
    expect((await ownHand(clinic)).events()).toHaveLength(1)
  })

  it('leaves availability unknown, and opens no watch channel', async () => {
    await using clinic = await openOwnCalendarClinic({
      connected: false,
      settings: { externalEvents: 'busy' },
      notifications: { url: 'https://app.example.com/notifications' },
    })
    clinic.google.faults.failNext({ match: INSERT, status: 403, reason: 'forbidden' })
    await clinic.connect()
    const range = { from: '2026-05-05T00:00:00Z', to: '2026-05-06T00:00:00Z' }
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({
      status: 'unknown',
      error: { code: 'CALENDAR_NOT_READY' },
    })
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toEqual([])
    await clinic.sync.integrations.createCalendar(owner)
    await clinic.sync.tasks.run('renew_watch_channels')
    expect(clinic.calls()).toContain('events.watch')
    await clinic.sync.pullFromGoogle(owner)
    expect(await clinic.sync.availability.busy(owner, range)).toMatchObject({ status: 'known' })
  })
})

describe('a calendar of which nobody knows whether it was made', () => {
  it('is not made again by itself: appointments wait, and the error says what to do', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    clinic.google.faults.dropNext({ match: INSERT, applied: true })
    await clinic.connect()
    expect(await clinic.push('a1')).toMatchObject({
      status: 'queued',
      retryAt: null,
      error: { code: 'GOOGLE_OUTCOME_UNKNOWN', message: expect.stringContaining('again: true') },
    })
    expect(await clinic.sync.pullFromGoogle(owner)).toMatchObject({ reason: 'calendar_not_ready' })
    for (let days = 0; days < 3; days += 1) {
      clinic.clock.advance(86_400_000)
      await clinic.sync.tasks.run('drain_outbox')
    }
    await expect(clinic.sync.integrations.createCalendar(owner)).rejects.toMatchObject({
      code: 'GOOGLE_OUTCOME_UNKNOWN',
      retryable: false,
    })
    expect(clinic.calls()).toEqual([])
    const { dedicatedCalendar } = (await clinic.sync.integrations.get(owner)) ?? {}
    expect(dedicatedCalendar).toMatchObject({ calendarId: null, unansweredSince: expect.any(Date) })
    expect(await clinic.sync.integrations.createCalendar(owner, { again: true })).toMatchObject({
      created: true,
      integration: { dedicatedCalendar: { unansweredSince: null } },
    })
    await clinic.sync.tasks.run('drain_outbox')
    expect((await ownHand(clinic)).events()).toHaveLength(1)
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(2)
  })

  it('a process that dies after Google answered leaves the same, and nothing on another calendar', async () => {
    await using clinic = await openOwnCalendarClinic({ connected: false })
    const { storage } = clinic
    let dead = false
    const dying = createAppointmentSync({
      ...clinic.options,
      google: {
        ...clinic.options.google,
        fetch: async (input, init) => {
          const answer = await clinic.google.fetch(input, init)
          const url = String(input instanceof Request ? input.url : input)
          if (url.endsWith('/calendar/v3/calendars')) dead = true
          return answer
        },
      },
      storage: {
        ...storage,
        transaction: (work) =>
          dead ? Promise.reject(new Error('the process died')) : storage.transaction(work),
      },
    })
    const { url } = await dying.oauth.getAuthUrl({ owner })
    const back = new URL(clinic.google.authorize(url, { email: ACCOUNT, grant: 'all' })).searchParams
    const callback = { code: back.get('code') ?? '', state: back.get('state') ?? '' }
    await Promise.allSettled([dying.oauth.handleCallback(callback)])
    expect(dead).toBe(true)
    clinic.clock.advance(60_000)
    expect(await clinic.push('a1')).toMatchObject({ error: { code: 'GOOGLE_OUTCOME_UNKNOWN' } })
    expect(clinic.hand.events()).toEqual([])
    expect(calendarsTitled(clinic, 'Agendamentos')).toBe(1)
  })

  it('is found by its mark where the grant lets the list be read', async () => {
    await using clinic = await openClinic({ settings: { locale: 'en' } })
    await grantAll(clinic)
    clinic.google.faults.dropNext({ match: INSERT, applied: true })
    await expect(clinic.sync.integrations.createCalendar(owner)).rejects.toMatchObject({
      code: 'GOOGLE_OUTCOME_UNKNOWN',
      retryable: true,
    })
    expect(await clinic.push('a1')).toMatchObject({ status: 'success' })
    expect(clinic.hand.events()).toHaveLength(1)
    const made = await clinic.sync.integrations.createCalendar(owner)
    expect(made.integration.settings.calendarId).toBe(made.calendarId)
    expect(calendarsTitled(clinic, 'Appointments')).toBe(1)
  })

  it('and that was not made is made again once the request can arrive no more', async () => {
    await using clinic = await openClinic({ settings: { locale: 'en' } })
    await grantAll(clinic)
    clinic.google.faults.dropNext({ match: INSERT, applied: false })
    const create = (): Promise<unknown> => clinic.sync.integrations.createCalendar(owner)
    await expect(create()).rejects.toMatchObject({ code: 'GOOGLE_OUTCOME_UNKNOWN' })
    clinic.clock.advance(60_000)
    await expect(create()).rejects.toMatchObject({ retryAfterMs: 540_000 })
    clinic.clock.advance(540_000)
    expect(await create()).toMatchObject({ created: true })
    expect(calendarsTitled(clinic, 'Appointments')).toBe(1)
  })
})
