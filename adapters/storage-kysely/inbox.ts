import { type InboxEntry, inboxEntrySchema } from 'appointment-sync'
import type { InboxStore } from 'appointment-sync/ports'
import { insertIfFree } from './dialect.ts'
import { ofAppointment } from './of-appointment.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { InboxRow } from './schema.ts'

const entries = recordCodec<InboxEntry, InboxRow>({
  table: 'appointment_sync_inbox',
  ids: ['tenantId', 'integrationId', 'changeId'],
  schema: inboxEntrySchema,
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    changeId: 'value',
    appointmentId: 'value',
    calendarId: 'value',
    eventId: 'value',
    type: 'value',
    fields: 'json',
    details: 'json_or_null',
    observedAtMs: 'value',
    attempts: 'value',
    dueAtMs: 'value',
    lastErrorCode: 'value',
  },
})

/** Changes from Google that the host has not answered yet. */
export function inboxStore({ run }: Runner): InboxStore {
  return {
    put: (entry) =>
      run((db) => insertIfFree(db.insertInto('appointment_sync_inbox').values(entries.toRow(entry)))),
    listDue: (ref, nowMs, limit) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_inbox')
          .selectAll()
          .where(owned(ref))
          .where('due_at_ms', '<=', nowMs)
          .orderBy('observed_at_ms')
          .orderBy('change_id')
          .limit(limit)
          .execute()
        return rows.map(entries.fromRow)
      }),
    listIntegrationsDue: (nowMs, limit) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_inbox')
          .select(['tenant_id', 'user_id', 'integration_id'])
          .distinct()
          .where('due_at_ms', '<=', nowMs)
          .limit(limit)
          .execute()
        return rows.map((row) => ({
          tenantId: row.tenant_id,
          userId: row.user_id,
          integrationId: row.integration_id,
        }))
      }),
    listForAppointment: (ref, appointmentId) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_inbox')
          .selectAll()
          .where(owned(ref))
          .where('appointment_id', '=', appointmentId)
          .orderBy('observed_at_ms')
          .orderBy('change_id')
          .execute()
        return rows.map(entries.fromRow)
      }),
    postpone: (ref, changeId, { dueAtMs, attempts, errorCode }) =>
      run(async (db) => {
        await db
          .updateTable('appointment_sync_inbox')
          .set({ due_at_ms: dueAtMs, attempts, last_error_code: errorCode })
          .where(owned(ref))
          .where('change_id', '=', changeId)
          .execute()
      }),
    remove: (ref, changeId) =>
      run(async (db) => {
        await db
          .deleteFrom('appointment_sync_inbox')
          .where(owned(ref))
          .where('change_id', '=', changeId)
          .execute()
      }),
    count: ({ integrationId }) =>
      run(async (db) => {
        const all = db
          .selectFrom('appointment_sync_inbox')
          .select((eb) => eb.fn.countAll<number>().as('rows'))
        const counted = integrationId === undefined ? all : all.where('integration_id', '=', integrationId)
        return (await counted.executeTakeFirstOrThrow()).rows
      }),
    list: (ref, { afterChangeId, limit }) =>
      run(async (db) => {
        const page = db
          .selectFrom('appointment_sync_inbox')
          .selectAll()
          .where(owned(ref))
          .orderBy('change_id')
          .limit(limit)
        const after = afterChangeId
        const rows = await (after === null ? page : page.where('change_id', '>', after)).execute()
        return rows.map(entries.fromRow)
      }),
    listOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_inbox')
          .selectAll()
          .where(ofAppointment(tenantId, appointmentId))
          .execute()
        return rows.map(entries.fromRow)
      }),
    removeOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom('appointment_sync_inbox')
          .where(ofAppointment(tenantId, appointmentId))
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom('appointment_sync_inbox').where(owned(ref)).execute()
      }),
  }
}
