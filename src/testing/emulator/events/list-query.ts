import type { Backend } from '../backend.ts'
import { invalid, refusal } from '../errors.ts'
import { readBoolean, readInstant, readInteger, readTimeZone } from '../api/parameters.ts'

/** The parameters of events.list, read and checked. */
export interface ListQuery {
  readonly maxResults: number
  readonly pageToken: string | null
  readonly syncToken: string | null
  readonly singleEvents: boolean
  readonly showDeleted: boolean
  readonly orderBy: 'startTime' | 'updated' | null
  readonly timeMin: number | null
  readonly timeMax: number | null
  readonly updatedMin: number | null
  readonly q: string | null
  readonly iCalUID: string | null
  readonly eventTypes: readonly string[]
  readonly privateExtendedProperty: readonly (readonly [string, string])[]
  readonly sharedExtendedProperty: readonly (readonly [string, string])[]
  readonly timeZone: string | undefined
  readonly maxAttendees: number | undefined
}

const FORBIDDEN_WITH_SYNC_TOKEN = [
  'iCalUID',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
]
const UPDATED_MIN_REACH_MS = 30 * 86_400_000

function readProperties(query: URLSearchParams, name: string): (readonly [string, string])[] {
  return query.getAll(name).map((pair) => {
    const split = pair.indexOf('=')
    if (split < 1) throw invalid('Invalid Value', name)
    return [pair.slice(0, split), pair.slice(split + 1)] as const
  })
}

function readOrder(query: URLSearchParams, singleEvents: boolean): ListQuery['orderBy'] {
  const given = query.get('orderBy')
  if (!given) return null
  if (given !== 'startTime' && given !== 'updated') throw invalid('Invalid Value', 'orderBy')
  if (given === 'startTime' && !singleEvents) {
    throw invalid('The requested ordering is not available for the particular query.', 'orderBy')
  }
  return given
}

function checkSyncRestrictions(query: URLSearchParams): void {
  if (!query.get('syncToken')) return
  if (query.get('orderBy')) throw refusal('syncTokenWithNonDefaultOrdering')
  const restricted = FORBIDDEN_WITH_SYNC_TOKEN.some((name) => query.has(name))
  if (restricted || query.get('showDeleted') === 'false') throw refusal('syncTokenWithRequestRestrictions')
}

/**
 * Reads the parameters of events.list
 * (https://developers.google.com/workspace/calendar/api/v3/reference/events/list).
 * @throws CalendarApiError 400, or 410 `updatedMinTooLongAgo`.
 */
export function readListQuery(backend: Backend, query: URLSearchParams): ListQuery {
  checkSyncRestrictions(query)
  const singleEvents = readBoolean(query, 'singleEvents', false)
  const timeMin = readInstant(query.get('timeMin'))
  const timeMax = readInstant(query.get('timeMax'))
  if (timeMin !== null && timeMax !== null && timeMin >= timeMax) throw refusal('timeRangeEmpty')
  const updatedMin = readInstant(query.get('updatedMin'))
  if (updatedMin !== null && backend.clock.now() - updatedMin > UPDATED_MIN_REACH_MS) {
    throw refusal('updatedMinTooLongAgo')
  }
  return {
    maxResults: readInteger(query, 'maxResults', 2500) ?? 250,
    pageToken: query.get('pageToken') || null,
    syncToken: query.get('syncToken') || null,
    singleEvents,
    showDeleted: readBoolean(query, 'showDeleted', false),
    orderBy: readOrder(query, singleEvents),
    timeMin,
    timeMax,
    updatedMin,
    q: query.get('q') || null,
    iCalUID: query.get('iCalUID') || null,
    eventTypes: readEventTypes(query),
    privateExtendedProperty: readProperties(query, 'privateExtendedProperty'),
    sharedExtendedProperty: readProperties(query, 'sharedExtendedProperty'),
    timeZone: readTimeZone(query),
    maxAttendees: readInteger(query, 'maxAttendees', 1_000_000),
  }
}

const EVENT_TYPES = new Set([
  'birthday',
  'default',
  'focusTime',
  'fromGmail',
  'outOfOffice',
  'workingLocation',
])

function readEventTypes(query: URLSearchParams): string[] {
  const given = query.getAll('eventTypes')
  if (!given.every((type) => EVENT_TYPES.has(type))) throw invalid('Invalid Value', 'eventTypes')
  return given
}

/** Whether a full list with these filters ends in a sync token; Google withholds it for the others. */
export function earnsSyncToken(query: ListQuery): boolean {
  const filtered = query.q !== null || query.iCalUID !== null || query.updatedMin !== null
  const byProperty = query.privateExtendedProperty.length + query.sharedExtendedProperty.length > 0
  return query.orderBy === null && !filtered && !byProperty
}
