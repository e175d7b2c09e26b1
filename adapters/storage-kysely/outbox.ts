import type { OutboxStore } from 'appointment-sync/ports'
import { listed } from './dialect.ts'
import { claim, complete, postpone } from './outbox-claims.ts'
import { forgetFences, rememberFence, rememberFences } from './outbox-fences.ts'
import { begin, enqueue } from './outbox-intents.ts'
import { isJob, jobs } from './outbox-job.ts'
import { ofAppointment } from './of-appointment.ts'
import { owned } from './owned.ts'
import type { Runner } from './runner.ts'

/** Where a dead job stands in the list of them. */
interface Place {
  readonly integrationId: string
  readonly appointmentId: string
}

/** `null` for a cursor that is no cursor of ours. */
function readCursor(cursor: string): Place | null {
  try {
    const [integrationId, appointmentId, ...rest] = JSON.parse(cursor) as unknown[]
    if (typeof integrationId !== 'string' || typeof appointmentId !== 'string') return null
    return rest.length === 0 ? { integrationId, appointmentId } : null
  } catch {
    return null
  }
}

const listDead =
  ({ run }: Runner): OutboxStore['listDead'] =>
  ({ tenantId, userId, limit, cursor }) =>
    run(async (db) => {
      let query = db
        .selectFrom('appointment_sync_outbox')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('dead', '=', 1)
        .orderBy('integration_id')
        .orderBy('appointment_id')
        .limit(limit + 1)
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (cursor !== undefined) {
        const after = readCursor(cursor)
        if (after === null) return { items: [], nextCursor: null }
        query = query
          .where('integration_id', '>=', after.integrationId)
          .where((eb) =>
            eb.or([
              eb('integration_id', '>', after.integrationId),
              eb('appointment_id', '>', after.appointmentId),
            ]),
          )
      }
      const rows = await query.execute()
      const items = rows.slice(0, limit).map(jobs.fromRow)
      const last = items.at(-1)
      const more = rows.length > limit && last !== undefined
      return { items, nextCursor: more ? JSON.stringify([last.integrationId, last.appointmentId]) : null }
    })

const count =
  ({ run }: Runner): OutboxStore['count'] =>
  ({ tenantId, integrationId }) =>
    run(async (db) => {
      let query = db
        .selectFrom('appointment_sync_outbox')
        .select((eb) => ['dead', eb.fn.countAll<number>().as('rows'), eb.fn.min('due_at_ms').as('oldest')])
        .groupBy('dead')
      if (tenantId !== undefined) query = query.where('tenant_id', '=', tenantId)
      if (integrationId !== undefined) query = query.where('integration_id', '=', integrationId)
      const rows = await query.execute()
      const [pending, dead] = [0, 1].map((flag) => rows.find((row) => row.dead === flag))
      return { pending: pending?.rows ?? 0, dead: dead?.rows ?? 0, oldestDueAtMs: pending?.oldest ?? null }
    })

/** Intents that are not in Google yet. */
export function outboxStore(runner: Runner): OutboxStore {
  const { run, atomic } = runner
  return {
    enqueue: enqueue(runner),
    begin: begin(runner),
    claim: claim(runner),
    complete: complete(runner),
    postpone: postpone(runner),
    listDead: listDead(runner),
    count: count(runner),
    find: (ref) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_outbox')
          .selectAll()
          .where(isJob(ref))
          .executeTakeFirst()
        return row === undefined ? null : jobs.fromRow(row)
      }),
    listStanding: (ref, appointmentIds) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_outbox')
          .select('appointment_id')
          .where(owned(ref))
          .where('appointment_id', 'in', listed(appointmentIds))
          .execute()
        return rows.map((row) => row.appointment_id)
      }),
    revive: (ref, nowMs) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_outbox')
          .set({ due_at_ms: nowMs, attempts: 0, dead: 0 })
          .where(isJob(ref))
          .where('dead', '=', 1)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    wake: (ref, nowMs) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_outbox')
          .set(({ eb }) => ({
            revision: eb('revision', '+', 1),
            due_at_ms: nowMs,
            attempts: 0,
            dead: 0,
          }))
          .where(owned(ref))
          .executeTakeFirst()
        return Number(numUpdatedRows)
      }),
    list: (ref, { afterAppointmentId, limit }) =>
      run(async (db) => {
        const page = db
          .selectFrom('appointment_sync_outbox')
          .selectAll()
          .where(owned(ref))
          .orderBy('appointment_id')
          .limit(limit)
        const after = afterAppointmentId
        const rows = await (after === null ? page : page.where('appointment_id', '>', after)).execute()
        return rows.map(jobs.fromRow)
      }),
    listOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_outbox')
          .selectAll()
          .where(ofAppointment(tenantId, appointmentId))
          .execute()
        return rows.map(jobs.fromRow)
      }),
    removeOfAppointment: (tenantId, appointmentId) =>
      atomic(async (db) => {
        const gone = await db
          .deleteFrom('appointment_sync_outbox')
          .where(ofAppointment(tenantId, appointmentId))
          .returningAll()
          .execute()
        for (const job of gone.map(jobs.fromRow)) await rememberFence(db, job, job.fence)
        return gone.length
      }),
    forget: (ref) =>
      atomic(async (db) => {
        await db.deleteFrom('appointment_sync_outbox').where(owned(ref)).execute()
        await forgetFences(db, ref)
      }),
    removeAll: (ref) =>
      atomic(async (db) => {
        await rememberFences(db, ref)
        await db.deleteFrom('appointment_sync_outbox').where(owned(ref)).execute()
      }),
  }
}
