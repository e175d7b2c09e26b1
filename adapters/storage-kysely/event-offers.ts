import { type EventOffer, eventOfferSchema } from 'appointment-sync'
import type { EventOfferStore } from 'appointment-sync/ports'
import { insertIfFree, listed } from './dialect.ts'
import { owned } from './owned.ts'
import { recordCodec } from './record-codec.ts'
import type { Runner } from './runner.ts'
import type { EventOfferRow } from './schema.ts'

const TABLE = 'appointment_sync_offers'

const offers = recordCodec<EventOffer, EventOfferRow>({
  table: TABLE,
  ids: ['tenantId', 'integrationId', 'id'],
  schema: eventOfferSchema,
  fields: {
    tenantId: 'value',
    userId: 'value',
    integrationId: 'value',
    id: 'value',
    calendarId: 'value',
    eventId: 'value',
    iCalUID: 'value',
    state: 'value',
    appointmentId: 'value',
    eventUpdatedAtMs: 'value',
    offeredAtMs: 'value',
    askedAtMs: 'value',
    askedUntilMs: 'value',
    keepUntilMs: 'value',
    version: 'value',
  },
})

/** Two look-ups, each in an index of its own: one with an `or` would read all offers of the integration. */
const holds =
  ({ run }: Runner): EventOfferStore['holds'] =>
  (ref, appointmentId, nowMs) =>
    run(async (db) => {
      const named = await db
        .selectFrom(TABLE)
        .select('id')
        .where(owned(ref))
        .where('appointment_id', '=', appointmentId)
        .where('state', 'in', ['offered', 'answered'])
        .limit(1)
        .executeTakeFirst()
      if (named !== undefined) return true
      const told = await db
        .selectFrom(TABLE)
        .select('id')
        .where(owned(ref))
        .where('asked_until_ms', '>', nowMs)
        .limit(1)
        .executeTakeFirst()
      return told !== undefined
    })

/** Events that were offered to the host, and what it answered. */
export function eventOfferStore(runner: Runner): EventOfferStore {
  const { run } = runner
  return {
    insert: (offer) => run((db) => insertIfFree(db.insertInto(TABLE).values(offers.toRow(offer)))),
    findMany: (ref, ids) =>
      run(async (db) => {
        const rows = await db
          .selectFrom(TABLE)
          .selectAll()
          .where(owned(ref))
          .where('id', 'in', listed(ids))
          .execute()
        return rows.map(offers.fromRow)
      }),
    findByEvents: (ref, calendarId, eventIds) =>
      run(async (db) => {
        const rows = await db
          .selectFrom(TABLE)
          .selectAll()
          .where(owned(ref))
          .where('calendar_id', '=', calendarId)
          .where('event_id', 'in', listed(eventIds))
          .execute()
        return rows.map(offers.fromRow)
      }),
    list: (ref, { afterId, limit }) =>
      run(async (db) => {
        const page = db.selectFrom(TABLE).selectAll().where(owned(ref)).orderBy('id').limit(limit)
        const rows = await (afterId === null ? page : page.where('id', '>', afterId)).execute()
        return rows.map(offers.fromRow)
      }),
    holds: holds(runner),
    replace: (offer, expectedVersion) =>
      run(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable(TABLE)
          .set(offers.toRow(offer))
          .where(owned(offer))
          .where('id', '=', offer.id)
          .where('version', '=', expectedVersion)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    remove: (ref, id) =>
      run(async (db) => {
        await db.deleteFrom(TABLE).where(owned(ref)).where('id', '=', id).execute()
      }),
    purge: (beforeMs, limit) =>
      run(async (db) => {
        const old = db
          .selectFrom(TABLE)
          .select(['tenant_id', 'integration_id', 'id'])
          .where('keep_until_ms', '<', beforeMs)
          .orderBy('keep_until_ms')
          .limit(limit)
        const key = ['tenant_id', 'integration_id', 'id'] as const
        const { numDeletedRows } = await db
          .deleteFrom(TABLE)
          .where((eb) => eb(eb.refTuple(...key), 'in', old.$asTuple(...key)))
          .executeTakeFirst()
        return Number(numDeletedRows)
      }),
    removeAll: (ref) =>
      run(async (db) => {
        await db.deleteFrom(TABLE).where(owned(ref)).execute()
      }),
  }
}
