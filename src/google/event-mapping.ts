import type { calendar_v3 } from '@googleapis/calendar'
import { Temporal } from 'temporal-polyfill'
import {
  ATTENDEE_RESPONSES,
  type AttendeeResponse,
  type EventFields,
  type EventTime,
  isCalendarDate,
  isTimeZone,
  type OriginalStart,
  toEpochMs,
} from '../domain/index.ts'
import { canonicalRecurrence } from '../recurrence/index.ts'
import { fromGoogleConference } from './conference-mapping.ts'
import { mergeGuests } from './guest-list.ts'
import type { RemoteAttendee, RemoteEvent } from './remote-event.ts'
import { takesTime } from './takes-time.ts'

/** Key of the private extended property that holds the ownership mark; at most 44 characters are kept. */
export const MARK_PROPERTY = 'appointmentSync'

type GoogleEvent = calendar_v3.Schema$Event
type GoogleTime = calendar_v3.Schema$EventDateTime

/**
 * Both an offset and a zone are sent: Google does not say what it makes of local times that are skipped or
 * repeated. On a patch the other form is nulled, because a patch merges.
 */
function toGoogleTime(time: EventTime, edge: 'start' | 'end', patch: boolean): GoogleTime {
  if (time.allDay) {
    const date = edge === 'start' ? time.startDate : time.endDate
    return patch ? { date, dateTime: null, timeZone: null } : { date }
  }
  const dateTime = new Date(edge === 'start' ? time.startMs : time.endMs).toISOString()
  return patch ? { dateTime, timeZone: time.timeZone, date: null } : { dateTime, timeZone: time.timeZone }
}

/** The request body for the fields given; absent fields are left as they are in Google. */
export function toGoogleBody(
  fields: Partial<EventFields>,
  options: { patch: boolean; remoteAttendees?: readonly RemoteAttendee[]; ownedGuests?: readonly string[] },
): GoogleEvent {
  const body: GoogleEvent = {}
  if (fields.time) {
    body.start = toGoogleTime(fields.time, 'start', options.patch)
    body.end = toGoogleTime(fields.time, 'end', options.patch)
  }
  if (fields.title !== undefined) body.summary = fields.title
  if (fields.description !== undefined) body.description = fields.description
  if (fields.location !== undefined) body.location = fields.location
  if (fields.recurrence !== undefined && (options.patch || fields.recurrence.length > 0))
    body.recurrence = fields.recurrence.length === 0 ? null : [...fields.recurrence]
  if (fields.status !== undefined) body.status = fields.status
  if (fields.colorId !== undefined && (options.patch || fields.colorId !== null))
    body.colorId = fields.colorId
  if (fields.reminderMinutes !== undefined) {
    body.reminders = {
      useDefault: false,
      overrides: fields.reminderMinutes.map((minutes) => ({ method: 'popup', minutes })),
    }
  }
  if (fields.visibility !== undefined && (options.patch || fields.visibility !== 'default'))
    body.visibility = fields.visibility
  if (fields.transparency !== undefined && (options.patch || fields.transparency !== 'opaque'))
    body.transparency = fields.transparency
  if (fields.source !== undefined && (options.patch || fields.source !== null))
    // The client's types do not know that a patch clears by `null`.
    body.source = fields.source as NonNullable<GoogleEvent['source']>
  if (fields.attendees !== undefined) {
    body.attendees = mergeGuests(fields.attendees, options.remoteAttendees ?? [], options.ownedGuests ?? [])
  }
  return body
}

function fromGoogleTime(
  start: GoogleTime | undefined,
  given: GoogleTime | undefined,
  calendarTimeZone: string,
): EventTime | null {
  // `endTimeUnspecified`: an event that only has a start.
  const end = given?.dateTime || given?.date ? given : start
  if (start?.date && end?.date) {
    if (!isCalendarDate(start.date) || !isCalendarDate(end.date)) return null
    // Without an end of its own a day lasts one day: half-open, as everywhere.
    const endDate = end.date > start.date ? end.date : dayAfter(start.date)
    return { allDay: true, startDate: start.date, endDate }
  }
  if (!start?.dateTime || !end?.dateTime) return null
  const startMs = toInstant(start.dateTime, start.timeZone ?? calendarTimeZone)
  const endMs = toInstant(end.dateTime, end.timeZone ?? start.timeZone ?? calendarTimeZone)
  if (startMs === null || endMs === null) return null
  const named = start.timeZone ?? calendarTimeZone
  return { allDay: false, startMs, endMs, timeZone: isTimeZone(named) ? named : 'UTC' }
}

function dayAfter(date: string): string {
  return Temporal.PlainDate.from(date).add({ days: 1 }).toString()
}

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/

/**
 * Google leaves out the offset where the zone says it (discovery document, `EventDateTime.dateTime`). A time that
 * daylight saving skips or repeats is then read the way RFC 5545 reads it.
 */
function toInstant(dateTime: string, timeZone: string): number | null {
  const instant = toEpochMs(dateTime)
  if (instant !== null || !LOCAL_TIME.test(dateTime) || !isTimeZone(timeZone)) return instant
  try {
    return Temporal.PlainDateTime.from(dateTime).toZonedDateTime(timeZone).epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function fromGoogleAttendee(attendee: calendar_v3.Schema$EventAttendee): RemoteAttendee[] {
  if (!attendee.email) return []
  const response = attendee.responseStatus as AttendeeResponse
  return [
    {
      email: attendee.email.toLowerCase(),
      displayName: attendee.displayName ?? undefined,
      responseStatus: ATTENDEE_RESPONSES.includes(response) ? response : 'needsAction',
      raw: attendee as Readonly<Record<string, unknown>>,
    },
  ]
}

/** Where the rule put an instance: an instant, or a day. */
function fromOriginalStart(time: GoogleTime | undefined, calendarTimeZone: string): OriginalStart | null {
  if (time?.date) return isCalendarDate(time.date) ? time.date : null
  return time?.dateTime ? toInstant(time.dateTime, time.timeZone ?? calendarTimeZone) : null
}

/** The event in the SDK's words; `null` when it has no readable id, or is live without a readable time. */
export function fromGoogleEvent(event: GoogleEvent, calendarTimeZone: string): RemoteEvent | null {
  if (!event.id) return null
  const etag = event.etag ?? ''
  const updatedMs = toEpochMs(event.updated ?? '')
  const instance = {
    recurringEventId: event.recurringEventId ?? null,
    originalStart: fromOriginalStart(event.originalStartTime ?? undefined, calendarTimeZone),
  }
  if (event.status === 'cancelled') return { id: event.id, etag, cancelled: true, updatedMs, ...instance }
  const time = fromGoogleTime(event.start ?? undefined, event.end ?? undefined, calendarTimeZone)
  if (time === null) return null
  const lines = event.recurrence ?? []
  return {
    id: event.id,
    etag,
    ...instance,
    cancelled: false,
    iCalUID: event.iCalUID ?? null,
    mark: event.extendedProperties?.private?.[MARK_PROPERTY] ?? null,
    fields: {
      time: lines.length === 0 || time.allDay ? time : { ...time, zoneBound: true },
      title: event.summary ?? '',
      description: event.description ?? '',
      location: event.location ?? '',
      recurrence: canonicalRecurrence(lines, time),
    },
    attendees: (event.attendees ?? []).flatMap(fromGoogleAttendee),
    attendeesOmitted: event.attendeesOmitted === true,
    conference: fromGoogleConference(event),
    updatedMs: updatedMs ?? 0,
    eventType: event.eventType ?? 'default',
    tentative: event.status === 'tentative',
    transparent: event.transparency === 'transparent',
    visibility: event.visibility ?? 'default',
    recurrence: lines,
    createdMs: toEpochMs(event.created ?? ''),
    takesTime: takesTime(event),
  }
}
