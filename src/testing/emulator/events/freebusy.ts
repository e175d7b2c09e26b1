import type { Backend } from '../backend.ts'
import { invalid, refusal, required } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { findCalendar, type Caller } from '../api/access.ts'
import { attendeesOf } from './attendees.ts'
import { eventRange } from './event-times.ts'
import { readableCalendar } from './read-lag.ts'
import { singleEvents } from './series.ts'
import { readInstant } from '../api/parameters.ts'
import { isTimeZone, renderInstant } from '../zone-time.ts'

/** Observed limit of about two to three months. */
const MAX_RANGE_MS = 92 * 86_400_000

interface Range {
  readonly from: number
  readonly to: number
}

function takesTime(event: EventRecord, calendar: CalendarRecord): boolean {
  if (event.deleted || event.fields.transparency === 'transparent') return false
  if (event.fields.eventType === 'workingLocation') return false
  const own = attendeesOf(event.fields).find(({ email }) => email === calendar.id)
  return own?.responseStatus !== 'declined'
}

/** Overlapping and touching ranges made one, in order. */
function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of [...ranges].sort((left, right) => left.from - right.from)) {
    const last = merged.at(-1)
    if (last && range.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else merged.push(range)
  }
  return merged
}

function busyRanges(backend: Backend, calendar: CalendarRecord, window: Range): Range[] {
  const ranges = [...singleEvents(backend, calendar, window)]
    .filter((event) => takesTime(event, calendar))
    .flatMap((event) => eventRange(event.fields, calendar.timeZone) ?? [])
    .filter(({ from, to }) => to > window.from && from < window.to && to > from)
    .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
  return mergeRanges(ranges)
}

/** How many calendars and groups one request may name; a lower limit may be asked for. */
function readLimit(body: JsonObject, name: string, most: number): number {
  const given = body[name] ?? most
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 1 || given > most) {
    throw invalid('Invalid Value', name)
  }
  return given
}

function failed(domain: string, reason: string): JsonObject {
  return { errors: [{ domain, reason }], busy: [] }
}

function readWindow(body: JsonObject): Range {
  const bounds = ['timeMin', 'timeMax'].map((name) => {
    const given = body[name]
    if (typeof given !== 'string' || given === '') throw required(`Missing ${name} parameter.`, name)
    return readInstant(given) ?? 0
  })
  const [from = 0, to = 0] = bounds
  if (to <= from) throw refusal('timeRangeEmpty')
  if (to - from > MAX_RANGE_MS) throw refusal('timeRangeTooLong')
  return { from, to }
}

/**
 * freebusy.query: merged busy times per calendar, series expanded. A calendar the account cannot see, or one
 * beyond `calendarExpansionMax`, is an `errors` entry inside HTTP 200, which must not be read as free.
 * @throws CalendarApiError 400 for a bad range or body.
 */
export function queryFreeBusy(backend: Backend, caller: Caller, body: JsonObject): JsonObject {
  const window = readWindow(body)
  const zone = body.timeZone ?? 'UTC'
  if (typeof zone !== 'string' || !isTimeZone(zone)) throw invalid('Invalid Value', 'timeZone')
  const items = body.items ?? []
  if (!Array.isArray(items)) throw invalid('Invalid Value', 'items')
  readLimit(body, 'groupExpansionMax', 100)
  const most = readLimit(body, 'calendarExpansionMax', 50)
  const calendars = items.map((item, index) => {
    const id = isJsonObject(item) ? item.id : undefined
    if (typeof id !== 'string' || id === '') throw required('Missing calendar id.', 'items')
    if (index >= most) return [id, failed('calendar', 'tooManyCalendarsRequested')] as const
    const access = findCalendar(backend, caller.user, id)
    if (!access) return [id, failed('global', 'notFound')] as const
    const busy = busyRanges(backend, readableCalendar(backend, access.calendar), window).map(
      ({ from, to }) => ({
        start: renderInstant(from, zone),
        end: renderInstant(to, zone),
      }),
    )
    return [id, { busy }] as const
  })
  return {
    kind: 'calendar#freeBusy',
    timeMin: new Date(window.from).toISOString(),
    timeMax: new Date(window.to).toISOString(),
    calendars: Object.fromEntries(calendars),
  }
}
