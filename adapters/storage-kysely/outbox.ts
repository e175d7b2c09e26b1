import { AppointmentSyncError } from 'appointment-sync'
import type { OutboxJob, OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { rememberFence, rememberFences, startingFence } from './outbox-fences.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Db, Runner } from './runner.ts'
import type { Database, OutboxRow } from './schema.ts'

const jobs = recordCodec<OutboxJob, OutboxRow>({
  table: 'appointment_sync_outbox',
  ids: ['tenantId', 'integrationId', 'appointmentId'],
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    appointmentId: 'value',
    action: 'value',
    revision: 'value',
    attempts: 'value',
    dueAtMs: 'value',
    enqueuedAtMs: 'value',
    fence: 'value',
    leasedUntilMs: 'value',
    dead: 'flag',
    lastErrorCode: 'value',
  },
})

function isJob(ref: OutboxJobRef): () => Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'appointment_sync_outbox'>()
  return () => eb.and([owned(ref)(), eb('appointment_id', '=', ref.appointmentId)])
}

/** A job that is claimed under this fence. */
function isOurs(job: OutboxJobRef & { readonly fence: number }): () => Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'appointment_sync_outbox'>()
  return () => eb.and([isJob(job)(), eb('fence', '=', job.fence), eb('leased_until_ms', 'is not', null)])
}

/** Neither given up nor leased. */
function isFree(nowMs: number): () => Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'appointment_sync_outbox'>()
  return () =>
    eb.and([
      eb('dead', '=', 0),
      eb.or([eb('leased_until_ms', 'is', null), eb('leased_until_ms', '<=', nowMs)]),
    ])
}

const enqueue =
  ({ run }: Runner): OutboxStore['enqueue'] =>
  ({ ref, action, dueAtMs, nowMs }) =>
    run(async (db) => {
      const { tenantId, userId, integrationId, appointmentId } = ref
      const fresh = { action, attempts: 0, due_at_ms: dueAtMs, enqueued_at_ms: nowMs, dead: 0 }
      const row = await db
        .insertInto('appointment_sync_outbox')
        .values({
          ...fresh,
          tenant_id: tenantId,
          user_id: userId,
          integration_id: integrationId,
          appointment_id: appointmentId,
          revision: 1,
          fence: startingFence(db, ref),
          leased_until_ms: null,
          last_error_code: null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['tenant_id', 'integration_id', 'appointment_id'])
            .doUpdateSet((eb) => ({
              ...fresh,
              revision: eb('appointment_sync_outbox.revision', '+', 1),
              last_error_code: null,
            }))
            .where('appointment_sync_outbox.user_id', '=', userId),
        )
        .returningAll()
        .executeTakeFirst()
      if (row !== undefined) return jobs.fromRow(row)
      throw new AppointmentSyncError({
        code: 'INTERNAL',
        message: `Integration ${integrationId} was named with another user than its own. Nothing was enqueued.`,
      })
    })

/** Claims in one statement: no other writer can come between the choice and the claim. */
const claim =
  ({ run }: Runner): OutboxStore['claim'] =>
  ({ nowMs, leaseMs, limit, ref }) =>
    run(async (db) => {
      const free = db
        .selectFrom('appointment_sync_outbox')
        .select(['tenant_id', 'integration_id', 'appointment_id'])
        .where(isFree(nowMs))
        .orderBy('due_at_ms')
        .orderBy('tenant_id')
        .orderBy('integration_id')
        .orderBy('appointment_id')
        .limit(limit)
      const chosen = ref === undefined ? free.where('due_at_ms', '<=', nowMs) : free.where(isJob(ref))
      const rows = await db
        .updateTable('appointment_sync_outbox')
        .set((eb) => ({
          fence: eb('fence', '+', 1),
          attempts: eb('attempts', '+', 1),
          leased_until_ms: nowMs + leaseMs,
        }))
        .where((eb) =>
          eb(
            eb.refTuple('tenant_id', 'integration_id', 'appointment_id'),
            'in',
            chosen.$asTuple('tenant_id', 'integration_id', 'appointment_id'),
          ),
        )
        .returningAll()
        .execute()
      return rows.sort(byDue).map(jobs.fromRow)
    })

/** `returning` keeps no order. */
function byDue(a: OutboxRow, b: OutboxRow): number {
  const key = (row: OutboxRow): string =>
    JSON.stringify([row.tenant_id, row.integration_id, row.appointment_id])
  return a.due_at_ms - b.due_at_ms || (key(a) < key(b) ? -1 : 1)
}

async function dropLease(
  db: Db,
  job: OutboxJobRef & { readonly fence: number },
  dueAtMs?: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('appointment_sync_outbox')
    .set({ leased_until_ms: null, ...(dueAtMs === undefined ? {} : { due_at_ms: dueAtMs }) })
    .where(isOurs(job))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const complete =
  ({ atomic }: Runner): OutboxStore['complete'] =>
  (job, nowMs) =>
    atomic(async (db) => {
      const { numDeletedRows } = await db
        .deleteFrom('appointment_sync_outbox')
        .where(isOurs(job))
        .where('revision', '=', job.revision)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return (await dropLease(db, job, nowMs)) ? 'superseded' : 'lost'
      await rememberFence(db, job, job.fence)
      return 'done'
    })

const postpone =
  ({ run }: Runner): OutboxStore['postpone'] =>
  (job, { dueAtMs, dead, errorCode }) =>
    run(async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('appointment_sync_outbox')
        .set({ leased_until_ms: null, due_at_ms: dueAtMs, dead: dead ? 1 : 0, last_error_code: errorCode })
        .where(isOurs(job))
        .where('revision', '=', job.revision)
        .executeTakeFirst()
      // Revisions only move up: what is still ours by its fence now has a newer one, whatever came between.
      return numUpdatedRows > 0n || (await dropLease(db, job))
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
    claim: claim(runner),
    complete: complete(runner),
    postpone: postpone(runner),
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
    wake: (ref, nowMs) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_outbox')
          .set({ due_at_ms: nowMs, attempts: 0, dead: 0 })
          .where(owned(ref))
          .executeTakeFirst()
        return Number(numUpdatedRows)
      }),
    removeAll: (ref) =>
      atomic(async (db) => {
        await rememberFences(db, ref)
        await db.deleteFrom('appointment_sync_outbox').where(owned(ref)).execute()
      }),
  }
}
