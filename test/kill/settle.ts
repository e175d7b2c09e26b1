import { PROFESSIONALS } from './people.ts'
import type { Staff } from './staff.ts'
import type { WorkerReport, WorkerTask } from './worker-messages.ts'
import type { TaskEnd, WorkerProcess } from './worker-process.ts'

/** Rounds of the periodic tasks in which everything has to come to rest. */
const MAX_ROUNDS = 25
/** Rounds in a row in which nothing may wait any more: what one round sets off, the next one would show. */
const QUIET_ROUNDS = 2
/** Between two rounds, in milliseconds of the workers' time; above any lease, and any wait for a retry. */
const ROUND_MS = 16 * 60_000
/** How long a task may take in real time, in milliseconds, before the run is given up. */
const TASK_LIMIT_MS = 60_000

const TENANTS: readonly string[] = [...new Set(PROFESSIONALS.map(({ owner }) => owner.tenantId))]

/** No more kills: a worker runs its periodic tasks until nothing waits. Throws when that does not come. */
export async function settle(
  staff: Staff,
  worker: WorkerProcess,
  advance: (ms: number) => void,
  logsFromMs: number,
): Promise<WorkerReport> {
  const run = async (task: WorkerTask): Promise<TaskEnd> => {
    const end = await withinLimit(staff.give(worker, task).ended, task)
    if (end.status === 'died') throw new Error('the worker died while nobody killed it')
    return end
  }
  let quiet = 0
  let last: WorkerReport | null = null
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    advance(ROUND_MS)
    await run({ type: 'task', name: 'drain_outbox' })
    const swept = await run({ type: 'task', name: 'sync_recent_appointments' })
    const report = await run({ type: 'report', tenantIds: TENANTS, logsFromMs })
    if (report.status !== 'done') continue
    last = report.result as WorkerReport
    quiet = swept.status === 'done' && nothingWaits(last) ? quiet + 1 : 0
    if (quiet > QUIET_ROUNDS) return last
  }
  // What waits is among the findings.
  if (last !== null) return last
  throw new Error('no worker could report')
}

function nothingWaits({ outboxPending, outboxDead, inboxPending }: WorkerReport): boolean {
  return outboxPending + outboxDead + inboxPending === 0
}

async function withinLimit<T>(work: Promise<T>, task: WorkerTask): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`the worker hangs: ${JSON.stringify(task)}`)),
    TASK_LIMIT_MS,
  )
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
