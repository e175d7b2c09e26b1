import { openCalendar } from '../api/access.ts'
import { requireMatch } from '../api/conditions.ts'
import type { Call } from '../api/routing.ts'
import type { Backend } from '../backend.ts'
import { invalid, refusal } from '../errors.ts'
import { deleteEvent } from '../events/event-changes.ts'
import { mergePatch, sameJson, type JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import { nextTimestampUs } from '../state/timestamps.ts'
import { calendarEtag, readCalendarFields, renderCalendar } from './calendar-resource.ts'
import { addToList, takeOffList } from './list-store.ts'
import { addCalendar, isPrimary } from './new-calendar.ts'

function managed(call: Call): CalendarRecord {
  return openCalendar(call.backend, call.caller, call.parameters.calendarId ?? '', 'manage').calendar
}

/** calendars.insert: a secondary calendar whose data owner is the caller. @throws CalendarApiError 400. */
export function insertCalendar(call: Call): JsonObject {
  const { backend, caller } = call
  const { state, clock } = backend
  const fields = readCalendarFields(state, call.body(), null)
  const seed = {
    id: `${randomResourceId(state.random)}@group.calendar.google.com`,
    summary: fields.summary,
    timeZone: fields.timeZone,
    dataOwner: caller.user.email,
    createdByClient: caller.clientId,
  }
  const calendar = Object.assign(addCalendar(state, seed, clock.now()), fields)
  addToList(backend, caller.user, calendar.id)
  return renderCalendar(calendar)
}

function writeFields(call: Call, replaces: boolean): JsonObject {
  const { backend, headers } = call
  const calendar = managed(call)
  requireMatch(headers, calendarEtag(calendar.etagUs))
  const given = call.body()
  const body = replaces ? given : mergePatch(renderCalendar(calendar), given)
  const fields = readCalendarFields(backend.state, body, calendar)
  const before = renderCalendar(calendar)
  Object.assign(calendar, fields)
  // The calendar lists are not stamped: Google's deltas do not tell changes of what is read-only there.
  if (!sameJson(before, renderCalendar(calendar))) touch(backend, calendar)
  return renderCalendar(calendar)
}

function touch({ state, clock }: Backend, calendar: CalendarRecord): void {
  calendar.etagUs = nextTimestampUs(state, clock.now())
  calendar.updatedUs = calendar.etagUs
}

/**
 * calendars.patch: what the body leaves out stays, null clears.
 * @throws CalendarApiError 400, 403 without the role owner, 404, 412.
 */
export function patchCalendar(call: Call): JsonObject {
  return writeFields(call, false)
}

/** calendars.update: what the body leaves out is cleared. @throws CalendarApiError 400, 403, 404, 412. */
export function updateCalendar(call: Call): JsonObject {
  return writeFields(call, true)
}

/** Deletes a calendar for everybody: it is off every list, and its id stays taken. */
export function eraseCalendar(backend: Backend, calendar: CalendarRecord): void {
  calendar.deleted = true
  for (const user of backend.state.users.values()) takeOffList(backend, user, calendar.id)
}

/**
 * calendars.delete: a secondary calendar, by its data owner only.
 * @throws CalendarApiError 403 `cannotDeletePrimaryCalendar`, 403 for others than the data owner, 404, 412.
 */
export function deleteCalendar(call: Call): null {
  const calendar = managed(call)
  if (isPrimary(calendar)) {
    const message = 'Cannot delete primary calendars.'
    throw refusal('cannotDeletePrimaryCalendar', { status: 403, domain: 'calendar', message })
  }
  // Google says who may, not how it refuses the others.
  if (calendar.dataOwner !== call.caller.user.email) throw refusal('forbidden')
  requireMatch(call.headers, calendarEtag(calendar.etagUs))
  eraseCalendar(call.backend, calendar)
  return null
}

/**
 * calendars.clear: deletes every event of a primary calendar; deltas tell each.
 * @throws CalendarApiError 400 for a secondary calendar, 403, 404.
 */
export function clearCalendar(call: Call): null {
  const { backend, caller } = call
  const calendar = managed(call)
  // Google's wording, which says the opposite of what it means (googleapis/google-api-nodejs-client#1721).
  if (!isPrimary(calendar)) throw invalid('Cannot clear primary calendar.')
  const writer = {
    email: caller.user.email,
    gates: { conferenceData: true, attachments: true, eventLabel: true },
    ifMatch: null,
  }
  const events = [...calendar.events.values()]
  // Series first: their instances go with them.
  const ordered = [true, false].flatMap((own) =>
    events.filter((it) => (it.recurringEventId === null) === own),
  )
  for (const { id } of ordered) {
    if (calendar.events.get(id)?.deleted === false) deleteEvent(backend, calendar, writer, id)
  }
  return null
}
