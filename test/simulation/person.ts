import { otherCalendar, spanOf, timeValue, valueIn } from './calendar-view.ts'
import {
  type AppointmentRecord,
  type EventRecord,
  type OwnerRecord,
  type PersonEdit,
  standing,
} from './ledger.ts'
import { type Field, FIELDS } from './moves.ts'
import type { World } from './world.ts'

/** Beyond the window, which ends after thirty days. */
const FAR_DAYS = 60

/** What a person does in Google's own page. Each takes effect at once; the SDK hears of it when it looks. */
export class Person {
  readonly #world: World
  constructor(world: World) {
    this.#world = world
  }

  /** The live event of an appointment, if there is one. */
  #eventOf(record: AppointmentRecord): EventRecord | undefined {
    return standing(record).at(-1)
  }

  async edit(record: AppointmentRecord, fields: readonly Field[], far: boolean): Promise<void> {
    const event = this.#eventOf(record)
    if (event === undefined) return
    const changes: Partial<Record<Field, string>> = {}
    for (const field of fields) {
      const { startMs, endMs } = this.#world.freshTime(far ? FAR_DAYS : undefined)
      changes[field] = field === 'time' ? timeValue(startMs, endMs) : this.#world.freshText('person')
    }
    await this.#patch(event, changes)
  }

  /** Puts a field back to what it said before. */
  async revert(record: AppointmentRecord, field: Field): Promise<void> {
    const event = this.#eventOf(record)
    const earlier = [...(event?.held[field] ?? [])].filter((value) => value !== event?.values[field]).at(-1)
    if (event !== undefined && earlier !== undefined) await this.#patch(event, { [field]: earlier })
  }

  delete(record: AppointmentRecord): Promise<void> | undefined {
    const event = this.#eventOf(record)
    return event === undefined ? undefined : this.#delete(event)
  }

  async #delete(event: EventRecord): Promise<void> {
    const { google, writes } = this.#world
    const { appointment } = event
    const unsettled = appointment.owner.disconnected || event.mayGo
    const excused = unsettled || (await this.#isUnconfirmed(event))
    const duringWrite = (await this.#world.linkOf(appointment))?.base.writing !== undefined
    const agreed = this.#world.host.rowOf(appointment)?.status !== 'confirmed'
    google.user(event.email).calendar(event.calendarId).delete(event.id)
    this.#world.note(`person deletes ${event.id.slice(0, 6)} of ${event.appointment.key}`)
    event.live = false
    event.deletedByPerson = true
    event.untoldDeletion = agreed ? null : { excused, duringWrite }
    writes.refresh(event.email)
  }

  /** Brings back the last event of an appointment that is in the bin. */
  restore(record: AppointmentRecord): void {
    const event = record.events.findLast((candidate) => !candidate.live)
    if (event === undefined) return
    const { google, writes, note } = bound(this.#world)
    const hand = google.user(event.email).calendar(event.calendarId)
    try {
      hand.patch(event.id, { status: 'confirmed' })
    } catch {
      note(`person cannot restore ${event.id.slice(0, 6)}`)
      return
    }
    note(`person restores ${event.id.slice(0, 6)} of ${record.key}`)
    event.stray = standing(record).length > 0
    event.live = true
    event.restoredByPerson = true
    event.untoldDeletion = null
    writes.refresh(event.email)
    this.#take(event)
  }

  /** Deletes the series that an occurrence is part of, with all of its instances. */
  async deleteSeries(record: AppointmentRecord): Promise<void> {
    const { google, writes, note } = bound(this.#world)
    const event = this.#eventOf(record)
    const instance = event === undefined ? undefined : writes.view(event.email).get(event.id)?.instance
    if (event === undefined || instance == null) return
    for (const other of record.partOf?.series.occurrences ?? []) {
      for (const one of standing(other)) {
        const agreed = this.#world.host.rowOf(other)?.status !== 'confirmed'
        const excused = other.owner.disconnected || one.mayGo || (await this.#isUnconfirmed(one))
        one.live = false
        one.deletedByPerson = true
        one.untoldDeletion = agreed ? null : { excused, duringWrite: false }
      }
    }
    google.user(event.email).calendar(event.calendarId).delete(instance.seriesEventId)
    note(`person deletes the series of ${record.key}`)
    writes.refresh(event.email)
  }

  /** Moves an event to the account's other calendar. */
  move(record: AppointmentRecord): void {
    const event = this.#eventOf(record)
    // Google moves a series only as a whole.
    if (event === undefined || record.partOf !== null) return
    // Moved on and back between two looks, nobody can tell it from an event that is gone.
    if (event.movedByPerson && this.#world.isAtWork()) return
    const { google, writes, note } = bound(this.#world)
    const destination = otherCalendar(event.email, event.calendarId)
    google.user(event.email).calendar(event.calendarId).move(event.id, destination)
    note(`person moves ${event.id.slice(0, 6)} of ${record.key} to ${destination}`)
    event.calendarId = destination
    event.movedByPerson = true
    writes.refresh(event.email)
    this.#take(event)
  }

  addOwn(owner: OwnerRecord): void {
    const { google, ledger, writes, note } = bound(this.#world)
    const { startMs, endMs } = this.#world.freshTime()
    const event = google
      .user(owner.email)
      .calendar()
      .insert({ summary: this.#world.freshText('person'), ...times(startMs, endMs) })
    ledger.strangers.set(`${owner.email}/${event.id}`, event.id)
    note(`person adds an event of their own`)
    writes.refresh(owner.email)
  }

  changeOwn(owner: OwnerRecord): void {
    const { google, writes, note } = bound(this.#world)
    const id = this.#ownEvent(owner)
    if (id === undefined) return
    google
      .user(owner.email)
      .calendar()
      .patch(id, { summary: this.#world.freshText('person') })
    note(`person changes an event of their own`)
    writes.refresh(owner.email)
  }

  removeOwn(owner: OwnerRecord): void {
    const { google, ledger, writes, note } = bound(this.#world)
    const id = this.#ownEvent(owner)
    if (id === undefined) return
    google.user(owner.email).calendar().delete(id)
    ledger.strangers.delete(`${owner.email}/${id}`)
    note(`person removes an event of their own`)
    writes.refresh(owner.email)
  }

  #ownEvent(owner: OwnerRecord): string | undefined {
    const { ledger } = this.#world
    return [...ledger.strangers].find(([key]) => key.startsWith(`${owner.email}/`))?.[1]
  }

  async #patch(event: EventRecord, changes: Partial<Record<Field, string>>): Promise<void> {
    const { google, ledger, clock, writes } = this.#world
    const writing = new Map<Field, Pick<PersonEdit, 'duringWrite' | 'invisible'>>()
    for (const field of FIELDS) {
      const value = changes[field]
      if (value !== undefined) writing.set(field, await this.#duringWrite(event, field, value))
    }
    const row = this.#world.host.rowOf(event.appointment)
    const givenUp = row?.status !== 'confirmed'
    google.user(event.email).calendar(event.calendarId).patch(event.id, bodyOf(changes))
    for (const [field, during] of writing) {
      const value = changes[field] ?? ''
      this.#world.note(
        `person sets ${field} of ${event.id.slice(0, 6)} (${event.appointment.key}) to ${value}`,
      )
      ledger.noteEdit(event, field, value, { atMs: clock.now(), givenUp, ...during }, row?.values[field])
    }
    writes.refresh(event.email)
    this.#take(event)
  }

  #take(event: EventRecord): void {
    const shown = this.#world.writes.view(event.email).get(event.id)
    if (shown !== undefined) this.#world.ledger.noteShown(event, shown.values, shown.updatedMs)
  }

  /** Whether the SDK has begun to make this event and does not know yet that it stands. */
  async #isUnconfirmed(event: EventRecord): Promise<boolean> {
    const link = await this.#world.linkOf(event.appointment)
    return link === null || link.state !== 'live' || link.eventId !== event.id
  }

  async #duringWrite(
    event: EventRecord,
    field: Field,
    value: string,
  ): Promise<Pick<PersonEdit, 'duringWrite' | 'invisible'>> {
    const link = await this.#world.linkOf(event.appointment)
    const unlinked = link === null || link.eventId !== event.id || link.state === 'unconfirmed'
    const duringWrite = unlinked || link.base.writing?.[field] !== undefined
    const known = unlinked ? undefined : valueIn(link.base.google, field)
    const wasOwn = duringWrite && event.appointment.ownValues[field].has(value)
    return { duringWrite, invisible: known === value || wasOwn }
  }
}

function bound(world: World): Pick<World, 'google' | 'ledger' | 'writes' | 'note'> {
  return {
    google: world.google,
    ledger: world.ledger,
    writes: world.writes,
    note: (line) => world.note(line),
  }
}

function times(startMs: number, endMs: number): object {
  return {
    start: { dateTime: new Date(startMs).toISOString() },
    end: { dateTime: new Date(endMs).toISOString() },
  }
}

function bodyOf(changes: Partial<Record<Field, string>>): object {
  const { time, title, description, location } = changes
  const span = time === undefined ? null : spanOf(time)
  return {
    ...(span === null ? {} : times(span.startMs, span.endMs)),
    ...(title === undefined ? {} : { summary: title }),
    ...(description === undefined ? {} : { description }),
    ...(location === undefined ? {} : { location }),
  }
}
