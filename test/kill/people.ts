import type { Owner } from 'appointment-sync'
import type { CalendarHand, GoogleEmulator, GoogleEvent } from 'appointment-sync/testing/emulator'
import { LENGTH_MS } from './host-database.ts'
import type { Account, Ledger } from './ledger.ts'
import type { SeededRandom } from './seeded-random.ts'

/** A professional: an owner, the Google account, and how conflicts are settled. */
export interface Professional {
  readonly owner: Owner
  readonly email: string
  readonly policy: 'manual' | 'google_wins' | 'app_wins' | 'latest_wins'
}

/** Two tenants with a user of the same name each: nothing may cross over. */
export const PROFESSIONALS: readonly Professional[] = [
  { owner: { tenantId: 'clinic', userId: 'maria' }, email: 'maria@example.com', policy: 'manual' },
  { owner: { tenantId: 'clinic', userId: 'pedro' }, email: 'pedro@example.com', policy: 'google_wins' },
  { owner: { tenantId: 'salon', userId: 'maria' }, email: 'salon.maria@example.com', policy: 'app_wins' },
  { owner: { tenantId: 'salon', userId: 'julia' }, email: 'julia@example.com', policy: 'latest_wins' },
]

/** Events that a professional has besides the bookings; how they are to look, by id. */
export type OwnEvents = Map<string, string>

/** What people do in Google's own page. */
export interface People {
  /** One edit of an event, if there is an event to edit. */
  act(): void
  /** The events that are nobody's business but theirs: etag by event id, by account. */
  readonly own: ReadonlyMap<string, OwnEvents>
}

/** The booking an event is of; `null` for an event of the person's own. */
export function bookingOf(event: GoogleEvent): string | null {
  const location = event['location']
  return typeof location === 'string' ? location : null
}

export function startOf(event: GoogleEvent): number {
  return Date.parse((event as unknown as { start: { dateTime: string } }).start.dateTime)
}

function span(startMs: number): object {
  const edge = (ms: number): object => ({ dateTime: new Date(ms).toISOString() })
  return { start: edge(startMs), end: edge(startMs + LENGTH_MS) }
}

/** @param nextStartMs a start that no booking had before. */
export function openPeople(
  google: GoogleEmulator,
  ledger: Ledger,
  random: SeededRandom,
  nextStartMs: () => number,
): People {
  const own = new Map<string, OwnEvents>()
  for (const { email } of PROFESSIONALS) {
    const calendar = google.user(email).calendar()
    const made = [1, 2, 3].map((index) =>
      calendar.insert({ summary: `Particular ${index}`, ...span(nextStartMs()) }),
    )
    own.set(email, new Map(made.map(({ id, etag }) => [id, etag])))
  }
  let titles = 0

  const editBooking = (hand: CalendarHand, event: GoogleEvent, account: Account): void => {
    const { bookingId } = account
    const atMs = google.now()
    const kind = random.weighted({ move: 70, delete: 15, retitle: 15 })
    if (kind === 'move') {
      const standing = nextStartMs()
      hand.patch(event.id, span(standing))
      ledger.personEdited(bookingId, { atMs, standing })
    } else if (kind === 'delete') {
      hand.delete(event.id)
      ledger.personEdited(bookingId, { atMs, standing: 'off' })
    } else {
      titles += 1
      const title = `Anotação ${titles}`
      hand.patch(event.id, { summary: title })
      ledger.personTitled(bookingId, { atMs, title })
    }
  }

  const act = (): void => {
    const { email } = random.pick(PROFESSIONALS)
    const hand = google.user(email).calendar()
    const events = hand.events()
    const theirs = own.get(email) ?? new Map<string, string>()
    if (random.fraction() < 0.1) {
      const id = random.pick([...theirs.keys()])
      theirs.set(id, hand.patch(id, span(nextStartMs())).etag)
      return
    }
    // Mostly one that the host leaves alone for now: there the person's word has to be the last one.
    const calmly = random.fraction() < 0.8
    const candidates = events.flatMap((event) => {
      const account = ledger.accounts.get(bookingOf(event) ?? '')
      return account === undefined || (calmly && account.hostEdits.length > 0) ? [] : [{ event, account }]
    })
    if (candidates.length === 0) return
    const { event, account } = random.pick(candidates)
    editBooking(hand, event, account)
  }
  return { act, own }
}
