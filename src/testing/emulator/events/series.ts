import type { Backend } from '../backend.ts'
import type { JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord, StoredTime } from '../state/event-records.ts'
import { instantToWall, parseDate, startOfDay } from '../zone-time.ts'
import { eventRange, readStoredTime } from './event-times.ts'
import { occurrences, occurrenceTime, wallOf, type Series, type WallRange } from './recurrence.ts'

/** A half-open range of instants; an absent bound is open. */
export interface Window {
  readonly from: number | null
  readonly to: number | null
}

/** How far an open range reaches: deltas were seen to carry about two years of instances. */
const HORIZON_MS = 731 * 86_400_000
const DAY_MS = 86_400_000
/** No clock change is longer. */
const GAP_MS = 3 * 3_600_000
const INSTANCE_ID = /^(.+)_(\d{8})(?:T(\d{6})Z)?$/

/** The lines of `recurrence`; empty for an event of its own. */
function recurrenceOf(fields: JsonObject): string[] {
  const { recurrence } = fields
  return Array.isArray(recurrence) ? recurrence.filter((line) => typeof line === 'string') : []
}

/** Whether an event is the parent of a series. */
export function isSeries(event: EventRecord): boolean {
  return recurrenceOf(event.fields).length > 0
}

function seriesOf(backend: Backend, fields: JsonObject): Series | null {
  const start = readStoredTime(fields.start)
  const lines = recurrenceOf(fields)
  if (!start || lines.length === 0) return null
  return { start, lines, startAlways: backend.settings.seriesStart === 'always' }
}

/** The id of an instance: the parent's, and where the instance stood in UTC (or its date). */
function instanceId(parentId: string, originalStart: StoredTime): string {
  const stamp = 'date' in originalStart ? originalStart.date : `${originalStart.dateTime.slice(0, 19)}Z`
  return `${parentId}_${stamp.replaceAll(/[-:]/g, '')}`
}

/** What an instance id says, or null for an id of another form. */
function parseInstanceId(id: string): { parentId: string; originalMs: number; allDay: boolean } | null {
  const [, parentId, day, time] = INSTANCE_ID.exec(id) ?? []
  if (parentId === undefined || day === undefined) return null
  const date = parseDate(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`)
  if (date === null) return null
  if (time === undefined) return { parentId, originalMs: date, allDay: true }
  const [hours, minutes, seconds] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6)].map(Number)
  const ofDay = (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000
  return { parentId, originalMs: date + ofDay, allDay: false }
}

function durationMs(start: StoredTime, end: StoredTime): number {
  return 'date' in start ? wallOf(end) - wallOf(start) : instantMs(end) - instantMs(start)
}

function instantMs(time: StoredTime): number {
  return 'date' in time ? (parseDate(time.date) ?? 0) : Date.parse(time.dateTime)
}

function endOf(start: StoredTime, duration: number, zone: string): StoredTime {
  if ('date' in start) return { date: new Date(wallOf(start) + duration).toISOString().slice(0, 10) }
  return { dateTime: new Date(Date.parse(start.dateTime) + duration).toISOString(), timeZone: zone }
}

/** The start and end that an occurrence of a series has by its rules. */
export function occurrenceTimes(fields: JsonObject, originalStart: StoredTime): JsonObject {
  const [start, end] = [readStoredTime(fields.start), readStoredTime(fields.end)]
  if (!start || !end) return {}
  const zone = 'date' in end ? '' : end.timeZone
  return { start: originalStart, end: endOf(originalStart, durationMs(start, end), zone) }
}

/** An instance that nobody has touched: its parent's record at another time. */
function untouchedInstance(parent: EventRecord, originalStart: StoredTime): EventRecord {
  const { recurrence: _rules, ...fields } = parent.fields
  return {
    ...parent,
    id: instanceId(parent.id, originalStart),
    recurringEventId: parent.id,
    originalStart,
    fields: { ...fields, ...occurrenceTimes(parent.fields, originalStart) },
  }
}

/** Whether a series has an occurrence that stood at this time. */
export function hasOccurrence(backend: Backend, fields: JsonObject, originalStart: StoredTime): boolean {
  const series = seriesOf(backend, fields)
  if (!series || 'date' in series.start !== 'date' in originalStart) return false
  const wall =
    'date' in series.start
      ? wallOf(originalStart)
      : instantToWall(instantMs(originalStart), series.start.timeZone)
  // A start that a clock change skips has moved on, so its rule names an earlier hour.
  const near = { from: wall - GAP_MS, to: wall + GAP_MS }
  const asked = instantMs(originalStart)
  return occurrences(series, near).some((found) => instantMs(occurrenceTime(series.start, found)) === asked)
}

/** The instance behind an id that is not stored, or null when its series has none there. */
export function findUntouchedInstance(
  backend: Backend,
  calendar: CalendarRecord,
  id: string,
): EventRecord | null {
  const named = parseInstanceId(id)
  const parent = named ? calendar.events.get(named.parentId) : undefined
  if (!named || !parent) return null
  const start = readStoredTime(parent.fields.start)
  if (!start || 'date' in start !== named.allDay) return null
  const originalStart: StoredTime =
    'date' in start
      ? { date: new Date(named.originalMs).toISOString().slice(0, 10) }
      : { dateTime: new Date(named.originalMs).toISOString(), timeZone: start.timeZone }
  return hasOccurrence(backend, parent.fields, originalStart)
    ? untouchedInstance(parent, originalStart)
    : null
}

/** The stored exceptions of a series, orphans left out. */
export function exceptionsOf(calendar: CalendarRecord, parentId: string): EventRecord[] {
  return (calendar.exceptions.get(parentId) ?? []).flatMap((id) => {
    const event = calendar.events.get(id)
    return event && !event.orphan && event.recurringEventId === parentId ? [event] : []
  })
}

function wallRange(series: Series, window: Window, duration: number, now: number): WallRange {
  const first = wallOf(series.start)
  // An occurrence that began before the window may reach into it; zones differ by less than a day.
  const oldest = Math.max(first, now - 25 * HORIZON_MS)
  const from = window.from === null ? oldest : Math.max(first, window.from - duration - DAY_MS)
  // Dates end with the year 9999: beyond it they have another form.
  const last = Date.UTC(9999, 11, 30)
  const base = Math.max(now, from)
  const to = window.to === null ? base + HORIZON_MS : Math.min(window.to + DAY_MS, base + 25 * HORIZON_MS)
  return { from, to: Math.min(to, last) }
}

/** Whether a range of instants touches a window: bounds are exclusive on both sides, as in events.list. */
export function touches(range: { from: number; to: number } | null, { from, to }: Window): boolean {
  return range !== null && (from === null || range.to > from) && (to === null || range.from < to)
}

/**
 * The instances of a series inside a window, in the order of their original starts: untouched ones made from
 * the parent, exceptions as they are stored (judged by where they are now), cancelled ones among them.
 */
export function expandSeries(
  backend: Backend,
  calendar: CalendarRecord,
  parent: EventRecord,
  window: Window,
): EventRecord[] {
  const series = seriesOf(backend, parent.fields)
  if (!series) return []
  const span = eventRange(parent.fields, calendar.timeZone)
  const range = wallRange(series, window, span ? span.to - span.from : 0, backend.clock.now())
  const exceptions = exceptionsOf(calendar, parent.id)
  const changed = new Set(exceptions.map(({ id }) => id))
  // Two wall-clock times can be one instant where a clock change skips an hour: an instance stands there once.
  const instances = occurrences(series, range).map((wall) =>
    untouchedInstance(parent, occurrenceTime(series.start, wall)),
  )
  const untouched = [...new Map(instances.map((event) => [event.id, event])).values()].filter(
    ({ id }) => !changed.has(id),
  )
  return [...untouched, ...exceptions]
    .filter(({ fields }) => touches(eventRange(fields, calendar.timeZone), window))
    .sort((left, right) => originalMs(left, calendar) - originalMs(right, calendar))
}

/** Where an instance stood in its series, as an instant; an event of its own: where it starts. */
export function originalMs(event: EventRecord, calendar: CalendarRecord): number {
  const start = event.originalStart ?? readStoredTime(event.fields.start)
  if (!start) return 0
  return 'date' in start
    ? startOfDay(parseDate(start.date) ?? 0, calendar.timeZone)
    : Date.parse(start.dateTime)
}

/**
 * Everything that takes place in a window, as events of one time each: series expanded, single events as they
 * are, exceptions once. Deleted ones are among them; purged ones, orphans and stubs are not.
 */
export function* singleEvents(
  backend: Backend,
  calendar: CalendarRecord,
  window: Window,
): Generator<EventRecord> {
  for (const event of calendar.events.values()) {
    if (event.purged || event.orphan || event.movedAway) continue
    if (isSeries(event)) yield* expandSeries(backend, calendar, event, window)
    else if (
      parentOf(calendar, event) === null &&
      touches(eventRange(event.fields, calendar.timeZone), window)
    ) {
      yield event
    }
  }
}

/** The parent of an exception in the same calendar, or null: a guest may hold an exception alone. */
export function parentOf(calendar: CalendarRecord, event: EventRecord): EventRecord | null {
  const parent = event.recurringEventId === null ? undefined : calendar.events.get(event.recurringEventId)
  return parent && isSeries(parent) ? parent : null
}

/** Whether any occurrence of a series lies in a window. */
export function reachesInto(
  backend: Backend,
  calendar: CalendarRecord,
  parent: EventRecord,
  window: Window,
): boolean {
  return expandSeries(backend, calendar, parent, window).length > 0
}
