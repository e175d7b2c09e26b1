import type { Backend } from '../backend.ts'
import { invalid, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import {
  etagOf,
  nextTimestampUs,
  type AccessRole,
  type CalendarRecord,
  type GoogleState,
  type UserRecord,
} from '../state.ts'
import { isTimeZone } from './zone-time.ts'

const CONFERENCE = { allowedConferenceSolutionTypes: ['hangoutsMeet'] }

/** What makes a calendar. */
export interface CalendarSeed {
  readonly id: string
  readonly summary: string
  readonly description?: string | null
  readonly timeZone: string
  readonly dataOwner: string
  readonly createdByClient?: string | null
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
    counter: 0,
    syncEpoch: 0,
    etagUs: timestamp,
    updatedUs: timestamp,
    events: new Map(),
  }
  state.calendars.set(seed.id, calendar)
  return calendar
}

/** Puts a calendar on a user's list, or changes the role it has there. */
export function listCalendar(
  state: GoogleState,
  user: UserRecord,
  calendarId: string,
  accessRole: AccessRole,
  nowMs: number,
): void {
  user.listCounter += 1
  user.calendarList.set(calendarId, {
    calendarId,
    accessRole,
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
  listCalendar(backend.state, user, calendar.id, 'owner', now)
  return renderCalendar(calendar)
}
