import type { ConflictPolicy, Owner } from 'appointment-sync'
import { type Field, FIELDS } from './moves.ts'
import type { SeriesRecord } from './series.ts'

/** The four fields of an appointment or an event, each as one text. A time is `start/end` in epoch milliseconds. */
export type Values = Record<Field, string>

/** A professional, and the Google account whose calendar is theirs. */
export interface OwnerRecord extends Owner {
  readonly index: number
  readonly email: string
  /** Every policy that was in force during the run. */
  readonly policies: Set<ConflictPolicy>
  policy: ConflictPolicy
  /** From the begin of a disconnect to the next connection: nothing is promised about what happens meanwhile. */
  disconnected: boolean
  /** Names the grant that they connected with last. */
  code: string | null
  /** A connection was begun and not finished: whose tokens are stored is not known. */
  halfConnected: boolean
  /** Google ended the grant since they last connected. */
  grantLost: boolean
  /** It was disconnected once: what its events said before may be told as if it were new. */
  everDisconnected: boolean
}

/** An edit that a person made in Google. */
export interface PersonEdit {
  readonly field: Field
  readonly value: string
  /** What the field said before the host missed the first of a row of edits: back to it is no change at all. */
  readonly since: string
  /** Counts all edits of the run. */
  readonly seq: number
  readonly atMs: number
  /** A write of the app's to this field was not confirmed yet: for the SDK both sides changed it. */
  readonly duringWrite: boolean
  /** It puts the field back to what the SDK saw last, or knew before that write: as if nothing had happened. */
  readonly invisible: boolean
  /** The host has heard of it. */
  told: boolean
  /** The host gave the appointment up before it was told: the edit may go under, with a line in the log. */
  givenUp: boolean
}

/** What the run knows of one event of ours. */
export interface EventRecord {
  readonly id: string
  readonly email: string
  /** `primary`, or the id of the account's other calendar. */
  calendarId: string
  /** A person moved it to another calendar: there it stays. */
  movedByPerson: boolean
  readonly appointment: AppointmentRecord
  values: Values
  updatedMs: number
  /** Every value a field has had. */
  readonly held: Record<Field, Set<string>>
  readonly edits: Record<Field, PersonEdit[]>
  /** The last edit of a field, while the host has not been told of it. */
  readonly untold: Map<Field, PersonEdit>
  /** Edits that the host took, by number, with the change that told it. */
  readonly taken: Map<number, string>
  live: boolean
  /** The app did not want it at some time since it was made. */
  mayGo: boolean
  deletedByPerson: boolean
  deletedBySdk: boolean
  restoredByPerson: boolean
  /**
   * A person deleted it and the host was not told. `excused`: at a moment for which nothing is promised; `duringWrite`:
   * a write of the app's was not confirmed yet.
   */
  untoldDeletion: { readonly excused: boolean; readonly duringWrite: boolean } | null
  /** A person brought it back when another one stood already: it belongs to nobody. */
  stray: boolean
  /** It stood when its owner disconnected; nobody need take it off any more. */
  left: boolean
}

/** When the host gave a field a value of its own. */
export interface OwnValue {
  readonly version: number
  readonly atMs: number
}

/** What the run knows of one appointment. */
export interface AppointmentRecord {
  readonly key: string
  readonly id: string
  readonly owner: OwnerRecord
  readonly events: EventRecord[]
  /** What the host itself gave each field, with the version that brought it. */
  readonly ownValues: Record<Field, Map<string, OwnValue>>
  /** Every value a field has had on any of its events. */
  readonly inGoogle: Record<Field, Set<string>>
  /** The series that it is an occurrence of, and where the rule puts it. */
  partOf: { readonly series: SeriesRecord; readonly originalStartMs: number } | null
}

/** An edit that went under with its event, and must have left a line in the log. */
export interface Obligation {
  readonly event: EventRecord
  readonly edit: PersonEdit
}

export function byField<T>(make: (field: Field) => T): Record<Field, T> {
  return Object.fromEntries(FIELDS.map((field) => [field, make(field)])) as Record<Field, T>
}

/** What both sides did in a run, kept apart from everything the SDK stores. */
export class Ledger {
  readonly appointments: Map<string, AppointmentRecord> = new Map()
  readonly events: Map<string, EventRecord> = new Map()
  /** Whose value it is: every value is written by one side, once, for one appointment. */
  readonly origin: Map<string, AppointmentRecord> = new Map()
  readonly series: Map<string, SeriesRecord> = new Map()
  /** Values that all occurrences of a series have. */
  readonly shared: Map<string, SeriesRecord> = new Map()
  /** Events that are not ours: ids by account and id. */
  readonly strangers: Map<string, string> = new Map()
  readonly obligations: Obligation[] = []
  #edits = 0

  appointment(owner: OwnerRecord, id: string): AppointmentRecord {
    const key = `${owner.tenantId}/${id}`
    const known = this.appointments.get(key)
    if (known !== undefined) return known
    const made: AppointmentRecord = {
      key,
      id,
      owner,
      events: [],
      ownValues: byField(() => new Map()),
      inGoogle: byField(() => new Set()),
      partOf: null,
    }
    this.appointments.set(key, made)
    return made
  }

  noteOwnValue(record: AppointmentRecord, field: Field, value: string, own: OwnValue): void {
    record.ownValues[field].set(value, own)
    this.origin.set(value, record)
  }

  /** A person's edit of an event of ours. */
  noteEdit(
    event: EventRecord,
    field: Field,
    value: string,
    at: Pick<PersonEdit, 'atMs' | 'duringWrite' | 'invisible' | 'givenUp'>,
    hostSays: string | undefined,
  ): void {
    this.#edits += 1
    const before = event.untold.get(field)
    const since = before?.since ?? event.values[field]
    // What the policy decided about the edit before it goes for this one too, until it has been carried out.
    const duringWrite = at.duringWrite || before?.duringWrite === true
    const edit: PersonEdit = { field, value, since, seq: this.#edits, told: false, ...at, duringWrite }
    if (!this.origin.has(value)) this.origin.set(value, event.appointment)
    event.edits[field].push(edit)
    // Back to what the host was told: when nobody looked in between, nothing has changed.
    const toldBefore = event.edits[field].some((one) => one.told && one.value === value)
    const nothingNew = value === since || value === hostSays || toldBefore
    if (event.appointment.owner.disconnected || nothingNew) event.untold.delete(field)
    else event.untold.set(field, edit)
  }

  /** The values an event shows now. */
  noteShown(event: EventRecord, values: Values, updatedMs: number): void {
    event.values = values
    event.updatedMs = updatedMs
    for (const field of FIELDS) {
      event.held[field].add(values[field])
      event.appointment.inGoogle[field].add(values[field])
    }
  }

  /** Whether a value was written for this appointment, or for the series it is part of. */
  isOf(record: AppointmentRecord, value: string): boolean {
    if (this.origin.get(value) === record) return true
    return record.partOf !== null && this.shared.get(value) === record.partOf.series
  }

  addEvent(
    record: AppointmentRecord,
    id: string,
    place: Pick<EventRecord, 'email' | 'calendarId'>,
    mayGo: boolean,
  ): EventRecord {
    const event: EventRecord = {
      id,
      ...place,
      movedByPerson: false,
      appointment: record,
      values: byField(() => ''),
      updatedMs: 0,
      held: byField(() => new Set()),
      edits: byField(() => []),
      untold: new Map(),
      taken: new Map(),
      live: true,
      mayGo,
      deletedByPerson: false,
      deletedBySdk: false,
      restoredByPerson: false,
      untoldDeletion: null,
      stray: false,
      left: false,
    }
    record.events.push(event)
    this.events.set(`${place.email}/${id}`, event)
    return event
  }

  /** The host gave the appointment up: its event may go, and a deletion by a person is agreed. */
  noteGivenUp(record: AppointmentRecord): void {
    for (const event of record.events) {
      event.mayGo = true
      event.untoldDeletion = null
      for (const edit of event.untold.values()) edit.givenUp = true
    }
  }

  /** What was not told before a disconnect never will be. */
  forget(owner: OwnerRecord): void {
    for (const record of this.appointments.values()) {
      if (record.owner !== owner) continue
      for (const event of record.events) {
        event.untold.clear()
        event.untoldDeletion = null
        event.mayGo = true
        event.left = event.live
      }
    }
  }
}

/** The live events of an appointment that belong to it. */
export function standing(record: AppointmentRecord): EventRecord[] {
  return record.events.filter((event) => event.live && !event.stray)
}
