import type { AppointmentChange, ApplyResult } from 'appointment-sync'
import type { ConflictBook } from './conflict-book.ts'
import { describe } from './check-writes.ts'
import type { GuestBook } from './guest-book.ts'
import { type Host, type Row, valuesOf } from './host.ts'
import type { EventRecord, Ledger } from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'
import { keyOf, type SeriesRecord } from './series.ts'
import type { Fail } from './violation.ts'

/** How many steps after its last look at an appointment a worker may still tell the host of it. */
const FRESH_PASSAGES = 60

/** What a worker knows of a row. */
export interface LastLook {
  readonly version: number
  /** How many gates the worker had passed. */
  readonly passage: number
}

/** Looks at every change the host is told, before it follows it. */
export class ToldCheck {
  readonly #ledger: Ledger
  readonly #host: Host
  readonly #conflicts: ConflictBook
  readonly #guests: GuestBook
  readonly #fail: Fail

  constructor(parts: {
    readonly ledger: Ledger
    readonly host: Host
    readonly conflicts: ConflictBook
    readonly guests: GuestBook
    readonly fail: Fail
  }) {
    this.#ledger = parts.ledger
    this.#host = parts.host
    this.#conflicts = parts.conflicts
    this.#guests = parts.guests
    this.#fail = parts.fail
  }

  #eventOf(change: AppointmentChange): EventRecord | null {
    const key = keyOf(change)
    const record = this.#ledger.appointments.get(key)
    const event = record?.events.findLast(({ id }) => id === change.googleEventId)
    const owned = record?.owner.userId === change.owner.userId
    if (event !== undefined && owned) return event
    this.#fail(
      'wrong addressee',
      `the host was told ${change.type} for ${key}, which has no such event or owner`,
    )
    return null
  }

  /** All of a series is only ever told to be cancelled, when a person deleted all of it. */
  #seriesTold(change: AppointmentChange): SeriesRecord | null {
    const { owner, appointmentId, occurrence } = change
    const series = this.#ledger.series.get(`${owner.tenantId}/${owner.userId}`)
    return occurrence === undefined && series?.id === appointmentId ? series : null
  }

  #beforeSeries(change: AppointmentChange, { key, occurrences }: SeriesRecord): void {
    const deleted = occurrences.some(({ events }) => events.some(({ deletedByPerson }) => deletedByPerson))
    if (change.type === 'cancelled' && deleted) return
    this.#fail('series told unasked', `the host was told ${change.type} for all of the series of ${key}`)
  }

  /** @param look the worker's last look at the appointment; `null` when it never looked. */
  before(change: AppointmentChange, look: LastLook | null, passage: number): void {
    const series = this.#seriesTold(change)
    if (series !== null) return this.#beforeSeries(change, series)
    const event = this.#eventOf(change)
    if (event === null) return
    if (change.type === 'cancelled' && !event.deletedByPerson) {
      const kind = event.deletedBySdk ? 'own deletion told' : 'cancelled unasked'
      this.#fail(kind, `the host was told to cancel; no person deleted ${describe(event)}`)
    }
    if (change.type === 'restored' && !event.restoredByPerson) {
      this.#fail('restored unasked', `the host was told to restore; nobody restored ${describe(event)}`)
    }
    if (change.type === 'attendee_responded') this.#guests.told(change, event)
    const values = valuesOf(change)
    for (const field of FIELDS) {
      const value = values[field]
      if (value === undefined) continue
      this.#checkSource(event, field, value)
      this.#checkRepeat(event, field, value, change.changeId)
      const row = this.#host.rowOf(event.appointment)
      if (row !== undefined) this.#checkOverrun(event, row, field, value, look, passage)
    }
  }

  /** Only what a person wrote is told, or what came back with an event that a person restored. */
  #checkSource(event: EventRecord, field: Field, value: string): void {
    if (event.edits[field].some((edit) => edit.value === value)) return
    const mayBeOld = event.restoredByPerson || event.appointment.owner.everDisconnected
    if (mayBeOld && event.held[field].has(value)) return
    this.#fail(
      'echo told',
      `the host was told ${field} ${value} of ${describe(event)}, which no person wrote there`,
    )
  }

  /** One edit is told under one id, and never after a later one of the same field. */
  #checkRepeat(event: EventRecord, field: Field, value: string, changeId: string): void {
    if (event.restoredByPerson || event.appointment.owner.everDisconnected) return
    const edits = event.edits[field]
    const same = edits.filter((edit) => edit.value === value)
    const open = same.find(
      (edit) => !event.taken.has(edit.seq) || event.taken.get(edit.seq) === `${changeId} ${field}`,
    )
    if (open === undefined) {
      this.#fail('told twice', `the host was told ${field} ${value} of ${describe(event)} under a second id`)
      return
    }
    const last = same.at(-1)?.seq ?? 0
    const later = edits.find((edit) => edit.seq > last && event.taken.has(edit.seq))
    if (later !== undefined) {
      this.#fail('told out of order', `${field} ${value} of ${describe(event)} was told after ${later.value}`)
    }
  }

  /** A change from Google takes the place of an edit of the host's only where the policy says so. */
  #checkOverrun(
    event: EventRecord,
    row: Row,
    field: Field,
    value: string,
    look: LastLook | null,
    passage: number,
  ): void {
    const mine = row.values[field]
    const { appointment } = event
    const own = appointment.ownValues[field].get(mine)
    if (own === undefined || mine === value || appointment.inGoogle[field].has(mine)) return
    // The host changed it after it was last asked, or while it was being asked: nobody could know.
    if (look !== null && own.version > look.version && passage - look.passage <= FRESH_PASSAGES) return
    const { policies } = appointment.owner
    const latest = policies.has('latest_wins') || policies.has('merge')
    const googleMayWin = policies.has('google_wins') || (latest && event.updatedMs > own.atMs)
    if (googleMayWin || this.#conflicts.held(appointment, field, value)) return
    if (this.#conflicts.decided(appointment, field, mine)) return
    this.#fail(
      'edit in the app lost',
      `${field} of ${describe(event)}: the host wrote ${mine}, which never reached Google, and was told ${value} ` +
        `(policy ${[...policies].join(', ')})`,
    )
  }

  /** The host has answered. */
  after(change: AppointmentChange, answer: ApplyResult): void {
    for (const record of this.#seriesTold(change)?.occurrences ?? []) {
      this.#ledger.noteGivenUp(record)
    }
    if (this.#seriesTold(change) !== null) return
    const event = this.#eventOf(change)
    if (event === null) return
    if (change.type === 'cancelled') {
      if (answer.status === 'applied') this.#ledger.noteGivenUp(event.appointment)
      event.untoldDeletion = null
    }
    // A refused restore is undone by a deletion.
    if (change.type === 'restored') event.mayGo = true
    const values = valuesOf(change)
    for (const field of FIELDS) {
      const value = values[field]
      if (value === undefined) continue
      for (const edit of event.edits[field]) if (edit.value === value) edit.told = true
      if (event.untold.get(field)?.value === value) event.untold.delete(field)
      if (answer.status === 'rejected') continue
      const told = event.edits[field].find((edit) => edit.value === value && !event.taken.has(edit.seq))
      if (told !== undefined && ![...event.taken.values()].includes(`${change.changeId} ${field}`)) {
        event.taken.set(told.seq, `${change.changeId} ${field}`)
      }
    }
  }
}
