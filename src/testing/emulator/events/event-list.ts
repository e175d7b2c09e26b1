import type { Backend } from '../backend.ts'
import { invalid } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { AccessRole, CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { etagOf } from '../state/timestamps.ts'
import { attendeesOf } from './attendees.ts'
import { settleConference } from './conference.ts'
import { renderEvent, renderTombstone, type EventView } from './event-resource.ts'
import { eventRange } from './event-times.ts'
import { earnsSyncToken, readListQuery, type ListQuery } from './list-query.ts'
import {
  fingerprint,
  issuePageToken,
  issueSyncToken,
  readPageToken,
  readSyncToken,
  type PagePosition,
} from '../api/list-tokens.ts'

/** Parameters that do not change what a list holds, and so may differ from page to page. */
const STANDARD_PARAMETERS = new Set([
  'pageToken',
  'alt',
  'key',
  'prettyPrint',
  'quotaUser',
  'userIp',
  'access_token',
  'oauth_token',
  'callback',
])

/** Events as a sorted list: by change for deltas, by `updated` or start when asked, else by creation. */
type SortKey = readonly [number, number]

function sortKey(event: EventRecord, query: ListQuery, calendar: CalendarRecord): SortKey {
  if (query.syncToken !== null) return [event.change, event.order]
  if (query.orderBy === 'updated') return [event.updatedUs, event.order]
  if (query.orderBy === 'startTime') {
    return [eventRange(event.fields, calendar.timeZone)?.from ?? 0, event.order]
  }
  return [event.order, 0]
}

function compareKeys(left: SortKey, right: SortKey): number {
  return left[0] - right[0] || left[1] - right[1]
}

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

/** `timeMin` is an exclusive bound on the end, `timeMax` an exclusive bound on the start. */
function inWindow(event: EventRecord, query: ListQuery, calendar: CalendarRecord): boolean {
  if (query.timeMin === null && query.timeMax === null) return true
  const range = eventRange(event.fields, calendar.timeZone)
  if (!range) return false
  // A series has occurrences after its first; without expansion only its beginning is known.
  const endless = event.fields.recurrence !== undefined
  const endsAfter = query.timeMin === null || endless || range.to > query.timeMin
  return endsAfter && (query.timeMax === null || range.from < query.timeMax)
}

function inFullList(
  event: EventRecord,
  query: ListQuery,
  calendar: CalendarRecord,
  rule: 'all' | 'any',
): boolean {
  const changed = query.updatedMin === null || event.updatedUs >= query.updatedMin * 1000
  if (!changed) return false
  if (event.deleted) {
    if (query.updatedMin !== null) return true
    if (!query.showDeleted || event.movedAway) return false
  }
  return (
    inWindow(event, query, calendar) &&
    (query.iCalUID === null || event.iCalUID === query.iCalUID) &&
    (query.q === null || matchesText(event, query.q)) &&
    matchesProperties(event, 'private', query.privateExtendedProperty, rule) &&
    matchesProperties(event, 'shared', query.sharedExtendedProperty, rule)
  )
}

function shapeOf(query: ListQuery): string {
  return `${query.singleEvents ? 's' : 'm'}:${[...query.eventTypes].sort().join(',')}`
}

/** Everything the list holds, over all its pages, in order. */
function selectEvents(
  backend: Backend,
  calendar: CalendarRecord,
  query: ListQuery,
  snapshot: number,
): EventRecord[] {
  const { extendedPropertyMatch: rule, syncTokenTtlMs } = backend.settings
  const since = query.syncToken
    ? readSyncToken(calendar, query.syncToken, backend.clock.now(), syncTokenTtlMs)
    : null
  if (since && since.shape !== shapeOf(query)) {
    // Google calls this undefined behaviour; refusing it shows the caller's mistake.
    throw invalid('Invalid Value', 'syncToken')
  }
  const types = query.eventTypes
  return [...calendar.events.values()]
    .filter((event) => {
      if (event.purged) return false
      if (types.length > 0 && !event.movedAway && !types.some((type) => type === event.fields.eventType))
        return false
      return since
        ? event.change > since.counter && event.change <= snapshot
        : inFullList(event, query, calendar, rule)
    })
    .sort((left, right) => compareKeys(sortKey(left, query, calendar), sortKey(right, query, calendar)))
}

interface Page {
  readonly items: readonly EventRecord[]
  readonly next: PagePosition | null
}

function cutPage(
  backend: Backend,
  events: readonly EventRecord[],
  calendar: CalendarRecord,
  query: ListQuery,
  position: PagePosition,
): Page {
  if (backend.faults.emptyPagesOn && !position.afterEmpty) {
    return { items: [], next: { ...position, afterEmpty: true } }
  }
  const { after } = position
  const rest = after
    ? events.filter((event) => compareKeys(sortKey(event, query, calendar), after) > 0)
    : events
  const size = Math.min(query.maxResults, backend.faults.pageSizeCap ?? Number.POSITIVE_INFINITY)
  const items = rest.slice(0, size)
  const last = items.at(-1)
  if (!last || rest.length <= items.length) return { items, next: null }
  const next = { snapshot: position.snapshot, after: sortKey(last, query, calendar), afterEmpty: false }
  return { items, next }
}

/**
 * events.list with `singleEvents=false` semantics: full lists, pages and deltas. The list is of the moment of
 * its first page; what changes meanwhile is in the next delta.
 * @throws CalendarApiError 400 for bad or forbidden parameters; 410 for a dead sync token.
 */
export function listEvents(
  backend: Backend,
  calendar: CalendarRecord,
  viewer: { readonly email: string; readonly accessRole: AccessRole },
  parameters: URLSearchParams,
): JsonObject {
  const query = readListQuery(backend, parameters)
  const bound = [...parameters].filter(([name]) => !STANDARD_PARAMETERS.has(name))
  const queryId = fingerprint([['calendar', calendar.id], ...bound])
  const position: PagePosition = query.pageToken
    ? readPageToken(queryId, query.pageToken)
    : { snapshot: calendar.counter, after: null, afterEmpty: false }
  const events = selectEvents(backend, calendar, query, position.snapshot)
  const { items, next } = cutPage(backend, events, calendar, query, position)
  const view: EventView = {
    viewer: viewer.email,
    timeZone: query.timeZone,
    maxAttendees: query.maxAttendees,
    freeBusyOnly: viewer.accessRole === 'freeBusyReader',
  }
  const end =
    query.syncToken !== null || earnsSyncToken(query)
      ? {
          nextSyncToken: issueSyncToken(
            calendar,
            { counter: position.snapshot, shape: shapeOf(query) },
            backend.clock.now(),
          ),
        }
      : {}
  return {
    kind: 'calendar#events',
    etag: `"p${etagOf(calendar.updatedUs).slice(1, -1)}0g"`,
    summary: calendar.summary,
    description: calendar.description ?? '',
    updated: new Date(Math.floor(calendar.updatedUs / 1000)).toISOString(),
    timeZone: query.timeZone ?? calendar.timeZone,
    accessRole: viewer.accessRole,
    defaultReminders: calendar.id === viewer.email ? [{ method: 'popup', minutes: 30 }] : [],
    ...(next ? { nextPageToken: issuePageToken(queryId, next) } : end),
    items: items.map((stored) => {
      const event = settleConference(backend.state, calendar, stored)
      const bare = event.deleted && !(query.showDeleted && query.syncToken === null)
      return bare ? renderTombstone(event) : renderEvent(event, calendar, view)
    }),
  }
}
