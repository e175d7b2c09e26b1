import { Temporal } from 'temporal-polyfill'

/** A wall-clock time, in milliseconds counted as if it were UTC. */
export type WallMs = number

/**
 * The instant of a wall-clock time. One that a clock change skips is read with the offset before the gap, so it moves
 * on by the gap; of one that comes twice the first is meant (RFC 5545, section 3.3.5).
 */
export function wallToInstant(wall: WallMs, timeZone: string): number {
  if (timeZone === 'UTC') return wall
  const text = new Date(wall).toISOString().slice(0, 19)
  return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds
}

/** What the clocks of a zone show at an instant. */
export function instantToWall(instantMs: number, timeZone: string): WallMs {
  if (timeZone === 'UTC') return instantMs
  const zoned = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone)
  return instantMs + zoned.offsetNanoseconds / 1e6
}

/** Midnight of a day as a wall-clock time; `NaN` for a day that does not exist. */
export function wallOfDate(date: string): WallMs {
  return Date.parse(`${date}T00:00:00Z`)
}

/** The day of a wall-clock time, `YYYY-MM-DD`. */
export function dateOfWall(wall: WallMs): string {
  return new Date(wall).toISOString().slice(0, 10)
}
