import type { AppointmentChange, AttendeeResponse } from 'appointment-sync'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import type { ShownEvent } from './calendar-view.ts'
import { describe } from './check-writes.ts'
import { type AppointmentRecord, type EventRecord, type Ledger, standing } from './ledger.ts'
import type { Fail } from './violation.ts'

/** The answers given to one event, in order, and those the host was told of. */
interface Answers {
  readonly given: AttendeeResponse[]
  readonly told: { readonly response: AttendeeResponse; readonly changeId: string }[]
}

/** The address that the client of an appointment is invited under. */
export function guestOf({ id, owner: { tenantId } }: AppointmentRecord): string {
  return `guest-${id}-${tenantId}@example.net`
}

/** What guests answered, kept apart from everything the SDK stores. */
export class GuestBook {
  readonly #google: GoogleEmulator
  readonly #ledger: Ledger
  readonly #fail: Fail
  readonly #answers = new Map<string, Answers>()
  #friends = 0

  constructor(parts: { readonly google: GoogleEmulator; readonly ledger: Ledger; readonly fail: Fail }) {
    this.#google = parts.google
    this.#ledger = parts.ledger
    this.#fail = parts.fail
  }

  #of(event: EventRecord): Answers {
    const key = `${event.email}/${event.id}`
    const known = this.#answers.get(key) ?? { given: [], told: [] }
    this.#answers.set(key, known)
    return known
  }

  /** The client answers the invitation; `null` when there is none, else what happened. */
  answer(record: AppointmentRecord, response: AttendeeResponse): string | null {
    const event = standing(record).at(-1)
    if (event === undefined) return null
    const guest = guestOf(record)
    const hand = this.#google.user(event.email).calendar(event.calendarId)
    const { attendees = [] } = hand.get(event.id) as { attendees?: { email: string }[] }
    if (!attendees.some(({ email }) => email === guest)) return null
    hand.respond(event.id, response, guest)
    this.#of(event).given.push(response)
    return `guest answers ${response} to ${describe(event)}`
  }

  /** The professional invites somebody of their own. */
  inviteFriend(record: AppointmentRecord): string | null {
    const event = standing(record).at(-1)
    if (event === undefined) return null
    const hand = this.#google.user(event.email).calendar(event.calendarId)
    const { attendees = [] } = hand.get(event.id) as { attendees?: object[] }
    this.#friends += 1
    const friend = { email: `friend-${this.#friends}@example.net`, responseStatus: 'accepted' }
    hand.patch(event.id, { attendees: [...attendees, friend] })
    return `person invites ${friend.email} to ${describe(event)}`
  }

  /** A write of the SDK's takes nobody's answer back, and nobody off whom it did not invite. */
  checkWrite(before: ShownEvent, after: ShownEvent): void {
    for (const [email, response] of before.answers) {
      const now = after.answers.get(email)
      if (now === response) continue
      const what = now === undefined ? 'was taken off' : `answered ${response} and is ${now} now`
      if (now === undefined && !email.startsWith('friend-')) continue
      this.#fail('answer lost', `${email} ${what}, by a write to event ${after.id.slice(0, 6)}`)
    }
  }

  /** Only an answer that was given is told, and no answer twice under two ids. */
  told(change: Extract<AppointmentChange, { type: 'attendee_responded' }>, event: EventRecord): void {
    const { given, told } = this.#of(event)
    const name = `${change.email} ${change.response} of ${describe(event)}`
    if (change.email !== guestOf(event.appointment))
      this.#fail('stranger told', `the host was told ${name}, who is not its client`)
    else if (!given.includes(change.response))
      this.#fail('answer made up', `the host was told ${name}, which nobody answered`)
    const last = told.at(-1)
    const again = last?.response === change.response && last.changeId !== change.changeId
    // Answered otherwise in between, unseen: the same answer is given anew, and need not be told.
    const once = given.filter((response) => response === change.response).length === 1
    if (again && once && !event.appointment.owner.everDisconnected)
      this.#fail('told twice', `the host was told ${name} under a second id`)
    told.push({ response: change.response, changeId: change.changeId })
  }

  /** At rest the host knows the last answer to every event that stands. */
  checkEnd(): void {
    for (const record of this.#ledger.appointments.values()) {
      const event = standing(record).at(-1)
      if (event === undefined || record.owner.everDisconnected || event.restoredByPerson) continue
      const { given, told } = this.#of(event)
      const [answered, known] = [given.at(-1), told.at(-1)?.response]
      if (answered === undefined || answered === known) continue
      this.#fail(
        'answer not told',
        `${guestOf(record)} answered ${answered} to ${describe(event)}, and the host knows ${known ?? 'nothing'}`,
      )
    }
  }
}
