import { type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { codeOf } from './retry-policy.ts'
import type { WatchChannels } from './watch-channels.ts'
import { noWatchCounts, type WatchCounts } from './watch-tend.ts'

const PAGE = 100
/** Integrations that are looked after side by side. */
const PARALLEL = 4

/**
 * One pass over everybody's watch channels: those near their end are renewed, missing ones opened, those that nobody
 * wants stopped. The first pass opens them all. What fails for one integration is counted and does not stop the
 * others.
 */
export async function renewWatchChannels(
  engine: Engine,
  watch: WatchChannels,
  renew: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const counts: WatchCounts & { integrations: number } = { integrations: 0, ...noWatchCounts() }
  await forgetExpired(engine, counts, signal)
  if (watch.address === null && (await isEmpty(engine))) return counts
  for (const status of ['active', 'paused'] as const) {
    let afterId: string | null = null
    for (;;) {
      const page: Integration[] = await engine.storage.integrations.scan({ status, afterId, limit: PAGE })
      signal?.throwIfAborted()
      await renew()
      await tendPage(engine, watch, page, counts, signal)
      if (page.length < PAGE) break
      afterId = page.at(-1)?.id ?? null
    }
  }
  return counts
}

/** Also those of owners who wait for a reconnect, whose integrations are left alone otherwise. */
async function forgetExpired(
  { storage, clock }: Engine,
  counts: WatchCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const nowMs = clock.now()
  for (;;) {
    signal?.throwIfAborted()
    const expired = await storage.channels.listExpiring(nowMs, PAGE)
    for (const channel of expired) await storage.channels.remove(channel, channel.id)
    counts.expired += expired.length
    if (expired.length < PAGE) return
  }
}

async function isEmpty({ storage }: Engine): Promise<boolean> {
  const { opening, open, stopping } = await storage.channels.count({})
  return opening + open + stopping === 0
}

async function tendPage(
  engine: Engine,
  watch: WatchChannels,
  page: readonly Integration[],
  counts: WatchCounts & { integrations: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const rest = [...page]
  const worker = async (): Promise<void> => {
    try {
      for (let integration = rest.shift(); integration !== undefined; integration = rest.shift()) {
        signal?.throwIfAborted()
        counts.integrations += 1
        await tendOne(engine, watch, integration, counts, signal)
      }
    } finally {
      // What stops one stops all: nobody goes on after the task has ended.
      rest.length = 0
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, page.length) }, worker))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

async function tendOne(
  engine: Engine,
  watch: WatchChannels,
  integration: Integration,
  counts: WatchCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    // Whoever holds the lease is doing the same.
    const done = (await watch.tend(integration, signal)) ?? noWatchCounts()
    for (const [name, value] of Object.entries(done)) counts[name] = (counts[name] ?? 0) + value
  } catch (error) {
    if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    counts.failed += 1
    const { tenantId, integrationId } = refOf(integration)
    engine.logger.warn({ tenantId, integrationId, code: codeOf(error) }, 'watch channels could not be tended')
  }
}
