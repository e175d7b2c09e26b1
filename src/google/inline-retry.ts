import pRetry from 'p-retry'
import type { Clock, RandomSource } from '../ports/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { verdictOf } from './verdict.ts'

/** Tries of one request, the first one included. */
const MAX_TRIES = 3
/** The first pause, and the most that chance adds to any of them, in milliseconds. */
const PAUSE_MS = 1_000
/** The longest pause that is waited out in line, in milliseconds; what asks for more waits in the outbox. */
const MAX_PAUSE_MS = 32_000

/** What the pauses between tries depend on. */
export interface RetryDependencies {
  readonly clock: Clock
  readonly random: RandomSource
}

/** How long, and for whom, it is tried. */
export interface RetryOptions {
  readonly signal?: AbortSignal | undefined
  /** Nothing is waited for that would end later, in epoch milliseconds. */
  readonly deadlineAtMs?: number | undefined
  /** Told before each pause. */
  readonly onPause: () => void
}

/** A number in [0, 1) from the injected source. */
function unitRandom(random: RandomSource): number {
  return Buffer.from(random.bytes(4)).readUInt32BE(0) / 2 ** 32
}

/**
 * Truncated exponential back-off with jitter, as Google asks for it
 * (https://cloud.google.com/storage/docs/retry-strategy); never shorter than what an answer asked for.
 */
export function pauseMs(attempt: number, retryAfterMs: number | undefined, random: RandomSource): number {
  const backOff = Math.min(PAUSE_MS * 2 ** (attempt - 1) + PAUSE_MS * unitRandom(random), MAX_PAUSE_MS)
  return Math.round(Math.max(backOff, retryAfterMs ?? 0))
}

/**
 * Tries again what the table of failures says can be tried again at once: up to three times in all. A write that
 * can have happened is left to the engine, which reads first. Throws the last failure, or the abort's reason.
 */
export function retryInLine<T>(
  { clock, random }: RetryDependencies,
  { signal, deadlineAtMs = Number.POSITIVE_INFINITY, onPause }: RetryOptions,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  return pRetry(attempt, {
    retries: MAX_TRIES - 1,
    // Its timers are the platform's; the pause is waited out below, on the injected clock.
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      const verdict = verdictOf(error)
      if (verdict?.next !== 'retry' || verdict.applied !== 'no') return false
      const asked = isAppointmentSyncError(error) ? error.retryAfterMs : undefined
      const pause = pauseMs(attemptNumber, asked, random)
      if (pause > MAX_PAUSE_MS || clock.now() + pause >= deadlineAtMs) return false
      onPause()
      await clock.sleep(pause, { signal })
      return true
    },
  })
}
