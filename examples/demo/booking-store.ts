import type { DatabaseSync } from 'node:sqlite'
import type { Appointment, AppointmentChange, ApplyResult, Owner } from 'appointment-sync'
import type { AppointmentQuery, AppointmentSource } from 'appointment-sync/ports'

/** A row of the agenda, as a small salon would keep it. */
export interface Booking {
  readonly id: string
  readonly start: string
  readonly end: string
  readonly status: Appointment['status']
  readonly service: string
  readonly minutes: number
  readonly client: string
  readonly phone: string
  readonly email: string
  readonly notes: string
  readonly updatedAt: string
}

/** The professional whose agenda this is. */
export const owner: Owner = { tenantId: 'barbearia-central', userId: 'maria' }

const COLUMNS =
  'id, starts_at AS start, ends_at AS end, status, service, minutes, client, phone, email, notes, updated_at AS updatedAt'

/** The back end's own table. The SDK knows nothing of it but the three functions of `source`. */
export class BookingStore {
  readonly #db: DatabaseSync
  /** What Google told the back end, newest last. */
  readonly changes: AppointmentChange[] = []

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(`CREATE TABLE IF NOT EXISTS bookings (
      id TEXT PRIMARY KEY, starts_at TEXT NOT NULL, ends_at TEXT NOT NULL, status TEXT NOT NULL,
      service TEXT NOT NULL, minutes INTEGER NOT NULL, client TEXT NOT NULL, phone TEXT NOT NULL,
      email TEXT NOT NULL, notes TEXT NOT NULL, updated_at TEXT NOT NULL)`)
  }

  all(): Booking[] {
    return this.#db
      .prepare(`SELECT ${COLUMNS} FROM bookings ORDER BY starts_at, id`)
      .all() as unknown as Booking[]
  }

  find(id: string): Booking | null {
    const row = this.#db.prepare(`SELECT ${COLUMNS} FROM bookings WHERE id = ?`).get(id)
    return (row as unknown as Booking | undefined) ?? null
  }

  save(booking: Omit<Booking, 'updatedAt'>): Appointment {
    const row: Booking = { ...booking, updatedAt: new Date().toISOString() }
    this.#db
      .prepare('INSERT OR REPLACE INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        row.id,
        row.start,
        row.end,
        row.status,
        row.service,
        row.minutes,
        row.client,
        row.phone,
        row.email,
        row.notes,
        row.updatedAt,
      )
    return toAppointment(row)
  }

  /** The host's side of appointment-sync. */
  get source(): AppointmentSource {
    return {
      get: ({ appointmentId }) => {
        const booking = this.find(appointmentId)
        return Promise.resolve(booking === null ? null : toAppointment(booking))
      },
      list: (query) => Promise.resolve(this.#page(query)),
      apply: (change) => Promise.resolve(this.#apply(change)),
    }
  }

  #page(query: AppointmentQuery): { items: Appointment[]; nextCursor?: string } {
    const rows = this.#db
      .prepare(
        `SELECT ${COLUMNS} FROM bookings WHERE ends_at > ? AND starts_at < ? AND updated_at >= ? AND id > ?
         ORDER BY id LIMIT ?`,
      )
      .all(
        query.from.toISOString(),
        query.to.toISOString(),
        query.updatedAfter?.toISOString() ?? '',
        query.cursor ?? '',
        query.limit,
      ) as unknown as Booking[]
    const last = rows.at(-1)
    const more = rows.length === query.limit && last !== undefined
    return { items: rows.map(toAppointment), ...(more ? { nextCursor: last.id } : {}) }
  }

  /** What a person did in Google is done here too, unless the salon's own rules speak against it. */
  #apply(change: AppointmentChange): ApplyResult {
    const booking = this.find(change.appointmentId)
    if (booking === null) return { status: 'rejected', reason: 'this booking does not exist any more' }
    this.changes.push(change)
    if (change.type === 'rescheduled') {
      if (change.allDay) return { status: 'rejected', reason: 'a booking needs a time of day' }
      const [start, end] = [new Date(change.start).toISOString(), new Date(change.end).toISOString()]
      this.save({ ...booking, start, end })
    } else if (change.type === 'cancelled') this.save({ ...booking, status: 'cancelled' })
    else if (change.type === 'restored') this.save({ ...booking, status: 'confirmed' })
    // Texts that a person rewrote in Google stay in Google: this back end has no field for them.
    return { status: 'applied' }
  }
}

/** A booking as appointment-sync knows appointments. */
function toAppointment(booking: Booking): Appointment {
  return {
    id: booking.id,
    ...owner,
    status: booking.status,
    start: booking.start,
    end: booking.end,
    service: { name: booking.service, durationMinutes: booking.minutes },
    client: { name: booking.client, phone: booking.phone, email: booking.email },
    professional: { name: 'Maria Santos' },
    notes: booking.notes,
    updatedAt: booking.updatedAt,
  }
}
