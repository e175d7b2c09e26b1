import {
  type Conflict,
  DEFAULT_SETTINGS,
  type EventLink,
  type EventOffer,
  type EventTime,
  type InboxEntry,
  type Integration,
  type IntegrationRef,
  type SyncLogEntry,
  type WatchChannel,
} from 'appointment-sync'
import type { BusyBlock, BusyCalendar, OAuthState, OutboxJobRef, SyncCursor } from 'appointment-sync/ports'

/** The instant that all cases count from. */
export const NOW = 1_760_000_000_000

/** Ids as hosts have them: no ASCII only, and with what SQL and joined keys stumble over. */
export const UNICODE = "Salão|Ação '日本' 👩‍🔧 %_:/"

export const REF: IntegrationRef = { tenantId: 'tenant-a', userId: 'user-1', integrationId: 'integration-a' }

/** Another tenant that names the very same user and integration. */
export const FOREIGN: IntegrationRef = { ...REF, tenantId: 'tenant-b' }

/** Another integration of the same tenant. */
export const SIBLING: IntegrationRef = { ...REF, userId: 'user-2', integrationId: 'integration-s' }

export function jobRef(appointmentId = 'appointment-1', ref: IntegrationRef = REF): OutboxJobRef {
  return { ...ref, appointmentId }
}

export function anIntegration(change: Partial<Integration> = {}): Integration {
  return {
    id: REF.integrationId,
    tenantId: REF.tenantId,
    userId: REF.userId,
    status: 'active',
    statusReason: null,
    googleAccountId: 'account-1',
    googleEmail: 'ana@example.com',
    grantedScopes: ['calendar.events'],
    missingScopes: [],
    settings: { ...structuredClone(DEFAULT_SETTINGS), colorByStatus: { confirmed: '3' } },
    parkedUntilMs: NOW + 86_400_000,
    parkedReason: 'GOOGLE_CALENDAR_GONE',
    removeEvents: null,
    dedicatedCalendar: { calendarId: 'own@group.calendar.google.com', accountHash: 'hash', beganAtMs: NOW },
    createdAtMs: NOW,
    updatedAtMs: NOW,
    version: 1,
    ...change,
  }
}

export function aState(change: Partial<OAuthState> = {}): OAuthState {
  return {
    tenantId: REF.tenantId,
    userId: REF.userId,
    stateHash: 'a'.repeat(64),
    sealedVerifier: 'sealed',
    scopes: ['openid', 'calendar.events'],
    returnTo: '/settings',
    createdAtMs: NOW,
    expiresAtMs: NOW + 600_000,
    ...change,
  }
}

/** A new object for each use, so that no case can spoil the records of another. */
function aTime(): EventTime {
  return { allDay: false, startMs: NOW, endMs: NOW + 1_800_000, timeZone: 'America/Sao_Paulo' }
}

export function aLink(change: Partial<EventLink> = {}): EventLink {
  return {
    ...REF,
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: `event-of-${change.appointmentId ?? 'appointment-1'}`,
    iCalUID: 'event@google.com',
    generation: 0,
    state: 'live',
    etag: '"1"',
    fingerprint: 'fingerprint',
    base: {
      app: {
        time: aTime(),
        title: 'Corte',
        attendees: [{ email: 'a@example.com', name: null }],
        colorId: null,
        recurrence: [],
      },
      google: { time: aTime(), title: 'Corte 💇', recurrence: [] },
      writing: { location: 'Rua A', recurrence: [] },
    },
    appointmentUpdatedAtMs: NOW,
    eventUpdatedAtMs: NOW,
    overwrites: 2,
    overwritesSinceMs: NOW,
    updatedAtMs: NOW,
    version: 1,
    ...change,
  }
}

export function aCursor(change: Partial<SyncCursor> = {}): SyncCursor {
  return {
    ...REF,
    calendarId: 'primary',
    syncToken: null,
    pulledAtMs: null,
    sweptAtMs: NOW,
    fullPassAtMs: NOW,
    watchRefusedAtMs: null,
    offering: true,
    version: 1,
    ...change,
  }
}

export function aChannel(change: Partial<WatchChannel> = {}): WatchChannel {
  return {
    ...REF,
    id: 'channel-1',
    calendarId: 'primary',
    state: 'open',
    tokenHash: 'b'.repeat(64),
    resourceId: 'resource-1',
    expiresAtMs: NOW + 604_800_000,
    createdAtMs: NOW,
    version: 1,
    ...change,
  }
}

export function anOffer(change: Partial<EventOffer> = {}): EventOffer {
  return {
    ...REF,
    id: 'offer-1',
    calendarId: 'primary',
    eventId: `event-of-${change.id ?? 'offer-1'}`,
    iCalUID: 'event@google.com',
    state: 'offered',
    appointmentId: `google-${change.id ?? 'offer-1'}`,
    eventUpdatedAtMs: NOW,
    offeredAtMs: NOW,
    askedAtMs: null,
    askedUntilMs: null,
    keepUntilMs: NOW + 86_400_000,
    version: 1,
    ...change,
  }
}

export function anEntry(change: Partial<InboxEntry> = {}): InboxEntry {
  return {
    ...REF,
    changeId: 'change-1',
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: 'event-1',
    type: 'rescheduled',
    fields: { time: aTime() },
    details: { kind: 'attendee_responded', email: 'a@example.com', response: 'accepted' },
    observedAtMs: NOW,
    attempts: 0,
    dueAtMs: NOW,
    lastErrorCode: null,
    ...change,
  }
}

export function aConflict(change: Partial<Conflict> = {}): Conflict {
  return {
    ...REF,
    id: 'conflict-1',
    appointmentId: 'appointment-1',
    calendarId: 'primary',
    eventId: 'event-1',
    reason: 'both_changed',
    hostReason: null,
    fields: ['time', 'existence'],
    base: { time: aTime() },
    app: { exists: true, time: aTime(), title: 'Corte' },
    google: { exists: false },
    status: 'open',
    resolution: null,
    decisions: [{ field: 'time', side: 'app', by: 'user-9', atMs: NOW }],
    openedAtMs: NOW,
    resolvedAtMs: null,
    version: 1,
    ...change,
  }
}

export function aLogEntry(change: Partial<SyncLogEntry> = {}): SyncLogEntry {
  return {
    id: 'log-1',
    tenantId: REF.tenantId,
    userId: REF.userId,
    integrationId: REF.integrationId,
    atMs: NOW,
    direction: 'to_google',
    action: 'create',
    status: 'success',
    appointmentId: 'appointment-1',
    googleEventId: 'event-1',
    errorCode: null,
    errorMessage: null,
    attempt: 1,
    durationMs: 12.5,
    fields: ['time', 'title'],
    ...change,
  }
}

export function aBusyCalendar(change: Partial<BusyCalendar> = {}): BusyCalendar {
  return {
    ...REF,
    calendarId: 'primary',
    asOfMs: NOW,
    coveredFromMs: NOW - 86_400_000,
    coveredToMs: NOW + 30 * 86_400_000,
    timeZone: 'America/Sao_Paulo',
    source: 'events',
    syncToken: 'token',
    withTitles: true,
    errorCode: null,
    ...change,
  }
}

export function aBlock(change: Partial<BusyBlock> = {}): BusyBlock {
  return {
    eventId: 'event-1',
    seriesId: null,
    startMs: NOW,
    endMs: NOW + 1_800_000,
    title: 'Dentista 🦷',
    ...change,
  }
}

/** Writes to a value as if it were not readonly: what a careless caller could do. */
export function scribble(value: object): void {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) scribble(inner as object)
    else Object.assign(value, { [key]: 'scribbled' })
  }
}
