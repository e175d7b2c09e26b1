import type { IntegrationRef } from 'appointment-sync'
import {
  type BusyBlock,
  type BusyCalendar,
  type BusyReading,
  type BusyStore,
  MAX_BUSY_BLOCK_MS,
  type StoredBusyBlock,
} from 'appointment-sync/ports'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { listed, packedRows, unpacked } from './dialect.ts'
import { integrationCodec } from './grants.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Db, Runner } from './runner.ts'
import type { BusyBlockRow, BusyCalendarRow, IntegrationRow } from './schema.ts'

const calendars = recordCodec<BusyCalendar, BusyCalendarRow>({
  table: 'appointment_sync_busy_calendars',
  ids: ['tenantId', 'integrationId', 'calendarId'],
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    calendarId: 'value',
    asOfMs: 'value',
    coveredFromMs: 'value',
    coveredToMs: 'value',
    timeZone: 'value',
    source: 'value',
    syncToken: 'value',
    withTitles: 'flag',
    errorCode: 'value',
  },
})

const CALENDAR_COLUMNS = [
  'tenant_id',
  'user_id',
  'integration_id',
  'calendar_id',
  'as_of_ms',
  'covered_from_ms',
  'covered_to_ms',
  'time_zone',
  'source',
  'sync_token',
  'with_titles',
  'error_code',
] as const satisfies (keyof BusyCalendarRow)[]

const BLOCK_COLUMNS = [
  'calendar_id',
  'event_id',
  'start_ms',
  'end_ms',
  'title',
] as const satisfies (keyof BusyBlockRow)[]

type BlockRow = Pick<BusyBlockRow, (typeof BLOCK_COLUMNS)[number]>

/** Rows of a statement; its values are far below SQLite's limit of 32,766. */
const INSERTED_AT_ONCE = 500

/** That a row is of a calendar of the integration. */
function ofCalendar(ref: IntegrationRef, calendarId: string): () => Expression<SqlBool> {
  const eb = expressionBuilder<{ rows: { calendar_id: string } }, 'rows'>()
  return () => eb.and([owned(ref)(), eb('calendar_id', '=', calendarId)])
}

function toRow(
  { tenantId, userId, integrationId }: IntegrationRef,
  calendarId: string,
  generation: string,
  block: BusyBlock,
): BusyBlockRow {
  return {
    tenant_id: tenantId,
    user_id: userId,
    integration_id: integrationId,
    calendar_id: calendarId,
    event_id: block.eventId,
    series_id: block.seriesId,
    start_ms: block.startMs,
    end_ms: block.endMs,
    title: block.title,
    generation,
  }
}

async function removeEvents(
  db: Db,
  ref: IntegrationRef,
  calendarId: string,
  ids: readonly string[],
): Promise<void> {
  // Two statements: an `or` of two columns would read all blocks of the calendar.
  for (const column of ['event_id', 'series_id'] as const) {
    await db
      .deleteFrom('appointment_sync_busy_blocks')
      .where(ofCalendar(ref, calendarId))
      .where(column, 'in', listed(ids))
      .execute()
  }
}

/** One statement: each integration with its calendars and blocks packed into a column. */
const read =
  ({ run }: Runner): BusyStore['read'] =>
  ({ tenantId, userIds, fromMs, toMs }) =>
    run(async (db) => {
      const rows = await db
        .selectFrom('appointment_sync_integrations as holder')
        .selectAll('holder')
        .select((eb) => [
          eb
            .selectFrom('appointment_sync_busy_calendars as calendar')
            .select(packedRows('calendar', CALENDAR_COLUMNS).as('rows'))
            .where('calendar.tenant_id', '=', tenantId)
            .whereRef('calendar.integration_id', '=', 'holder.id')
            .whereRef('calendar.user_id', '=', 'holder.user_id')
            .as('calendars'),
          eb
            .selectFrom('appointment_sync_busy_blocks as block')
            .select(packedRows('block', BLOCK_COLUMNS).as('rows'))
            .where('block.tenant_id', '=', tenantId)
            .whereRef('block.integration_id', '=', 'holder.id')
            .whereRef('block.user_id', '=', 'holder.user_id')
            // No block is longer: so far back, and no further, one that reaches into the range can begin.
            .where('block.start_ms', '>=', fromMs - MAX_BUSY_BLOCK_MS)
            .where('block.start_ms', '<', toMs)
            .where((of) => of.or([of('block.end_ms', '>', fromMs), of('block.start_ms', '>=', fromMs)]))
            .as('blocks'),
        ])
        .where('holder.tenant_id', '=', tenantId)
        .where('holder.user_id', 'in', listed(userIds))
        .execute()
      return rows.map((row) => toReading(row))
    })

function toReading({
  calendars: packedCalendars,
  blocks,
  ...row
}: IntegrationRow & { calendars: string | null; blocks: string | null }): BusyReading {
  const found = unpacked<BusyCalendarRow>(packedCalendars, CALENDAR_COLUMNS).map(calendars.fromRow)
  return {
    integration: integrationCodec.fromRow(row),
    calendars: found.sort((a, b) => (a.calendarId < b.calendarId ? -1 : 1)),
    blocks: unpacked<BlockRow>(blocks, BLOCK_COLUMNS)
      .map(toBlock)
      .sort((a, b) => a.startMs - b.startMs),
  }
}

function toBlock({ calendar_id, event_id, start_ms, end_ms, title }: BlockRow): StoredBusyBlock {
  return { calendarId: calendar_id, eventId: event_id, startMs: start_ms, endMs: end_ms, title }
}

/** Busy times of calendars. */
export function busyStore(runner: Runner): BusyStore {
  const { run, atomic } = runner
  return {
    findCalendar: (ref, calendarId) =>
      run(async (db) => {
        const row = await db
          .selectFrom('appointment_sync_busy_calendars')
          .selectAll()
          .where(ofCalendar(ref, calendarId))
          .executeTakeFirst()
        return row === undefined ? null : calendars.fromRow(row)
      }),
    saveCalendar: (calendar) => {
      const row = calendars.toRow(calendar)
      const { tenantId, userId, integrationId, calendarId } = calendar
      const ref = { tenantId, userId, integrationId }
      return atomic(async (db) => {
        await db.deleteFrom('appointment_sync_busy_calendars').where(ofCalendar(ref, calendarId)).execute()
        await db.insertInto('appointment_sync_busy_calendars').values(row).execute()
      })
    },
    replaceEvents: (ref, calendarId, { eventIds, blocks, generation }) => {
      // Before its turn comes: until then the caller may change what was given.
      const ids = [...new Set([...eventIds, ...blocks.map(({ eventId }) => eventId)])]
      const byKey = new Map(blocks.map((block) => [`${block.startMs} ${block.eventId}`, block]))
      const rows = [...byKey.values()].map((block) => toRow(ref, calendarId, generation, block))
      return atomic(async (db) => {
        if (ids.length > 0) await removeEvents(db, ref, calendarId, ids)
        for (let at = 0; at < rows.length; at += INSERTED_AT_ONCE) {
          const values = rows.slice(at, at + INSERTED_AT_ONCE)
          await db.insertInto('appointment_sync_busy_blocks').values(values).execute()
        }
      })
    },
    sweep: (ref, calendarId, generation) =>
      run(async (db) => {
        await db
          .deleteFrom('appointment_sync_busy_blocks')
          .where(ofCalendar(ref, calendarId))
          .where('generation', '!=', generation)
          .execute()
      }),
    forgetTitles: (ref) =>
      atomic(async (db) => {
        await db
          .updateTable('appointment_sync_busy_blocks')
          .set({ title: null })
          .where(owned(ref))
          .where('title', 'is not', null)
          .execute()
        await db
          .updateTable('appointment_sync_busy_calendars')
          .set({ with_titles: 0 })
          .where(owned(ref))
          .execute()
      }),
    removeCalendar: (ref, calendarId) =>
      atomic(async (db) => {
        for (const name of ['appointment_sync_busy_blocks', 'appointment_sync_busy_calendars'] as const) {
          await db.deleteFrom(name).where(ofCalendar(ref, calendarId)).execute()
        }
      }),
    read: read(runner),
    removeAll: (ref) =>
      atomic(async (db) => {
        for (const name of ['appointment_sync_busy_blocks', 'appointment_sync_busy_calendars'] as const) {
          await db.deleteFrom(name).where(owned(ref)).execute()
        }
      }),
  }
}
