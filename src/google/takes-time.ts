import type { calendar_v3 } from '@googleapis/calendar'

/**
 * Kinds of events that say where somebody is, or whose birthday it is, and take no time of theirs
 * (https://developers.google.com/workspace/calendar/api/guides/event-types). Focus time and absence do.
 */
const TAKES_NO_TIME: ReadonlySet<string> = new Set(['workingLocation', 'birthday'])

/**
 * Whether a live event makes its calendar's owner busy, as Google's own free/busy answer counts it: not when it is
 * shown as free (`transparency`), was declined, or is of a kind that takes no time. An invitation without an answer
 * and a tentative event do.
 */
export function takesTime(
  event: Pick<calendar_v3.Schema$Event, 'transparency' | 'eventType' | 'attendees'>,
): boolean {
  if (event.transparency === 'transparent') return false
  if (TAKES_NO_TIME.has(event.eventType ?? 'default')) return false
  const own = event.attendees?.find((attendee) => attendee.self === true)
  return own?.responseStatus !== 'declined'
}
