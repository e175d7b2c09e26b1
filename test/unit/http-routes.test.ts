import { AppointmentSyncError, DEFAULT_SETTINGS, type SyncSettings } from 'appointment-sync'
import { describe, expect, it } from 'vitest'
import { aConflict, aHealthReport, ANA, anIntegration, metricsOf, NOON } from './http-fake-sync.ts'
import { aHandler, aRequest, read } from './http-requests.ts'

const AT = NOON.toISOString()

describe('status and integration', () => {
  it('the status speaks snake_case and ISO 8601', async () => {
    const answer = await read(await aHandler().handler(aRequest('GET', 'status')))
    expect(answer).toEqual({
      status: 200,
      body: {
        connected: true,
        status: 'active',
        status_reason: null,
        parked_until: null,
        parked_reason: null,
        google_email: 'ana@example.com',
        missing_scopes: [],
        last_pull_at: AT,
        last_sync_at: null,
        last_error: { code: 'GOOGLE_UNAVAILABLE', at: AT },
        success_rate: 0.5,
        pending_pushes: 1,
        dead_letters: 0,
        pending_changes: 2,
        open_conflicts: 3,
        watch: { state: 'open', expires_at: AT },
      },
    })
  })

  it('an integration is shown with every setting, and with nothing that its schema does not name', async () => {
    const leaky = { ...anIntegration(), accessToken: 'ya29.secret', version: 7 }
    const { body } = await read(
      await aHandler({ get: async () => leaky }).handler(aRequest('GET', 'integration')),
    )
    const { settings, ...rest } = body as { settings: object }
    expect(rest).toEqual({
      owner: { tenant_id: 'salon-1', user_id: 'ana' },
      integration_id: 'int-1',
      dedicated_calendar: null,
      status: 'active',
      status_reason: null,
      parked_until: null,
      parked_reason: null,
      google_email: 'ana@example.com',
      missing_scopes: [],
      connected_at: AT,
      updated_at: AT,
    })
    expect(Object.keys(settings)).toHaveLength(Object.keys(DEFAULT_SETTINGS).length)
    expect(settings).toMatchObject({ sync_past_days: 7, event_prefix: '[Agendamento]', color_by_status: {} })
  })

  it('no integration is a 404', async () => {
    const answer = await read(
      await aHandler({ get: async () => null }).handler(aRequest('GET', 'integration')),
    )
    expect(answer).toMatchObject({ status: 404, body: { code: 'INTEGRATION_NOT_FOUND' } })
  })

  it.each([
    ['active', false],
    ['paused', true],
    ['needs_reconnect', true],
  ] as const)('a toggle without a word makes %s active: %s', async (status, active) => {
    const { handler, calls } = aHandler({ get: async () => anIntegration({ status }) })
    await handler(aRequest('PUT', 'integration/toggle'))
    expect(calls.at(-1)).toMatchObject({ name: 'setActive', args: [ANA, active, {}] })
  })

  it('a toggle of nothing is a 404 and sets nothing', async () => {
    const { handler, calls } = aHandler({ get: async () => null })
    expect((await handler(aRequest('PUT', 'integration/toggle'))).status).toBe(404)
    expect(calls.map(({ name }) => name)).toEqual(['get'])
  })

  it('every setting travels both ways under its snake_case name', async () => {
    const settings: SyncSettings = {
      ...DEFAULT_SETTINGS,
      calendarId: 'c@group.calendar.google.com',
      colorByStatus: { no_show: '11' },
      reminderMinutes: [5],
      titleTemplate: '{{ client.name }}',
    }
    const { handler, calls } = aHandler({ get: async () => anIntegration({ settings }) })
    const { body } = await read(await handler(aRequest('GET', 'integration')))
    const wire = (body as { settings: unknown }).settings
    const answer = await read(await handler(aRequest('PUT', 'integration/sync-settings', { body: wire })))
    expect(calls.at(-1)).toMatchObject({ name: 'updateSettings', args: [ANA, settings, {}] })
    expect(Object.keys(calls.at(-1)?.args[1] as object).sort()).toEqual(Object.keys(settings).sort())
    expect(answer.body).toMatchObject({ settings: wire })
  })

  it('a part of the settings leaves the others out', async () => {
    const { handler, calls } = aHandler()
    await handler(aRequest('PUT', 'integration/sync-settings', { body: { sync_past_days: 0 } }))
    expect(calls[0]?.args[1]).toEqual({ syncPastDays: 0 })
  })

  it('bad settings are refused with every problem by its name on the wire, and nothing is changed', async () => {
    const { handler, calls } = aHandler()
    const body = {
      sync_past_days: -1,
      time_zone: '+03:00',
      reminder_minutes: [1, 'x'],
      externalEvents: 'busy',
    }
    const answer = await read(await handler(aRequest('PUT', 'integration/sync-settings', { body })))
    const paths = (answer.body as { problems: { path: string }[] }).problems.map(({ path }) => path)
    expect(answer.status).toBe(400)
    expect(paths.sort()).toEqual(['externalEvents', 'reminder_minutes.1', 'sync_past_days', 'time_zone'])
    expect(calls).toEqual([])
  })

  it('calendars are listed', async () => {
    const answer = await read(await aHandler().handler(aRequest('GET', 'calendars')))
    expect(answer.body).toEqual({
      items: [
        {
          id: 'primary',
          title: 'Ana',
          primary: true,
          time_zone: null,
          access_role: 'owner',
          writable: true,
          selected: true,
          hidden: false,
          color: '#9fe1e7',
          dedicated: false,
        },
      ],
    })
  })

  it('calendars are chosen from by the query', async () => {
    const { handler, calls } = aHandler()
    await handler(aRequest('GET', 'calendars?writable=true&include_hidden=true'))
    expect(calls.at(-1)?.args).toMatchObject([ANA, { writable: true, includeHidden: true }])
    const answer = await read(await handler(aRequest('GET', 'calendars?writable=yes')))
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'writable' }] } })
  })

  it('a calendar of their own is made with what the body says', async () => {
    const { handler, calls } = aHandler()
    const body = { title: 'Salão', time_zone: 'America/Recife', again: true }
    const answer = await read(await handler(aRequest('POST', 'calendars', { body })))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        created: true,
        calendar_id: 'own@group.calendar.google.com',
        integration: { status: 'active' },
      },
    })
    expect(calls.at(-1)?.args).toMatchObject([
      ANA,
      { title: 'Salão', timeZone: 'America/Recife', again: true },
      {},
    ])
  })

  it('a calendar that cannot be made like that is refused with every problem', async () => {
    const { handler, calls } = aHandler()
    const body = { title: '', time_zone: 'Mars', again: 1, colour: 'red' }
    const answer = await read(await handler(aRequest('POST', 'calendars', { body })))
    const paths = (answer.body as { problems: { path: string }[] }).problems.map(({ path }) => path)
    expect(answer.status).toBe(400)
    expect(paths.sort()).toEqual(['again', 'colour', 'time_zone', 'title'])
    expect(calls).toEqual([])
  })

  it('a calendar of which nobody knows whether it was made is a conflict, not a failure', async () => {
    const unknown = new AppointmentSyncError({ code: 'GOOGLE_OUTCOME_UNKNOWN', message: 'no answer' })
    const { handler } = aHandler({ createCalendar: () => Promise.reject(unknown) })
    const answer = await read(await handler(aRequest('POST', 'calendars')))
    expect(answer).toMatchObject({ status: 409, body: { code: 'GOOGLE_OUTCOME_UNKNOWN' } })
  })
})

describe('disconnecting', () => {
  it.each([
    ['integration', undefined, 'future'],
    ['integration?remove_events=all', undefined, 'all'],
    ['integration', { remove_events: 'none' }, 'none'],
    ['integration?remove_events=all', { remove_events: 'all' }, 'all'],
  ])('DELETE %s with %j removes %s', async (path, body, removeEvents) => {
    const { handler, calls } = aHandler()
    const answer = await read(await handler(aRequest('DELETE', path, { body })))
    expect(answer).toEqual({
      status: 200,
      body: { status: 'done', events_removed: 2, events_left: 0, revocation: 'revoked' },
    })
    expect(calls).toMatchObject([{ name: 'disconnect', args: [ANA, { removeEvents }, {}] }])
  })

  it.each([
    ['integration?remove_events=some', undefined],
    ['integration?remove_events=all', { remove_events: 'none' }],
  ])('DELETE %s with %j is refused', async (path, body) => {
    const { handler, calls } = aHandler()
    const answer = await read(await handler(aRequest('DELETE', path, { body })))
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'remove_events' }] } })
    expect(calls).toEqual([])
  })

  it('a grant that is gone for good does not stop it (calcom/cal.diy#1051)', async () => {
    const revoked = new AppointmentSyncError({ code: 'OAUTH_GRANT_REVOKED', message: 'reconnect' })
    const { handler, calls } = aHandler({
      get: () => Promise.reject(revoked),
      status: () => Promise.reject(revoked),
      disconnect: async () => ({
        status: 'done',
        eventsRemoved: 0,
        eventsLeft: 3,
        revocation: 'already_gone',
      }),
    })
    const answer = await read(await handler(aRequest('DELETE', 'integration')))
    expect(answer).toEqual({
      status: 200,
      body: { status: 'done', events_removed: 0, events_left: 3, revocation: 'already_gone' },
    })
    expect(calls.map(({ name }) => name)).toEqual(['disconnect'])
  })
})

describe('syncing', () => {
  it('a manual sync reads Google before it writes, over the window asked for', async () => {
    const { handler, calls } = aHandler({
      syncAllAppointmentsForUser: async () => ({
        processed: 1,
        created: 0,
        updated: 0,
        deleted: 0,
        skipped: 0,
        queued: 0,
        conflicts: 0,
        failed: [{ appointmentId: 'a', error: { code: 'INVALID_APPOINTMENT', message: 'm' } }],
      }),
    })
    const body = { days_back: 3, days_forward: 60 }
    const answer = await read(await handler(aRequest('POST', 'sync/manual', { body })))
    expect(calls).toMatchObject([
      { name: 'pullFromGoogle', args: [ANA, {}] },
      { name: 'syncAllAppointmentsForUser', args: [ANA, { daysBack: 3, daysForward: 60 }] },
    ])
    expect(answer.body).toMatchObject({
      pull: { status: 'skipped', reason: 'busy' },
      push: { processed: 1, failed: [{ appointment_id: 'a', error: { code: 'INVALID_APPOINTMENT' } }] },
    })
  })

  it('a manual sync needs no body', async () => {
    expect((await aHandler().handler(aRequest('POST', 'sync/manual'))).status).toBe(200)
  })

  it.each([{ days_back: -1 }, { days_back: 366 }, { days_forward: 1.5 }, { days_forward: '7' }])(
    'a window of %j is refused',
    async (body) => {
      const { handler, calls } = aHandler()
      expect((await handler(aRequest('POST', 'sync/manual', { body }))).status).toBe(400)
      expect(calls).toEqual([])
    },
  )

  it('a push that waits says until when', async () => {
    const { handler } = aHandler({
      syncAppointmentById: async () => ({
        status: 'queued',
        retryAt: NOON,
        error: { code: 'GOOGLE_UNAVAILABLE', message: 'later' },
      }),
    })
    const answer = await read(await handler(aRequest('POST', 'sync/appointment/a')))
    expect(answer.body).toEqual({
      status: 'queued',
      retry_at: AT,
      error: { code: 'GOOGLE_UNAVAILABLE', message: 'later' },
    })
  })

  it('an appointment of somebody else is a 404', async () => {
    const missing = new AppointmentSyncError({ code: 'APPOINTMENT_NOT_FOUND', message: 'no such one' })
    const { handler } = aHandler({ syncAppointmentById: () => Promise.reject(missing) })
    const answer = await read(await handler(aRequest('POST', 'sync/appointment/a')))
    expect(answer).toMatchObject({ status: 404, body: { code: 'APPOINTMENT_NOT_FOUND' } })
  })
})

describe('the sync log', () => {
  it('is read for the caller alone, with every filter', async () => {
    const { handler, calls } = aHandler()
    const query = new URLSearchParams({
      status: 'failed',
      direction: 'to_google',
      action: 'update',
      appointment_id: 'appt-1',
      from: '2026-05-01T09:00:00-03:00',
      to: '2026-05-02T00:00:00Z',
      limit: '500',
      cursor: 'c',
    })
    const answer = await read(await handler(aRequest('GET', `sync-logs?${query}`)))
    expect(calls[0]?.args[0]).toEqual({
      ...ANA,
      status: 'failed',
      direction: 'to_google',
      action: 'update',
      appointmentId: 'appt-1',
      from: NOON,
      to: new Date('2026-05-02T00:00:00Z'),
      limit: 500,
      cursor: 'c',
    })
    expect(answer.body).toEqual({
      items: [
        {
          id: 'log-1',
          at: AT,
          direction: 'to_google',
          action: 'create',
          status: 'success',
          appointment_id: 'appt-1',
          google_event_id: 'event-1',
          error_code: null,
          error_message: null,
          attempt: 1,
          duration_ms: 12,
          fields: ['title'],
        },
      ],
      next_cursor: 'next',
    })
  })

  it.each([
    'limit=0',
    'limit=501',
    'limit=1e2',
    'limit=',
    'from=2026-05-01',
    'from=2026-02-30T00:00:00Z',
    'status=',
    'tenant_id=other',
    'user_id=other',
  ])('?%s is refused', async (query) => {
    const { handler, calls } = aHandler()
    expect((await handler(aRequest('GET', `sync-logs?${query}`))).status).toBe(400)
    expect(calls).toEqual([])
  })
})

describe('conflicts', () => {
  it('open ones are listed unless asked otherwise, for the caller alone', async () => {
    const { handler, calls } = aHandler({
      listConflicts: async () => ({ items: [aConflict()], nextCursor: 'c2' }),
    })
    const answer = await read(await handler(aRequest('GET', 'conflicts?limit=10')))
    expect(calls[0]?.args[0]).toEqual({ ...ANA, status: 'open', limit: 10 })
    expect(answer.body).toEqual({
      items: [
        {
          id: 'conflict-1',
          appointment_id: 'appt-1',
          calendar_id: 'primary',
          google_event_id: 'event-1',
          reason: 'both_changed',
          host_reason: null,
          fields: ['time'],
          base: { title: 'Corte' },
          app: {
            exists: true,
            time: { all_day: false, start: AT, end: '2026-05-01T12:01:00.000Z', time_zone: 'UTC' },
          },
          google: { exists: true, time: { all_day: true, start: '2026-05-01', end: '2026-05-02' } },
          status: 'open',
          resolution: null,
          decisions: [],
          opened_at: AT,
          resolved_at: null,
        },
      ],
      next_cursor: 'c2',
    })
  })

  it('one of the caller’s own is resolved by a side', async () => {
    const { handler, calls } = aHandler()
    const body = { resolution: 'google' }
    const answer = await read(await handler(aRequest('POST', 'conflicts/first/resolve', { body })))
    expect(answer).toMatchObject({ status: 200, body: { status: 'resolved', resolved_at: AT } })
    const target = { ...ANA, conflictId: 'first', by: ANA.userId }
    expect(calls).toMatchObject([{ name: 'resolve', args: [target, 'google', {}] }])
  })

  it('one is shown with who decided what', async () => {
    const decisions = [{ field: 'time', side: 'app', by: 'ana', atMs: NOON.getTime() }] as const
    const { handler, calls } = aHandler({ getConflict: async () => aConflict({ decisions }) })
    const answer = await read(await handler(aRequest('GET', 'conflicts/first')))
    expect(calls).toMatchObject([{ name: 'getConflict', args: [{ ...ANA, conflictId: 'first' }, {}] }])
    expect(answer).toMatchObject({
      status: 200,
      body: { id: 'conflict-1', decisions: [{ field: 'time', side: 'app', by: 'ana', at: AT }] },
    })
  })

  it('who decides is who is authenticated, and no name in the body', async () => {
    const { handler, calls } = aHandler()
    const body = { resolution: 'app', by: 'somebody-else' }
    expect((await handler(aRequest('POST', 'conflicts/first/resolve', { body }))).status).toBe(400)
    expect(calls).toEqual([])
  })

  it('a side per field is passed on', async () => {
    const { handler, calls } = aHandler()
    const body = { fields: { time: 'app', title: 'google' } }
    await handler(aRequest('POST', 'conflicts/first/resolve', { body }))
    expect(calls.at(-1)?.args[1]).toEqual(body)
  })

  it('one that was settled before is a 409', async () => {
    const before = new AppointmentSyncError({ code: 'CONFLICT_ALREADY_RESOLVED', message: 'before' })
    const { handler } = aHandler({ resolve: () => Promise.reject(before) })
    const answer = await read(
      await handler(aRequest('POST', 'conflicts/old/resolve', { body: { resolution: 'app' } })),
    )
    expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT_ALREADY_RESOLVED' } })
  })

  it('one of a colleague in the same company is a 404', async () => {
    const missing = new AppointmentSyncError({ code: 'CONFLICT_NOT_FOUND', message: 'none' })
    const { handler, calls } = aHandler({ resolve: () => Promise.reject(missing) })
    const body = { resolution: 'app' }
    const answer = await read(await handler(aRequest('POST', 'conflicts/colleague/resolve', { body })))
    expect(answer).toMatchObject({ status: 404, body: { code: 'CONFLICT_NOT_FOUND' } })
    expect(calls).toMatchObject([{ args: [{ ...ANA, conflictId: 'colleague' }, 'app', {}] }])
  })

  it.each([
    {},
    { resolution: 'both' },
    { resolution: 'app', fields: { time: 'app' } },
    { fields: { colour: 'app' } },
    { fields: { time: 'x' } },
  ])('a resolution of %j is refused', async (body) => {
    const { handler, calls } = aHandler()
    expect((await handler(aRequest('POST', 'conflicts/first/resolve', { body }))).status).toBe(400)
    expect(calls).toEqual([])
  })
})

describe('availability', () => {
  it('busy times come with their age', async () => {
    const { handler, calls } = aHandler()
    const query = `from=${encodeURIComponent('2026-05-01T09:00:00-03:00')}&to=2026-05-02T00:00:00Z`
    const answer = await read(await handler(aRequest('GET', `availability?${query}`)))
    expect(answer.body).toEqual({
      status: 'known',
      source: 'stored',
      busy: [{ start: AT, end: AT }],
      as_of: AT,
      calendars: [{ calendar_id: 'primary', as_of: AT }],
    })
    expect(calls[0]?.args).toMatchObject([ANA, { from: NOON, to: new Date('2026-05-02T00:00:00Z') }, {}])
  })

  it('Google is asked now when the query says so, and another source is refused', async () => {
    const { handler, calls } = aHandler()
    const query = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z'
    await handler(aRequest('GET', `availability?${query}&source=google`))
    expect(calls[0]?.args).toMatchObject([ANA, { source: 'google' }, {}])
    expect((await handler(aRequest('GET', `availability?${query}&source=guess`))).status).toBe(400)
  })

  it('what is not known is never shown as free', async () => {
    const error = { code: 'GOOGLE_UNAVAILABLE', message: 'no answer' } as const
    const { handler } = aHandler({ busy: async () => ({ status: 'unknown', error }) })
    const query = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z'
    const { body } = await read(await handler(aRequest('GET', `availability?${query}`)))
    expect(body).toEqual({ status: 'unknown', error })
  })

  it.each(['', 'from=2026-05-01T00:00:00Z', 'from=x&to=y'])('?%s is refused', async (query) => {
    expect((await aHandler().handler(aRequest('GET', `availability?${query}`))).status).toBe(400)
  })
})

describe('monitoring', () => {
  const ofTenant: Parameters<typeof aHandler>[0] = {
    metrics: async (filter) => metricsOf(filter?.tenantId === 'salon-1' ? 1 : 4711),
  }

  it('metrics are those of the tenant of the caller', async () => {
    const { body } = await read(await aHandler(ofTenant).handler(aRequest('GET', 'metrics')))
    expect(body).toMatchObject({ active_integrations: 1, last_sync_at: null, outbox_oldest_age_ms: 0 })
  })

  it.each([true, false])('health (public: %s) holds no figure of other tenants', async (publicHealth) => {
    const { handler } = aHandler(ofTenant, { publicHealth })
    const { status, body } = await read(await handler(aRequest('GET', 'health')))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'degraded',
      checked_at: AT,
      checks: {
        check_google_api_status: { status: 'ok', error: null },
        outbox: { status: 'degraded', error: { code: 'PUSH_TIMEOUT' } },
      },
    })
    expect(JSON.stringify(body)).not.toContain('4711')
    expect('metrics' in (body as object)).toBe(!publicHealth)
  })

  it('public health asks nobody who they are', async () => {
    const { handler } = aHandler({}, { publicHealth: true, authenticate: () => null })
    expect((await handler(aRequest('GET', 'health'))).status).toBe(200)
  })

  it('failed health is a 503 with the report, also when the storage has no figures to give', async () => {
    const down = {
      status: 'failed',
      error: { code: 'STORAGE_FAILED', message: 'ECONNREFUSED 10.0.0.1' },
    } as const
    const report = aHealthReport()
    const { handler } = aHandler({
      health: async () => ({ ...report, status: 'failed', checks: { ...report.checks, storage: down } }),
      metrics: () => Promise.reject(new AppointmentSyncError({ code: 'STORAGE_FAILED', message: 'down' })),
    })
    const { status, body } = await read(await handler(aRequest('GET', 'health')))
    expect(status).toBe(503)
    expect(body).toMatchObject({ status: 'failed', checks: { storage: { status: 'failed' } } })
    expect(JSON.stringify(body)).not.toContain('10.0.0.1')
  })
})

describe('templates', () => {
  const wireAppointment = {
    status: 'confirmed',
    start: '2026-05-01T09:00:00-03:00',
    end: '2026-05-01T10:00:00-03:00',
    time_zone: 'America/Bahia',
    service: { name: 'Corte', duration_minutes: 60 },
    client: { name: 'Ana', phone: '+5511999990000' },
    custom: { room_number: 2, roomName: 'x' },
  }

  it('a preview takes what is not saved in snake_case, for the caller alone', async () => {
    const { handler, calls } = aHandler()
    const body = {
      title_template: '{{ title }}',
      description_template: null,
      settings: { include_notes: false },
      appointment: wireAppointment,
    }
    const answer = await read(await handler(aRequest('POST', 'templates/preview', { body })))
    const { time_zone: timeZone, service: _, ...rest } = wireAppointment
    expect(calls[0]?.args.slice(0, 2)).toEqual([
      ANA,
      {
        titleTemplate: '{{ title }}',
        descriptionTemplate: null,
        settings: { includeNotes: false },
        appointment: {
          ...rest,
          ...ANA,
          id: 'preview',
          timeZone,
          service: { name: 'Corte', durationMinutes: 60 },
          updatedAt: '1970-01-01T00:00:00Z',
        },
      },
    ])
    expect(answer).toEqual({
      status: 200,
      body: {
        on_calendar: true,
        templates: { title: 'request', description: 'built_in' },
        event: {
          time: { all_day: false, start: AT, end: '2026-05-01T12:01:00.000Z', time_zone: 'UTC' },
          title: 'Corte',
          description: 'Cliente: Ana',
          location: '',
          status: 'confirmed',
          attendees: [{ email: 'ana@example.com', name: null }],
          reminder_minutes: [15],
          color_id: null,
          recurrence: [],
          visibility: 'default',
          transparency: 'opaque',
          source: null,
          conference: 'none',
        },
      },
    })
  })

  it('a preview of nothing in particular is one of the sample', async () => {
    const { handler, calls } = aHandler()
    expect((await handler(aRequest('POST', 'templates/preview'))).status).toBe(200)
    expect(calls[0]?.args[1]).toEqual({})
  })

  it('faulty templates are answered with the place of everything that is wrong', async () => {
    const problems = [
      { path: 'titleTemplate', message: 'there is no variable "x"', line: 1, column: 4 },
      { path: 'descriptionTemplate', message: 'tag "y" not found', line: 2, column: 1 },
    ]
    const { handler } = aHandler({
      preview: () =>
        Promise.reject(new AppointmentSyncError({ code: 'INVALID_TEMPLATE', message: 'm', problems })),
    })
    const answer = await read(await handler(aRequest('POST', 'templates/preview', { body: {} })))
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'INVALID_TEMPLATE',
        problems: [
          { ...problems[0], path: 'title_template' },
          { ...problems[1], path: 'description_template' },
        ],
      },
    })
  })

  it('a body may not say whose appointment it is, and names every problem', async () => {
    const { handler, calls } = aHandler()
    const body = {
      titleTemplate: 'x',
      appointment: { ...wireAppointment, tenant_id: 'other', status: 'maybe' },
    }
    const answer = await read(await handler(aRequest('POST', 'templates/preview', { body })))
    expect(answer.status).toBe(400)
    expect((answer.body as { problems: { path: string }[] }).problems.map(({ path }) => path).sort()).toEqual(
      ['appointment.status', 'appointment.tenant_id', 'titleTemplate'],
    )
    expect(calls).toEqual([])
  })

  it('the variables are listed', async () => {
    const answer = await read(await aHandler().handler(aRequest('GET', 'templates/variables')))
    expect(answer.body).toEqual({
      items: [{ name: 'client.name', type: 'text', description: 'who comes', example: 'Emily' }],
    })
  })
})

describe('notifications', () => {
  it.each([
    [{ 'x-goog-channel-id': '0-b_C', 'x-goog-resource-state': 'sync' }, 204],
    [{ 'x-goog-channel-id': 'a', 'x-goog-resource-state': 'exists', 'sec-fetch-site': 'cross-site' }, 204],
    [{ 'x-goog-resource-state': 'exists' }, 400],
    [{ 'x-goog-channel-id': 'a' }, 400],
    [{ 'x-goog-channel-id': 'a', 'x-goog-resource-state': 'update' }, 400],
    [{ 'x-goog-channel-id': 'x'.repeat(65), 'x-goog-resource-state': 'exists' }, 400],
    [{ 'x-goog-channel-id': 'a b', 'x-goog-resource-state': 'exists' }, 400],
  ])('headers %j are answered %i', async (headers, status) => {
    const { handler, calls } = aHandler({}, { authenticate: () => null })
    const response = await handler(aRequest('POST', 'notifications', { headers: { ...headers }, body: 'x' }))
    expect(response.status).toBe(status)
    // What is verified, and whether it counts, is the engine's: a malformed one does not get that far.
    expect(calls.map(({ name }) => name)).toEqual(status === 204 ? ['receive'] : [])
  })

  it('the engine sees the headers as they came, and its failure is Google’s reason to try again', async () => {
    const headers = {
      'x-goog-channel-id': 'a',
      'x-goog-resource-state': 'exists',
      'x-goog-channel-token': 't',
    }
    const { handler, calls } = aHandler({
      receive: () => Promise.reject(new AppointmentSyncError({ code: 'STORAGE_FAILED', message: 'down' })),
    })
    const response = await handler(aRequest('POST', 'notifications', { headers }))
    expect(response.status).toBe(503)
    const [seen] = calls.map(({ args }) => args[0] as Headers)
    expect(seen?.get('x-goog-channel-token')).toBe('t')
    expect(await response.text()).not.toContain('"t"')
  })
})

it('every call carries the signal of its request', async () => {
  const { handler, calls } = aHandler({
    listConflicts: async () => ({ items: [aConflict()], nextCursor: null }),
    get: async () => anIntegration({ status: 'paused' }),
  })
  const gone = new AbortController()
  const send = (method: string, path: string, body?: unknown): Promise<Response> =>
    handler(aRequest(method, path, { body, signal: gone.signal }))
  await send('GET', 'auth-url')
  await send('GET', 'oauth-callback?state=s&code=c')
  await send('POST', 'oauth-callback', { state: 's', error: 'access_denied' })
  for (const path of ['status', 'integration', 'calendars', 'conflicts', 'sync-logs', 'health', 'metrics']) {
    await send('GET', path)
  }
  await send('GET', 'conflicts/conflict-1')
  await send('GET', 'availability?from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z')
  await send('PUT', 'integration/toggle')
  await send('PUT', 'integration/sync-settings', {})
  await send('POST', 'sync/manual')
  await send('POST', 'sync/appointment/a')
  await send('POST', 'templates/preview')
  await send('POST', 'conflicts/conflict-1/resolve', { resolution: 'app' })
  await send('DELETE', 'integration')
  const headers = { 'x-goog-channel-id': 'a', 'x-goog-resource-state': 'exists' }
  await handler(aRequest('POST', 'notifications', { headers, signal: gone.signal }))
  expect(new Set(calls.map(({ name }) => name)).size).toBe(20)
  gone.abort()
  for (const { name, args } of calls) {
    const { signal } = args.at(-1) as { signal?: AbortSignal }
    expect([name, signal?.aborted]).toEqual([name, true])
  }
})
