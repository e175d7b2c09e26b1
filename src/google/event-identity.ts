import { createHash } from 'node:crypto'
import { base32hex, type IntegrationRef, lengthPrefixed } from '../domain/index.ts'

/** Changing it would give every appointment a second event: it is part of the stored format. */
const NAMESPACE = 'appointment-sync/event/1'

function digest(parts: readonly string[]): Buffer {
  return createHash('sha256').update(lengthPrefixed(parts)).digest()
}

/**
 * The event id of an appointment's n-th event, 52 characters of `a-v0-9`. The same input gives the same id on
 * every machine: an insert whose answer was lost finds its own event under it.
 */
export function eventIdFor(ref: IntegrationRef, appointmentId: string, generation: number): string {
  return base32hex(digest([NAMESPACE, ref.tenantId, ref.integrationId, appointmentId, String(generation)]))
}

/** Begins the ids of the requests for a conference on an event; 24 characters, none of which is a hyphen. */
function conferencePrefix(eventId: string): string {
  return base32hex(digest([NAMESPACE, 'conference', eventId])).slice(0, 24)
}

/**
 * The id of the n-th request for a conference on an event: Google ignores one that it has served, so that a repeated
 * write makes no second conference (Calendar v3, `CreateConferenceRequest.requestId`).
 */
export function conferenceRequestId(eventId: string, request: number): string {
  return `${conferencePrefix(eventId)}-${request}`
}

/** Which request of ours for a conference on this event has the id; `null` for anybody else's. */
export function conferenceRequestOf(eventId: string, requestId: string): number | null {
  const [prefix, number = '', ...rest] = requestId.split('-')
  return prefix === conferencePrefix(eventId) && /^[1-9]\d{0,8}$/.test(number) && rest.length === 0
    ? Number(number)
    : null
}

/** The private mark by which an event is known to be ours; a hash, so that it tells a reader nothing. */
export function ownershipMark(ref: IntegrationRef, appointmentId: string): string {
  return base32hex(digest([NAMESPACE, 'mark', ref.tenantId, ref.integrationId, appointmentId])).slice(0, 32)
}

/** Whether an event was made by the SDK, by its `iCalUID`: also a guest's copy of it, which carries no mark. */
export function isMadeBySdk(iCalUID: string | null): boolean {
  return iCalUID !== null && /^[0-9a-v]{52}@google\.com$/.test(iCalUID)
}
