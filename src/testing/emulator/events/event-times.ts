import { invalid, refusal, required } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import type { StoredTime } from '../state/event-records.ts'
import { isTimeZone, parseDate, parseDateTime, startOfDay, wallToInstant } from '../zone-time.ts'

type Edge = 'start' | 'end'

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function storeTime(edge: Edge, given: JsonObject, zone: string, recurring: boolean): StoredTime {
  const [date, dateTime, timeZone] = [text(given.date), text(given.dateTime), text(given.timeZone)]
  if (timeZone && !isTimeZone(timeZone)) throw invalid(`Invalid time zone definition for ${edge} time.`)
  if (date && dateTime) throw invalid(`Invalid ${edge} time.`)
  if (date) {
    if (parseDate(date) === null) throw refusal('badRequest')
    // Google drops the zone of an all-day event even when the request carried one.
    return { date }
  }
  const parsed = dateTime ? parseDateTime(dateTime) : null
  if (!parsed) throw refusal('badRequest')
  if (!timeZone && (recurring || 'wall' in parsed)) {
    throw required(`Missing time zone definition for ${edge} time.`)
  }
  const named = timeZone ?? zone
  const instant = 'instant' in parsed ? parsed.instant : wallToInstant(parsed.wall, named)
  return { dateTime: new Date(instant).toISOString(), timeZone: named }
}

function isPresent(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && (text(value.date) !== null || text(value.dateTime) !== null)
}

/**
 * Checks and normalises the times of an event body (the errors of events.insert, in Google's order).
 * @param zone the calendar's zone, for times that carry only an offset.
 * @throws CalendarApiError 400.
 */
export function storeTimes(
  fields: JsonObject,
  zone: string,
  recurring: boolean,
): { start: StoredTime; end: StoredTime } {
  const { start: givenStart, end: givenEnd } = fields
  if (!isPresent(givenEnd)) throw required('Missing end time.')
  if (!isPresent(givenStart)) throw required('Missing start time.')
  if ((text(givenStart.date) === null) !== (text(givenEnd.date) === null)) {
    throw invalid('Start and end times must either both be date or both be dateTime.')
  }
  const start = storeTime('start', givenStart, zone, recurring)
  const end = storeTime('end', givenEnd, zone, recurring)
  const span = { from: instantOf(start, zone), to: instantOf(end, zone) }
  if (span.to < span.from || ('date' in end && span.to === span.from)) throw refusal('timeRangeEmpty')
  return { start, end }
}

/** Reads back a stored start or end. */
export function readStoredTime(value: JsonValue | undefined): StoredTime | null {
  if (!isJsonObject(value)) return null
  if (typeof value.date === 'string') return { date: value.date }
  if (typeof value.dateTime === 'string' && typeof value.timeZone === 'string') {
    return { dateTime: value.dateTime, timeZone: value.timeZone }
  }
  return null
}

/** The instant of a stored time; dates begin at midnight in the calendar's zone. */
function instantOf(time: StoredTime, calendarZone: string): number {
  return 'date' in time ? startOfDay(parseDate(time.date) ?? 0, calendarZone) : Date.parse(time.dateTime)
}

/** The half-open range of instants an event covers, or null for a stub without times. */
export function eventRange(fields: JsonObject, calendarZone: string): { from: number; to: number } | null {
  const [start, end] = [readStoredTime(fields.start), readStoredTime(fields.end)]
  if (!start || !end) return null
  return { from: instantOf(start, calendarZone), to: instantOf(end, calendarZone) }
}
