import {
  fingerprint,
  issuePageToken,
  issueSyncToken,
  readPageToken,
  readSyncToken,
  type PagePosition,
} from '../api/list-tokens.ts'
import { FREE_PARAMETERS } from '../api/parameters.ts'
import type { Backend } from '../backend.ts'
import { invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { AccessRole, CalendarRecord, UserRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { etagOf } from '../state/timestamps.ts'
import { hidesDetails, renderEvent, renderTombstone, type EventView } from './event-resource.ts'
import { eventRange } from './event-times.ts'
import { vanishedSince } from './former-series.ts'
import { asksForDetails, inFullList, isOfType } from './list-filters.ts'
import { compareKeys, cutPage, type ListItem, type Page, type SortKey } from './list-pages.ts'
import { earnsSyncToken, readListQuery, type ListQuery } from './list-query.ts'
import { readableCalendar } from './read-lag.ts'
import { expandSeries, isSeries, originalMs, parentOf, singleEvents } from './series.ts'

/** How far ahead the deletion of a series was seen to be told instance by instance. */
const CANCELLED_AHEAD_MS = 183 * 86_400_000

/** Who reads a list. */
export interface ListViewer {
  readonly user: UserRecord
  readonly accessRole: AccessRole
}

function sortKey(event: EventRecord, query: ListQuery, calendar: CalendarRecord): SortKey {
  const place = originalMs(event, calendar)
  if (query.orderBy === 'updated') return [event.updatedUs, event.order, place]
  if (query.orderBy === 'startTime') {
    return [eventRange(event.fields, calendar.timeZone)?.from ?? 0, event.order, place]
  }
  // An exception stands among the instances of its series, though it was stored later.
  if (query.singleEvents) return [parentOf(calendar, event)?.order ?? event.order, place, 0]
  return [event.order]
}

function sorted(items: Iterable<ListItem>): ListItem[] {
  return [...items].sort((left, right) => compareKeys(left.key, right.key))
}

function* fullList(
  backend: Backend,
  calendar: CalendarRecord,
  query: ListQuery,
  accessRole: AccessRole,
): Generator<ListItem> {
  const window = { from: query.timeMin, to: query.timeMax }
  const events = query.singleEvents ? singleEvents(backend, calendar, window) : calendar.events.values()
  for (const event of events) {
    if (event.purged || !inFullList(backend, calendar, event, query)) continue
    // What a reader may not see is not found by it either.
    if (asksForDetails(query) && hidesDetails(event, accessRole)) continue
    yield { event, key: sortKey(event, query, calendar) }
  }
}

/** The ids of what changed after a counter, oldest change first. */
function changedSince(calendar: CalendarRecord, counter: number, snapshot: number): EventRecord[] {
  // The log is in the order of changes, so a delta costs what changed and not what the calendar holds.
  let [low, high] = [0, calendar.changes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((calendar.changes[middle]?.change ?? 0) > counter) high = middle
    else low = middle + 1
  }
  return calendar.changes.slice(low).flatMap(({ change, eventId }) => {
    const event = calendar.events.get(eventId)
    return event && event.change === change && change <= snapshot ? [event] : []
  })
}

/** A changed event in a list of single events: a series is told by its instances, all of them. */
function inInstances(backend: Backend, calendar: CalendarRecord, event: EventRecord): EventRecord[] {
  // A changed exception has stamped its series, which is told as a whole.
  if (!event.orphan && parentOf(calendar, event) !== null) return []
  if (!isSeries(event)) return [event]
  const to = event.deleted ? backend.clock.now() + CANCELLED_AHEAD_MS : null
  return expandSeries(backend, calendar, event, { from: null, to })
}

function delta(
  backend: Backend,
  calendar: CalendarRecord,
  query: ListQuery,
  syncToken: string,
  snapshot: number,
): ListItem[] {
  const { syncTokenTtlMs } = backend.settings
  // A token may be newer than what a lagging reader sees; it is no less valid for that.
  const held = backend.state.calendars.get(calendar.id) ?? calendar
  const since = readSyncToken(held, syncToken, backend.clock.now(), syncTokenTtlMs)
  // Google calls this undefined behaviour; refusing it shows the caller's mistake.
  if (since.shape !== shapeOf(query)) throw invalid('Invalid Value', 'syncToken')
  const { counter } = since
  const vanished = query.singleEvents ? vanishedSince(backend, calendar, counter, snapshot) : []
  const changed = changedSince(calendar, counter, snapshot).flatMap((event) => {
    const told = query.singleEvents ? inInstances(backend, calendar, event) : [event]
    return told.map((single) => ({ single, change: event.change }))
  })
  return [...changed, ...vanished.map((single) => ({ single, change: single.change }))]
    .filter(({ single }) => !single.purged && isOfType(single, query.eventTypes))
    .map(({ single, change }) => ({
      event: single,
      key: [change, originalMs(single, calendar), single.deleted ? 0 : 1, single.order],
    }))
}

function shapeOf(query: ListQuery): string {
  return `${query.singleEvents ? 's' : 'm'}:${[...query.eventTypes].sort().join(',')}`
}

function listPage(
  backend: Backend,
  calendar: CalendarRecord,
  query: ListQuery,
  accessRole: AccessRole,
  position: PagePosition,
): Page {
  if (query.syncToken !== null) {
    const changed = delta(backend, calendar, query, query.syncToken, position.snapshot)
    return cutPage(backend.faults, sorted(changed), query.maxResults, position)
  }
  const list = fullList(backend, calendar, query, accessRole)
  return cutPage(backend.faults, query.orderBy === null ? list : sorted(list), query.maxResults, position)
}

function viewOf({ user, accessRole }: ListViewer, { timeZone, maxAttendees }: ListQuery): EventView {
  return { viewer: user.email, accessRole, timeZone, maxAttendees }
}

/** What a list says of the calendar around its items. */
function envelope(
  calendar: CalendarRecord,
  viewer: ListViewer,
  timeZone: string | undefined,
  queryId: string,
): JsonObject {
  const entry = viewer.user.calendarList.get(calendar.id)
  const reminders = entry && !entry.removed ? entry.defaultReminders : []
  return {
    kind: 'calendar#events',
    // Two lists of one calendar that differ must not share an etag: a reader would be told that nothing changed.
    etag: `"p${etagOf(calendar.updatedUs).slice(1, -1)}${fingerprint([[viewer.accessRole, queryId]])}0g"`,
    summary: calendar.summary,
    description: calendar.description ?? '',
    updated: new Date(Math.floor(calendar.updatedUs / 1000)).toISOString(),
    timeZone: timeZone ?? calendar.timeZone,
    accessRole: viewer.accessRole,
    defaultReminders: reminders.map((reminder) => ({ ...reminder })),
  }
}

/** The position a request asks for, and the fingerprint that its page token must carry. */
function readPosition(
  calendar: CalendarRecord,
  list: string,
  parameters: URLSearchParams,
): { queryId: string; listId: string; position: PagePosition } {
  const bound = [...parameters].filter(([name]) => !FREE_PARAMETERS.has(name))
  const queryId = fingerprint([[list, calendar.id], ...bound])
  const token = parameters.get('pageToken')
  const start: PagePosition = { snapshot: calendar.counter, after: null, afterEmpty: false }
  const position = token ? readPageToken(queryId, token) : start
  return { queryId, listId: `${queryId} ${token ?? ''}`, position }
}

/**
 * events.list: full lists, pages and deltas, as series with exceptions or as single events. The list is of the
 * moment of its first page; what changes meanwhile is in the next delta.
 * @throws CalendarApiError 400 for bad or forbidden parameters; 410 for a dead sync token.
 */
export function listEvents(
  backend: Backend,
  held: CalendarRecord,
  viewer: ListViewer,
  parameters: URLSearchParams,
): JsonObject {
  const calendar = readableCalendar(backend, held)
  // Who sees only free and busy always gets single events.
  const asked = readListQuery(backend, parameters)
  const query = viewer.accessRole === 'freeBusyReader' ? { ...asked, singleEvents: true } : asked
  const { queryId, listId, position } = readPosition(calendar, 'calendar', parameters)
  const { items, next } = listPage(backend, calendar, query, viewer.accessRole, position)
  const { timeZone } = query
  const view = viewOf(viewer, query)
  const token = { counter: position.snapshot, shape: shapeOf(query) }
  const earned = query.syncToken !== null || earnsSyncToken(query)
  const end = earned ? { nextSyncToken: issueSyncToken(calendar, token, backend.clock.now()) } : {}
  const detailed = query.showDeleted && query.syncToken === null
  return {
    ...envelope(calendar, viewer, timeZone, listId),
    ...(next ? { nextPageToken: issuePageToken(queryId, next) } : end),
    items: items.map((event) =>
      event.deleted && !detailed
        ? renderTombstone(event, calendar, timeZone)
        : renderEvent(event, calendar, view),
    ),
  }
}

/**
 * events.instances: the instances of one series, cancelled ones when asked for. An event that does not recur
 * has none.
 * @throws CalendarApiError 400 for bad parameters.
 */
export function listInstances(
  backend: Backend,
  held: CalendarRecord,
  parent: EventRecord,
  viewer: ListViewer,
  parameters: URLSearchParams,
): JsonObject {
  const calendar = readableCalendar(backend, held)
  const query = readListQuery(backend, parameters)
  const { queryId, listId, position } = readPosition(calendar, `instances ${parent.id}`, parameters)
  // Unlike that of events.list, this lower bound is documented as inclusive.
  const from = query.timeMin === null ? null : query.timeMin - 1
  const window = { from, to: query.timeMax }
  const wanted = parameters.get('originalStart')
  const view = viewOf(viewer, query)
  const instances = expandSeries(backend, calendar, parent, window)
    .filter((event) => query.showDeleted || !event.deleted)
    .filter((event) => !wanted || standsAt(event, calendar, wanted))
    .map((event) => ({ event, key: [originalMs(event, calendar)] }))
  const { items, next } = cutPage(backend.faults, instances, query.maxResults, position)
  return {
    ...envelope(calendar, viewer, query.timeZone, listId),
    ...(next ? { nextPageToken: issuePageToken(queryId, next) } : {}),
    items: items.map((event) => renderEvent(event, calendar, view)),
  }
}

function standsAt(event: EventRecord, calendar: CalendarRecord, originalStart: string): boolean {
  const { originalStart: start } = event
  if (start && 'date' in start) return start.date === originalStart
  return originalMs(event, calendar) === Date.parse(originalStart)
}
