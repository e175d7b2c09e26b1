import type { Clock, Lease, LeaseStore } from '../ports/index.ts'

/** How long a lease lasts without a sign of life, in milliseconds: so long a killed process is in the way. */
const LEASE_MS = 30_000
/** How often it is extended while the work goes on, in milliseconds. */
const BEAT_MS = 10_000

/** A lease that is held for as long as the work under it runs. */
export interface HeldLease {
  /** Extends it; `false` when it was lost, and the work should end. */
  stillOurs(): Promise<boolean>
}

/** What leases are held with. */
export interface LeaseHolding {
  readonly leases: LeaseStore
  readonly clock: Clock
}

/**
 * Runs `work` under the lease of `key`; `null` without running it when somebody else holds it. Extended while the
 * work runs, so that it can be short: a process that dies is out of the way half a minute later.
 */
export async function underLease<T>(
  { leases, clock }: LeaseHolding,
  key: string,
  work: (lease: HeldLease) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  const lease = await leases.acquire({ key, nowMs: clock.now(), ttlMs: LEASE_MS })
  if (lease === null) return null
  const ended = new AbortController()
  const beating = beat({ leases, clock }, lease, ended.signal)
  try {
    const stillOurs = (): Promise<boolean> => leases.renew(lease, clock.now(), LEASE_MS)
    return { result: await work({ stillOurs }) }
  } finally {
    ended.abort()
    await beating
    await leases.release(lease)
  }
}

async function beat({ leases, clock }: LeaseHolding, lease: Lease, ended: AbortSignal): Promise<void> {
  try {
    do await clock.sleep(BEAT_MS, { signal: ended })
    while (await leases.renew(lease, clock.now(), LEASE_MS))
  } catch {
    // The work has ended; or the storage failed, which the work itself meets at its next step.
  }
}
