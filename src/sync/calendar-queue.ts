import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { type LeaseHolding, underLease } from './held-lease.ts'

/** Lets one piece of work at a time near a calendar, in this process and in others. */
export type CalendarQueue = <T>(
  ref: IntegrationRef,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
) => Promise<T>

/** How often a lease that another process holds is asked for again, in milliseconds. */
const POLL_MS = 50
/** How often it is asked before giving up: about half a minute. */
const POLLS = 600

/**
 * Work on one integration's calendar is done one after the other: Google has an unnumbered limit on quick
 * successive writes to one calendar, and a pull must not read between a write and its record. In this process by
 * a queue, between processes by a lease; should a lease be lost, If-Match and row versions still hold.
 */
export function createCalendarQueue(dependencies: LeaseHolding): CalendarQueue {
  const { clock } = dependencies
  const tails = new Map<string, Promise<void>>()

  const waitForLease = async <T>(
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    for (let poll = 0; poll < POLLS; poll += 1) {
      const done = await underLease(dependencies, key, work)
      if (done !== null) return done.result
      await clock.sleep(POLL_MS, { signal })
    }
    throw new AppointmentSyncError({
      code: 'INTEGRATION_BUSY',
      message: `Another process has held ${key} for long, or died holding it within the last half minute. It is tried again.`,
      retryable: true,
    })
  }

  return async (ref, signal, work) => {
    const key = `calendar:${ref.tenantId}:${ref.integrationId}`
    const before = tails.get(key) ?? Promise.resolve()
    const { promise: done, resolve: finish } = Promise.withResolvers<void>()
    const tail = before.then(() => done)
    tails.set(key, tail)
    try {
      await before
      signal?.throwIfAborted()
      return await waitForLease(key, signal, work)
    } finally {
      finish()
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}
