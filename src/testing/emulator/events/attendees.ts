import { invalid, required } from '../errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'

const RESPONSES = new Set(['needsAction', 'declined', 'tentative', 'accepted'])

function storeAttendee(given: JsonValue): JsonObject {
  const attendee = isJsonObject(given) ? given : {}
  const { email, displayName, responseStatus, comment, additionalGuests } = attendee
  if (typeof email !== 'string' || email === '') throw required('Missing attendee email.')
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw invalid('Invalid attendee email.')
  const response = responseStatus ?? 'needsAction'
  if (typeof response !== 'string' || !RESPONSES.has(response)) {
    throw invalid('Invalid Value', 'attendees.responseStatus')
  }
  const address = email.toLowerCase()
  return {
    email: address,
    // Google drops a display name that only repeats the address.
    ...(typeof displayName === 'string' && displayName && displayName.toLowerCase() !== address
      ? { displayName }
      : {}),
    ...(attendee.optional === true ? { optional: true } : {}),
    ...(attendee.resource === true ? { resource: true } : {}),
    ...(typeof comment === 'string' && comment ? { comment } : {}),
    ...(typeof additionalGuests === 'number' && additionalGuests > 0 ? { additionalGuests } : {}),
    responseStatus: response,
  }
}

/**
 * Attendees as Google keeps them: addresses in lower case, an omitted response means `needsAction` (so an
 * array sent without responses resets every RSVP), the last of two entries for one address wins.
 * @throws CalendarApiError 400 for a missing or impossible address or an unknown response.
 */
export function storeAttendees(given: JsonValue | undefined): JsonObject[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw invalid('Invalid Value', 'attendees')
  const byAddress = new Map(given.map(storeAttendee).map((attendee) => [attendee.email, attendee]))
  return [...byAddress.values()]
}

/**
 * A body with `attendeesOmitted: true` says that its attendee list is not the whole one: only the writer's own
 * answer is taken from it, everybody else stays.
 */
export function keepOmittedAttendees(body: JsonObject, stored: JsonObject, own: string): JsonObject {
  if (body.attendeesOmitted !== true) return body
  const answer = storeAttendees(body.attendees).find(({ email }) => email === own)
  const attendees = attendeesOf(stored).map((attendee) =>
    answer && attendee.email === own
      ? { ...attendee, responseStatus: answer.responseStatus ?? 'needsAction' }
      : attendee,
  )
  return { ...body, attendees }
}

/** The stored attendees of an event. */
export function attendeesOf(fields: JsonObject): JsonObject[] {
  return Array.isArray(fields.attendees) ? fields.attendees.filter(isJsonObject) : []
}
