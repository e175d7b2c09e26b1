import { type EventLink, eventLinkSchema } from 'appointment-sync'
import type { EventLinkStore, SyncCursor, SyncCursorStore } from 'appointment-sync/ports'
import { insertIfFree } from './dialect.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { EventLinkRow, SyncCursorRow } from './schema.ts'

const links = recordCodec<EventLink, EventLinkRow>({
  table: 'appointment_sync_links',
  ids: ['tenantId', 'integrationId', 'appointmentId'],
  schema: eventLinkSchema,
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    appointmentId: 'value',
    calendarId: 'value',
    eventId: 'value',
    generation: 'value',
    state: 'value',
    etag: 'value',
    fingerprint: 'value',
    base: 'json',
    appointmentUpdatedAtMs: 'value',
    eventUpdatedAtMs: 'value',
    updatedAtMs: 'value',
    version: 'value',
  },
})

/** Links between appointments and events. */
export function eventLinkStore({ run }: Runner): EventLinkStore {
  return {
    find: (ref, appointmentId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(owned(ref))
          .where('appointment_id', '=', appointmentId)
          .executeTakeFirst()
        return row === undefined ? null : links.fromRow(row)
      }),
    findByEvents: (ref, calendarId, eventIds) =>
      run(async (db) => {
        if (eventIds.length === 0) return []
        const rows = await db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(owned(ref))
          .where('calendar_id', '=', calendarId)
          .where('event_id', 'in', eventIds)
          .execute()
        return rows.map(links.fromRow)
      }),
    replace: (link, expectedVersion) =>
      run(async (db) => {
        const row = links.toRow(link)
        if (expectedVersion === null) return insertIfFree(db.insertInto('appointment_sync_links').values(row))
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_links')
          .set(row)
          .where(owned(link))
          .where('appointment_id', '=', link.appointmentId)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    listLive: (ref, { afterAppointmentId, limit, state = 'live' }) =>
      run(async (db) => {
        const page = db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(owned(ref))
          .where('state', '=', state)
          .orderBy('appointment_id')
          .limit(limit)
        const after = afterAppointmentId
        const rows = await (after === null ? page : page.where('appointment_id', '>', after)).execute()
        return rows.map(links.fromRow)
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom('appointment_sync_links').where(owned(ref)).execute()
      }),
  }
}

const cursors = recordCodec<SyncCursor, SyncCursorRow>({
  table: 'appointment_sync_cursors',
  ids: ['tenantId', 'integrationId', 'calendarId'],
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    calendarId: 'value',
    syncToken: 'value',
    pulledAtMs: 'value',
    sweptAtMs: 'value',
    version: 'value',
  },
})

/** How far integrations have read their calendars. */
export function syncCursorStore({ run }: Runner): SyncCursorStore {
  return {
    find: (ref, calendarId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_cursors')
          .selectAll()
          .where(owned(ref))
          .where('calendar_id', '=', calendarId)
          .executeTakeFirst()
        return row === undefined ? null : cursors.fromRow(row)
      }),
    advance: (cursor, expectedVersion) =>
      run(async (db) => {
        const row = cursors.toRow(cursor)
        if (expectedVersion === null) {
          return insertIfFree(db.insertInto('appointment_sync_cursors').values(row))
        }
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_cursors')
          .set(row)
          .where(owned(cursor))
          .where('calendar_id', '=', cursor.calendarId)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom('appointment_sync_cursors').where(owned(ref)).execute()
      }),
  }
}
