import type { LeaseStore } from 'appointment-sync/ports'
import type { Runner } from './runner.ts'

/** Leases. Rows stay when a lease is given back: they remember the fence. */
export function leaseStore({ run }: Runner): LeaseStore {
  return {
    acquire: ({ key, nowMs, ttlMs }) =>
      run(async (db) => {
        const row = await db
          .insertInto('appointment_sync_leases')
          .values({ lease_key: key, fence: 1, held_until_ms: nowMs + ttlMs })
          .onConflict((conflict) =>
            conflict
              .column('lease_key')
              .doUpdateSet((eb) => ({
                fence: eb('appointment_sync_leases.fence', '+', 1),
                held_until_ms: nowMs + ttlMs,
              }))
              .where((eb) =>
                eb.or([
                  eb('appointment_sync_leases.held_until_ms', 'is', null),
                  eb('appointment_sync_leases.held_until_ms', '<=', nowMs),
                ]),
              ),
          )
          .returning('fence')
          .executeTakeFirst()
        return row === undefined ? null : { key, fence: row.fence }
      }),
    renew: ({ key, fence }, nowMs, ttlMs) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_leases')
          .set({ held_until_ms: nowMs + ttlMs })
          .where('lease_key', '=', key)
          .where('fence', '=', fence)
          .where('held_until_ms', '>', nowMs)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    holds: ({ key, fence }, nowMs) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_leases')
          .select('fence')
          .where('lease_key', '=', key)
          .where('fence', '=', fence)
          .where('held_until_ms', '>', nowMs)
          .executeTakeFirst()
        return row !== undefined
      }),
    forget: (key) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_leases')
          .where('lease_key', '=', key)
          .where('held_until_ms', 'is', null)
          .executeTakeFirst()
        return numDeletedRows > 0n
      }),
    release: ({ key, fence }) =>
      run(async (db) => {
        await db
          .updateTable('appointment_sync_leases')
          .set({ held_until_ms: null })
          .where('lease_key', '=', key)
          .where('fence', '=', fence)
          .execute()
      }),
  }
}
