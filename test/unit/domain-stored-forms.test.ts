import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import {
  type AppointmentChange,
  type AppointmentChangeDetail,
  appointmentChangeSchema,
  applyResultSchema,
  type Conflict,
  conflictResolutionSchema,
  conflictSchema,
  DEFAULT_SETTINGS,
  type EventFields,
  eventFieldsSchema,
  type EventLink,
  eventLinkSchema,
  type InboxEntry,
  inboxEntrySchema,
  type Integration,
  integrationSchema,
  ownerSchema,
  refOf,
  type SyncLogEntry,
  syncLogEntrySchema,
  type WatchChannel,
  watchChannelSchema,
} from '../../src/domain/index.ts'

const owner = { tenantId: 'tenant-1', userId: 'user-1' }
const ref = { ...owner, integrationId: 'integration-1' }
const time = { allDay: false, startMs: 1, endMs: 2, timeZone: 'Europe/Berlin' } as const
const fields: EventFields = {
  time,
  title: 'Title',
  description: 'Text',
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
const integration: Integration = {
  ...owner,
  id: 'integration-1',
  status: 'needs_reconnect',
  statusReason: 'OAUTH_GRANT_REVOKED',
  googleAccountId: null,
  googleEmail: 'maria@example.com',
  grantedScopes: ['a'],
  missingScopes: [],
  settings: { ...DEFAULT_SETTINGS, colorByStatus: { pending: '5' }, titleTemplate: '{{ title }}' },
  parkedUntilMs: null,
  parkedReason: null,
  removeEvents: null,
  dedicatedCalendar: null,
  createdAtMs: 1,
  updatedAtMs: 2,
  version: 3,
}
const link: EventLink = {
  ...ref,
  appointmentId: 'appointment-1',
  calendarId: 'primary',
  eventId: 'event',
  iCalUID: 'event@google.com',
  generation: 0,
  state: 'live',
  etag: '"1"',
  fingerprint: 'hash',
  base: {
    app: { title: 'Title', attendees: [], source: { title: 'Open', url: 'https://app.example.com' } },
    google: { time, recurrence: [] },
    responses: { 'ana@example.com': 'accepted' },
    conference: {
      requests: 1,
      state: 'ready',
      failures: 0,
      looks: 0,
      url: 'https://meet.google.com/abc-defg-hij',
      ours: true,
    },
    rendering: 'settings',
  },
  appointmentUpdatedAtMs: 1,
  eventUpdatedAtMs: 1,
  overwrites: 0,
  overwritesSinceMs: 0,
  updatedAtMs: 1,
  version: 1,
}
const conflict: Conflict = {
  ...ref,
  id: 'conflict-1',
  appointmentId: 'appointment-1',
  calendarId: 'primary',
  eventId: 'event',
  reason: 'both_changed',
  hostReason: null,
  fields: ['time', 'existence'],
  base: { time: { allDay: true, startDate: '2026-05-01', endDate: '2026-05-02' } },
  app: { exists: true, time },
  google: { exists: false },
  status: 'open',
  resolution: null,
  decisions: [{ field: 'time', side: 'app', by: null, atMs: 1 }],
  openedAtMs: 1,
  resolvedAtMs: null,
  version: 1,
}
const inboxEntry: InboxEntry = {
  ...ref,
  changeId: 'change-1',
  appointmentId: 'appointment-1',
  calendarId: 'primary',
  eventId: 'event',
  type: 'edited',
  fields: { title: 'New' },
  details: null,
  observedAtMs: 1,
  attempts: 0,
  dueAtMs: 1,
  lastErrorCode: null,
}
const logEntry: SyncLogEntry = {
  ...ref,
  id: 'log-1',
  atMs: 1,
  direction: 'to_google',
  action: 'create',
  status: 'failed',
  appointmentId: 'appointment-1',
  googleEventId: null,
  errorCode: 'GOOGLE_UNAVAILABLE',
  errorMessage: 'Google answered 503.',
  attempt: 1,
  durationMs: 12.5,
  fields: ['title'],
}

const channel: WatchChannel = {
  ...ref,
  id: 'channel-1',
  calendarId: 'primary',
  state: 'opening',
  tokenHash: 'a'.repeat(64),
  resourceId: null,
  expiresAtMs: 2,
  createdAtMs: 1,
  version: 1,
}

const STORED: readonly (readonly [string, z.ZodType, object])[] = [
  ['owner', ownerSchema, owner],
  ['event', eventFieldsSchema, fields],
  ['integration', integrationSchema, integration],
  ['link', eventLinkSchema, link],
  ['conflict', conflictSchema, conflict],
  ['inbox entry', inboxEntrySchema, inboxEntry],
  ['log entry', syncLogEntrySchema, logEntry],
  ['watch channel', watchChannelSchema, channel],
]

describe('what is stored as JSON comes back as it was', () => {
  test.each(STORED)('%s', (_, schema, value) => {
    expect(schema.parse(JSON.parse(JSON.stringify(value)))).toEqual(value)
  })

  test.each(STORED)('%s, but not with a field missing', (_, schema, value) => {
    for (const name of Object.keys(value)) {
      const { [name]: _dropped, ...rest } = value as Record<string, unknown>
      expect(schema.safeParse(rest).success, name).toBe(false)
    }
  })
})

test('a conflict side keeps its fields and drops what is none', () => {
  const parsed = conflictSchema.parse({ ...conflict, app: { exists: true, title: 'A', extra: 1 } })
  expect(parsed.app).toEqual({ exists: true, title: 'A' })
  expect(conflictSchema.safeParse({ ...conflict, google: { exists: true, title: 5 } }).success).toBe(false)
})

test('a conflict is settled for one side or field by field, and in no other way', () => {
  for (const resolution of ['app', 'google', { fields: { time: 'app', existence: 'google' } }]) {
    expect(conflictResolutionSchema.parse(resolution)).toEqual(resolution)
  }
  for (const resolution of ['both', { fields: { time: 'both' } }, { fields: { color: 'app' } }, {}, null]) {
    expect(conflictResolutionSchema.safeParse(resolution).success).toBe(false)
  }
})

test('the reference of an integration names its owner and itself', () => {
  expect(refOf(integration)).toEqual(ref)
})

describe('a change for the host', () => {
  const [start, end] = [new Date(1_777_636_800_000), new Date(1_777_638_600_000)]
  const texts = { title: 'Lunch', description: '', location: '' }
  const times = { start, end, timeZone: 'Europe/Berlin', allDay: false } as const
  const externalEvent = { googleEventId: 'event', calendarId: 'primary', ...texts, ...times }
  const details: readonly AppointmentChangeDetail[] = [
    { type: 'rescheduled', start, end, timeZone: 'Europe/Berlin', allDay: false },
    { type: 'rescheduled', start: '2026-05-01', end: '2026-05-02', allDay: true },
    { type: 'cancelled' },
    { type: 'restored' },
    { type: 'edited', fields: { title: 'New', location: '' } },
    { type: 'attendee_responded', email: 'ana@example.com', response: 'declined' },
    { type: 'created', event: externalEvent },
    { type: 'conference_ready', url: 'https://meet.google.com/abc-defg-hij' },
  ]
  const changeOf = (detail: AppointmentChangeDetail): AppointmentChange => ({
    changeId: 'change-1',
    owner,
    appointmentId: 'appointment-1',
    googleEventId: 'event',
    observedAt: new Date(5),
    ...detail,
  })

  test.each(details)('of type $type is read back, as it was and from JSON', (detail) => {
    const change = changeOf(detail)
    expect(appointmentChangeSchema.parse(change)).toEqual(change)
    expect(appointmentChangeSchema.parse(JSON.parse(JSON.stringify(change)))).toEqual(change)
  })

  test('is refused with a time that means another instant on every machine', () => {
    const change = { ...changeOf({ type: 'cancelled' }), observedAt: '2026-05-01T09:00:00' }
    expect(appointmentChangeSchema.safeParse(change).success).toBe(false)
  })

  test('is answered with applied, or rejected and a reason', () => {
    expect(applyResultSchema.safeParse({ status: 'applied' }).success).toBe(true)
    expect(applyResultSchema.safeParse({ status: 'rejected', reason: 'closed' }).success).toBe(true)
    expect(applyResultSchema.safeParse({ status: 'rejected' }).success).toBe(false)
  })
})
