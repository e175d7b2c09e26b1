import { isRetention, type LogRetention } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { codeOf } from './retry-policy.ts'

const DAY_MS = 86_400_000
const PURGE_BATCH = 1000
const TENANT_PAGE = 500

/** What grows old: the log, and conflicts that were settled, which hold texts of clients. By the name of its count. */
const AGEING = [
  ['purged', 'syncLog'],
  ['conflictsPurged', 'conflicts'],
] as const satisfies readonly (readonly [count: string, store: keyof StorageSession])[]

/**
 * Removes what is older than its tenant's retention. `failed` counts tenants whose retention could not be told: all of
 * theirs is kept, and the others' is removed all the same.
 */
export async function purgeRecords(
  engine: Engine,
  retention: LogRetention,
  renew: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = { purged: 0, conflictsPurged: 0, failed: 0 }
  const startedAtMs = engine.clock.now()
  const known = new Map<string, number | null>()
  for (const [count, name] of AGEING) {
    const store = engine.storage[name]
    for await (const tenantId of tenantsIn(store)) {
      signal?.throwIfAborted()
      await renew()
      const days =
        known.get(tenantId) ?? (known.has(tenantId) ? null : await daysOf(engine, retention, tenantId))
      if (days === null && !known.has(tenantId)) counts['failed'] = (counts['failed'] ?? 0) + 1
      known.set(tenantId, days)
      if (days === null) continue
      const query = { tenantId, beforeMs: startedAtMs - days * DAY_MS, limit: PURGE_BATCH }
      let removed: number
      do {
        signal?.throwIfAborted()
        removed = await store.purge(query)
        counts[count] = (counts[count] ?? 0) + removed
      } while (removed === PURGE_BATCH)
    }
  }
  const offers = await purgeOffers(engine, startedAtMs, signal)
  return { ...counts, ...(offers === 0 ? {} : { offers }) }
}

/** Offers carry the time until which they are needed. */
async function purgeOffers(
  { storage }: Engine,
  nowMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let purged = 0
  for (;;) {
    signal?.throwIfAborted()
    const count = await storage.eventOffers.purge(nowMs, PURGE_BATCH)
    purged += count
    if (count < PURGE_BATCH) return purged
  }
}

async function* tenantsIn(store: Pick<StorageSession['syncLog'], 'listTenants'>): AsyncGenerator<string> {
  let afterTenantId: string | null = null
  for (;;) {
    const page: string[] = await store.listTenants({ afterTenantId, limit: TENANT_PAGE })
    yield* page
    if (page.length < TENANT_PAGE) return
    afterTenantId = page.at(-1) ?? null
  }
}

async function daysOf(engine: Engine, retention: LogRetention, tenantId: string): Promise<number | null> {
  if (typeof retention === 'number') return retention
  let code = 'INVALID_CONFIGURATION'
  try {
    const days: unknown = await retention(tenantId)
    if (isRetention(days)) return days
  } catch (error) {
    code = error instanceof AppointmentSyncError ? error.code : codeOf(error)
  }
  engine.logger.warn(
    { tenantId, code },
    'logRetentionDays gave no whole number of days from 1 to 3650: the records of this tenant are kept',
  )
  return null
}
