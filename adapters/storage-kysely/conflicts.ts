import { type Conflict, conflictSchema } from 'appointment-sync'
import type { ConflictStore } from 'appointment-sync/ports'
import { type RawBuilder, sql } from 'kysely'
import { insertIfFree } from './dialect.ts'
import { ofAppointment } from './of-appointment.ts'
import { owned } from './owned.ts'
import { afterCursor, pageOf } from './page.ts'
import { recordCodec } from './record-codec.ts'
import type { Db, Runner } from './runner.ts'
import type { ConflictRow } from './schema.ts'
import { tenantsOf } from './tenants.ts'

const conflicts = recordCodec<Conflict, ConflictRow>({
  table: 'appointment_sync_conflicts',
  ids: ['tenantId', 'id'],
  schema: conflictSchema,
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    id: 'value',
    appointmentId: 'value',
    calendarId: 'value',
    eventId: 'value',
    reason: 'value',
    hostReason: 'value',
    fields: 'json',
    base: 'json',
    app: 'json',
    google: 'json',
    status: 'value',
    resolution: 'value',
    decisions: 'json_or_null',
    openedAtMs: 'value',
    resolvedAtMs: 'value',
    version: 'value',
  },
})

/** Written out, so that a plan made before values are known can use the partial index of the open ones. */
const OPEN: RawBuilder<'open'> = sql.lit('open')

async function openRow(db: Db, ref: Conflict): Promise<{ id: string } | undefined> {
  return db
    .selectFrom('appointment_sync_conflicts')
    .select('id')
    .where(owned(ref))
    .where('appointment_id', '=', ref.appointmentId)
    .where('status', '=', OPEN)
    .executeTakeFirst()
}

async function update(db: Db, conflict: Conflict, expectedVersion: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('appointment_sync_conflicts')
    .set(conflicts.toRow(conflict))
    .where(owned(conflict))
    .where('id', '=', conflict.id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function insert(db: Db, conflict: Conflict): Promise<boolean> {
  return insertIfFree(db.insertInto('appointment_sync_conflicts').values(conflicts.toRow(conflict)))
}

/** Of an open conflict the unique index of open ones decides; the other cases have to look. */
const replace =
  ({ run, atomic }: Runner): ConflictStore['replace'] =>
  (given, expectedVersion) => {
    const conflict = structuredClone(given)
    const isOpen = conflict.status === 'open'
    if (isOpen && expectedVersion === null) return run((db) => insert(db, conflict))
    if (!isOpen && expectedVersion !== null) return run((db) => update(db, conflict, expectedVersion))
    return atomic(async (db) => {
      const open = await openRow(db, conflict)
      if (expectedVersion === null) return open === undefined && (await insert(db, conflict))
      if (open !== undefined && open.id !== conflict.id) return false
      return update(db, conflict, expectedVersion)
    })
  }

const list =
  ({ run }: Runner): ConflictStore['list'] =>
  ({ tenantId, userId, status, limit, cursor }) =>
    run(async (db) => {
      let query = db
        .selectFrom('appointment_sync_conflicts')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('status', '=', status)
        .orderBy('opened_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (cursor !== undefined) query = query.where(afterCursor('opened_at_ms', cursor))
      const rows = await query.execute()
      return pageOf(rows, limit, (row) => ({ atMs: row.opened_at_ms, id: row.id }), conflicts.fromRow)
    })

/** Conflicts and how they ended. */
export function conflictStore(runner: Runner): ConflictStore {
  const { run } = runner
  return {
    replace: replace(runner),
    list: list(runner),
    find: (tenantId, conflictId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_conflicts')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('id', '=', conflictId)
          .executeTakeFirst()
        return row === undefined ? null : conflicts.fromRow(row)
      }),
    findOpen: (ref, appointmentId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_conflicts')
          .selectAll()
          .where(owned(ref))
          .where('appointment_id', '=', appointmentId)
          .where('status', '=', OPEN)
          .executeTakeFirst()
        return row === undefined ? null : conflicts.fromRow(row)
      }),
    countOpen: ({ tenantId, integrationId }) =>
      run(async (db) => {
        let query = db
          .selectFrom('appointment_sync_conflicts')
          .select((eb) => eb.fn.countAll<number>().as('rows'))
          .where('status', '=', OPEN)
        if (tenantId !== undefined) query = query.where('tenant_id', '=', tenantId)
        if (integrationId !== undefined) query = query.where('integration_id', '=', integrationId)
        return (await query.executeTakeFirstOrThrow()).rows
      }),
    listOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_conflicts')
          .selectAll()
          .where(ofAppointment(tenantId, appointmentId))
          .execute()
        return rows.map(conflicts.fromRow)
      }),
    removeOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_conflicts')
          .where(ofAppointment(tenantId, appointmentId))
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
    listTenants: (page) => run((db) => tenantsOf(db, 'appointment_sync_conflicts', page)),
    purge: ({ tenantId, beforeMs, limit }) =>
      run(async (db) => {
        const old = db
          .selectFrom('appointment_sync_conflicts')
          .select('id')
          .where('tenant_id', '=', tenantId)
          .where('status', '=', 'resolved')
          .where('resolved_at_ms', '<', beforeMs)
          .limit(limit)
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_conflicts')
          .where('tenant_id', '=', tenantId)
          .where('id', 'in', old)
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom('appointment_sync_conflicts').where(owned(ref)).execute()
      }),
  }
}
