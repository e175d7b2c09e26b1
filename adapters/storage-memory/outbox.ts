import type { OutboxJob, OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, isOf, keyOf, refKey, removeOf, removeOwned, type Tables } from './tables.ts'

type Intent = Parameters<OutboxStore['enqueue']>[0]

function jobKey(ref: OutboxJobRef): string {
  return refKey(ref, ref.appointmentId)
}

function isLeased(job: OutboxJob, nowMs: number): boolean {
  return job.leasedUntilMs !== null && job.leasedUntilMs > nowMs
}

function byDue(a: OutboxJob, b: OutboxJob): number {
  return a.dueAtMs - b.dueAtMs || byText(jobKey(a), jobKey(b))
}

/** How many jobs of its group come before a job. */
function turnsOf(
  jobs: readonly OutboxJob[],
  groupOf: (job: OutboxJob) => string,
): (job: OutboxJob) => number {
  const next = new Map<string, number>()
  const turns = new Map<OutboxJob, number>()
  for (const job of jobs) {
    const turn = next.get(groupOf(job)) ?? 0
    turns.set(job, turn)
    next.set(groupOf(job), turn + 1)
  }
  return (job) => turns.get(job) ?? 0
}

/** Of every tenant the first before of any the second, and within a tenant the same by integration. */
function inTurns(jobs: readonly OutboxJob[]): OutboxJob[] {
  const oldestFirst = jobs.toSorted(byDue)
  const integrationTurn = turnsOf(oldestFirst, (job) => keyOf(job.tenantId, job.integrationId))
  const byIntegration = oldestFirst.toSorted((a, b) => integrationTurn(a) - integrationTurn(b))
  const tenantTurn = turnsOf(byIntegration, (job) => job.tenantId)
  return oldestFirst.toSorted((a, b) => tenantTurn(a) - tenantTurn(b))
}

/** A place in the list of the dead; `null` for a cursor that is no cursor of ours. */
function readCursor(cursor: string): readonly [integrationId: string, appointmentId: string] | null {
  const match = /^(\d+):(.*)$/s.exec(cursor)
  const [length, ids] = [Number(match?.[1]), match?.[2] ?? '']
  return length > 0 && length < ids.length ? [ids.slice(0, length), ids.slice(length)] : null
}

function byPlace(a: OutboxJob, b: OutboxJob): number {
  return byText(a.integrationId, b.integrationId) || byText(a.appointmentId, b.appointmentId)
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
  const lease = (job: OutboxJob, leasedUntilMs: number): OutboxJob =>
    put({ ...job, fence: job.fence + 1, attempts: job.attempts + 1, leasedUntilMs })
  const folded = ({ ref, action, dueAtMs, nowMs }: Intent): OutboxJob => {
    const before = outbox.get(jobKey(ref))
    const { tenantId, userId, integrationId, appointmentId } = ref
    return {
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
    }
  }
  return {
    enqueue: (job) => gate(() => put(folded(job))),
    begin: ({ refs, action, dueAtMs, nowMs, leaseMs }) =>
      gate(() => {
        const named = new Map(refs.map((ref) => [jobKey(ref), ref]))
        const stored = [...named.values()].map((ref) => put(folded({ ref, action, dueAtMs, nowMs })))
        return stored.filter((job) => !isLeased(job, nowMs)).map((job) => lease(job, nowMs + leaseMs))
      }),
    claim: ({ nowMs, leaseMs, limit, ref }) =>
      gate(() => {
        const named = ref === undefined ? undefined : outbox.get(jobKey(ref))
        const asked = ref === undefined ? [...outbox.values()].filter((job) => job.dueAtMs <= nowMs) : [named]
        const free = asked
          .filter((job) => job !== undefined)
          .filter((job) => !job.dead && !isLeased(job, nowMs))
        return inTurns(free)
          .slice(0, limit)
          .map((job) => lease(job, nowMs + leaseMs))
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
    listStanding: (ref, appointmentIds) =>
      gate(() =>
        [...new Set(appointmentIds)].filter((appointmentId) => outbox.has(jobKey({ ...ref, appointmentId }))),
      ),
    listDead: ({ tenantId, userId, limit, cursor }) =>
      gate(() => {
        const after = cursor === undefined ? undefined : readCursor(cursor)
        if (after === null) return { items: [], nextCursor: null }
        const rest = [...outbox.values()]
          .filter((row) => row.dead && row.tenantId === tenantId)
          .filter((row) => userId === undefined || row.userId === userId)
          .filter(
            ({ integrationId, appointmentId }) =>
              after === undefined || (byText(integrationId, after[0]) || byText(appointmentId, after[1])) > 0,
          )
          .sort(byPlace)
        const items = rest.slice(0, limit)
        const last = items.at(-1)
        if (last === undefined || rest.length <= limit) return { items, nextCursor: null }
        const { integrationId, appointmentId } = last
        return { items, nextCursor: `${integrationId.length}:${integrationId}${appointmentId}` }
      }),
    revive: (ref, nowMs) =>
      gate(() => {
        const row = outbox.get(jobKey(ref))
        if (row?.dead !== true) return false
        put({ ...row, dueAtMs: nowMs, attempts: 0, dead: false })
        return true
      }),
    wake: (ref, nowMs) =>
      gate(() => {
        const rows = [...outbox.values()].filter((row) => belongs(row, ref))
        for (const row of rows) {
          put({ ...row, revision: row.revision + 1, dueAtMs: nowMs, attempts: 0, dead: false })
        }
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
    list: (ref, { afterAppointmentId, limit }) =>
      gate(() =>
        [...outbox.values()]
          .filter((row) => belongs(row, ref))
          .filter((row) => afterAppointmentId === null || row.appointmentId > afterAppointmentId)
          .sort(byPlace)
          .slice(0, limit),
      ),
    listOfAppointment: (tenantId, appointmentId) =>
      gate(() => [...outbox.values()].filter((row) => isOf(row, tenantId, appointmentId))),
    removeOfAppointment: (tenantId, appointmentId) =>
      gate(() => {
        const removed = removeOf(outbox, tenantId, appointmentId)
        removed.forEach(rememberFence)
        return removed.length
      }),
    removeAll: (ref) => gate(() => removeOwned(outbox, ref).forEach(rememberFence)),
    forget: (ref) =>
      gate(() => {
        removeOwned(outbox, ref)
        outboxFences.delete(refKey(ref))
      }),
  }
}
