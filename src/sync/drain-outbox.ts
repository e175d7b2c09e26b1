import type { OutboxJob } from '../ports/index.ts'
import { deliverInbox } from './deliver-inbox.ts'
import type { Engine } from './engine.ts'
import { JOB_LEASE_MS, runJob } from './run-job.ts'

/** Jobs claimed at a time. */
const BATCH = 20
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
}

/**
 * Works off what is due: first what the host is still to be told, because pushes of the same appointments wait for
 * it, then the outbox. Ends when nothing more is due.
 */
export async function drainOutbox(engine: Engine, signal: AbortSignal | undefined): Promise<DrainCounts> {
  const counts: DrainCounts = {
    pushed: 0,
    skipped: 0,
    conflicts: 0,
    failed: 0,
    applied: 0,
    rejected: 0,
    waiting: 0,
  }
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

async function deliverDue(
  engine: Engine,
  counts: DrainCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { storage, clock } = engine
  for (const ref of await storage.inbox.listIntegrationsDue(clock.now(), 1000)) {
    signal?.throwIfAborted()
    const integration = await storage.integrations.findById(ref.tenantId, ref.integrationId)
    if (integration === null || integration.status === 'disconnected') continue
    const { applied, rejected, waiting } = await deliverInbox(engine, integration, signal)
    counts.applied += applied
    counts.rejected += rejected
    counts.waiting += waiting
  }
}

/** One integration's jobs one after the other, several integrations at once. */
async function runSideBySide(
  engine: Engine,
  jobs: readonly OutboxJob[],
  counts: DrainCounts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const groups = [...Map.groupBy(jobs, (job) => `${job.tenantId}\n${job.integrationId}`).values()]
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      for (const job of group) {
        const result = await runJob(engine, job, { signal })
        if (result.status === 'success') counts.pushed += 1
        else if (result.status === 'skipped') counts.skipped += 1
        else if (result.status === 'conflict') counts.conflicts += 1
        else counts.failed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, groups.length) }, worker))
}
