import type { calendar_v3 } from '@googleapis/calendar'
import type { EventGuest } from '../domain/index.ts'
import type { RemoteAttendee } from './remote-event.ts'

/** Google takes no more guests (Calendar help). */
const MAX_GUESTS = 200

/**
 * The list to be written. An array is replaced whole in Google, so the guests that the user added and the answers
 * given are carried over as they were read; only guests that the app itself put there (`owned`) and no longer wants
 * are taken off. One of those that the user took off stays off. Guests that find no room are left out.
 */
export function mergeGuests(
  wanted: readonly EventGuest[],
  remote: readonly RemoteAttendee[],
  owned: readonly string[],
): calendar_v3.Schema$EventAttendee[] {
  const byEmail = new Map(wanted.map((guest) => [guest.email, guest]))
  const kept = remote
    .filter((guest) => byEmail.has(guest.email) || !owned.includes(guest.email))
    .map((guest) => withName(guest, byEmail.get(guest.email)?.name ?? null))
  const present = new Set(remote.map((guest) => guest.email))
  const added = wanted
    .filter((guest) => !present.has(guest.email) && !owned.includes(guest.email))
    .map((guest) =>
      guest.name === null ? { email: guest.email } : { email: guest.email, displayName: guest.name },
    )
  return [...kept, ...added.slice(0, Math.max(0, MAX_GUESTS - kept.length))]
}

/** Under the name that the app has for the guest, where it has one. */
function withName({ raw }: RemoteAttendee, name: string | null): calendar_v3.Schema$EventAttendee {
  const entry = raw as calendar_v3.Schema$EventAttendee
  return name === null ? entry : { ...entry, displayName: name }
}
