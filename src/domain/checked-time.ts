import { isCalendarDate, toEpochMs } from './event-time.ts'

/** The time of an appointment as instants or days. `timeZone` of a timed one is `null` where the host named none. */
export type CheckedTime =
  | {
      readonly allDay: false
      readonly startMs: number
      readonly endMs: number
      readonly timeZone: string | null
    }
  | { readonly allDay: true; readonly startDate: string; readonly endDate: string }

/** Told of a wrong value, by its name. */
export type Report = (path: string, message: string) => void

const AN_INSTANT = 'must be a valid Date or ISO 8601 text with an offset, such as 2026-05-01T09:00:00-03:00'

/** A day, or `null` and a report. */
export function readDay(value: unknown, path: string, report: Report): string | null {
  if (typeof value === 'string' && isCalendarDate(value)) return value
  report(path, 'must be an existing day as YYYY-MM-DD, because allDay is true')
  return null
}

/** Epoch milliseconds, or `null` and a report. */
export function readInstant(value: unknown, path: string, report: Report): number | null {
  const ms = value instanceof Date || typeof value === 'string' ? toEpochMs(value) : null
  if (ms === null) report(path, AN_INSTANT)
  return ms
}

/** Google keeps whole seconds: what is finer would come back changed, and look like somebody's edit. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** `start` and `end` of something, read as `allDay` and `timeZone` say; `null` and a report for wrong ones. */
export function readTime(raw: Record<string, unknown>, report: Report): CheckedTime | null {
  if (raw['allDay'] === true) {
    const startDate = readDay(raw['start'], 'start', report)
    const endDate = readDay(raw['end'], 'end', report)
    if (startDate === null || endDate === null) return null
    if (endDate <= startDate) {
      report('end', 'must be after start: the end of whole days is exclusive, one day ends on the next')
      return null
    }
    return { allDay: true, startDate, endDate }
  }
  const startMs = readInstant(raw['start'], 'start', report)
  const endMs = readInstant(raw['end'], 'end', report)
  if (startMs === null || endMs === null) return null
  if (endMs < startMs) {
    report('end', 'must not be before start')
    return null
  }
  return {
    allDay: false,
    startMs: wholeSecond(startMs),
    endMs: wholeSecond(endMs),
    timeZone: typeof raw['timeZone'] === 'string' ? raw['timeZone'] : null,
  }
}
