import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { mergePatch, sameJson, type JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { checkIfMatch, findEvent, nextOrder, storeEvent, type EventDraft } from './event-store.ts'
import { keepOmittedAttendees } from './attendees.ts'
import { beginConference } from './conference.ts'
import {
  checkEventId,
  checkSequence,
  refuseServerTimes,
  storeEventFields,
  type WriteGates,
} from './event-fields.ts'

/** Who writes, and which optional parts the request may touch. */
export interface Writer {
  readonly email: string
  readonly gates: WriteGates
  /** The `If-Match` header; null when the write is unconditional. */
  readonly ifMatch: string | null
}

function isTaken(calendar: CalendarRecord, id: string, iCalUID: string): boolean {
  if (calendar.events.has(id)) return true
  return [...calendar.events.values()].some((event) => !event.deleted && event.iCalUID === iCalUID)
}

/**
 * Stores a new event.
 * @throws CalendarApiError 400 for a body Google refuses; 409 `duplicate` when the id was ever used in this
 * calendar, deleted and purged events included.
 */
export function insertEvent(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  body: JsonObject,
): EventRecord {
  refuseServerTimes(body)
  const givenId = body.id === undefined || body.id === null ? null : checkEventId(body.id)
  const fields = storeEventFields(body, null, calendar.timeZone, writer.gates)
  const sequence = checkSequence(body.sequence, 0)
  const id = givenId ?? randomResourceId(backend.state.random)
  const iCalUID = typeof body.iCalUID === 'string' && body.iCalUID ? body.iCalUID : `${id}@google.com`
  if (isTaken(calendar, id, iCalUID)) throw refusal('duplicate')
  beginConference(fields, null)
  const event: EventDraft = {
    id,
    iCalUID,
    order: nextOrder(calendar),
    createdMs: backend.clock.now(),
    creator: writer.email,
    organizer: calendar.id,
    sequence,
    deleted: fields.status === 'cancelled',
    movedAway: false,
    beyondRevival: false,
    purged: false,
    recurringEventId: null,
    originalStart: null,
    fields,
  }
  return storeEvent(backend, calendar, event)
}

function writeFields(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  event: EventRecord,
  body: JsonObject,
  sequence: JsonObject['sequence'],
): EventRecord {
  const before = event.fields
  const whole = keepOmittedAttendees(body, before, calendar.id)
  const fields = storeEventFields(whole, before, calendar.timeZone, writer.gates)
  const asked = checkSequence(sequence, event.sequence)
  beginConference(fields, before)
  const rescheduled = ['start', 'end', 'recurrence'].some((name) => !sameJson(fields[name], before[name]))
  const { reminders: _now, ...main } = fields
  const { reminders: _then, ...mainBefore } = before
  const deleted = fields.status === 'cancelled'
  const privateOnly = sameJson(main, mainBefore) && deleted === event.deleted && !sameJson(_now, _then)
  const sequenced = rescheduled && asked === event.sequence ? asked + 1 : asked
  const kept = deleted ? { ...fields, status: 'confirmed' } : fields
  return storeEvent(
    backend,
    calendar,
    { ...event, fields: kept, deleted, sequence: sequenced },
    { privateOnly },
  )
}

/**
 * Merges a body into an event. A deleted event comes back to life by `status: "confirmed"` (or `tentative`)
 * while it is in the trash; any other edit of it, and any edit after the trash was emptied, is 403.
 * @throws CalendarApiError 400, 403, 404, 412.
 */
export function patchEvent(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  id: string,
  body: JsonObject,
): EventRecord {
  const event = findEvent(calendar, id)
  const revives = body.status === 'confirmed' || body.status === 'tentative'
  if (event.purged || event.beyondRevival || event.movedAway || (event.deleted && !revives))
    throw refusal('forbidden')
  checkIfMatch(event, writer.ifMatch)
  return writeFields(backend, calendar, writer, event, mergePatch(event.fields, body), body.sequence)
}

/**
 * Replaces the writable members of an event; what the body leaves out is cleared.
 * @throws CalendarApiError 400, 403 (the event is deleted: only a patch can revive it), 404, 412.
 */
export function replaceEvent(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  id: string,
  body: JsonObject,
): EventRecord {
  const event = findEvent(calendar, id)
  if (event.deleted) throw refusal('forbidden')
  checkIfMatch(event, writer.ifMatch)
  return writeFields(backend, calendar, writer, event, body, body.sequence)
}

/** Deletes an event. @throws CalendarApiError 404 when it never existed, 410 when it is gone, 412. */
export function deleteEvent(backend: Backend, calendar: CalendarRecord, writer: Writer, id: string): void {
  const event = findEvent(calendar, id)
  if (event.deleted) throw refusal('deleted')
  checkIfMatch(event, writer.ifMatch)
  storeEvent(backend, calendar, { ...event, deleted: true })
}

/**
 * Moves an event to another calendar: the id stays, the organizer becomes the destination, and the source
 * keeps an id-only cancelled stub.
 * @throws CalendarApiError 400 for a type that cannot move, 404, 409 when the destination holds the id, 410.
 */
export function moveEvent(
  backend: Backend,
  source: CalendarRecord,
  destination: CalendarRecord,
  id: string,
): EventRecord {
  const event = findEvent(source, id)
  if (event.deleted) throw refusal('deleted')
  if (event.fields.eventType !== 'default') {
    throw refusal('eventTypeRestriction', { domain: 'calendar', message: 'This event type cannot be moved.' })
  }
  if (source.id === destination.id) return event
  const held = destination.events.get(id)
  if (held && !held.movedAway) throw refusal('duplicate')
  destination.events.delete(id)
  const moved = storeEvent(backend, destination, {
    ...event,
    organizer: destination.id,
    order: nextOrder(destination),
  })
  storeEvent(backend, source, { ...event, deleted: true, movedAway: true, fields: {} })
  return moved
}
