import {
  type AppointmentSync,
  type Conflict,
  DEFAULT_SETTINGS,
  type EventFields,
  type HealthReport,
  type IntegrationStatusReport,
  type IntegrationView,
  type MetricsSnapshot,
  type Owner,
  type SyncLogEntry,
} from 'appointment-sync'

export const ANA: Owner = { tenantId: 'salon-1', userId: 'ana' }
export const NOON: Date = new Date('2026-05-01T12:00:00.000Z')

export function anIntegration(over: Partial<IntegrationView> = {}): IntegrationView {
  return {
    owner: ANA,
    integrationId: 'int-1',
    status: 'active',
    statusReason: null,
    parkedUntil: null,
    parkedReason: null,
    googleEmail: 'ana@example.com',
    missingScopes: [],
    settings: DEFAULT_SETTINGS,
    dedicatedCalendar: null,
    connectedAt: NOON,
    updatedAt: NOON,
    ...over,
  }
}

function aStatusReport(over: Partial<IntegrationStatusReport> = {}): IntegrationStatusReport {
  return {
    connected: true,
    status: 'active',
    statusReason: null,
    parkedUntil: null,
    parkedReason: null,
    googleEmail: 'ana@example.com',
    missingScopes: [],
    lastPullAt: NOON,
    lastSyncAt: null,
    lastError: { code: 'GOOGLE_UNAVAILABLE', at: NOON },
    successRate: 0.5,
    pendingPushes: 1,
    deadLetters: 0,
    pendingChanges: 2,
    openConflicts: 3,
    watch: { state: 'open', expiresAt: NOON },
    ...over,
  }
}

export function metricsOf(activeIntegrations: number): MetricsSnapshot {
  return {
    activeIntegrations,
    pausedIntegrations: 0,
    expiredTokens: 0,
    successRate: null,
    succeeded: 0,
    failed: 0,
    lastSyncAt: null,
    outboxPending: 0,
    outboxDead: 0,
    outboxOldestAgeMs: 0,
    inboxPending: 0,
    openConflicts: 0,
    watchChannels: 0,
  }
}

export function aConflict(over: Partial<Conflict> = {}): Conflict {
  return {
    ...ANA,
    integrationId: 'int-1',
    id: 'conflict-1',
    appointmentId: 'appt-1',
    calendarId: 'primary',
    eventId: 'event-1',
    reason: 'both_changed',
    hostReason: null,
    fields: ['time'],
    base: { title: 'Corte' },
    app: {
      exists: true,
      time: { allDay: false, startMs: NOON.getTime(), endMs: NOON.getTime() + 60_000, timeZone: 'UTC' },
    },
    google: { exists: true, time: { allDay: true, startDate: '2026-05-01', endDate: '2026-05-02' } },
    status: 'open',
    resolution: null,
    decisions: [],
    openedAtMs: NOON.getTime(),
    resolvedAtMs: null,
    version: 4,
    ...over,
  }
}

function aLogEntry(over: Partial<SyncLogEntry> = {}): SyncLogEntry {
  return {
    ...ANA,
    id: 'log-1',
    integrationId: 'int-1',
    atMs: NOON.getTime(),
    direction: 'to_google',
    action: 'create',
    status: 'success',
    appointmentId: 'appt-1',
    googleEventId: 'event-1',
    errorCode: null,
    errorMessage: null,
    attempt: 1,
    durationMs: 12,
    fields: ['title'],
    ...over,
  }
}

export function aHealthReport(over: Partial<HealthReport> = {}): HealthReport {
  const ok = { status: 'ok', error: null } as const
  return {
    status: 'degraded',
    checkedAt: NOON,
    checks: {
      storage: ok,
      check_google_api_status: ok,
      outbox: {
        status: 'degraded',
        error: { code: 'PUSH_TIMEOUT', message: '4711 pushes of all tenants wait' },
      },
    },
    metrics: metricsOf(4711),
    ...over,
  }
}

/** The calls that the HTTP room makes, by their name on the face. */
export interface FakeCalls {
  getAuthUrl: AppointmentSync['oauth']['getAuthUrl']
  handleCallback: AppointmentSync['oauth']['handleCallback']
  get: AppointmentSync['integrations']['get']
  status: AppointmentSync['integrations']['status']
  listCalendars: AppointmentSync['integrations']['listCalendars']
  createCalendar: AppointmentSync['integrations']['createCalendar']
  setActive: AppointmentSync['integrations']['setActive']
  updateSettings: AppointmentSync['integrations']['updateSettings']
  disconnect: AppointmentSync['integrations']['disconnect']
  syncAppointmentById: AppointmentSync['syncAppointmentById']
  syncAllAppointmentsForUser: AppointmentSync['syncAllAppointmentsForUser']
  pullFromGoogle: AppointmentSync['pullFromGoogle']
  listConflicts: AppointmentSync['conflicts']['list']
  getConflict: AppointmentSync['conflicts']['get']
  resolve: AppointmentSync['conflicts']['resolve']
  busy: AppointmentSync['availability']['busy']
  busyOf: AppointmentSync['availability']['busyOf']
  receive: AppointmentSync['notifications']['receive']
  preview: AppointmentSync['templates']['preview']
  variables: AppointmentSync['templates']['variables']
  listLogs: AppointmentSync['logs']['list']
  metrics: AppointmentSync['metrics']
  health: AppointmentSync['health']
}

function anEvent(): EventFields {
  return {
    time: { allDay: false, startMs: NOON.getTime(), endMs: NOON.getTime() + 60_000, timeZone: 'UTC' },
    title: 'Corte',
    description: 'Cliente: Ana',
    location: '',
    recurrence: [],
    status: 'confirmed',
    attendees: [{ email: 'ana@example.com', name: null }],
    reminderMinutes: [15],
    colorId: null,
    visibility: 'default',
    transparency: 'opaque',
    source: null,
    conference: 'none',
  }
}

const nothingPushed = {
  processed: 0,
  created: 0,
  updated: 0,
  deleted: 0,
  skipped: 0,
  queued: 0,
  conflicts: 0,
  failed: [],
}

const defaults: FakeCalls = {
  getAuthUrl: async () => ({ url: 'https://accounts.example/auth', state: 'state-1', expiresAt: NOON }),
  handleCallback: async () => ({
    status: 'connected',
    integration: anIntegration(),
    missingScopes: [],
    returnTo: null,
  }),
  get: async () => anIntegration(),
  status: async () => aStatusReport(),
  listCalendars: async () => [
    {
      id: 'primary',
      title: 'Ana',
      primary: true,
      timeZone: null,
      accessRole: 'owner',
      writable: true,
      selected: true,
      hidden: false,
      color: '#9fe1e7',
      dedicated: false,
    },
  ],
  createCalendar: async () => ({
    created: true,
    calendarId: 'own@group.calendar.google.com',
    integration: anIntegration(),
  }),
  setActive: async (_owner, active) => anIntegration({ status: active ? 'active' : 'paused' }),
  updateSettings: async (_owner, patch) => anIntegration({ settings: { ...DEFAULT_SETTINGS, ...patch } }),
  disconnect: async () => ({ status: 'done', eventsRemoved: 2, eventsLeft: 0, revocation: 'revoked' }),
  syncAppointmentById: async () => ({ status: 'success', action: 'created', googleEventId: 'event-1' }),
  syncAllAppointmentsForUser: async () => nothingPushed,
  pullFromGoogle: async () => ({ status: 'skipped', reason: 'busy' }),
  listConflicts: async () => ({ items: [], nextCursor: null }),
  getConflict: async () => aConflict(),
  resolve: async () => aConflict({ status: 'resolved', resolution: 'app', resolvedAtMs: NOON.getTime() }),
  busy: async () => ({
    status: 'known',
    source: 'stored',
    busy: [{ start: NOON, end: NOON }],
    asOf: NOON,
    calendars: [{ calendarId: 'primary', asOf: NOON }],
  }),
  busyOf: async () => [],
  receive: async () => undefined,
  preview: async () => ({
    event: anEvent(),
    onCalendar: true,
    templates: { title: 'request', description: 'built_in' },
  }),
  variables: () => [{ name: 'client.name', type: 'text', description: 'who comes', example: 'Emily' }],
  listLogs: async () => ({ items: [aLogEntry()], nextCursor: 'next' }),
  metrics: async () => metricsOf(1),
  health: async () => aHealthReport(),
}

/** A call that was made: its name and its arguments, the options with the signal last. */
export interface RecordedCall {
  readonly name: keyof FakeCalls
  readonly args: readonly unknown[]
}

function notReached(name: string): () => never {
  return () => {
    throw new Error(`The HTTP room called ${name}.`)
  }
}

/** An AppointmentSync that answers from `over` or its defaults, and remembers what it was asked. */
export function fakeSync(over: Partial<FakeCalls> = {}): { sync: AppointmentSync; calls: RecordedCall[] } {
  const calls: RecordedCall[] = []
  const all = { ...defaults, ...over }
  const call = <N extends keyof FakeCalls>(name: N): FakeCalls[N] =>
    ((...args: unknown[]) => {
      calls.push({ name, args })
      return (all[name] as (...args: unknown[]) => unknown)(...args)
    }) as FakeCalls[N]
  const sync: AppointmentSync = {
    oauth: { getAuthUrl: call('getAuthUrl'), handleCallback: call('handleCallback') },
    integrations: {
      get: call('get'),
      status: call('status'),
      listCalendars: call('listCalendars'),
      createCalendar: call('createCalendar'),
      setActive: call('setActive'),
      updateSettings: call('updateSettings'),
      disconnect: call('disconnect'),
    },
    syncAppointmentToGoogle: notReached('syncAppointmentToGoogle'),
    syncAppointmentById: call('syncAppointmentById'),
    deleteAppointmentFromGoogle: notReached('deleteAppointmentFromGoogle'),
    syncAllAppointmentsForUser: call('syncAllAppointmentsForUser'),
    pullFromGoogle: call('pullFromGoogle'),
    notifications: { receive: call('receive') },
    handlers: {
      appointmentCreated: notReached('appointmentCreated'),
      appointmentUpdated: notReached('appointmentUpdated'),
      appointmentCancelled: notReached('appointmentCancelled'),
    },
    outbox: {
      enqueue: notReached('outbox.enqueue'),
      deadLetters: {
        list: notReached('outbox.deadLetters.list'),
        redrive: notReached('outbox.deadLetters.redrive'),
      },
    },
    conflicts: { list: call('listConflicts'), get: call('getConflict'), resolve: call('resolve') },
    availability: { busy: call('busy'), busyOf: call('busyOf') },
    templates: {
      preview: call('preview'),
      validate: notReached('templates.validate'),
      variables: call('variables'),
    },
    privacy: {
      exportOwner: notReached('privacy.exportOwner'),
      eraseOwner: notReached('privacy.eraseOwner'),
      exportClient: notReached('privacy.exportClient'),
      eraseClient: notReached('privacy.eraseClient'),
    },
    logs: { list: call('listLogs') },
    metrics: call('metrics'),
    health: call('health'),
    tasks: { names: [], run: notReached('tasks.run') },
    start: notReached('start'),
    close: notReached('close'),
    [Symbol.asyncDispose]: notReached('dispose'),
  }
  return { sync, calls }
}
