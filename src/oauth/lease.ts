import type { AppointmentSyncError } from '../errors/index.ts'
import type { OAuthOptions } from './oauth-options.ts'

/** How often a waiting process looks again, in milliseconds. */
const POLL_MS = 100

/** What is to be done by one process at a time. */
export interface LeasedWork<T> {
  readonly key: string
  /** After so many milliseconds another process may take over from one that died. */
  readonly ttlMs: number
  /** The outcome, if another process brought it about meanwhile; `null` when the work is still to be done. */
  readonly settled: () => Promise<T | null>
  readonly work: () => Promise<T>
  /** What to throw when the lease was held by others for twice its time. */
  readonly busy: () => AppointmentSyncError
}

/**
 * Does the work under a lease. Waiting processes look again every 100 ms, and stop waiting as soon as the work is
 * settled by whoever holds the lease.
 */
export async function underLease<T>(
  { storage, clock, logger }: Pick<OAuthOptions, 'storage' | 'clock' | 'logger'>,
  { key, ttlMs, settled, work, busy }: LeasedWork<T>,
): Promise<T> {
  const giveUpAtMs = clock.now() + 2 * ttlMs
  for (;;) {
    const before = await settled()
    if (before !== null) return before
    const lease = await storage.leases.acquire({ key, nowMs: clock.now(), ttlMs })
    if (lease !== null) {
      try {
        // Between the look and the lease another process may have finished.
        return (await settled()) ?? (await work())
      } finally {
        await storage.leases.release(lease).catch((error: unknown) => {
          // It runs out by itself; failing here would hide how the work ended.
          const name = error instanceof Error ? error.name : 'unknown'
          logger.warn({ leaseKey: key, error: name }, 'a lease could not be released and will expire')
        })
      }
    }
    if (clock.now() >= giveUpAtMs) throw busy()
    await clock.sleep(POLL_MS)
  }
}
