import type { AppointmentSync } from 'appointment-sync'
import type { ConflictLine, LogLine, WorkerReport } from './worker-messages.ts'

/** What the SDK says about itself: what still waits, its conflicts and its log, of all tenants. */
export async function reportOf(
  sync: AppointmentSync,
  tenantIds: readonly string[],
  logsFromMs: number,
): Promise<WorkerReport> {
  const { outboxPending, outboxDead, inboxPending } = await sync.metrics()
  const conflicts: ConflictLine[] = []
  const logs: LogLine[] = []
  for (const tenantId of tenantIds) {
    for (const status of ['open', 'resolved'] as const) {
      for await (const item of all((page) =>
        sync.conflicts.list({ tenantId, status, limit: 500, ...page }),
      )) {
        const { appointmentId, openedAtMs } = item
        conflicts.push({ appointmentId, status, openedAtMs })
      }
    }
    const from = new Date(logsFromMs)
    for await (const entry of all((page) => sync.logs.list({ tenantId, from, limit: 500, ...page }))) {
      const { atMs, appointmentId, direction, action, status, errorCode } = entry
      logs.push({ atMs, appointmentId, direction, action, status, errorCode })
    }
  }
  return { outboxPending, outboxDead, inboxPending, conflicts, logs }
}

async function* all<T>(
  list: (page: { cursor?: string }) => Promise<{ items: T[]; nextCursor: string | null }>,
): AsyncGenerator<T> {
  let cursor: string | null = null
  do {
    const page: { items: T[]; nextCursor: string | null } = await list(cursor === null ? {} : { cursor })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
