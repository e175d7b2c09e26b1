import { z } from 'zod'
import { timeZoneSchema } from './time-zone.ts'

/** A stretch of time on the clock: half-open, `endMs` is the first instant no longer in it. */
export interface TimedEventTime {
  readonly allDay: false
  /** Epoch milliseconds. */
  readonly startMs: number
  /** Epoch milliseconds, exclusive; equal to `startMs` for a zero-length event. */
  readonly endMs: number
  /** IANA zone in which the event was planned. */
  readonly timeZone: string
  /** Set of a series, whose other occurrences follow the clock of the zone: it is then a part of the time. */
  readonly zoneBound?: true | undefined
}

/** Whole days on the calendar, without a zone: half-open, `endDate` is the first day no longer in it. */
export interface AllDayEventTime {
  readonly allDay: true
  /** `YYYY-MM-DD`. */
  readonly startDate: string
  /** `YYYY-MM-DD`, exclusive: one day on 1 May is `2026-05-01` to `2026-05-02`. */
  readonly endDate: string
}

/** When an appointment or event takes place. */
export type EventTime = TimedEventTime | AllDayEventTime

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/

/** Whether `text` is a day that exists, as `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  const match = DATE.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/**
 * Epoch milliseconds of a `Date` or of ISO 8601 text **with an offset**; `null` for anything else. Text without
 * an offset is refused: it would mean another instant on every machine.
 */
export function toEpochMs(value: Date | string): number | null {
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.getTime() : null
  if (!INSTANT.test(value) || !isCalendarDate(value.slice(0, 10))) return null
  const ms = Date.parse(value)
  return Number.isFinite(ms) ? ms : null
}

/**
 * Whether two times are the same time on the calendar. The zone is a way to show it, and a part of it only between two
 * series.
 */
export function sameEventTime(a: EventTime, b: EventTime): boolean {
  if (a.allDay) return b.allDay && a.startDate === b.startDate && a.endDate === b.endDate
  if (b.allDay || a.startMs !== b.startMs || a.endMs !== b.endMs) return false
  return a.zoneBound !== true || b.zoneBound !== true || a.timeZone === b.timeZone
}

export const calendarDateSchema: z.ZodString = z
  .string()
  .refine(isCalendarDate, 'must be an existing day as YYYY-MM-DD')

/** The stored form of {@link EventTime}. */
export const eventTimeSchema: z.ZodType<EventTime> = z.union([
  z.object({
    allDay: z.literal(false),
    startMs: z.int(),
    endMs: z.int(),
    timeZone: timeZoneSchema,
    zoneBound: z.literal(true).optional(),
  }),
  z.object({ allDay: z.literal(true), startDate: calendarDateSchema, endDate: calendarDateSchema }),
])
