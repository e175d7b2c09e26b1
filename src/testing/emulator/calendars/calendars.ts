import type { Backend } from '../backend.ts'
import { invalid, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { AccessRole, CalendarRecord, UserRecord } from '../state/calendar-records.ts'
import type { GoogleState } from '../state/state.ts'
import { etagOf, nextTimestampUs } from '../state/timestamps.ts'
import { isTimeZone } from '../zone-time.ts'

const CONFERENCE = { allowedConferenceSolutionTypes: ['hangoutsMeet'] }

/** What makes a calendar. */
export interface CalendarSeed {
  readonly id: string
  readonly summary: string
  readonly description?: string | null
  readonly timeZone: string
  readonly dataOwner: string
  readonly createdByClient?: string | null
  /** Default true. */
  readonly watchable?: boolean
}

/** Adds a calendar to the state, or returns the one that has the id. */
export function addCalendar(state: GoogleState, seed: CalendarSeed, nowMs: number): CalendarRecord {
  const present = state.calendars.get(seed.id)
  if (present) return present
  const timestamp = nextTimestampUs(state, nowMs)
  const calendar: CalendarRecord = {
    id: seed.id,
    summary: seed.summary,
    description: seed.description ?? null,
    timeZone: seed.timeZone,
    dataOwner: seed.dataOwner,
    createdByClient: seed.createdByClient ?? null,
    location: null,
    deleted: false,
    watchable: seed.watchable ?? true,
    counter: 0,
    syncEpoch: 0,
    etagUs: timestamp,
    updatedUs: timestamp,
    acl: new Map(),
    aclCounter: 0,
    aclEpoch: 0,
    events: new Map(),
    changes: [],
  }
  grantRole(state, calendar, seed.dataOwner, 'owner', nowMs)
  state.calendars.set(seed.id, calendar)
  return calendar
}

/** Gives an account a role in a calendar, or `none`. */
export function grantRole(
  state: GoogleState,
  calendar: CalendarRecord,
  email: string,
  role: AccessRole | 'none',
  nowMs: number,
): void {
  const id = `user:${email}`
  calendar.aclCounter += 1
  calendar.acl.set(id, {
    id,
    scopeType: 'user',
    scopeValue: email,
    role,
    deleted: role === 'none',
    change: calendar.aclCounter,
    etagUs: nextTimestampUs(state, nowMs),
  })
}

/** Puts a calendar on a user's list. */
export function listCalendar(state: GoogleState, user: UserRecord, calendarId: string, nowMs: number): void {
  const primary = calendarId === user.email
  user.listCounter += 1
  user.calendarList.set(calendarId, {
    calendarId,
    summaryOverride: null,
    colorId: primary ? '14' : '7',
    hidden: false,
    defaultReminders: primary ? [{ method: 'popup', minutes: 30 }] : [],
    notifications: [],
    selected: true,
    removed: false,
    change: user.listCounter,
    etagUs: nextTimestampUs(state, nowMs),
  })
}

/** A Calendar resource. */
export function renderCalendar(calendar: CalendarRecord): JsonObject {
  return {
    kind: 'calendar#calendar',
    etag: etagOf(calendar.etagUs),
    id: calendar.id,
    summary: calendar.summary,
    ...(calendar.description === null ? {} : { description: calendar.description }),
    timeZone: calendar.timeZone,
    conferenceProperties: CONFERENCE,
    dataOwner: calendar.dataOwner,
  }
}

/** calendars.insert: a secondary calendar owned by the caller. @throws CalendarApiError 400. */
export function insertCalendar(
  backend: Backend,
  user: UserRecord,
  clientId: string,
  body: JsonObject,
): JsonObject {
  const { summary, timeZone, description } = body
  if (typeof summary !== 'string' || summary === '') throw required('Missing title.', 'summary')
  const zone = timeZone ?? 'UTC'
  if (typeof zone !== 'string' || !isTimeZone(zone)) throw invalid('Invalid Value', 'timeZone')
  const now = backend.clock.now()
  const seed: CalendarSeed = {
    id: `${randomResourceId(backend.state.random)}@group.calendar.google.com`,
    summary,
    description: typeof description === 'string' ? description : null,
    timeZone: zone,
    dataOwner: user.email,
    createdByClient: clientId,
  }
  const calendar = addCalendar(backend.state, seed, now)
  listCalendar(backend.state, user, calendar.id, now)
  return renderCalendar(calendar)
}
