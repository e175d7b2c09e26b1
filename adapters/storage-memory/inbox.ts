import type { InboxEntry, IntegrationRef } from 'appointment-sync'
import type { InboxStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, isOf, refKey, removeOf, removeOwned, type Tables } from './tables.ts'

function inOrder(a: InboxEntry, b: InboxEntry): number {
  return a.observedAtMs - b.observedAtMs || byText(a.changeId, b.changeId)
}

/** Changes for the host, by integration and change id. */
export function inboxStore(tables: Tables, gate: Gate): InboxStore {
  const { inbox } = tables
  return {
    put: (entry) =>
      gate(() => {
        const key = refKey(entry, entry.changeId)
        if (inbox.has(key)) return false
        inbox.set(key, entry)
        return true
      }),
    listDue: (ref, nowMs, limit) =>
      gate(() =>
        [...inbox.values()]
          .filter((row) => belongs(row, ref) && row.dueAtMs <= nowMs)
          .sort(inOrder)
          .slice(0, limit),
      ),
    listIntegrationsDue: (nowMs, limit) =>
      gate(() => {
        const refs = new Map<string, IntegrationRef>()
        for (const { tenantId, userId, integrationId, dueAtMs } of inbox.values()) {
          const ref = { tenantId, userId, integrationId }
          if (dueAtMs <= nowMs) refs.set(refKey(ref), ref)
        }
        return [...refs.values()].slice(0, limit)
      }),
    listForAppointment: (ref, appointmentId) =>
      gate(() =>
        [...inbox.values()]
          .filter((row) => belongs(row, ref) && row.appointmentId === appointmentId)
          .sort(inOrder),
      ),
    postpone: (ref, changeId, { dueAtMs, attempts, errorCode }) =>
      gate(() => {
        const row = inbox.get(refKey(ref, changeId))
        if (row !== undefined) {
          inbox.set(refKey(ref, changeId), { ...row, dueAtMs, attempts, lastErrorCode: errorCode })
        }
      }),
    remove: (ref, changeId) => gate(() => inbox.delete(refKey(ref, changeId))),
    count: ({ integrationId }) =>
      gate(
        () =>
          [...inbox.values()].filter(
            (row) => integrationId === undefined || row.integrationId === integrationId,
          ).length,
      ),
    list: (ref, { afterChangeId, limit }) =>
      gate(() =>
        [...inbox.values()]
          .filter((row) => belongs(row, ref) && (afterChangeId === null || row.changeId > afterChangeId))
          .sort((a, b) => byText(a.changeId, b.changeId))
          .slice(0, limit),
      ),
    listOfAppointment: (tenantId, appointmentId) =>
      gate(() => [...inbox.values()].filter((row) => isOf(row, tenantId, appointmentId))),
    removeOfAppointment: (tenantId, appointmentId) =>
      gate(() => removeOf(inbox, tenantId, appointmentId).length),
    removeAll: (ref) => gate(() => void removeOwned(inbox, ref)),
  }
}
