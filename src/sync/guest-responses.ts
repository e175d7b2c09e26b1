import type { AttendeeResponse, EventLink, SyncBase } from '../domain/index.ts'
import type { RemoteAttendee } from '../google/index.ts'

/** A guest's answer that the host has not been told. */
export interface GuestAnswer {
  readonly email: string
  readonly response: AttendeeResponse
}

/** What the answers on an event say, against what the host was told of them. */
export interface AnswersSeen {
  /** What is remembered from now on. */
  readonly responses: SyncBase['responses']
  readonly news: readonly GuestAnswer[]
}

/** What the host was told last of a guest; one it was told nothing of has not answered. */
export function toldResponse({ base }: EventLink, email: string): AttendeeResponse {
  return base.responses?.[email] ?? 'needsAction'
}

/**
 * Compares the answers of the guests that the app put on the event with what the host knows. Guests that the user
 * added are the user's own affair. A guest that is not on the list (taken off by the user, or left out by Google)
 * says nothing, and what was told stays known. With `tell` off nothing is told, and nothing is taken for told.
 */
export function seeAnswers(
  link: EventLink,
  attendees: readonly RemoteAttendee[],
  tell: boolean,
): AnswersSeen {
  const standing = new Map(attendees.map(({ email, responseStatus }) => [email, responseStatus]))
  const news: GuestAnswer[] = []
  const known: [string, AttendeeResponse][] = []
  for (const { email } of link.base.app.attendees ?? []) {
    const before = toldResponse(link, email)
    const now = tell ? (standing.get(email) ?? before) : before
    if (now !== before) news.push({ email, response: now })
    if (now !== 'needsAction') known.push([email, now])
  }
  return { responses: known.length === 0 ? undefined : Object.fromEntries(known), news }
}
