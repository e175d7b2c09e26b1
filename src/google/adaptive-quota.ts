import type { RandomSource } from '../ports/index.ts'
import { pauseMs } from './inline-retry.ts'

/** Without refusals for so long, in milliseconds, a quota recovers by a step. */
const RECOVERY_MS = 60_000
const RECOVERY = 1.1
const REDUCTION = 2 / 3
/** Enough for two patches, so that no quota ends up below what one call costs. */
const LEAST_UNITS = 6
/** While a quota is being felt for, one request takes this part of it at most: so much can be refused at once. */
const PROBE = 1 / 10

/** What is believed of a quota that Google, not the SDK, decides on. */
export interface AdaptiveQuota {
  /** Units a minute that may be used now. */
  units(nowMs: number): number
  /** Units that one request may take now. */
  unitsAtOnce(nowMs: number): number
  /** Nothing is sent before, in epoch milliseconds. */
  readonly blockedUntilMs: number
  /** Grows with every refusal that counted; what was sent before the last one says nothing new. */
  readonly epoch: number
  /** Google said no to something sent in `epoch`. `true` when that is news. */
  refused(nowMs: number, epoch: number, retryAfterMs: number | undefined): boolean
  /** It is what it was configured to be. */
  settled(nowMs: number): boolean
}

/**
 * A quota that goes down by a third with every refusal and recovers by a tenth with every minute without one, up to
 * what was configured. After a refusal nothing is sent for as long as Google asked for, or for a pause that doubles
 * with each refusal in a row.
 */
export function createAdaptiveQuota(configured: number, random: RandomSource): AdaptiveQuota {
  let effective = configured
  let inARow = 0
  let epoch = 0
  let blockedUntilMs = Number.NEGATIVE_INFINITY
  let quietSinceMs = Number.NEGATIVE_INFINITY

  const recover = (nowMs: number): void => {
    const steps = Math.floor((nowMs - quietSinceMs) / RECOVERY_MS)
    if (effective === configured || steps < 1) return
    inARow = 0
    quietSinceMs += steps * RECOVERY_MS
    effective = Math.min(configured, effective * RECOVERY ** steps)
  }

  return {
    units: (nowMs) => {
      recover(nowMs)
      return Math.floor(effective)
    },
    unitsAtOnce: (nowMs) => {
      recover(nowMs)
      return Math.floor(effective === configured ? configured : effective * PROBE)
    },
    get blockedUntilMs() {
      return blockedUntilMs
    },
    get epoch() {
      return epoch
    },
    refused: (nowMs, sentIn, retryAfterMs) => {
      if (retryAfterMs !== undefined) blockedUntilMs = Math.max(blockedUntilMs, nowMs + retryAfterMs)
      if (sentIn !== epoch) return false
      recover(nowMs)
      epoch += 1
      inARow += 1
      quietSinceMs = nowMs
      effective = Math.min(configured, Math.max(LEAST_UNITS, effective * REDUCTION))
      blockedUntilMs = Math.max(blockedUntilMs, nowMs + pauseMs(inARow, retryAfterMs, random))
      return true
    },
    settled: (nowMs) => {
      recover(nowMs)
      return effective === configured && blockedUntilMs <= nowMs
    },
  }
}
