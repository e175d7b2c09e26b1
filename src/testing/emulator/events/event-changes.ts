import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { isJsonObject, mergePatch, sameJson, type JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { keepOmittedAttendees } from './attendees.ts'
import { beginConference, settledConference } from './conference.ts'
import {
  checkEventId,
  checkSequence,
  refuseServerTimes,
  storeEventFields,
  type WriteGates,
} from './event-fields.ts'
import { checkIfMatch, nextOrder, type EventDraft } from './event-store.ts'
import { noteFormerTimes } from './former-series.ts'
import { refuseSharedChanges, shareChange } from './guest-copies.ts'
import { exceptionsOf, findUntouchedInstance, isSeries } from './series.ts'
import { storeInSeries } from './series-changes.ts'

/** Who writes, and which optional parts the request may touch. */
export interface Writer {
  readonly email: string
  readonly gates: WriteGates
  /** The `If-Match` header; null when the write is unconditional. */
  readonly ifMatch: string | null
}

/**
 * The event or instance with this id, deleted or not; an instance that nobody has touched is made from its
 * series.
 * @throws CalendarApiError 404 when it never existed.
 */
export function locateEvent(backend: Backend, calendar: CalendarRecord, id: string): EventRecord {
  const stored = calendar.events.get(id)
  if (stored && !stored.orphan) return stored
  const found = findUntouchedInstance(backend, calendar, id) ?? stored
  if (!found) throw refusal('notFound')
  return found
}

/** Stores a change and all that follows from it: the series around it, and the copies of its guests. */
function commit(
  backend: Backend,
  calendar: CalendarRecord,
  before: EventRecord | null,
  draft: EventDraft,
  privateOnly: boolean = false,
): EventRecord {
  const exceptions = before && isSeries(before) ? exceptionsOf(calendar, before.id) : []
  const after = storeInSeries(backend, calendar, before, draft, { privateOnly })
  shareChange(backend, calendar, before, after)
  shareExceptions(backend, calendar, exceptions)
  return after
}

/** Carries what a series did to its exceptions to their guests; a new guest is told of all of them. */
function shareExceptions(
  backend: Backend,
  calendar: CalendarRecord,
  exceptions: readonly EventRecord[],
): void {
  for (const exception of exceptions) {
    const now = calendar.events.get(exception.id)
    if (now) {
      const invited = { ...exception, deleted: false }
      shareChange(backend, calendar, invited, now)
      if (now.deleted) shareChange(backend, calendar, { ...now, deleted: false }, now)
    }
  }
}

function isTaken(calendar: CalendarRecord, id: string, iCalUID: string | null): boolean {
  if (calendar.events.has(id)) return true
  return (
    iCalUID !== null &&
    [...calendar.events.values()].some((event) => !event.deleted && event.iCalUID === iCalUID)
  )
}

function givenText(value: JsonObject[string]): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** What an event is that is neither an instance nor gone. */
const ORDINARY = {
  movedAway: false,
  beyondRevival: false,
  purged: false,
  recurringEventId: null,
  originalStart: null,
  orphan: false,
} as const

/**
 * Stores a new event; `ownId` is an id of the server's, which has characters that no client may choose.
 * @throws CalendarApiError 400 for a body Google refuses; 409 `duplicate` when the id was ever used in this
 * calendar, deleted and purged events included.
 */
export function insertEvent(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  body: JsonObject,
  ownId: string | null = null,
): EventRecord {
  refuseServerTimes(body)
  const givenId = body.id === undefined || body.id === null ? ownId : checkEventId(body.id)
  const fields = storeEventFields(backend, calendar, body, null, writer.gates)
  const sequence = checkSequence(body.sequence, 0)
  const id = givenId ?? randomResourceId(backend.state.random)
  const iCalUID = givenText(body.iCalUID)
  if (isTaken(calendar, id, iCalUID)) throw refusal('duplicate')
  return commit(backend, calendar, null, {
    id,
    iCalUID: iCalUID ?? `${id}@google.com`,
    order: nextOrder(calendar),
    createdMs: backend.clock.now(),
    creator: writer.email,
    organizer: calendar.id,
    sequence,
    deleted: fields.status === 'cancelled',
    ...ORDINARY,
    imported: false,
    fields: beginConference(backend.faults, calendar.conferenceTypes, fields, null),
  })
}

/**
 * Stores a private copy of an event that lives elsewhere: nobody is invited, the organizer may be a stranger.
 * A second import of the same iCalUID changes the copy.
 * @throws CalendarApiError 400 without an iCalUID or for another type than `default`.
 */
export function importEvent(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  body: JsonObject,
): EventRecord {
  const iCalUID = givenText(body.iCalUID)
  if (iCalUID === null) throw refusal('required', { message: 'Missing iCalUID.' })
  if (body.eventType !== undefined && body.eventType !== null && body.eventType !== 'default') {
    throw refusal('eventTypeRestriction', {
      domain: 'calendar',
      message: 'This event type cannot be imported.',
    })
  }
  const fields = storeEventFields(backend, calendar, body, null, writer.gates)
  const known = [...calendar.events.values()].find(
    (event) =>
      event.iCalUID === iCalUID && event.recurringEventId === null && !event.purged && !event.movedAway,
  )
  const organizer = isJsonObject(body.organizer) ? givenText(body.organizer.email)?.toLowerCase() : undefined
  const id = known?.id ?? randomResourceId(backend.state.random)
  const sequence = checkSequence(body.sequence ?? known?.sequence, 0)
  return commit(backend, calendar, known ?? null, {
    id,
    iCalUID,
    order: known?.order ?? nextOrder(calendar),
    createdMs: known?.createdMs ?? backend.clock.now(),
    creator: writer.email,
    organizer: organizer ?? calendar.id,
    sequence,
    deleted: fields.status === 'cancelled',
    ...ORDINARY,
    imported: known?.imported ?? true,
    fields,
  })
}

/** The stored members, a conference that was pending at the last write settled by now. */
function settledFields(backend: Backend, event: EventRecord): JsonObject {
  const { conferenceData } = event.fields
  if (!isJsonObject(conferenceData)) return event.fields
  const settled = settledConference(event.iCalUID, conferenceData)
  return { ...event.fields, conferenceData: settled }
}

function writeFields(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  event: EventRecord,
  body: JsonObject,
): EventRecord {
  const before = settledFields(backend, event)
  const whole = keepOmittedAttendees(body, before, calendar.id)
  // An instance has no rules of its own, and its place in the series is not its to change.
  const own = event.recurringEventId === null ? whole : { ...whole, recurrence: null }
  const stored = storeEventFields(backend, calendar, own, before, writer.gates)
  refuseSharedChanges(calendar, event, stored)
  const asked = checkSequence(body.sequence, event.sequence)
  const fields = beginConference(backend.faults, calendar.conferenceTypes, stored, before)
  const rescheduled = ['start', 'end', 'recurrence'].some((name) => !sameJson(fields[name], before[name]))
  const { reminders: _now, ...main } = fields
  const { reminders: _then, ...mainBefore } = before
  const deleted = fields.status === 'cancelled'
  const privateOnly = sameJson(main, mainBefore) && deleted === event.deleted && !sameJson(_now, _then)
  const draft = {
    ...event,
    fields: deleted ? { ...fields, status: before.status ?? 'confirmed' } : fields,
    deleted,
    sequence: rescheduled && asked === event.sequence ? asked + 1 : asked,
  }
  return commit(backend, calendar, event, draft, privateOnly)
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
  const event = locateEvent(backend, calendar, id)
  const revives = body.status === 'confirmed' || body.status === 'tentative'
  const { recurringEventId } = event
  const seriesGone = recurringEventId !== null && calendar.events.get(recurringEventId)?.deleted === true
  const gone = event.purged || event.beyondRevival || event.movedAway || event.orphan || seriesGone
  if (gone || (event.deleted && !revives)) throw refusal('forbidden')
  checkIfMatch(event, writer.ifMatch)
  return writeFields(backend, calendar, writer, event, mergePatch(settledFields(backend, event), body))
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
  const event = locateEvent(backend, calendar, id)
  if (event.deleted) throw refusal('forbidden')
  checkIfMatch(event, writer.ifMatch)
  return writeFields(backend, calendar, writer, event, body)
}

/**
 * Deletes an event: a series with all its instances, or one instance, which becomes a cancelled exception.
 * @throws CalendarApiError 404 when it never existed, 410 when it is gone, 412.
 */
export function deleteEvent(backend: Backend, calendar: CalendarRecord, writer: Writer, id: string): void {
  const event = locateEvent(backend, calendar, id)
  if (event.deleted) throw refusal('deleted')
  checkIfMatch(event, writer.ifMatch)
  commit(backend, calendar, event, { ...event, deleted: true })
}

/**
 * Moves an event, a series with its exceptions, to another calendar: the id stays, the organizer becomes the
 * destination, and the source keeps an id-only cancelled stub.
 * @throws CalendarApiError 400 for a type that cannot move and for an instance, 403 for a guest's copy, 404,
 * 409 when the destination holds the id, 410.
 */
export function moveEvent(
  backend: Backend,
  source: CalendarRecord,
  destination: CalendarRecord,
  id: string,
): EventRecord {
  const event = locateEvent(backend, source, id)
  if (event.deleted) throw refusal('deleted')
  if (event.fields.eventType !== 'default') {
    throw refusal('eventTypeRestriction', { domain: 'calendar', message: 'This event type cannot be moved.' })
  }
  if (event.recurringEventId !== null) {
    throw refusal('cannotChangeOrganizerOfInstance', {
      domain: 'calendar',
      message: 'Cannot change the organizer of an instance.',
    })
  }
  if (event.organizer !== source.id && !event.imported) throw refusal('forbiddenForNonOrganizer')
  if (source.id === destination.id) return event
  const held = destination.events.get(id)
  if (held && !held.movedAway && held.iCalUID !== event.iCalUID) throw refusal('duplicate')
  if (held && !held.movedAway && held.organizer !== source.id) throw refusal('duplicate')
  return carryOver(backend, source, destination, event)
}

function carryOver(
  backend: Backend,
  source: CalendarRecord,
  destination: CalendarRecord,
  event: EventRecord,
): EventRecord {
  const exceptions = (source.exceptions.get(event.id) ?? []).flatMap(
    (exceptionId) => source.events.get(exceptionId) ?? [],
  )
  const [moved = event] = [event, ...exceptions].map((part) => {
    // A stub or a guest's copy gives its place to the event itself.
    destination.events.delete(part.id)
    const draft = { ...part, organizer: destination.id, order: nextOrder(destination) }
    return storeInSeries(backend, destination, null, draft)
  })
  for (const part of exceptions) {
    if (!part.deleted)
      storeInSeries(backend, source, null, { ...part, deleted: true, movedAway: true, fields: {} })
  }
  const stub = storeInSeries(backend, source, null, { ...event, deleted: true, movedAway: true, fields: {} })
  noteFormerTimes(source, event, stub)
  const live = destination.events.get(event.id) ?? moved
  shareChange(backend, destination, event, live)
  shareExceptions(backend, destination, exceptionsOf(destination, event.id))
  return live
}
