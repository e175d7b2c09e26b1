import type { CheckedAppointment, EventGuest, SyncSettings } from '../domain/index.ts'
import type { ClientMask } from './client-mask.ts'
import { MAX_GUESTS } from './limits.ts'
import { singleLine } from './plain-text.ts'

/** Google drops a display name that only repeats the address. */
function toGuest({ email, name }: { email: string; name: string | null }): EventGuest {
  const address = email.toLowerCase()
  const shown = singleLine(name ?? '')
  return { email: address, name: shown === '' || shown.toLowerCase() === address ? null : shown }
}

/** Who gets the mail: what follows a plus sign is the receiver's own mark. */
function mailboxOf(email: string): string {
  return email.toLowerCase().replace(/\+[^@]*@/, '@')
}

/**
 * The guests the event should have, each once, by address. The client is among them only when invited and when
 * client information may reach Google; when it may not, the client is also taken out of the appointment's own list,
 * under any address that names the client, and a guest of the client's name keeps the address alone.
 * Above {@link MAX_GUESTS} the last ones of the list are left out, never the client.
 */
export function guestsOf(
  { client, attendees }: CheckedAppointment,
  { includeClientInfo, invite }: SyncSettings,
  mask: ClientMask,
): EventGuest[] {
  const clientBox = client?.email ? mailboxOf(client.email) : undefined
  const invited =
    client !== null && client.email !== null && includeClientInfo && invite === 'client'
      ? [toGuest({ email: client.email, name: client.name })]
      : []
  const listed = attendees
    .map(toGuest)
    .filter(({ email }) => includeClientInfo || (mailboxOf(email) !== clientBox && !mask.isClients(email)))
    .map(({ email, name }) => ({ email, name: name === null || mask.text(name) === name ? name : null }))
  const byEmail = new Map<string, EventGuest>()
  for (const guest of [...invited, ...listed]) {
    const known = byEmail.get(guest.email)
    byEmail.set(guest.email, { email: guest.email, name: known?.name ?? guest.name })
  }
  // By code unit: the order must be the same on every machine, or the fingerprint would change.
  return [...byEmail.values()].slice(0, MAX_GUESTS).sort((a, b) => (a.email < b.email ? -1 : 1))
}
