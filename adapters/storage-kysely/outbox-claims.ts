import type { OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { rememberFence } from './outbox-fences.ts'
import { isJob, jobs } from './outbox-job.ts'
import type { Db, Runner } from './runner.ts'
import type { Database, OutboxRow } from './schema.ts'

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

const KEY = ['tenant_id', 'integration_id', 'appointment_id'] as const
const ORDER = ['due_at_ms', ...KEY] as const

/**
 * The keys of the jobs that are due, in turns: a tenant's turn is numbered over the turns of its integrations. A
 * job whose integration has had as many turns as are wanted cannot be among them, and is not sorted any further.
 */
function dueInTurns(db: Db, nowMs: number, limit: number) {
  const byIntegration = db
    .selectFrom('appointment_sync_outbox')
    .select([...ORDER])
    .select((eb) =>
      eb.fn
        .agg<number>('row_number')
        .over((over) =>
          over.partitionBy(['tenant_id', 'integration_id']).orderBy('due_at_ms').orderBy('appointment_id'),
        )
        .as('integration_turn'),
    )
    .where(isFree(nowMs))
    .where('due_at_ms', '<=', nowMs)
  const byTenant = db
    .selectFrom(byIntegration.as('due'))
    .select([...ORDER])
    .select((eb) =>
      eb.fn
        .agg<number>('row_number')
        .over((over) => {
          let turns = over.partitionBy('tenant_id').orderBy('integration_turn')
          for (const column of ORDER) turns = turns.orderBy(column)
          return turns
        })
        .as('tenant_turn'),
    )
    .where('integration_turn', '<=', limit)
  let chosen = db
    .selectFrom(byTenant.as('turns'))
    .select([...KEY])
    .orderBy('tenant_turn')
  for (const column of ORDER) chosen = chosen.orderBy(column)
  return chosen.limit(limit)
}

/**
 * Claims in one statement: no other writer can come between the choice and the claim. It looks twice whether a job
 * is free, because in a database with several writers at a time one could.
 */
export const claim =
  ({ run }: Runner): OutboxStore['claim'] =>
  ({ nowMs, leaseMs, limit, ref }) =>
    run(async (db) => {
      const claimed = db
        .updateTable('appointment_sync_outbox')
        .set((eb) => ({
          fence: eb('fence', '+', 1),
          attempts: eb('attempts', '+', 1),
          leased_until_ms: nowMs + leaseMs,
        }))
        .where(isFree(nowMs))
        .returningAll()
      if (ref !== undefined) return (await claimed.where(isJob(ref)).execute()).map(jobs.fromRow)
      const chosen = db.selectFrom(dueInTurns(db, nowMs, limit).as('chosen')).select([...KEY])
      const rows = await claimed
        .where((eb) => eb(eb.refTuple(...KEY), 'in', chosen.$asTuple(...KEY)))
        .execute()
      return inTurns(rows).map(jobs.fromRow)
    })

/** `returning` keeps no order. The turns among claimed jobs are those among all jobs that were due. */
function inTurns(rows: readonly OutboxRow[]): OutboxRow[] {
  const key = (row: OutboxRow): string => JSON.stringify(KEY.map((column) => row[column]))
  const byDue = rows.toSorted((a, b) => a.due_at_ms - b.due_at_ms || (key(a) < key(b) ? -1 : 1))
  const integrationTurn = turnsOf(byDue, (row) => JSON.stringify([row.tenant_id, row.integration_id]))
  const byIntegration = byDue.toSorted((a, b) => integrationTurn(a) - integrationTurn(b))
  const tenantTurn = turnsOf(byIntegration, (row) => row.tenant_id)
  return byDue.toSorted((a, b) => tenantTurn(a) - tenantTurn(b))
}

/** How many rows of its group come before a row. */
function turnsOf<R>(rows: readonly R[], groupOf: (row: R) => string): (row: R) => number {
  const next = new Map<string, number>()
  const turns = new Map<R, number>()
  for (const row of rows) {
    const turn = next.get(groupOf(row)) ?? 0
    turns.set(row, turn)
    next.set(groupOf(row), turn + 1)
  }
  return (row) => turns.get(row) ?? 0
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

/** Ends a claimed job. */
export const complete =
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

/** Gives a claimed job back. */
export const postpone =
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
