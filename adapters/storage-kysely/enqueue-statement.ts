import type { OutboxStore } from 'appointment-sync/ports'
import type { InsertQueryBuilder, InsertResult } from 'kysely'
import { compilerFor } from './compilers.ts'
import type { StorageDialect } from './dialect.ts'
import { startingFence } from './outbox-fences.ts'
import { isJob } from './outbox-job.ts'
import type { Db } from './runner.ts'
import type { Database } from './schema.ts'

/** What is to be done for an appointment, and when. */
export type Intent = Parameters<OutboxStore['enqueue']>[0]

/** SQL with its values apart. */
export interface BoundStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

type Insert = InsertQueryBuilder<Database, 'appointment_sync_outbox', InsertResult>

/** What an intent makes of its job, new or standing. */
function fresh({ action, dueAtMs, nowMs }: Intent) {
  return {
    action,
    attempts: 0,
    due_at_ms: dueAtMs,
    enqueued_at_ms: nowMs,
    dead: 0,
    last_error_code: null,
  }
}

function insertOf(db: Db, intent: Intent): Insert {
  const { tenantId, userId, integrationId, appointmentId } = intent.ref
  return db.insertInto('appointment_sync_outbox').values({
    ...fresh(intent),
    tenant_id: tenantId,
    user_id: userId,
    integration_id: integrationId,
    appointment_id: appointmentId,
    revision: 1,
    fence: startingFence(db, intent.ref),
    leased_until_ms: null,
  })
}

/** Adds or folds. `returning` gives no row when the job is kept under another user than the one that is named. */
export function upsert(db: Db, intent: Intent): Insert {
  return insertOf(db, intent).onConflict((conflict) =>
    conflict
      .columns(['tenant_id', 'integration_id', 'appointment_id'])
      .doUpdateSet((eb) => ({
        ...fresh(intent),
        revision: eb('appointment_sync_outbox.revision', '+', 1),
      }))
      .where('appointment_sync_outbox.user_id', '=', intent.ref.userId),
  )
}

/** MySQL has no condition on the whole of it: each column of another user's job is set to what it was. */
function upsertForMysql(db: Db, intent: Intent): Insert {
  const { userId } = intent.ref
  const { action, attempts, due_at_ms, enqueued_at_ms, dead } = fresh(intent)
  return insertOf(db, intent).onDuplicateKeyUpdate((eb) => {
    const ours = eb.case().when('user_id', '=', userId)
    return {
      action: ours.then(action).else(eb.ref('action')).end(),
      attempts: ours.then(attempts).else(eb.ref('attempts')).end(),
      due_at_ms: ours.then(due_at_ms).else(eb.ref('due_at_ms')).end(),
      enqueued_at_ms: ours.then(enqueued_at_ms).else(eb.ref('enqueued_at_ms')).end(),
      dead: ours.then(dead).else(eb.ref('dead')).end(),
      last_error_code: ours.then(null).else(eb.ref('last_error_code')).end(),
      revision: ours
        .then(eb('revision', '+', 1))
        .else(eb.ref('revision'))
        .end(),
    }
  })
}

/**
 * The statement that adds the intent or folds it into the standing one. Where the database gives rows back
 * (`sqlite`, `postgres`) it gives one, or none when the job is another user's; `mysql` has to be asked with
 * {@link ownershipStatement}.
 */
export function enqueueStatement(dialect: StorageDialect, intent: Intent): BoundStatement {
  const db = compilerFor(dialect)
  if (dialect === 'mysql') return upsertForMysql(db, intent).compile()
  return upsert(db, intent).returning('revision').compile()
}

/** Gives a row when the job is kept under the user that the intent names. */
export function ownershipStatement(dialect: StorageDialect, { ref }: Intent): BoundStatement {
  return compilerFor(dialect)
    .selectFrom('appointment_sync_outbox')
    .select('revision')
    .where(isJob(ref))
    .compile()
}
