import type { Appointment, AppointmentChange, AppointmentRef, ApplyResult } from 'appointment-sync'
import type { AppointmentPage, AppointmentQuery } from 'appointment-sync/ports'
import { spanOf, timeValue } from './calendar-view.ts'
import { guestOf } from './guest-book.ts'
import type { AppointmentRecord, Ledger, Values } from './ledger.ts'
import { byField } from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'
import { keyOf, type SeriesRecord, toSeriesAppointment } from './series.ts'

/** A booking in the host's own database. */
export interface Row {
  readonly record: AppointmentRecord
  readonly status: 'confirmed' | 'cancelled'
  readonly values: Values
  /** Moves up with every change, whoever made it. */
  readonly version: number
  /** The version that last changed each field. */
  readonly changedIn: Record<Field, number>
  readonly updatedAtMs: number
  /** The client's address; `null` where clients are not invited. */
  readonly guest: string | null
}

/** How the host takes changes from Google. */
export interface HostHabits {
  readonly followsTexts: boolean
  readonly refusesRestores: boolean
  /** Whether clients have an address, to be invited by. */
  readonly invites: boolean
  /** The appointment whose cancellation it refuses. */
  readonly uncancellable: AppointmentRecord | null
}

/** Times whose slot is taken at the host's: a move there is refused. */
function isTaken(time: string): boolean {
  return (spanOf(time).startMs / 60_000) % 7 === 0
}

/** The booking back end: one database for all its processes. It knows nothing of Google. */
export class Host {
  readonly rows: Map<string, Row> = new Map()
  /** Every state a booking was in, for hooks that come late. */
  readonly history: Map<string, Row[]> = new Map()
  readonly answers: Map<string, ApplyResult> = new Map()
  readonly #habits: HostHabits
  readonly #ledger: Ledger
  readonly #nowMs: () => number

  constructor(habits: HostHabits, ledger: Ledger, nowMs: () => number) {
    this.#habits = habits
    this.#ledger = ledger
    this.#nowMs = nowMs
  }

  rowOf(record: AppointmentRecord): Row | undefined {
    return this.rows.get(record.key)
  }

  /** Books it, or changes it; `updatedAt` moves with every change. */
  write(record: AppointmentRecord, status: Row['status'], changes: Partial<Values>): Row {
    const before = this.rows.get(record.key)
    const version = (before?.version ?? this.history.get(record.key)?.at(-1)?.version ?? 0) + 1
    const row: Row = {
      record,
      status,
      values: { ...(before?.values ?? byField(() => '')), ...changes },
      version,
      changedIn: byField((field) =>
        changes[field] === undefined ? (before?.changedIn[field] ?? version) : version,
      ),
      updatedAtMs: Math.max(this.#nowMs(), (before?.updatedAtMs ?? 0) + 1),
      guest: this.#habits.invites ? guestOf(record) : null,
    }
    this.rows.set(record.key, row)
    const series = record.partOf?.series
    if (series !== undefined) series.updatedAtMs = Math.max(row.updatedAtMs, series.updatedAtMs + 1)
    const states = this.history.get(record.key) ?? []
    states.push(row)
    this.history.set(record.key, states)
    return row
  }

  erase(record: AppointmentRecord): void {
    this.rows.delete(record.key)
  }

  /** The rows that an appointment is made of: one, or those of a series. */
  rowsOf({ tenantId, appointmentId }: AppointmentRef): Row[] {
    const series = this.#seriesOf(tenantId, appointmentId)
    if (series !== null) return series.occurrences.flatMap(({ key }) => this.rows.get(key) ?? [])
    const row = this.rows.get(`${tenantId}/${appointmentId}`)
    return row === undefined || row.record.partOf !== null ? [] : [row]
  }

  #seriesOf(tenantId: string, appointmentId: string): SeriesRecord | null {
    const all = [...this.#ledger.series.values()]
    return all.find(({ id, owner }) => id === appointmentId && owner.tenantId === tenantId) ?? null
  }

  /** The appointment that a row is, or that it is an occurrence of. */
  appointmentOf(row: Row): Appointment {
    const { partOf } = row.record
    const series = partOf === null ? null : toSeriesAppointment(partOf.series, this.rows)
    return series ?? toAppointment(row)
  }

  get(ref: AppointmentRef): Appointment | null {
    const [row] = this.rowsOf(ref)
    return row === undefined ? null : this.appointmentOf(row)
  }

  /** A page of rows, in the order of their ids. */
  list({ owner, from, to, updatedAfter, cursor, limit }: AppointmentQuery): {
    rows: Row[]
    next: string | undefined
  } {
    // A series is listed once, by the first of its occurrences that belongs there.
    const listed = new Set<SeriesRecord>()
    const matching = [...this.rows.values()]
      .filter(
        ({ record }) => record.owner.tenantId === owner.tenantId && record.owner.userId === owner.userId,
      )
      .filter(({ values }) => {
        const { startMs, endMs } = spanOf(values.time)
        return endMs > from.getTime() && startMs < to.getTime()
      })
      .filter(({ updatedAtMs }) => updatedAfter === undefined || updatedAtMs >= updatedAfter.getTime())
      .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
      .filter(({ record: { partOf } }) => {
        if (partOf === null) return true
        const isFirst = !listed.has(partOf.series)
        listed.add(partOf.series)
        return isFirst
      })
    const rest = matching.filter(({ record }) => cursor === undefined || record.id > cursor)
    const rows = rest.slice(0, limit)
    return { rows, next: rest.length > limit ? rows.at(-1)?.record.id : undefined }
  }

  /** Follows a change, or refuses it; the second time it gives the first answer. */
  apply(change: AppointmentChange): ApplyResult {
    const key = `${change.owner.tenantId}/${change.changeId}`
    const known = this.answers.get(key)
    if (known !== undefined) return known
    const answer = this.#decide(change)
    this.answers.set(key, answer)
    return answer
  }

  /** All of it is cancelled: nothing else is told of a whole series here. */
  #decideSeries({ occurrences }: SeriesRecord): ApplyResult {
    for (const record of occurrences) if (this.rows.has(record.key)) this.write(record, 'cancelled', {})
    return { status: 'applied' }
  }

  #decide(change: AppointmentChange): ApplyResult {
    const series =
      change.occurrence === undefined ? this.#seriesOf(change.owner.tenantId, change.appointmentId) : null
    if (series !== null) return this.#decideSeries(series)
    const row = this.rows.get(keyOf(change))
    if (row === undefined) return { status: 'rejected', reason: 'unknown appointment' }
    const { record } = row
    switch (change.type) {
      case 'rescheduled': {
        const time = timeValue(new Date(change.start).getTime(), new Date(change.end).getTime())
        if (isTaken(time)) return { status: 'rejected', reason: 'the slot is taken' }
        this.write(record, row.status, { time })
        return { status: 'applied' }
      }
      case 'cancelled':
        if (record === this.#habits.uncancellable)
          return { status: 'rejected', reason: 'cannot be cancelled' }
        this.write(record, 'cancelled', {})
        return { status: 'applied' }
      case 'restored':
        if (this.#habits.refusesRestores) return { status: 'rejected', reason: 'gone is gone' }
        this.write(record, 'confirmed', {})
        return { status: 'applied' }
      case 'edited':
        if (this.#habits.followsTexts) this.write(record, row.status, valuesOf(change))
        return { status: 'applied' }
      case 'attendee_responded':
      case 'conference_ready':
      case 'created':
        return { status: 'applied' }
    }
  }
}

/** The row as the SDK takes it. */
function toAppointment(row: Row): Appointment {
  const { tenantId, userId } = row.record.owner
  const { startMs, endMs } = spanOf(row.values.time)
  return {
    id: row.record.id,
    tenantId,
    userId,
    status: row.status,
    start: new Date(startMs),
    end: new Date(endMs),
    title: row.values.title,
    notes: row.values.description,
    location: row.values.location,
    ...(row.guest === null ? {} : { client: { name: 'Client', email: row.guest } }),
    updatedAt: new Date(row.updatedAtMs),
  }
}

/** A page of rows as the SDK takes it. */
export function toPage(host: Host, page: ReturnType<Host['list']>): AppointmentPage {
  const items = page.rows.map((row) => host.appointmentOf(row))
  return page.next === undefined ? { items } : { items, nextCursor: page.next }
}

/** The fields a change names, as values. */
export function valuesOf(change: AppointmentChange): Partial<Values> {
  if (change.type === 'rescheduled') {
    return { time: timeValue(new Date(change.start).getTime(), new Date(change.end).getTime()) }
  }
  if (change.type !== 'edited') return {}
  const given = change.fields
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = field === 'time' ? undefined : given[field]
      return value === undefined ? [] : [[field, value]]
    }),
  )
}
