import type { Clock, Storage } from '../ports/index.ts'
import type { MetricsSnapshot } from './reports.ts'

const DAY_MS = 86_400_000

/** Share of successes among what succeeded or failed; `null` when nothing happened. */
export function successRateOf(counts: { succeeded: number; failed: number }): number | null {
  const all = counts.succeeded + counts.failed
  return all === 0 ? null : counts.succeeded / all
}

/** Counts over all tenants, or of one. */
export async function readMetrics(
  dependencies: { readonly storage: Storage; readonly clock: Clock },
  filter: { readonly tenantId?: string | undefined } = {},
): Promise<MetricsSnapshot> {
  const { storage, clock } = dependencies
  const nowMs = clock.now()
  const { tenantId } = filter
  const scope = tenantId === undefined ? {} : { tenantId }
  const [integrations, log, outbox, inboxPending, openConflicts, channels] = await Promise.all([
    storage.integrations.count(scope),
    storage.syncLog.summarize({ ...scope, sinceMs: nowMs - DAY_MS }),
    storage.outbox.count(scope),
    // The inbox knows integrations, not tenants: per tenant it is part of the owner's status.
    tenantId === undefined ? storage.inbox.count({}) : Promise.resolve(0),
    storage.conflicts.countOpen(scope),
    // Like the inbox, they know integrations alone.
    tenantId === undefined ? storage.channels.count({}) : Promise.resolve({ open: 0 }),
  ])
  return {
    activeIntegrations: integrations.active,
    pausedIntegrations: integrations.paused,
    expiredTokens: integrations.needs_reconnect,
    successRate: successRateOf(log),
    succeeded: log.succeeded,
    failed: log.failed,
    lastSyncAt: log.lastSuccessAtMs === null ? null : new Date(log.lastSuccessAtMs),
    outboxPending: outbox.pending,
    outboxDead: outbox.dead,
    outboxOldestAgeMs: outbox.oldestDueAtMs === null ? 0 : Math.max(0, nowMs - outbox.oldestDueAtMs),
    inboxPending,
    openConflicts,
    watchChannels: channels.open,
  }
}
