import { atLeast } from '../api/access.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { AccessRole, CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord, StoredTime } from '../state/event-records.ts'
import { etagOf } from '../state/timestamps.ts'
import { attendeesOf } from './attendees.ts'
import { pendingConference, settledConference } from './conference.ts'
import { readStoredTime } from './event-times.ts'
import { renderInstant } from '../zone-time.ts'

/** How a caller wants an event rendered. */
export interface EventView {
  /** The account that reads; decides the `self` marks. */
  readonly viewer: string
  /** The `timeZone` parameter; default: the calendar's zone. */
  readonly timeZone?: string | undefined
  /** The `maxAttendees` parameter. */
  readonly maxAttendees?: number | undefined
  /** What the viewer may do in the calendar. */
  readonly accessRole: AccessRole
  /** The answer to the write that made the event this; a conference asked for is still pending. */
  readonly justWritten?: boolean | undefined
}

function renderTime(time: StoredTime | null, zone: string): JsonObject {
  if (!time) return {}
  if ('date' in time) return { date: time.date }
  return { dateTime: renderInstant(Date.parse(time.dateTime), zone), timeZone: time.timeZone }
}

function renderPerson(address: string, calendar: CalendarRecord): JsonObject {
  const isCalendar = address === calendar.id
  const named = isCalendar && calendar.id !== calendar.dataOwner ? { displayName: calendar.summary } : {}
  return { email: address, ...named, ...(isCalendar ? { self: true } : {}) }
}

function renderAttendees(event: EventRecord, calendar: CalendarRecord, view: EventView): JsonObject {
  const all = attendeesOf(event.fields).map((attendee) => ({
    ...attendee,
    ...(attendee.email === event.organizer ? { organizer: true } : {}),
    ...(attendee.email === calendar.id ? { self: true } : {}),
  }))
  if (all.length === 0) return {}
  const guest = event.organizer !== calendar.id
  if (guest && event.fields.guestsCanSeeOtherGuests === false) {
    const shown = all.filter((attendee) => 'self' in attendee || 'organizer' in attendee)
    return { attendees: shown, attendeesOmitted: true }
  }
  if (view.maxAttendees === undefined || all.length <= view.maxAttendees) return { attendees: all }
  // Over the limit Google returns the participant alone.
  return { attendees: all.filter((attendee) => 'self' in attendee), attendeesOmitted: true }
}

function htmlLink(event: EventRecord, calendar: CalendarRecord): string {
  const eid = Buffer.from(`${event.id} ${calendar.id}`).toString('base64url')
  return `https://www.google.com/calendar/event?eid=${eid}`
}

function hangoutLink(conference: unknown): JsonObject {
  const points =
    isJsonObject(conference) && Array.isArray(conference.entryPoints) ? conference.entryPoints : []
  const video = points.filter(isJsonObject).find((point) => point.entryPointType === 'video')
  return video?.uri === undefined ? {} : { hangoutLink: video.uri }
}

/**
 * What a sync answer says of a deleted event: exactly four members, and for an instance cancelled in a living
 * series where it stood.
 */
export function renderTombstone(event: EventRecord, calendar: CalendarRecord, zone?: string): JsonObject {
  const bare = { kind: 'calendar#event', etag: etagOf(event.etagUs), id: event.id, status: 'cancelled' }
  if (event.orphan || event.movedAway) return bare
  return { ...bare, ...renderOrigin(event, zone ?? calendar.timeZone) }
}

function renderOrigin({ recurringEventId, originalStart }: EventRecord, zone: string): JsonObject {
  if (recurringEventId === null) return {}
  return { recurringEventId, originalStartTime: renderTime(originalStart, zone) }
}

/** Whether a viewer only sees that time is taken: by the role, or because the event is private. */
export function hidesDetails(event: EventRecord, accessRole: AccessRole): boolean {
  if (accessRole === 'freeBusyReader') return true
  const { visibility } = event.fields
  return (visibility === 'private' || visibility === 'confidential') && !atLeast(accessRole, 'writer')
}

/**
 * An event as the API returns it: defaults left out, times with the offset of the requested (else the
 * calendar's) zone beside the event's own zone, `self` marks for the viewer.
 */
export function renderEvent(event: EventRecord, calendar: CalendarRecord, view: EventView): JsonObject {
  if (event.movedAway || event.orphan) return renderTombstone(event, calendar)
  const zone = view.timeZone ?? calendar.timeZone
  const { start, end, status, attendees, reminders, eventType, conferenceData, source, ...rest } =
    event.fields
  const times = {
    start: renderTime(readStoredTime(start), zone),
    end: renderTime(readStoredTime(end), zone),
  }
  const head = {
    kind: 'calendar#event',
    etag: etagOf(event.etagUs),
    id: event.id,
    status: event.deleted ? 'cancelled' : (status ?? 'confirmed'),
  }
  const origin = renderOrigin(event, zone)
  if (hidesDetails(event, view.accessRole)) return { ...head, ...times, ...origin, visibility: 'private' }
  return {
    ...head,
    htmlLink: htmlLink(event, calendar),
    created: `${new Date(event.createdMs).toISOString().slice(0, 19)}.000Z`,
    updated: new Date(Math.floor(event.updatedUs / 1000)).toISOString(),
    ...rest,
    // Where an event comes from is for its creator alone.
    ...(source !== undefined && view.viewer === event.creator ? { source } : {}),
    ...renderConference(event, conferenceData, view),
    creator: renderPerson(event.creator, calendar),
    organizer: renderPerson(event.organizer, calendar),
    ...times,
    ...origin,
    iCalUID: event.iCalUID,
    sequence: event.sequence,
    ...(attendees === undefined ? {} : renderAttendees(event, calendar, view)),
    reminders: reminders ?? { useDefault: true },
    eventType: eventType ?? 'default',
  }
}

function renderConference(event: EventRecord, stored: JsonObject[string], view: EventView): JsonObject {
  if (!isJsonObject(stored)) return {}
  const conference = view.justWritten ? pendingConference(stored) : settledConference(event.iCalUID, stored)
  return { conferenceData: conference, ...hangoutLink(conference) }
}
