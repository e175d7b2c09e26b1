import { type EventLink, eventLinkSchema } from 'appointment-sync'
import type { EventLinkStore, SyncCursor, SyncCursorStore } from 'appointment-sync/ports'
import { insertIfFree, listed } from './dialect.ts'
import { ofAppointment } from './of-appointment.ts'
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
    iCalUID: 'value',
    generation: 'value',
    state: 'value',
    etag: 'value',
    fingerprint: 'value',
    base: 'json',
    appointmentUpdatedAtMs: 'value',
    eventUpdatedAtMs: 'value',
    overwrites: 'value',
    overwritesSinceMs: 'value',
    updatedAtMs: 'value',
    version: 'value',
  },
})

/** Goes from calendar to calendar in the index of the events, instead of through all links. */
const listCalendars =
  ({ run }: Runner): EventLinkStore['listCalendars'] =>
  (ref) =>
    run(async (db) => {
      const lowest = db
        .selectFrom('appointment_sync_links')
        .select((eb) => eb.fn.min<string | null>('calendar_id').as('calendar_id'))
        .where('tenant_id', '=', ref.tenantId)
        .where('integration_id', '=', ref.integrationId)
      const rows = await db
        .withRecursive('calendars(calendar_id)', (cte) =>
          lowest.unionAll(
            cte
              .selectFrom('calendars')
              .select((eb) =>
                eb
                  .selectFrom('appointment_sync_links as links')
                  .select(({ fn }) => fn.min<string | null>('links.calendar_id').as('calendar_id'))
                  .where('links.tenant_id', '=', ref.tenantId)
                  .where('links.integration_id', '=', ref.integrationId)
                  .whereRef('links.calendar_id', '>', 'calendars.calendar_id')
                  .as('calendar_id'),
              )
              .where('calendars.calendar_id', 'is not', null),
          ),
        )
        .selectFrom('calendars')
        .select('calendars.calendar_id')
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('appointment_sync_links')
              .select('event_id')
              .where(owned(ref))
              .whereRef('appointment_sync_links.calendar_id', '=', 'calendars.calendar_id')
              // No list of states: the index of the live ones would lead through all of them.
              .where('state', '!=', 'removed'),
          ),
        )
        .execute()
      return rows.flatMap(({ calendar_id }) => calendar_id ?? []).toSorted()
    })

/** Links between appointments and events. */
export function eventLinkStore(runner: Runner): EventLinkStore {
  const { run } = runner
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
    findMany: (ref, appointmentIds) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(owned(ref))
          .where('appointment_id', 'in', listed(appointmentIds))
          .execute()
        return rows.map(links.fromRow)
      }),
    listStanding: (ref, appointmentIds) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_links')
          .select(['appointment_id', 'calendar_id', 'state', 'fingerprint', 'appointment_updated_at_ms'])
          .where(owned(ref))
          .where('appointment_id', 'in', listed(appointmentIds))
          .execute()
        return rows.map((row) => ({
          appointmentId: row.appointment_id,
          calendarId: row.calendar_id,
          state: row.state,
          fingerprint: row.fingerprint,
          appointmentUpdatedAtMs: row.appointment_updated_at_ms,
        }))
      }),
    listCalendars: listCalendars(runner),
    findByEvents: (ref, calendarId, eventIds) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(owned(ref))
          .where('calendar_id', '=', calendarId)
          .where('event_id', 'in', listed(eventIds))
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
    listByState: (ref, { afterAppointmentId, limit, state }) =>
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
    listLiveIds: (ref, { afterAppointmentId, limit }) =>
      run(async (db) => {
        const page = db
          .selectFrom('appointment_sync_links')
          .select('appointment_id')
          .where(owned(ref))
          .where('state', '=', 'live')
          .orderBy('appointment_id')
          .limit(limit)
        const after = afterAppointmentId
        const rows = await (after === null ? page : page.where('appointment_id', '>', after)).execute()
        return rows.map((row) => row.appointment_id)
      }),
    listOfAppointment: (tenantId, appointmentId) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_links')
          .selectAll()
          .where(ofAppointment(tenantId, appointmentId))
          .execute()
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
    fullPassAtMs: 'value',
    watchRefusedAtMs: 'value',
    offering: 'flag',
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
    list: (ref) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_cursors')
          .selectAll()
          .where(owned(ref))
          .orderBy('calendar_id')
          .execute()
        return rows.map(cursors.fromRow)
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
