import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { cloneJson, mergePatch, sameJson, type JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import { etagOf, nextTimestampUs, type CalendarRecord, type EventRecord } from '../state.ts'
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

/** Records a change: the calendar's counter for deltas, a new etag, and `updated` unless only private parts moved. */
function touch(backend: Backend, calendar: CalendarRecord, event: EventRecord, mainData: boolean): void {
  const timestamp = nextTimestampUs(backend.state, backend.clock.now())
  calendar.counter += 1
  calendar.updatedUs = timestamp
  event.change = calendar.counter
  event.etagUs = timestamp
  if (mainData) event.updatedUs = timestamp
}

function checkIfMatch(event: EventRecord, ifMatch: string | null): void {
  if (ifMatch === null || ifMatch.trim() === '*') return
  const asked = ifMatch.split(',').map((tag) => tag.trim())
  if (!asked.includes(etagOf(event.etagUs))) throw refusal('conditionNotMet')
}

/** The event with this id, deleted or not. @throws CalendarApiError 404 when it never existed. */
export function findEvent(calendar: CalendarRecord, id: string): EventRecord {
  const event = calendar.events.get(id)
  if (!event) throw refusal('notFound')
  return event
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
  const event: EventRecord = {
    id,
    iCalUID,
    order: calendar.counter + 1,
    change: 0,
    createdMs: backend.clock.now(),
    updatedUs: 0,
    etagUs: 0,
    creator: writer.email,
    organizer: calendar.id,
    sequence,
    deleted: fields.status === 'cancelled',
    movedAway: false,
    purged: false,
    fields,
  }
  touch(backend, calendar, event, true)
  calendar.events.set(id, event)
  return event
}

function writeFields(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  event: EventRecord,
  body: JsonObject,
  sequence: JsonObject['sequence'],
): void {
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
  event.fields = deleted ? { ...fields, status: 'confirmed' } : fields
  event.deleted = deleted
  event.sequence = rescheduled && asked === event.sequence ? asked + 1 : asked
  touch(backend, calendar, event, !privateOnly)
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
  if (event.purged || event.movedAway || (event.deleted && !revives)) throw refusal('forbidden')
  checkIfMatch(event, writer.ifMatch)
  writeFields(backend, calendar, writer, event, mergePatch(event.fields, body), body.sequence)
  return event
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
  writeFields(backend, calendar, writer, event, body, body.sequence)
  return event
}

/** Deletes an event. @throws CalendarApiError 404 when it never existed, 410 when it is gone, 412. */
export function deleteEvent(backend: Backend, calendar: CalendarRecord, writer: Writer, id: string): void {
  const event = findEvent(calendar, id)
  if (event.deleted) throw refusal('deleted')
  checkIfMatch(event, writer.ifMatch)
  event.deleted = true
  touch(backend, calendar, event, true)
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
  const moved: EventRecord = {
    ...event,
    fields: cloneJson(event.fields),
    organizer: destination.id,
    order: destination.counter + 1,
  }
  destination.events.set(id, moved)
  touch(backend, destination, moved, true)
  Object.assign(event, { deleted: true, movedAway: true, fields: {} })
  touch(backend, source, event, true)
  return moved
}
