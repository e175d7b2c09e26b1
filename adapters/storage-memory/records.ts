import type { Conflict, SyncLogEntry } from 'appointment-sync'
import type { ConflictStore, SyncLogFilter, SyncLogStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, isOf, keyOf, removeOf, removeOwned, tenantsOf, type Tables } from './tables.ts'

/** A page of rows that are sorted newest first; the cursor names the last row given. */
function pageOf<R>(
  rows: readonly R[],
  place: (row: R) => { atMs: number; id: string },
  limit: number,
  cursor: string | undefined,
): { items: R[]; nextCursor: string | null } {
  const sorted = [...rows].sort((a, b) => {
    const [x, y] = [place(a), place(b)]
    return y.atMs - x.atMs || byText(y.id, x.id)
  })
  const after = cursor === undefined ? null : readCursor(cursor)
  const rest = sorted.filter((row) => {
    if (after === null) return true
    const { atMs, id } = place(row)
    return atMs < after.atMs || (atMs === after.atMs && id < after.id)
  })
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const more = rest.length > limit && last !== undefined
  return { items, nextCursor: more ? `${place(last).atMs}:${place(last).id}` : null }
}

/** A cursor that is no cursor of ours is before everything: an empty page, not an error. */
function readCursor(cursor: string): { atMs: number; id: string } {
  const match = /^(\d+):(.*)$/s.exec(cursor)
  return match === null ? { atMs: -1, id: '' } : { atMs: Number(match[1]), id: match[2] ?? '' }
}

/** Conflicts, by tenant and id. */
export function conflictStore(tables: Tables, gate: Gate): ConflictStore {
  const { conflicts } = tables
  const openOf = (row: Conflict): Conflict | undefined =>
    [...conflicts.values()].find(
      (other) => other.status === 'open' && belongs(other, row) && other.appointmentId === row.appointmentId,
    )
  return {
    find: (tenantId, id) => gate(() => conflicts.get(keyOf(tenantId, id)) ?? null),
    findOpen: (ref, appointmentId) =>
      gate(
        () =>
          [...conflicts.values()].find(
            (row) => row.status === 'open' && belongs(row, ref) && row.appointmentId === appointmentId,
          ) ?? null,
      ),
    replace: (conflict, expectedVersion) =>
      gate(() => {
        const key = keyOf(conflict.tenantId, conflict.id)
        const before = conflicts.get(key)
        if ((before?.version ?? null) !== expectedVersion) return false
        if (before !== undefined && !belongs(before, conflict)) return false
        const open = openOf(conflict)
        const addsOrOpens = before === undefined || conflict.status === 'open'
        if (addsOrOpens && open !== undefined && open.id !== conflict.id) return false
        conflicts.set(key, conflict)
        return true
      }),
    list: ({ tenantId, userId, status, limit, cursor }) =>
      gate(() => {
        const rows = [...conflicts.values()].filter(
          (row) =>
            row.tenantId === tenantId &&
            row.status === status &&
            (userId === undefined || row.userId === userId),
        )
        return pageOf(rows, (row) => ({ atMs: row.openedAtMs, id: row.id }), limit, cursor)
      }),
    countOpen: ({ tenantId, integrationId }) =>
      gate(
        () =>
          [...conflicts.values()].filter(
            (row) =>
              row.status === 'open' &&
              (tenantId === undefined || row.tenantId === tenantId) &&
              (integrationId === undefined || row.integrationId === integrationId),
          ).length,
      ),
    listOfAppointment: (tenantId, appointmentId) =>
      gate(() => [...conflicts.values()].filter((row) => isOf(row, tenantId, appointmentId))),
    removeOfAppointment: (tenantId, appointmentId) =>
      gate(() => removeOf(conflicts, tenantId, appointmentId).length),
    listTenants: (page) => gate(() => tenantsOf(conflicts, page)),
    purge: ({ tenantId, beforeMs, limit }) =>
      gate(() => {
        const old = [...conflicts.values()]
          .filter((row) => row.tenantId === tenantId && row.status === 'resolved')
          .filter((row) => row.resolvedAtMs !== null && row.resolvedAtMs < beforeMs)
          .slice(0, limit)
        for (const row of old) conflicts.delete(keyOf(row.tenantId, row.id))
        return old.length
      }),
    removeAll: (ref) => gate(() => void removeOwned(conflicts, ref)),
  }
}

function matches(row: SyncLogEntry, filter: SyncLogFilter): boolean {
  const exact = ['userId', 'appointmentId', 'direction', 'action', 'status'] as const
  return (
    row.tenantId === filter.tenantId &&
    (filter.ofAppointment === undefined || isOf(row, filter.tenantId, filter.ofAppointment)) &&
    exact.every((name) => filter[name] === undefined || row[name] === filter[name]) &&
    (filter.fromMs === undefined || row.atMs >= filter.fromMs) &&
    (filter.toMs === undefined || row.atMs < filter.toMs)
  )
}

/** The log, by tenant and id. */
export function syncLogStore(tables: Tables, gate: Gate): SyncLogStore {
  const { syncLog } = tables
  const removing = (matching: (row: SyncLogEntry) => boolean, limit: number): Promise<number> =>
    gate(() => {
      const rows = [...syncLog.values()].filter(matching).slice(0, limit)
      for (const row of rows) syncLog.delete(keyOf(row.tenantId, row.id))
      return rows.length
    })
  return {
    append: (entry) => gate(() => syncLog.set(keyOf(entry.tenantId, entry.id), entry)),
    list: (filter) =>
      gate(() => {
        const rows = [...syncLog.values()].filter((row) => matches(row, filter))
        return pageOf(rows, (row) => row, filter.limit, filter.cursor)
      }),
    summarize: ({ tenantId, integrationId, sinceMs }) =>
      gate(() => {
        const rows = [...syncLog.values()].filter(
          (row) =>
            row.atMs >= sinceMs &&
            (tenantId === undefined || row.tenantId === tenantId) &&
            (integrationId === undefined || row.integrationId === integrationId),
        )
        const of = (status: SyncLogEntry['status']): SyncLogEntry[] =>
          rows.filter((row) => row.status === status)
        const newest = (some: SyncLogEntry[]): SyncLogEntry | null =>
          some.reduce<SyncLogEntry | null>(
            (best, row) => (best === null || row.atMs >= best.atMs ? row : best),
            null,
          )
        const [succeeded, failed] = [of('success'), of('failed')]
        const failure = newest(failed)
        return {
          succeeded: succeeded.length,
          failed: failed.length,
          lastSuccessAtMs: newest(succeeded)?.atMs ?? null,
          lastFailure: failure === null ? null : { code: failure.errorCode, atMs: failure.atMs },
        }
      }),
    listTenants: (page) => gate(() => tenantsOf(syncLog, page)),
    purge: ({ tenantId, beforeMs, limit }) =>
      removing((row) => row.tenantId === tenantId && row.atMs < beforeMs, limit),
    removeOfAppointment: (tenantId, appointmentId, limit) =>
      gate(() => removeOf(syncLog, tenantId, appointmentId, limit).length),
    removeOwned: ({ tenantId, userId }, limit) =>
      removing((row) => row.tenantId === tenantId && row.userId === userId, limit),
  }
}
