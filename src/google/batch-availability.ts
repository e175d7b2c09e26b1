import type { Clock } from '../ports/index.ts'

/** Batches that came to nothing, one after another, until they are left off. */
const FAILURES_IN_A_ROW = 3
/** How long they are left off, in milliseconds. */
const PAUSE_MS = 600_000

/** Whether it makes sense to send a batch: something on the way to Google may let single calls alone through. */
export interface BatchAvailability {
  available(): boolean
  succeeded(): void
  /** A batch was not carried out as one, whatever became of its calls. */
  failed(): void
}

/** Leaves batches off for ten minutes after three failures in a row; the first failure after that starts anew. */
export function createBatchAvailability(clock: Clock): BatchAvailability {
  let failures = 0
  let offUntilMs = Number.NEGATIVE_INFINITY
  return {
    available: () => clock.now() >= offUntilMs,
    succeeded: () => {
      failures = 0
    },
    failed: () => {
      failures += 1
      if (failures >= FAILURES_IN_A_ROW) offUntilMs = clock.now() + PAUSE_MS
    },
  }
}
