import type { Kysely, Transaction } from 'kysely'
import type { Appointment, AppointmentChange, ApplyResult } from 'appointment-sync'
import type { AppointmentQuery, AppointmentSource, Clock } from 'appointment-sync/ports'
import type { HostEdit } from './worker-messages.ts'

/** A booking of the host's. */
interface BookingRow {
  readonly id: string
  readonly tenant_id: string
  readonly user_id: string
  readonly status: 'confirmed' | 'cancelled'
  readonly start_ms: number
  readonly updated_at_ms: number
}

/** What happened to a booking, written in the transaction in which it happened. */
interface HistoryRow {
  /** `edit:<id>` for an edit of the host's own, `change:<id>` for one of Google's; each is carried out once. */
  readonly source: string
  readonly booking_id: string
  readonly kind: string
  /** Where the booking began afterwards. */
  readonly start_ms: number
  /** A title that was given in Google. */
  readonly title: string | null
}

/** How often a doubt about a commit was settled; written by the test. */
interface SettledDoubtsRow {
  readonly count: number
}

/** The host's own tables, in the file that also holds those of the SDK. */
export interface HostTables {
  bookings: BookingRow
  booking_history: HistoryRow
  settled_doubts: SettledDoubtsRow
}

type Db = Kysely<HostTables> | Transaction<HostTables>

/** How long every appointment takes, in milliseconds. */
export const LENGTH_MS: number = 30 * 60_000

export async function createHostTables(db: Kysely<HostTables>): Promise<void> {
  await db.schema
    .createTable('bookings')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'integer', (column) => column.notNull())
    .addColumn('updated_at_ms', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('booking_history')
    .addColumn('source', 'text', (column) => column.primaryKey())
    .addColumn('booking_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'integer', (column) => column.notNull())
    .addColumn('title', 'text')
    .execute()
  await db.schema
    .createTable('settled_doubts')
    .addColumn('count', 'integer', (column) => column.notNull())
    .execute()
  await db.insertInto('settled_doubts').values({ count: 0 }).execute()
}

/** The host's side: its edits, each in a transaction of its own, and what the SDK asks and tells it. */
export interface Host extends AppointmentSource {
  /** Carries the edit out and commits it; `null` when there is no such booking, or it does not fit. */
  edit(edit: HostEdit): Promise<Appointment | null>
}

/**
 * The host's bookings in its database.
 * @param hooks `applying` runs before a change from Google is stored; `changed` after it was committed, as a hook
 * on the table would.
 */
export function openHost(
  db: Kysely<HostTables>,
  clock: Clock,
  hooks: {
    readonly applying: () => void
    readonly changed: (appointment: Appointment) => Promise<unknown>
  },
): Host {
  const find = (on: Db, id: string): Promise<BookingRow | undefined> =>
    on.selectFrom('bookings').selectAll().where('id', '=', id).executeTakeFirst()

  const put = async (on: Db, row: BookingRow, history: HistoryRow): Promise<void> => {
    await on.replaceInto('bookings').values(row).execute()
    await on.insertInto('booking_history').values(history).execute()
  }

  const edit: Host['edit'] = (given) =>
    db.transaction().execute(async (transaction) => {
      const before = await find(transaction, given.bookingId)
      const after = edited(before, given, clock.now())
      if (after === null) return null
      await put(transaction, after, {
        source: `edit:${given.editId}`,
        booking_id: after.id,
        kind: given.kind,
        start_ms: after.start_ms,
        title: null,
      })
      return appointmentOf(after)
    })

  const apply = async (change: AppointmentChange): Promise<ApplyResult> => {
    const source = `change:${change.changeId}`
    hooks.applying()
    const after = await db.transaction().execute(async (transaction) => {
      const before = await find(transaction, change.appointmentId)
      if (before === undefined) return 'unknown'
      const known = await transaction
        .selectFrom('booking_history')
        .select('source')
        .where('source', '=', source)
        .executeTakeFirst()
      // Told before, by a worker that died before it could say so.
      if (known !== undefined) return null
      const row = followed(before, change, clock.now())
      const title = change.type === 'edited' ? (change.fields.title ?? null) : null
      const history = { source, booking_id: row.id, kind: change.type, start_ms: row.start_ms, title }
      await put(transaction, row, history)
      return row
    })
    if (after === 'unknown') return { status: 'rejected', reason: 'there is no such booking' }
    if (after !== null) await hooks.changed(appointmentOf(after))
    return { status: 'applied' }
  }

  const list = async (query: AppointmentQuery): ReturnType<AppointmentSource['list']> => {
    const { owner, from, to, updatedAfter, cursor, limit } = query
    const rows = await db
      .selectFrom('bookings')
      .selectAll()
      .where('tenant_id', '=', owner.tenantId)
      .where('user_id', '=', owner.userId)
      .where('start_ms', '<', to.getTime())
      .where('start_ms', '>', from.getTime() - LENGTH_MS)
      .where('updated_at_ms', '>=', updatedAfter?.getTime() ?? 0)
      .where('id', '>', cursor ?? '')
      .orderBy('id')
      .limit(limit)
      .execute()
    const last = rows.length === limit ? rows.at(-1)?.id : undefined
    return { items: rows.map(appointmentOf), ...(last === undefined ? {} : { nextCursor: last }) }
  }

  return {
    edit,
    apply,
    list,
    get: async ({ appointmentId }) => {
      const row = await find(db, appointmentId)
      return row === undefined ? null : appointmentOf(row)
    },
  }
}

/** The row after an edit of the host's; `null` when the edit does not fit. */
function edited(before: BookingRow | undefined, edit: HostEdit, nowMs: number): BookingRow | null {
  if (edit.kind === 'book') {
    if (before !== undefined) return null
    const { tenantId: tenant_id, userId: user_id } = edit.owner
    const times = { start_ms: edit.startMs, updated_at_ms: nowMs }
    return { id: edit.bookingId, tenant_id, user_id, status: 'confirmed', ...times }
  }
  // A booking that a person in Google cancelled meanwhile is neither moved nor cancelled again.
  if (before === undefined || (before.status === 'cancelled') !== (edit.kind === 'reinstate')) return null
  const updated_at_ms = Math.max(nowMs, before.updated_at_ms + 1)
  if (edit.kind === 'cancel') return { ...before, status: 'cancelled', updated_at_ms }
  return { ...before, status: 'confirmed', start_ms: edit.startMs, updated_at_ms }
}

function followed(before: BookingRow, change: AppointmentChange, nowMs: number): BookingRow {
  const updated_at_ms = Math.max(nowMs, before.updated_at_ms + 1)
  switch (change.type) {
    case 'rescheduled':
      return { ...before, start_ms: new Date(change.start).getTime(), updated_at_ms }
    case 'cancelled':
      return { ...before, status: 'cancelled', updated_at_ms }
    case 'restored':
      return { ...before, status: 'confirmed', updated_at_ms }
    case 'edited':
    case 'attendee_responded':
    case 'conference_ready':
    case 'created':
      return before
  }
}

/** The location names the booking on the calendar, where nobody but the SDK writes it. */
function appointmentOf(row: BookingRow): Appointment {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    status: row.status,
    start: new Date(row.start_ms),
    end: new Date(row.start_ms + LENGTH_MS),
    service: { name: 'Corte de Cabelo', durationMinutes: 30 },
    client: { name: 'João Silva' },
    location: row.id,
    updatedAt: new Date(row.updated_at_ms),
  }
}
