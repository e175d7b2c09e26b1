import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { Clock, Lease, Storage, StorageSession } from '../ports/index.ts'
import { type HeldLease, LEASE_MS, underLease, whileHeld } from './held-lease.ts'

/** Lets one piece of work at a time near a calendar, in this process and in others. */
export interface CalendarQueue {
  /** Runs `work` in its turn. Rejects with the signal's reason when aborted before, `INTEGRATION_BUSY` after long. */
  run<T>(
    ref: IntegrationRef,
    signal: AbortSignal | undefined,
    work: (held: HeldLease) => Promise<T>,
  ): Promise<T>
  /** Whether nobody in this process is at the calendar, or waits for it. */
  isIdle(ref: IntegrationRef): boolean
  /**
   * The same in fewer transactions: `begin` takes the lease (`null` when another process has it) in the transaction
   * in which it stores what the work begins with, and `work` may give it back in the one that ends it.
   */
  atOnce<A, T>(
    ref: IntegrationRef,
    begin: (session: StorageSession, acquire: () => Promise<boolean>) => Promise<A>,
    work: (begun: A, held: HeldLease | null) => Promise<T>,
  ): Promise<T>
}

/** How often a lease that another process holds is asked for again, in milliseconds. */
const POLL_MS = 50
/** How often it is asked before giving up: about half a minute. */
const POLLS = 600

function keyOf(ref: IntegrationRef): string {
  return `calendar:${ref.tenantId}:${ref.integrationId}`
}

/**
 * Work on one integration's calendar is done one after the other: Google has an unnumbered limit on quick
 * successive writes to one calendar, and a pull must not read between a write and its record. In this process by
 * a queue, between processes by a lease; should a lease be lost, If-Match and row versions still hold.
 */
export function createCalendarQueue(dependencies: {
  readonly storage: Storage
  readonly clock: Clock
}): CalendarQueue {
  const { storage, clock } = dependencies
  const holding = { leases: storage.leases, clock }
  const tails = new Map<string, Promise<void>>()

  /** Runs after everything that was asked before for the key, in this process. */
  const inTurn = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(key) ?? Promise.resolve()
    const { promise: done, resolve: finish } = Promise.withResolvers<void>()
    const tail = before.then(() => done)
    tails.set(key, tail)
    try {
      await before
      return await work()
    } finally {
      finish()
      if (tails.get(key) === tail) tails.delete(key)
    }
  }

  const waitForLease = async <T>(
    key: string,
    signal: AbortSignal | undefined,
    work: (held: HeldLease) => Promise<T>,
  ): Promise<T> => {
    for (let poll = 0; poll < POLLS; poll += 1) {
      signal?.throwIfAborted()
      const done = await underLease(holding, key, work)
      if (done !== null) return done.result
      await clock.sleep(POLL_MS, { signal })
    }
    throw new AppointmentSyncError({
      code: 'INTEGRATION_BUSY',
      message: `Another process has held ${key} for long, or died holding it within the last half minute. It is tried again.`,
      retryable: true,
    })
  }

  return {
    run: (ref, signal, work) => inTurn(keyOf(ref), () => waitForLease(keyOf(ref), signal, work)),
    isIdle: (ref) => !tails.has(keyOf(ref)),
    atOnce: (ref, begin, work) => {
      const key = keyOf(ref)
      return inTurn(key, async () => {
        const { begun, lease } = await storage.transaction(async (session) => {
          let taken: Lease | null = null
          const acquire = async (): Promise<boolean> => {
            taken = await session.leases.acquire({ key, nowMs: clock.now(), ttlMs: LEASE_MS })
            return taken !== null
          }
          return { begun: await begin(session, acquire), lease: taken as Lease | null }
        })
        return lease === null ? work(begun, null) : whileHeld(holding, lease, (held) => work(begun, held))
      })
    },
  }
}
