import { Temporal } from 'temporal-polyfill'
import type { EventTime, SyncSettings } from '../domain/index.ts'

/** A half-open stretch of time, in epoch milliseconds. */
export interface TimeWindow {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Whole days of the integration's zone: from `daysBack` days before today to the end of the day `daysForward` days
 * ahead. Days, not multiples of 24 hours: a day that daylight saving shortens counts as one.
 */
export function syncWindow(
  settings: Pick<SyncSettings, 'syncPastDays' | 'syncFutureDays' | 'timeZone'>,
  nowMs: number,
): TimeWindow {
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs)
    .toZonedDateTimeISO(settings.timeZone)
    .startOfDay()
  const startOf = (offsetDays: number): number =>
    today.add({ days: offsetDays }).startOfDay().epochMilliseconds
  return { fromMs: startOf(-settings.syncPastDays), toMs: startOf(settings.syncFutureDays + 1) }
}

/** How much further than the window a full reading goes, in milliseconds: the next one comes a day later, or more. */
const AHEAD_MS = 2 * 86_400_000

/** What a full reading of a calendar covers, so that the window is covered until the next one. */
export function reachOf({ fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs, toMs: toMs + AHEAD_MS }
}

/** The stretch an event takes up; whole days are read in `timeZone`. */
export function extentOf(time: EventTime, timeZone: string): TimeWindow {
  if (!time.allDay) return { fromMs: time.startMs, toMs: time.endMs }
  const startOf = (date: string): number =>
    Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds
  return { fromMs: startOf(time.startDate), toMs: startOf(time.endDate) }
}

/** Whether an event touches a window; a zero-length one does when its instant lies inside. */
export function overlaps(extent: TimeWindow, window: TimeWindow): boolean {
  if (extent.fromMs === extent.toMs) return extent.fromMs >= window.fromMs && extent.fromMs < window.toMs
  return extent.toMs > window.fromMs && extent.fromMs < window.toMs
}
