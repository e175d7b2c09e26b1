import type { EventTime, OriginalStart } from '../domain/index.ts'
import { type CompiledSeries, compileSeries, type Series } from './compiled-series.ts'
import { dateOfWall, instantToWall, type WallMs, wallOfDate, wallToInstant } from './wall-clock.ts'

/** An occurrence where the rule puts it. */
export interface Occurrence {
  readonly originalStart: OriginalStart
  readonly time: EventTime
}

const DAY_MS = 86_400_000
/** No clock change is longer: Samoa left out a whole day. */
const GAP_MS = 25 * 3_600_000
/** The last moment that has a date of four digits, with room for a zone. */
const LAST_WALL = Date.UTC(9999, 11, 30)
/** So many excluded occurrences at the end of a series are gone back over to find its last. */
const MAX_STEPS_BACK = 1000

/** How long an occurrence is: each as long as the first, in milliseconds on the clock that never changes. */
function durationOf(time: EventTime): number {
  return time.allDay ? wallOfDate(time.endDate) - wallOfDate(time.startDate) : time.endMs - time.startMs
}

/** When the occurrence takes place that the rule puts at `originalStart`. */
export function occurrenceTime(series: Pick<Series, 'time'>, originalStart: OriginalStart): EventTime | null {
  const { time } = series
  if (time.allDay) {
    if (typeof originalStart !== 'string') return null
    const end = wallOfDate(originalStart) + durationOf(time)
    return { allDay: true, startDate: originalStart, endDate: dateOfWall(end) }
  }
  if (typeof originalStart !== 'number') return null
  const { timeZone } = time
  return { allDay: false, startMs: originalStart, endMs: originalStart + durationOf(time), timeZone }
}

/** The starts of a series by the wall clock, ascending, from `from` on and before `to`. */
function wallsBetween(compiled: CompiledSeries, from: WallMs, to: WallMs): WallMs[] {
  const { rules, added, excluded, exclusions } = compiled
  const walls = new Set(rules.flatMap((rule) => rule.between(from, to)))
  for (const wall of added) if (wall >= from && wall < to) walls.add(wall)
  for (const wall of excluded) walls.delete(wall)
  for (const rule of exclusions) for (const wall of rule.between(from, to)) walls.delete(wall)
  return [...walls].sort((a, b) => a - b)
}

function originalStartOf({ time }: Series, compiled: CompiledSeries, wall: WallMs): OriginalStart {
  if (time.allDay) return dateOfWall(wall)
  // The first start keeps the offset it was given: it may be the second of two hours that look alike.
  return wall === compiled.counting.startWall ? time.startMs : wallToInstant(wall, time.timeZone)
}

function ofWalls(series: Series, compiled: CompiledSeries, walls: readonly WallMs[]): Occurrence[] {
  // Where a clock change skips an hour, two wall-clock times can be one instant: it takes place once.
  const starts = new Set(walls.map((wall) => originalStartOf(series, compiled, wall)))
  return [...starts].flatMap((originalStart) => {
    const time = occurrenceTime(series, originalStart)
    return time === null ? [] : [{ originalStart, time }]
  })
}

/**
 * The occurrences that touch a stretch of time, in order; days count in `calendarZone`. A series that cannot be read
 * has none. Takes as long as the stretch has occurrences, and for a rule with COUNT as long as the whole rule.
 */
export function occurrencesBetween(
  series: Series,
  window: { readonly fromMs: number; readonly toMs: number },
  calendarZone: string,
): Occurrence[] {
  const compiled = compileSeries(series)
  if (compiled === null) return []
  const zone = compiled.counting.zone ?? calendarZone
  const duration = durationOf(series.time)
  const from = instantToWall(window.fromMs, zone) - duration - GAP_MS
  const to = Math.min(instantToWall(window.toMs, zone) + GAP_MS, LAST_WALL)
  return ofWalls(series, compiled, wallsBetween(compiled, from, to)).filter(({ time }) => {
    const startMs = time.allDay ? wallToInstant(wallOfDate(time.startDate), zone) : time.startMs
    const endMs = time.allDay ? wallToInstant(wallOfDate(time.endDate), zone) : time.endMs
    const touches = startMs === endMs ? startMs >= window.fromMs : endMs > window.fromMs
    return touches && startMs < window.toMs
  })
}

/** Whether the rule puts an occurrence there; `unknown` of a series that cannot be read. */
export function hasOccurrence(series: Series, originalStart: OriginalStart): boolean | 'unknown' {
  const compiled = compileSeries(series)
  if (compiled === null) return 'unknown'
  const { zone } = compiled.counting
  if ((zone === null) !== (typeof originalStart === 'string')) return false
  if (typeof originalStart === 'string') {
    const wall = wallOfDate(originalStart)
    return wallsBetween(compiled, wall, wall + DAY_MS).includes(wall)
  }
  // A start that a clock change skips has moved on, so its rule names an earlier hour.
  const wall = instantToWall(originalStart, zone ?? 'UTC')
  const near = wallsBetween(compiled, wall - GAP_MS, wall + GAP_MS)
  return near.some((one) => originalStartOf(series, compiled, one) === originalStart)
}

/** Where the rule puts its last occurrence: `at` is `null` when there is none after all. */
export type LastStart = { readonly at: OriginalStart | null } | 'endless' | 'unknown'

/** Where the last occurrence is, or that there is no last one, or that it cannot be told. */
export function lastStartOf(series: Series): LastStart {
  const compiled = compileSeries(series)
  if (compiled === null) return 'unknown'
  const { rules, added, excluded, exclusions } = compiled
  if (rules.some(({ ends }) => !ends)) return 'endless'
  let before: WallMs = LAST_WALL
  for (let step = 0; step < MAX_STEPS_BACK; step += 1) {
    const candidates = [
      ...rules.map((rule) => rule.lastBefore(before)),
      ...added.filter((wall) => wall < before),
    ].filter((wall) => wall !== null)
    if (candidates.length === 0) return { at: null }
    const last = Math.max(...candidates)
    const out = excluded.has(last) || exclusions.some((rule) => rule.between(last, last + 1).length > 0)
    if (!out) return { at: originalStartOf(series, compiled, last) }
    before = last
  }
  return 'unknown'
}

/**
 * When the last occurrence ends, in epoch milliseconds; days end in `calendarZone`. `Infinity` for a series that goes
 * on for ever, or of which that cannot be told; the end of the first start where nothing is left.
 */
export function endOfSeries(series: Series, calendarZone: string): number {
  const last = lastStartOf(series)
  if (last === 'endless' || last === 'unknown') return Infinity
  const time = (last.at === null ? null : occurrenceTime(series, last.at)) ?? series.time
  return time.allDay ? wallToInstant(wallOfDate(time.endDate), calendarZone) : time.endMs
}
