import { type SyncLogEntry, syncLogEntrySchema } from 'appointment-sync'
import type { SyncLogFilter, SyncLogStore } from 'appointment-sync/ports'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { insertIfFree } from './dialect.ts'
import { ofAppointment } from './of-appointment.ts'
import { afterCursor, pageOf } from './page.ts'
import { recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { Database, SyncLogRow } from './schema.ts'
import { tenantsOf } from './tenants.ts'

const entries = recordCodec<SyncLogEntry, SyncLogRow>({
  table: 'appointment_sync_log',
  ids: ['tenantId', 'id'],
  schema: syncLogEntrySchema,
  fields: {
    id: 'value',
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    atMs: 'value',
    direction: 'value',
    action: 'value',
    status: 'value',
    appointmentId: 'value',
    googleEventId: 'value',
    errorCode: 'value',
    errorMessage: 'value',
    attempt: 'value',
    durationMs: 'value',
    fields: 'json',
  },
})

const logColumns = expressionBuilder<Database, 'appointment_sync_log'>()

function matches(filter: SyncLogFilter): () => Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'appointment_sync_log'>()
  const { userId, appointmentId, direction, action, status, fromMs, toMs, cursor } = filter
  const all: Expression<SqlBool>[] = [eb('tenant_id', '=', filter.tenantId)]
  if (userId !== undefined) all.push(eb('user_id', '=', userId))
  if (appointmentId !== undefined) all.push(eb('appointment_id', '=', appointmentId))
  if (filter.ofAppointment !== undefined) all.push(ofAppointment(filter.tenantId, filter.ofAppointment)())
  if (direction !== undefined) all.push(eb('direction', '=', direction))
  if (action !== undefined) all.push(eb('action', '=', action))
  if (status !== undefined) all.push(eb('status', '=', status))
  if (fromMs !== undefined) all.push(eb('at_ms', '>=', fromMs))
  if (toMs !== undefined) all.push(eb('at_ms', '<', toMs))
  if (cursor !== undefined) all.push(afterCursor('at_ms', cursor)())
  return () => eb.and(all)
}

/** Counts and the newest failure, read in one statement so that they fit each other. */
const summarize =
  ({ run }: Runner): SyncLogStore['summarize'] =>
  ({ tenantId, integrationId, sinceMs }) =>
    run(async (db) => {
      const eb = expressionBuilder<Database, 'appointment_sync_log'>()
      const inScope = (): Expression<SqlBool> =>
        eb.and([
          ...(tenantId === undefined ? [] : [eb('tenant_id', '=', tenantId)]),
          ...(integrationId === undefined ? [] : [eb('integration_id', '=', integrationId)]),
          eb('at_ms', '>=', sinceMs),
        ])
      const failureCode = db
        .selectFrom('appointment_sync_log')
        .select('error_code')
        .where(inScope)
        .where('status', '=', 'failed')
        .orderBy('at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
      const rows = await db
        .selectFrom('appointment_sync_log')
        .select((eb) => [
          'status',
          eb.fn.countAll<number>().as('rows'),
          eb.fn.max('at_ms').as('newest'),
          failureCode.as('failure_code'),
        ])
        .where(inScope)
        .where('status', 'in', ['success', 'failed'])
        .groupBy('status')
        .execute()
      const success = rows.find((row) => row.status === 'success')
      const failed = rows.find((row) => row.status === 'failed')
      return {
        succeeded: success?.rows ?? 0,
        failed: failed?.rows ?? 0,
        lastSuccessAtMs: success?.newest ?? null,
        lastFailure: failed === undefined ? null : { code: failed.failure_code, atMs: failed.newest },
      }
    })

/** The log of what was synced. */
export function syncLogStore(runner: Runner): SyncLogStore {
  const { run } = runner
  const removing = (tenantId: string, limit: number, matching: () => Expression<SqlBool>): Promise<number> =>
    run(async (db) => {
      const some = db
        .selectFrom('appointment_sync_log')
        .select('id')
        .where('tenant_id', '=', tenantId)
        .where(matching)
        .limit(limit)
      const { numDeletedRows } = await db
        .deleteFrom('appointment_sync_log')
        .where('tenant_id', '=', tenantId)
        .where('id', 'in', some)
        .executeTakeFirst()
      return Number(numDeletedRows)
    })
  return {
    summarize: summarize(runner),
    append: (entry) =>
      run(async (db) => {
        await insertIfFree(db.insertInto('appointment_sync_log').values(entries.toRow(entry)))
      }),
    list: (filter) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_log')
          .selectAll()
          .where(matches(filter))
          .orderBy('at_ms', 'desc')
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute()
        return pageOf(rows, filter.limit, (row) => ({ atMs: row.at_ms, id: row.id }), entries.fromRow)
      }),
    listTenants: (page) => run((db) => tenantsOf(db, 'appointment_sync_log', page)),
    purge: ({ tenantId, beforeMs, limit }) =>
      removing(tenantId, limit, () => logColumns('at_ms', '<', beforeMs)),
    removeOfAppointment: (tenantId, appointmentId, limit) =>
      removing(tenantId, limit, ofAppointment(tenantId, appointmentId)),
    removeOwned: ({ tenantId, userId }, limit) =>
      removing(tenantId, limit, () => logColumns('user_id', '=', userId)),
  }
}
