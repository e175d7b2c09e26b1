import { isJsonObject } from '../json.ts'
import type { Backend } from '../backend.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { attendeesOf } from './attendees.ts'
import { eventRange } from './event-times.ts'
import type { ListQuery } from './list-query.ts'
import { isSeries, parentOf, reachesInto, touches } from './series.ts'

function matchesText(event: EventRecord, q: string): boolean {
  const { summary, description, location } = event.fields
  const people = attendeesOf(event.fields).flatMap(({ email, displayName }) => [email, displayName])
  const haystack = [summary, description, location, event.organizer, event.creator, ...people]
    .filter((part) => typeof part === 'string')
    .join('\n')
    .toLowerCase()
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => haystack.includes(word))
}

function matchesProperties(
  event: EventRecord,
  kind: 'private' | 'shared',
  wanted: readonly (readonly [string, string])[],
  rule: 'all' | 'any',
): boolean {
  if (wanted.length === 0) return true
  const { extendedProperties } = event.fields
  const held = isJsonObject(extendedProperties) ? extendedProperties[kind] : undefined
  const holds = ([key, value]: readonly [string, string]): boolean =>
    isJsonObject(held) && Object.hasOwn(held, key) && held[key] === value
  return rule === 'all' ? wanted.every(holds) : wanted.some(holds)
}

/** Whether an event is of one of the asked types; stubs have none and are always told. */
export function isOfType(event: EventRecord, types: readonly string[]): boolean {
  return types.length === 0 || event.movedAway || types.some((type) => type === event.fields.eventType)
}

/** Whether a list is narrowed by what an event says, rather than by when it is. */
export function asksForDetails(query: ListQuery): boolean {
  const properties = query.privateExtendedProperty.length + query.sharedExtendedProperty.length
  return query.q !== null || query.iCalUID !== null || properties > 0
}

/** Whether a deleted event belongs into a full list. */
function showsDeleted(calendar: CalendarRecord, event: EventRecord, query: ListQuery): boolean {
  if (query.updatedMin !== null) return true
  if (event.movedAway || event.orphan) return false
  if (query.showDeleted) return true
  // Without expansion a cancelled instance of a living series is part of what the series means.
  return !query.singleEvents && parentOf(calendar, event)?.deleted === false
}

function inWindow(backend: Backend, calendar: CalendarRecord, event: EventRecord, query: ListQuery): boolean {
  if (query.timeMin === null && query.timeMax === null) return true
  const window = { from: query.timeMin, to: query.timeMax }
  if (!isSeries(event)) return touches(eventRange(event.fields, calendar.timeZone), window)
  return reachesInto(backend, calendar, event, window)
}

/**
 * Whether an event belongs into a full list with these filters: `timeMin` is an exclusive bound on the end,
 * `timeMax` an exclusive bound on the start.
 */
export function inFullList(
  backend: Backend,
  calendar: CalendarRecord,
  event: EventRecord,
  query: ListQuery,
): boolean {
  const rule = backend.settings.extendedPropertyMatch
  if (query.updatedMin !== null && event.updatedUs < query.updatedMin * 1000) return false
  if (event.deleted && !showsDeleted(calendar, event, query)) return false
  if (event.deleted && query.updatedMin !== null) return isOfType(event, query.eventTypes)
  return (
    isOfType(event, query.eventTypes) &&
    (query.iCalUID === null || event.iCalUID === query.iCalUID) &&
    (query.q === null || matchesText(event, query.q)) &&
    matchesProperties(event, 'private', query.privateExtendedProperty, rule) &&
    matchesProperties(event, 'shared', query.sharedExtendedProperty, rule) &&
    inWindow(backend, calendar, event, query)
  )
}
