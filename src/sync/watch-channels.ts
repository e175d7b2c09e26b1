import { type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { withDeadline } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { underLease } from './held-lease.ts'
import { GRANT_GONE } from './remove-linked-events.ts'
import { codeOf } from './retry-policy.ts'
import { waitForLease } from './wait-for-lease.ts'
import { stopChannel } from './watch-stop.ts'
import { noWatchCounts, outstanding, tend, type WatchCounts, type WatchTerms } from './watch-tend.ts'

/** How long somebody who connects another account is kept waiting for the old one's channels, in milliseconds. */
const BRIEFLY_MS = 5_000

/** The watch channels of all integrations. */
export interface WatchChannels {
  /** Where Google sends notifications; `null` when none are wanted. */
  readonly address: string | null
  /** Brings an integration's channels to what it calls for; `null` when another worker is at it. */
  tend(integration: Integration, signal: AbortSignal | undefined): Promise<WatchCounts | null>
  /**
   * Does so in the background, after something changed; a failure is logged, and mended by the next run of the task.
   * `anew` replaces an open channel too. Nothing happens when no notifications are wanted.
   */
  tendSoon(ref: IntegrationRef, options?: { readonly anew?: boolean | undefined }): void
  /**
   * Stops all channels of an integration, as long as its grant lives; returns how many may still be stopped by
   * another try. Those that nobody can stop any more are not among them.
   */
  stopAll(integration: Integration, signal: AbortSignal | undefined): Promise<number>
  /** The same, as far as it can be done within five seconds; what cannot is logged, never thrown. */
  stopBriefly(integration: Integration): Promise<void>
  /** Waits for what goes on in the background; what only waits for its turn is given up. */
  close(): Promise<void>
}

/** Looks after watch channels; `address` is where Google sends notifications. */
export function createWatchChannels(engine: Engine, address: string | null): WatchChannels {
  const { storage, clock, logger } = engine
  const holding = { leases: storage.leases, clock }
  const background = new Set<Promise<void>>()
  const closing = new AbortController()

  const tendInBackground = async (ref: IntegrationRef, terms: WatchTerms): Promise<void> => {
    const { tenantId, integrationId } = ref
    try {
      const integration = await storage.integrations.findById(tenantId, integrationId)
      if (integration === null || (await outstanding(engine, integration, terms)) === null) return
      const done = await waitForLease(holding, leaseKey(ref), closing.signal, (lease) =>
        tend(engine, integration, terms, lease, undefined),
      )
      if (done === null) logger.warn({ tenantId, integrationId }, 'watch channels left to the periodic task')
    } catch (error) {
      if (closing.signal.aborted) return
      logger.warn(
        { tenantId, integrationId, code: codeOf(error) },
        'watch channels could not be looked after',
      )
    }
  }

  const stopAll: WatchChannels['stopAll'] = async (integration, signal) => {
    const ref = refOf(integration)
    if ((await storage.channels.list(ref)).length === 0) return 0
    // Whoever is opening one ends first: a channel that Google makes after the revocation can never be stopped.
    const done = await waitForLease(holding, leaseKey(ref), signal, () => stopEach(engine, ref, signal))
    return done === null ? (await storage.channels.list(ref)).length : done.result
  }

  return {
    address,
    tend: async (integration, signal) => {
      const terms = { address }
      // Most need nothing, which is seen without a lease.
      if ((await outstanding(engine, integration, terms)) === null) return noWatchCounts()
      const done = await underLease(holding, leaseKey(refOf(integration)), (lease) =>
        tend(engine, integration, terms, lease, signal),
      )
      return done?.result ?? null
    },
    tendSoon: (ref, options) => {
      if (address === null || closing.signal.aborted) return
      const going = tendInBackground(ref, { address, anew: options?.anew })
      background.add(going)
      void going.finally(() => background.delete(going))
    },
    stopAll,
    stopBriefly: async (integration) => {
      const { tenantId, id: integrationId } = integration
      try {
        await withDeadline(clock, BRIEFLY_MS, undefined, tookTooLong, (signal) =>
          stopAll(integration, signal),
        )
      } catch (error) {
        logger.warn(
          { tenantId, integrationId, code: codeOf(error) },
          'watch channels of an account were left',
        )
      }
    },
    close: async () => {
      closing.abort()
      await Promise.all(background)
    },
  }
}

function leaseKey({ tenantId, integrationId }: IntegrationRef): string {
  return `watch:${tenantId}:${integrationId}`
}

function tookTooLong(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'GOOGLE_TIMEOUT',
    message: 'The watch channels could not be stopped in time. They end by themselves within a week.',
  })
}

async function stopEach(
  engine: Engine,
  ref: IntegrationRef,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { storage, clock, logger } = engine
  let left = 0
  for (const channel of await storage.channels.list(ref)) {
    signal?.throwIfAborted()
    if (channel.expiresAtMs <= clock.now()) continue
    try {
      await stopChannel(engine, channel, signal)
    } catch (error) {
      if (!isAppointmentSyncError(error) || error.code === 'STORAGE_FAILED') throw error
      const { tenantId, integrationId } = ref
      logger.warn({ tenantId, integrationId, code: error.code }, 'watch channel not stopped')
      if (GRANT_GONE.has(error.code)) return 0
      if (error.retryable && error.code !== 'GOOGLE_QUOTA_EXCEEDED') left += 1
    }
  }
  return left
}
