import { type HeldLease, type LeaseHolding, underLease } from './held-lease.ts'

/** How often a lease that somebody else holds is asked for again, in milliseconds. */
const POLL_MS = 100
/** How often it is asked before giving up: about forty seconds, longer than a dead process keeps one. */
const POLLS = 400

/**
 * Runs `work` under the lease of `key` as soon as it is free; `null` without running it when others held it all the
 * time. The signal ends the waiting, not the work, and a lease that is free is taken all the same.
 */
export async function waitForLease<T>(
  holding: LeaseHolding,
  key: string,
  signal: AbortSignal | undefined,
  work: (lease: HeldLease) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    const done = await underLease(holding, key, work)
    if (done !== null) return done
    await holding.clock.sleep(POLL_MS, { signal })
  }
  return null
}
