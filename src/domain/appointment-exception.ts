import { z } from 'zod'
import { type CheckedTime, readDay, readInstant, readTime, wholeSecond } from './checked-time.ts'
import type { OriginalStart } from './occurrence.ts'

/** Most occurrences of a series that differ from its rule. */
export const MAX_EXCEPTIONS = 500

/** An occurrence that differs from the rule of its series: moved, changed, or cancelled. */
export interface AppointmentException {
  /** When the rule puts it: a `Date` or ISO 8601 text with an offset, or `YYYY-MM-DD` of an all-day series. */
  readonly originalStart: Date | string
  /** It does not take place. */
  readonly status?: 'cancelled' | undefined
  /** Where it was moved to; together with `end`. Absent: when the rule says. */
  readonly start?: Date | string | undefined
  /** Exclusive. */
  readonly end?: Date | string | undefined
  /** In place of the series' own, like the two that follow; absent leaves that. */
  readonly title?: string | undefined
  readonly location?: string | undefined
  readonly notes?: string | undefined
}

/** The same, checked; `null` is what the series says. */
export interface CheckedException {
  readonly originalStart: OriginalStart
  readonly cancelled: boolean
  readonly time: CheckedTime | null
  readonly title: string | null
  readonly location: string | null
  readonly notes: string | null
}

const text = (max: number): z.ZodString => z.string().max(max, `must be at most ${max} characters`)

/** Everything but the times, which depend on the series. */
export const exceptionShape: z.ZodType<Record<string, unknown>> = z.looseObject({
  status: z.literal('cancelled', 'must be cancelled, or left out').optional(),
  title: text(1000).optional(),
  location: text(1000).optional(),
  notes: text(20_000).optional(),
})

type ReportAt = (path: (string | number)[], message: string) => void

/** Reads the exceptions of an appointment whose shape is right; reports every problem by path. */
export function readExceptions(raw: Record<string, unknown>, reportAt: ReportAt): CheckedException[] {
  const given = raw['exceptions']
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_EXCEPTIONS) return []
  if (!Array.isArray(raw['recurrence']) || raw['recurrence'].length === 0) {
    reportAt(['exceptions'], 'must be empty, because the appointment does not recur')
    return []
  }
  const seen = new Set<OriginalStart>()
  const exceptions: CheckedException[] = []
  for (const [index, one] of given.entries()) {
    if (typeof one !== 'object' || one === null) continue
    const read = readException(raw, one as Record<string, unknown>, (name, message) =>
      reportAt(['exceptions', index, name], message),
    )
    if (read === null) continue
    if (seen.has(read.originalStart)) reportAt(['exceptions', index, 'originalStart'], 'is there twice')
    seen.add(read.originalStart)
    exceptions.push(read)
  }
  return exceptions
}

function readException(
  series: Record<string, unknown>,
  one: Record<string, unknown>,
  report: (name: string, message: string) => void,
): CheckedException | null {
  const { allDay, timeZone } = series
  const read = allDay === true ? readDay : readInstant
  const at = read(one['originalStart'], 'originalStart', report)
  const moved = one['start'] !== undefined || one['end'] !== undefined
  const { start, end } = one
  const time = moved ? readTime({ start, end, allDay, timeZone }, report) : null
  if (at === null || (moved && time === null)) return null
  const textOf = (name: string): string | null => (typeof one[name] === 'string' ? one[name] : null)
  return {
    originalStart: typeof at === 'number' ? wholeSecond(at) : at,
    cancelled: one['status'] === 'cancelled',
    time,
    title: textOf('title'),
    location: textOf('location'),
    notes: textOf('notes'),
  }
}
