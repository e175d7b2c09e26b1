import type { IntegrationRef } from 'appointment-sync'
import { type RawBuilder, sql } from 'kysely'
import { owned } from './owned.ts'
import type { Db } from './runner.ts'

const TABLE = 'appointment_sync_outbox_fences'

/**
 * What the fence of a new job starts at: that of the jobs that are gone, so that a worker that still holds one of
 * them cannot finish the new job.
 */
export function startingFence(db: Db, ref: IntegrationRef): RawBuilder<number> {
  const known = db
    .selectFrom(TABLE)
    .select('fence')
    .where('tenant_id', '=', ref.tenantId)
    .where('integration_id', '=', ref.integrationId)
  return sql<number>`coalesce(${known}, 0)`
}

/** The same for each of the named jobs of a statement. */
export function startingFenceOf(db: Db, named: 'named'): RawBuilder<number> {
  const known = db
    .selectFrom(TABLE)
    .select('fence')
    .where(`${TABLE}.tenant_id`, '=', sql.ref<string>(`${named}.tenant_id`))
    .where(`${TABLE}.integration_id`, '=', sql.ref<string>(`${named}.integration_id`))
  return sql<number>`coalesce(${known}, 0)`
}

/** Remembers the fence of a job that is removed, unless a higher one is known. */
export async function rememberFence(db: Db, ref: IntegrationRef, fence: number): Promise<void> {
  await db
    .insertInto(TABLE)
    .values({ tenant_id: ref.tenantId, integration_id: ref.integrationId, fence })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'integration_id'])
        .doUpdateSet({ fence })
        .where(`${TABLE}.fence`, '<', fence),
    )
    .execute()
}

/** Forgets what is remembered of the integration's jobs. */
export async function forgetFences(db: Db, ref: IntegrationRef): Promise<void> {
  await db
    .deleteFrom(TABLE)
    .where('tenant_id', '=', ref.tenantId)
    .where('integration_id', '=', ref.integrationId)
    .execute()
}

/** Remembers the highest fence of the integration's jobs, which are about to be removed. */
export async function rememberFences(db: Db, ref: IntegrationRef): Promise<void> {
  const { highest } = await db
    .selectFrom('appointment_sync_outbox')
    .select((eb) => eb.fn.max<number | null>('fence').as('highest'))
    .where(owned(ref))
    .executeTakeFirstOrThrow()
  if (highest !== null) await rememberFence(db, ref, highest)
}
