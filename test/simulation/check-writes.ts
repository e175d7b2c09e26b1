import type { ShownEvent } from './calendar-view.ts'
import { viewCalendars } from './calendar-view.ts'
import type { Host } from './host.ts'
import { type AppointmentRecord, type EventRecord, type Ledger, type PersonEdit, standing } from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { GuestBook } from './guest-book.ts'
import type { ConflictBook } from './conflict-book.ts'
import type { Fail } from './violation.ts'

/** Looks at what requests of the SDK changed in Google, at the moment they changed it. */
export class WriteCheck {
  readonly #google: GoogleEmulator
  readonly #ledger: Ledger
  readonly #host: Host
  readonly #conflicts: ConflictBook
  readonly #guests: GuestBook
  readonly #fail: Fail
  readonly #views = new Map<string, Map<string, ShownEvent>>()

  constructor(parts: {
    readonly google: GoogleEmulator
    readonly ledger: Ledger
    readonly host: Host
    readonly conflicts: ConflictBook
    readonly guests: GuestBook
    readonly fail: Fail
    readonly emails: readonly string[]
  }) {
    this.#google = parts.google
    this.#ledger = parts.ledger
    this.#host = parts.host
    this.#conflicts = parts.conflicts
    this.#guests = parts.guests
    this.#fail = parts.fail
    for (const email of parts.emails) this.#views.set(email, new Map())
  }

  /** The account's events as last seen. */
  view(email: string): ReadonlyMap<string, ShownEvent> {
    return this.#views.get(email) ?? new Map()
  }

  /** Takes over what a person did: nothing of it is checked. */
  refresh(email: string): void {
    this.#views.set(email, viewCalendars(this.#google, email))
  }

  /** Compares every calendar with how it was before the SDK's request. Says what changed, for the trace. */
  afterWrite(): string[] {
    const notes: string[] = []
    for (const [email, before] of this.#views) {
      const now = viewCalendars(this.#google, email)
      this.#views.set(email, now)
      for (const [id, event] of now) {
        const old = before.get(id)
        if (old?.etag === event.etag && old.calendarId === event.calendarId) continue
        notes.push(`${old === undefined ? 'created' : 'changed'} ${id.slice(0, 6)}`)
        this.#appeared(email, event, old)
      }
      for (const [id] of before) {
        if (now.has(id)) continue
        notes.push(`deleted ${id.slice(0, 6)}`)
        this.#vanished(email, id)
      }
    }
    return notes
  }

  #appeared(email: string, event: ShownEvent, old: ShownEvent | undefined): void {
    const known = this.#ledger.events.get(`${email}/${event.id}`)
    if (this.#ledger.strangers.has(`${email}/${event.id}`)) {
      this.#fail('foreign event written', `the SDK changed event ${event.id} of ${email}, which is not ours`)
    } else if (known !== undefined && old !== undefined) {
      this.#guests.checkWrite(old, event)
      this.#changed(known, event)
    }
    // On another calendar the id is a fresh one.
    // The id of an instance is its series' and where the rule puts it: it comes back under its own.
    else if (known !== undefined && event.instance !== null) this.#cameBack(known, event)
    else if (known?.calendarId === event.calendarId)
      this.#fail('event revived', `the SDK brought ${describe(known)} back under its old id`)
    else this.#created(email, event)
  }

  #created(email: string, shown: ShownEvent): void {
    const record = this.#recordOf(shown)
    if (record === undefined) {
      this.#fail('unknown content', `the SDK made an event titled ${shown.values.title}, which nobody wrote`)
      return
    }
    this.#checkContent(record, email, shown)
    const row = this.#host.rowOf(record)
    const previous = record.events.at(-1)
    const others = standing(record)
    const event = this.#ledger.addEvent(
      record,
      shown.id,
      { email, calendarId: shown.calendarId },
      row?.status !== 'confirmed' || record.owner.disconnected,
    )
    for (const other of others) {
      const leftBehind = other.left && other.calendarId !== event.calendarId
      if (other.restoredByPerson || leftBehind) other.stray = true
      else this.#fail('two events', `${describe(event)} was made while ${describe(other)} stands`)
    }
    if (previous?.untoldDeletion != null) this.#checkRemake(previous, event)
    this.#ledger.noteShown(event, shown.values, shown.updatedMs)
  }

  /** The appointment that an event was made for. */
  #recordOf({ values, instance }: ShownEvent): AppointmentRecord | undefined {
    if (instance === null) return this.#ledger.origin.get(values.title)
    const series = this.#ledger.shared.get(values.title)
    return series?.occurrences.find(({ partOf }) => partOf?.originalStartMs === instance.originalStartMs)
  }

  #cameBack(event: EventRecord, shown: ShownEvent): void {
    event.live = true
    event.deletedByPerson = false
    if (event.untoldDeletion !== null) this.#checkRemake(event, event)
    event.untoldDeletion = null
    // What was written before the deletion went with it, as with an event that is made anew.
    event.untold.clear()
    this.#changed(event, shown)
  }

  /** Everything an event says was written for this appointment, and it stands on its owner's calendar. */
  #checkContent(record: AppointmentRecord, email: string, shown: ShownEvent): void {
    if (record.owner.email !== email) {
      this.#fail('wrong calendar', `an event of ${record.key} was made on the calendar of ${email}`)
    }
    for (const field of FIELDS) {
      if (this.#ledger.isOf(record, shown.values[field])) continue
      const origin = this.#ledger.origin.get(shown.values[field])
      const whose = origin === undefined ? 'nobody' : origin.key
      this.#fail('foreign content', `${field} of an event of ${record.key} holds a value of ${whose}`)
    }
  }

  /** A deletion that the host was not told of gives way only to an edit of the host's, where the policy says so. */
  #checkRemake(previous: EventRecord, made: EventRecord): void {
    if (previous.untoldDeletion === null || previous.untoldDeletion.excused) return
    const { appointment } = previous
    const row = this.#host.rowOf(appointment)
    const { policies } = appointment.owner
    const edited =
      row !== undefined && FIELDS.some((field) => !appointment.inGoogle[field].has(row.values[field]))
    // Whether a write without an answer arrived, nobody can tell from an event that is gone.
    const unclear = FIELDS.some((field) => previous.edits[field].some(({ duringWrite }) => duringWrite))
    const mayBeEdited = edited || unclear || previous.untoldDeletion.duringWrite
    if (mayBeEdited && (policies.has('app_wins') || policies.has('merge'))) return
    if (this.#conflicts.hadExistence(appointment)) return
    this.#fail(
      'deletion undone',
      `a person deleted ${describe(previous)}; the host was not told, and ${describe(made)} was made instead`,
    )
  }

  #changed(event: EventRecord, shown: ShownEvent): void {
    event.calendarId = shown.calendarId
    const changed = FIELDS.filter((field) => event.values[field] !== shown.values[field])
    this.#checkContent(event.appointment, event.email, shown)
    for (const field of changed) {
      this.#checkOrder(event, field, shown.values[field])
      const lost = event.untold.get(field)
      if (lost !== undefined && lost.value === event.values[field]) {
        this.#checkOverruled(event, lost, shown.values[field])
        event.untold.delete(field)
      }
    }
    this.#ledger.noteShown(event, shown.values, shown.updatedMs)
  }

  /** What the host wrote earlier never takes the place of what it wrote later. */
  #checkOrder(event: EventRecord, field: Field, value: string): void {
    const own = event.appointment.ownValues[field]
    const [before, after] = [own.get(event.values[field])?.version, own.get(value)?.version]
    if (before === undefined || after === undefined || after > before) return
    this.#fail(
      'older over newer',
      `${field} of ${describe(event)} went back from version ${before} to ${after}`,
    )
  }

  /** The app's value was written over a person's, of which the host had not been told. */
  #checkOverruled(event: EventRecord, lost: PersonEdit, value: string): void {
    const { appointment } = event
    if (this.#conflicts.held(appointment, lost.field, lost.value) || lost.invisible) return
    const { policies } = appointment.owner
    const row = this.#host.rowOf(appointment)
    const isNew = lost.duringWrite || !appointment.inGoogle[lost.field].has(value)
    // Written, changed and written again is, for who did not see what was between, written at first.
    const same = event.edits[lost.field].filter(({ value: written }) => written === lost.value)
    const firstAtMs = Math.min(...same.map(({ atMs }) => atMs))
    const latest = policies.has('latest_wins') || policies.has('merge')
    // Of a series only one `updatedAt` is known, that of its last change.
    const appAtMs = appointment.partOf?.series.updatedAtMs ?? row?.updatedAtMs ?? 0
    const appMayWin = policies.has('app_wins') || (latest && appAtMs >= firstAtMs)
    if ((isNew && appMayWin) || lost.givenUp) {
      this.#ledger.obligations.push({ event, edit: lost })
      return
    }
    this.#fail(
      'edit in Google lost',
      `${lost.field} of ${describe(event)}: a person wrote ${lost.value}, the host was not told, and the SDK wrote ` +
        `${value} over it (${isNew ? 'an edit of the app' : 'which the app had not changed'}; policy ${[...policies].join(', ')})`,
    )
  }

  #vanished(email: string, id: string): void {
    const event = this.#ledger.events.get(`${email}/${id}`)
    if (event === undefined) {
      this.#fail('foreign event written', `the SDK deleted event ${id} of ${email}, which is not ours`)
      return
    }
    event.live = false
    event.deletedBySdk = true
    if (!event.mayGo) {
      this.#fail('event lost', `the SDK deleted ${describe(event)}, although the host never gave it up`)
    }
    const { owner } = event.appointment
    if (owner.disconnected) return
    for (const edit of event.untold.values()) {
      if (!edit.invisible) this.#ledger.obligations.push({ event, edit })
    }
  }
}

/** An event as messages name it. */
export function describe(event: EventRecord): string {
  const { everDisconnected } = event.appointment.owner
  const history = `${event.restoredByPerson ? ', once restored,' : ''}${everDisconnected ? ', once disconnected,' : ''}`
  return `event ${event.id.slice(0, 6)}${history} of ${event.appointment.key}`
}
