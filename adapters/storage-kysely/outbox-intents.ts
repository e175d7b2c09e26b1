import type { OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import { sql } from 'kysely'
import { jobRows } from './dialect.ts'
import { upsert } from './enqueue-statement.ts'
import { startingFenceOf } from './outbox-fences.ts'
import { jobs, namedWithAnotherUser } from './outbox-job.ts'
import type { Db, Runner } from './runner.ts'
import type { OutboxRow } from './schema.ts'

const JOB_KEY = ['tenant_id', 'integration_id', 'appointment_id'] as const

/** Stores an intent, or folds it into the standing one. */
export const enqueue =
  ({ run }: Runner): OutboxStore['enqueue'] =>
  (intent) =>
    run(async (db) => {
      const row = await upsert(db, intent).returningAll().executeTakeFirst()
      if (row === undefined) throw namedWithAnotherUser(intent.ref)
      return jobs.fromRow(row)
    })

type BeginQuery = Parameters<OutboxStore['begin']>[0]

/**
 * Stores or folds all intents and leases what nobody holds, in one statement. What it leased has its first attempt
 * behind it, what it left to another worker has none: so the rows that come back tell the two apart.
 */
async function beginIn(db: Db, refs: readonly OutboxJobRef[], query: BeginQuery): Promise<OutboxRow[]> {
  const { action, dueAtMs, nowMs, leaseMs } = query
  return db
    .insertInto('appointment_sync_outbox')
    .columns([
      'tenant_id',
      'user_id',
      'integration_id',
      'appointment_id',
      'action',
      'revision',
      'attempts',
      'due_at_ms',
      'enqueued_at_ms',
      'fence',
      'leased_until_ms',
      'dead',
      'last_error_code',
    ])
    .expression(
      db
        .selectFrom(jobRows(refs).as('named'))
        .select((eb) => [
          'named.tenant_id',
          'named.user_id',
          'named.integration_id',
          'named.appointment_id',
          eb.val(action).as('action'),
          eb.lit(1).as('revision'),
          eb.lit(1).as('attempts'),
          eb.val(dueAtMs).as('due_at_ms'),
          eb.val(nowMs).as('enqueued_at_ms'),
          sql<number>`${startingFenceOf(db, 'named')} + 1`.as('fence'),
          eb.val(nowMs + leaseMs).as('leased_until_ms'),
          eb.lit(0).as('dead'),
          eb.lit(null).as('last_error_code'),
        ])
        // Without it SQLite takes the `on` of `on conflict` for that of a join.
        .where(sql<boolean>`true`),
    )
    .onConflict((conflict) =>
      conflict
        .columns([...JOB_KEY])
        .doUpdateSet((eb) => {
          const held = eb('appointment_sync_outbox.leased_until_ms', '>', nowMs)
          return {
            action: eb.ref('excluded.action'),
            revision: eb('appointment_sync_outbox.revision', '+', 1),
            attempts: eb.case().when(held).then(0).else(1).end(),
            due_at_ms: eb.ref('excluded.due_at_ms'),
            enqueued_at_ms: eb.ref('excluded.enqueued_at_ms'),
            fence: eb
              .case()
              .when(held)
              .then(eb.ref('appointment_sync_outbox.fence'))
              .else(eb('appointment_sync_outbox.fence', '+', 1))
              .end(),
            leased_until_ms: eb
              .case()
              .when(held)
              .then(eb.ref('appointment_sync_outbox.leased_until_ms'))
              .else(eb.ref('excluded.leased_until_ms'))
              .end(),
            dead: 0,
            last_error_code: null,
          }
        })
        .whereRef('appointment_sync_outbox.user_id', '=', 'excluded.user_id'),
    )
    .returningAll()
    .execute()
}

function keyOf({ tenantId, userId, integrationId, appointmentId }: OutboxJobRef): string {
  return JSON.stringify([tenantId, userId, integrationId, appointmentId])
}

/** Each job once. */
function distinct(refs: readonly OutboxJobRef[]): OutboxJobRef[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
}

/** One intent is one row; with more, a row that is refused must take the others back. */
export const begin =
  ({ run, atomic }: Runner): OutboxStore['begin'] =>
  (query) => {
    const refs = distinct(query.refs)
    const [first] = refs
    if (first === undefined) return Promise.resolve([])
    return (refs.length === 1 ? run : atomic)(async (db) => {
      const rows = await beginIn(db, refs, query)
      if (rows.length < refs.length) {
        const stored = new Set(rows.map((row) => keyOf(jobs.fromRow(row))))
        throw namedWithAnotherUser(refs.find((ref) => !stored.has(keyOf(ref))) ?? first)
      }
      return rows.filter((row) => row.attempts === 1).map(jobs.fromRow)
    })
  }
