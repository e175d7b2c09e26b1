import type { GoogleState } from './state.ts'

/**
 * A modification time in microseconds, later than every one given out before. Etags are made from it, and two
 * changes within one millisecond must not share an etag.
 */
export function nextTimestampUs(state: GoogleState, nowMs: number): number {
  state.lastTimestampUs = Math.max(state.lastTimestampUs + 1, nowMs * 1000)
  return state.lastTimestampUs
}

/** The etag of a modification time: twice the microseconds, quoted, as Google's events carry it. */
export function etagOf(timestampUs: number): string {
  return `"${(BigInt(timestampUs) * 2n).toString()}"`
}
