import type { Integration } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { OutboxJob } from '../ports/index.ts'
import { deliverInbox } from './deliver-inbox.ts'
import type { Engine } from './engine.ts'
import { isEnding } from './parking.ts'
import type { SyncResult } from './results.ts'
import { codeOf } from './retry-policy.ts'
import { JOB_LEASE_MS, runJobs } from './run-jobs.ts'

/** Jobs claimed at a time, fairly shared among tenants. */
const BATCH = 100
/** Integrations whose jobs run side by side. */
const PARALLEL = 4

/** What a drain did. */
export interface DrainCounts extends Record<string, number> {
  pushed: number
  skipped: number
  conflicts: number
  failed: number
  applied: number
  rejected: number
  waiting: number
  disconnected: number
}

/** Goes on with a disconnect that was begun; whether it has ended now. */
export type ResumeDisconnect = (integration: Integration, signal: AbortSignal | undefined) => Promise<boolean>

/**
 * Works off what is due: owners who are leaving, then what the host is still to be told, because pushes of the same
 * appointments wait for it, then the outbox. Ends when nothing more is due.
 */
export async function drainOutbox(
  engine: Engine,
  resume: ResumeDisconnect,
  signal: AbortSignal | undefined,
): Promise<DrainCounts> {
  const counts: DrainCounts = {
    pushed: 0,
    skipped: 0,
    conflicts: 0,
    failed: 0,
    applied: 0,
    rejected: 0,
    waiting: 0,
    disconnected: 0,
  }
  await resumeDisconnects(engine, resume, counts, signal)
  await deliverDue(engine, counts, signal)
  for (;;) {
    signal?.throwIfAborted()
    const jobs = await engine.storage.outbox.claim({
      nowMs: engine.clock.now(),
      leaseMs: JOB_LEASE_MS,
      limit: BATCH,
    })
    if (jobs.length === 0) return counts
    await runSideBySide(engine, jobs, counts, signal)
  }
}

/** One owner's that fails does not stop the others. */
async function resumeDisconnects(
  engine: Engine,
  resume: ResumeDisconnect,
  counts: DrainCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { storage, logger } = engine
  let afterId: string | null = null
  for (;;) {
    const page: Integration[] = await storage.integrations.scan({
      status: 'disconnecting',
      afterId,
      limit: 100,
    })
    for (const integration of page) {
      signal?.throwIfAborted()
      try {
        if (await resume(integration, signal)) counts.disconnected += 1
      } catch (error) {
        if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
        const { tenantId, id } = integration
        logger.warn({ tenantId, integrationId: id, code: codeOf(error) }, 'disconnect could not go on')
      }
    }
    if (page.length < 100) return
    afterId = page.at(-1)?.id ?? null
  }
}

async function deliverDue(
  engine: Engine,
  counts: DrainCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { storage, clock } = engine
  for (const ref of await storage.inbox.listIntegrationsDue(clock.now(), 1000)) {
    signal?.throwIfAborted()
    const integration = await storage.integrations.findById(ref.tenantId, ref.integrationId)
    if (integration === null || isEnding(integration)) continue
    const { applied, rejected, waiting } = await deliverInbox(engine, integration, signal)
    counts.applied += applied
    counts.rejected += rejected
    counts.waiting += waiting
  }
}

/** One integration's jobs together, several integrations at once. */
async function runSideBySide(
  engine: Engine,
  jobs: readonly OutboxJob[],
  counts: DrainCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const groups = [...Map.groupBy(jobs, (job) => `${job.tenantId}\n${job.integrationId}`).values()]
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      for (const result of await runJobs(engine, group, { signal })) counts[COUNTED_AS[result.status]] += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, groups.length) }, worker))
}

const COUNTED_AS: Readonly<Record<SyncResult['status'], 'pushed' | 'skipped' | 'conflicts' | 'failed'>> = {
  success: 'pushed',
  skipped: 'skipped',
  conflict: 'conflicts',
  queued: 'failed',
}
