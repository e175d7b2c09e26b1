import { AppointmentSyncError, type WatchChannel, watchChannelSchema } from 'appointment-sync'
import type { WatchChannelStore } from 'appointment-sync/ports'
import { insertIfFree } from './dialect.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { WatchChannelRow } from './schema.ts'

const channels = recordCodec<WatchChannel, WatchChannelRow>({
  table: 'appointment_sync_channels',
  ids: ['tenantId', 'integrationId', 'id'],
  schema: watchChannelSchema,
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    id: 'value',
    calendarId: 'value',
    state: 'value',
    tokenHash: 'value',
    resourceId: 'value',
    expiresAtMs: 'value',
    createdAtMs: 'value',
    version: 'value',
  },
})

/** What Google was asked to call us about. */
export function watchChannelStore({ run }: Runner): WatchChannelStore {
  return {
    insert: (channel) =>
      run(async (db) => {
        const row = channels.toRow(channel)
        if (await insertIfFree(db.insertInto('appointment_sync_channels').values(row))) return
        throw new AppointmentSyncError({
          code: 'STORAGE_FAILED',
          message: `A watch channel with the id ${channel.id} is stored already. Nothing was stored; take another id.`,
        })
      }),
    find: (channelId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_channels')
          .selectAll()
          .where('id', '=', channelId)
          .executeTakeFirst()
        return row === undefined ? null : channels.fromRow(row)
      }),
    replace: (channel, expectedVersion) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('appointment_sync_channels')
          .set(channels.toRow(channel))
          .where('id', '=', channel.id)
          .where(owned(channel))
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    list: (ref) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_channels')
          .selectAll()
          .where(owned(ref))
          .orderBy('id')
          .execute()
        return rows.map(channels.fromRow)
      }),
    listExpiring: (beforeMs, limit) =>
      run(async (db) => {
        const rows = await db
          .selectFrom('appointment_sync_channels')
          .selectAll()
          .where('expires_at_ms', '<=', beforeMs)
          .orderBy('expires_at_ms')
          .orderBy('id')
          .limit(limit)
          .execute()
        return rows.map(channels.fromRow)
      }),
    remove: (ref, channelId) =>
      run(async (db) => {
        await db
          .deleteFrom('appointment_sync_channels')
          .where('id', '=', channelId)
          .where(owned(ref))
          .execute()
      }),
    count: ({ integrationId }) =>
      run(async (db) => {
        const all = db
          .selectFrom('appointment_sync_channels')
          .select((eb) => ['state', eb.fn.countAll<number>().as('rows')])
          .groupBy('state')
        const counted = integrationId === undefined ? all : all.where('integration_id', '=', integrationId)
        const counts = { opening: 0, open: 0, stopping: 0 }
        for (const { state, rows } of await counted.execute()) counts[state] = rows
        return counts
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom('appointment_sync_channels').where(owned(ref)).execute()
      }),
  }
}
