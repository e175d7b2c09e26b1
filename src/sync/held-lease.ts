import { AppointmentSyncError } from '../errors/index.ts'
import type { Clock, Lease, LeaseStore, StorageSession } from '../ports/index.ts'

/** How long a lease lasts without a sign of life, in milliseconds: so long a killed process is in the way. */
export const LEASE_MS = 30_000
/** How often it is extended while the work goes on, in milliseconds. */
const BEAT_MS = 10_000

/** One for all: an abort without a reason makes an error with a stack. */
const WORK_ENDED = new Error('The work has ended.')

/** A lease that is held for as long as the work under it runs. */
export interface HeldLease {
  /** Extends it; `false` when it was lost, and the work should end. */
  stillOurs(): Promise<boolean>
  /** Throws `INTEGRATION_BUSY` when it was lost; asked inside the transaction that relies on it. */
  assertIn(session: StorageSession): Promise<void>
  /** Gives it back in the transaction that ends the work, which spares one of its own. */
  releaseIn(session: StorageSession): Promise<void>
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
  holding: LeaseHolding,
  key: string,
  work: (lease: HeldLease) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  const { leases, clock } = holding
  const lease = await leases.acquire({ key, nowMs: clock.now(), ttlMs: LEASE_MS })
  return lease === null ? null : { result: await whileHeld(holding, lease, work) }
}

/** Runs `work` under a lease that was taken, keeps it alive meanwhile, and gives it back. */
export async function whileHeld<T>(
  { leases, clock }: LeaseHolding,
  lease: Lease,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  const beating = beat({ leases, clock }, lease, ended.signal)
  let given = false
  try {
    const result = await work({
      stillOurs: () => leases.renew(lease, clock.now(), LEASE_MS),
      assertIn: async (session) => {
        if (!(await session.leases.holds(lease, clock.now()))) throw lost(lease)
      },
      releaseIn: async (session) => {
        await session.leases.release(lease)
        given = true
      },
    })
    ended.abort(WORK_ENDED)
    await beating
    if (!given) await leases.release(lease)
    return result
  } catch (error) {
    ended.abort(WORK_ENDED)
    await beating
    // Also when it was given back: the transaction in which that happened may have failed.
    await leases.release(lease)
    throw error
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

function lost({ key }: Lease): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Another process took over ${key} meanwhile. What was read is read again.`,
    retryable: true,
  })
}
