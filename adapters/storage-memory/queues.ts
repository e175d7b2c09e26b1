import type { InboxEntry, IntegrationRef } from 'appointment-sync'
import type { InboxStore, OutboxJob, OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, refKey, removeOwned, type Tables } from './tables.ts'

function jobKey(ref: OutboxJobRef): string {
  return refKey(ref, ref.appointmentId)
}

function isFree(job: OutboxJob, nowMs: number): boolean {
  return !job.dead && (job.leasedUntilMs === null || job.leasedUntilMs <= nowMs)
}

/** Intents, by integration and appointment. */
export function outboxStore(tables: Tables, gate: Gate): OutboxStore {
  const { outbox, outboxFences } = tables
  const rememberFence = (job: OutboxJob): void => {
    outboxFences.set(refKey(job), Math.max(job.fence, outboxFences.get(refKey(job)) ?? 0))
  }
  const put = (job: OutboxJob): OutboxJob => {
    outbox.set(jobKey(job), job)
    return job
  }
  return {
    enqueue: ({ ref, action, dueAtMs, nowMs }) =>
      gate(() => {
        const before = outbox.get(jobKey(ref))
        const { tenantId, userId, integrationId, appointmentId } = ref
        return put({
          tenantId,
          userId,
          integrationId,
          appointmentId,
          action,
          dueAtMs,
          revision: (before?.revision ?? 0) + 1,
          attempts: 0,
          enqueuedAtMs: nowMs,
          fence: before?.fence ?? outboxFences.get(refKey(ref)) ?? 0,
          leasedUntilMs: before?.leasedUntilMs ?? null,
          dead: false,
          lastErrorCode: null,
        })
      }),
    claim: ({ nowMs, leaseMs, limit, ref }) =>
      gate(() => {
        const named = ref === undefined ? undefined : outbox.get(jobKey(ref))
        const due = ref === undefined ? [...outbox.values()].filter((job) => job.dueAtMs <= nowMs) : [named]
        return due
          .filter((job) => job !== undefined)
          .filter((job) => isFree(job, nowMs))
          .sort((a, b) => a.dueAtMs - b.dueAtMs || byText(jobKey(a), jobKey(b)))
          .slice(0, limit)
          .map((job) =>
            put({ ...job, fence: job.fence + 1, attempts: job.attempts + 1, leasedUntilMs: nowMs + leaseMs }),
          )
      }),
    complete: (job, nowMs) =>
      gate(() => {
        const row = outbox.get(jobKey(job))
        if (row === undefined || row.fence !== job.fence || row.leasedUntilMs === null) return 'lost'
        if (row.revision !== job.revision) {
          put({ ...row, leasedUntilMs: null, dueAtMs: nowMs })
          return 'superseded'
        }
        outbox.delete(jobKey(job))
        rememberFence(row)
        return 'done'
      }),
    postpone: (job, { dueAtMs, dead, errorCode }) =>
      gate(() => {
        const row = outbox.get(jobKey(job))
        if (row === undefined || row.fence !== job.fence || row.leasedUntilMs === null) return false
        const superseded = row.revision !== job.revision
        put({
          ...row,
          leasedUntilMs: null,
          ...(superseded ? {} : { dueAtMs, dead, lastErrorCode: errorCode }),
        })
        return true
      }),
    find: (ref) => gate(() => outbox.get(jobKey(ref)) ?? null),
    wake: (ref, nowMs) =>
      gate(() => {
        const rows = [...outbox.values()].filter((row) => belongs(row, ref))
        for (const row of rows) put({ ...row, dueAtMs: nowMs, attempts: 0, dead: false })
        return rows.length
      }),
    count: ({ tenantId, integrationId }) =>
      gate(() => {
        const rows = [...outbox.values()].filter(
          (row) =>
            (tenantId === undefined || row.tenantId === tenantId) &&
            (integrationId === undefined || row.integrationId === integrationId),
        )
        const alive = rows.filter((row) => !row.dead)
        const oldest = alive.reduce((min, row) => Math.min(min, row.dueAtMs), Infinity)
        return {
          pending: alive.length,
          dead: rows.length - alive.length,
          oldestDueAtMs: alive.length === 0 ? null : oldest,
        }
      }),
    removeAll: (ref) => gate(() => removeOwned(outbox, ref).forEach(rememberFence)),
  }
}

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
        inbox.set(key, structuredClone(entry))
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
    remove: (ref, changeId) => gate(() => void inbox.delete(refKey(ref, changeId))),
    count: ({ integrationId }) =>
      gate(
        () =>
          [...inbox.values()].filter(
            (row) => integrationId === undefined || row.integrationId === integrationId,
          ).length,
      ),
    removeAll: (ref) => gate(() => void removeOwned(inbox, ref)),
  }
}
