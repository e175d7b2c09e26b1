import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { isJsonObject, sameJson, type JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { attendeesOf } from './attendees.ts'
import { nextOrder } from './event-store.ts'
import { findUntouchedInstance } from './series.ts'
import { storeInSeries } from './series-changes.ts'

/** Above this number of guests Google no longer carries answers to the organizer. */
const MAX_ANSWERING_GUESTS = 200
/** What belongs to each copy alone, besides `extendedProperties.private`. */
const PRIVATE_MEMBERS = ['reminders', 'colorId', 'transparency']

function propertiesOf(fields: JsonObject, kind: 'private' | 'shared'): JsonObject | null {
  const { extendedProperties } = fields
  const held = isJsonObject(extendedProperties) ? extendedProperties[kind] : undefined
  return isJsonObject(held) ? held : null
}

/** The members that every copy has in common. */
function sharedMembers(fields: JsonObject): JsonObject {
  const shared = propertiesOf(fields, 'shared')
  const { extendedProperties: _all, ...rest } = fields
  const kept = Object.entries(rest).filter(([name]) => !PRIVATE_MEMBERS.includes(name))
  return { ...Object.fromEntries(kept), ...(shared ? { extendedProperties: { shared } } : {}) }
}

/** The members of one copy: what is shared, and what this copy keeps to itself. */
function withOwnMembers(shared: JsonObject, own: JsonObject): JsonObject {
  const kept = Object.fromEntries(PRIVATE_MEMBERS.flatMap((name) => (name in own ? [[name, own[name]]] : [])))
  const ownProperties = propertiesOf(own, 'private')
  const sharedProperties = propertiesOf(shared, 'shared')
  const properties = {
    ...(ownProperties ? { private: ownProperties } : {}),
    ...(sharedProperties ? { shared: sharedProperties } : {}),
  }
  const { extendedProperties: _shared, ...rest } = shared
  return {
    ...rest,
    ...kept,
    ...(Object.keys(properties).length > 0 ? { extendedProperties: properties } : {}),
  }
}

function addressesOf(event: EventRecord): string[] {
  return attendeesOf(event.fields).flatMap(({ email }) => (typeof email === 'string' ? [email] : []))
}

function answerOf(fields: JsonObject, address: string): JsonObject | null {
  return attendeesOf(fields).find(({ email }) => email === address) ?? null
}

function withoutOwnAnswer(fields: JsonObject, address: string): JsonObject {
  const attendees = attendeesOf(fields).map((attendee) =>
    attendee.email === address ? { email: address } : attendee,
  )
  return { ...sharedMembers(fields), attendees }
}

/** The guests a copy's owner has added, when adding is all that was done to the list; else null. */
function addedGuests(before: JsonObject, after: JsonObject, own: string): JsonObject[] | null {
  const known = attendeesOf(before)
  const kept = attendeesOf(after).filter(({ email }) => known.some((other) => other.email === email))
  const untouched =
    kept.length === known.length &&
    sameJson(withoutOwnAnswer({ attendees: kept }, own), withoutOwnAnswer({ attendees: known }, own))
  return untouched ? attendeesOf(after).filter((guest) => !kept.includes(guest)) : null
}

/**
 * Refuses a guest's change to what only the organizer may change
 * (https://developers.google.com/workspace/calendar/api/concepts/sharing). A guest's own answer and what is
 * private to the copy are free; other guests may be added unless the event forbids it, and everything may be
 * changed when it says `guestsCanModify`.
 * @throws CalendarApiError 403 `forbiddenForNonOrganizer`.
 */
export function refuseSharedChanges(calendar: CalendarRecord, event: EventRecord, after: JsonObject): void {
  if (event.organizer === calendar.id || event.fields.guestsCanModify === true) return
  if (after.status === 'cancelled') return
  const { attendees: _were, ...rest } = withoutOwnAnswer(event.fields, calendar.id)
  const { attendees: _are, ...restAfter } = withoutOwnAnswer(after, calendar.id)
  const added = addedGuests(event.fields, after, calendar.id)
  const mayAdd = event.fields.guestsCanInviteOthers !== false
  if (!sameJson(rest, restAfter) || added === null || (added.length > 0 && !mayAdd)) {
    throw refusal('forbiddenForNonOrganizer')
  }
}

function storeCopy(backend: Backend, target: CalendarRecord, address: string, event: EventRecord): void {
  const held = target.events.get(event.id) ?? findUntouchedInstance(backend, target, event.id)
  if (held && held.iCalUID !== event.iCalUID) return
  // A guest who deleted the event has declined it; a later change does not bring it back.
  if (held?.deleted && answerOf(event.fields, address)?.responseStatus === 'declined') return
  const own = held?.fields ?? { reminders: { useDefault: true } }
  const fields = withOwnMembers(sharedMembers(event.fields), own)
  const { organizer, sequence } = event
  const same = held && !held.deleted && held.sequence === sequence && held.organizer === organizer
  if (same && sameJson(fields, held.fields)) return
  const stored = target.events.has(event.id)
  storeInSeries(backend, target, held, {
    ...(held ?? event),
    order: stored && held ? held.order : nextOrder(target),
    organizer,
    sequence,
    deleted: false,
    movedAway: false,
    orphan: false,
    fields,
  })
}

function cancelCopy(backend: Backend, target: CalendarRecord, event: EventRecord): void {
  const held = target.events.get(event.id) ?? findUntouchedInstance(backend, target, event.id)
  if (!held || held.deleted || held.iCalUID !== event.iCalUID) return
  const order = target.events.has(event.id) ? held.order : nextOrder(target)
  storeInSeries(backend, target, held, { ...held, order, deleted: true })
}

/** Carries the organizer's event to the calendars of its guests. */
function spread(
  backend: Backend,
  calendar: CalendarRecord,
  before: EventRecord | null,
  after: EventRecord,
): void {
  const invited = after.deleted ? [] : addressesOf(after)
  const dropped = before && !before.deleted ? addressesOf(before).filter((it) => !invited.includes(it)) : []
  for (const address of [...invited, ...dropped]) {
    const target = backend.state.calendars.get(address)
    if (!target || target.deleted || target.id === calendar.id) continue
    if (dropped.includes(address)) cancelCopy(backend, target, after)
    else storeCopy(backend, target, address, after)
  }
}

/** What the organizer's event becomes through a guest's change. */
function reported(
  organized: EventRecord,
  guest: CalendarRecord,
  before: EventRecord | null,
  after: EventRecord,
): JsonObject {
  const answer = after.deleted ? { responseStatus: 'declined' } : answerOf(after.fields, guest.id)
  const shared =
    organized.fields.guestsCanModify === true && !after.deleted
      ? withOwnMembers(sharedMembers(after.fields), organized.fields)
      : organized.fields
  const guests = attendeesOf(organized.fields).map((attendee) =>
    attendee.email === guest.id && answer ? { ...attendee, ...answer } : attendee,
  )
  const added = after.deleted ? [] : (addedGuests(before?.fields ?? {}, after.fields, guest.id) ?? [])
  return { ...shared, attendees: [...guests, ...added] }
}

/** Carries a guest's answer (and what else a guest may change) to the organizer's event, and on to the others. */
function report(
  backend: Backend,
  guest: CalendarRecord,
  before: EventRecord | null,
  after: EventRecord,
): void {
  const home = backend.state.calendars.get(after.organizer)
  const organized =
    home?.events.get(after.id) ?? (home ? findUntouchedInstance(backend, home, after.id) : null)
  if (!home || !organized || organized.deleted || organized.iCalUID !== after.iCalUID) return
  if (attendeesOf(organized.fields).length > MAX_ANSWERING_GUESTS) return
  const fields = reported(organized, guest, before, after)
  if (sameJson(fields, organized.fields)) return
  const order = home.events.has(after.id) ? organized.order : nextOrder(home)
  const changed = storeInSeries(backend, home, organized, { ...organized, order, fields })
  spread(backend, home, organized, changed)
}

/**
 * Carries a change to the other copies of an event: from the organizer to every guest whose calendar is here,
 * from a guest to the organizer
 * (https://developers.google.com/workspace/calendar/api/concepts/inviting-attendees-to-events).
 */
export function shareChange(
  backend: Backend,
  calendar: CalendarRecord,
  before: EventRecord | null,
  after: EventRecord,
): void {
  if (after.imported) return
  if (after.organizer === calendar.id) spread(backend, calendar, before, after)
  else report(backend, calendar, before, after)
}
