import type { Backend } from '../backend.ts'
import { createUserHand } from '../hand.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { atLeast } from '../api/access.ts'
import { escapeHtml } from '../messages.ts'
import { calendarsOf } from './agenda.ts'
import { eventPath } from './calendars-page.ts'
import { eventFields, valuesOf, whenText, type EventValues } from './event-form.ts'
import { buttonForm, field, hidden, page, select, type FormFields } from './markup.ts'

/** Which event of whom a page or a form is about. */
export interface EventPlace {
  readonly email: string
  readonly calendar: string
  readonly id: string
}

const ANSWERS: readonly (readonly [string, string])[] = [
  ['accepted', 'Yes'],
  ['tentative', 'Maybe'],
  ['declined', 'No'],
  ['needsAction', 'No answer'],
]

function answerForm(fields: FormFields, email: string, event: JsonObject): string {
  const guests = Array.isArray(event.attendees) ? event.attendees.filter(isJsonObject) : []
  const own = guests.find((guest) => guest.email === email)
  if (!own) return ''
  const answer = typeof own.responseStatus === 'string' ? own.responseStatus : 'needsAction'
  return `<h2>Your answer to the invitation</h2><form class="fields" method="post" action="/ui/respond">${hidden(fields)}${field('Coming?', select('response', ANSWERS, answer))}<button>Answer</button></form>`
}

function transferForm(backend: Backend, fields: FormFields, { email, calendar }: EventPlace): string {
  const user = backend.state.users.get(email)
  const others = (user ? calendarsOf(backend, user) : []).flatMap(({ calendar: other, role }) =>
    atLeast(role, 'writer') && other.id !== calendar ? [[other.id, other.summary] as const] : [],
  )
  if (others.length === 0) return ''
  return `<h2>Move to another calendar</h2><form class="fields" method="post" action="/ui/transfer">${hidden(fields)}${field('Calendar', select('destination', others, ''))}<button>Move there</button></form>`
}

/**
 * The page on which one event is edited, moved, answered and deleted.
 * @param typed what the person typed before a refusal; default: what the event holds.
 * @throws CalendarApiError 404 when there is no such event; Error when there is no such account or calendar.
 */
export function eventPage(
  backend: Backend,
  place: EventPlace,
  note: string | null = null,
  typed: EventValues | null = null,
): string {
  const hand = createUserHand(backend, place.email)
  const event = hand.calendar(place.calendar).get(place.id)
  const calendar = place.calendar === 'primary' ? hand.email : place.calendar
  const zone = backend.state.calendars.get(calendar)?.timeZone ?? 'UTC'
  const fields = { email: hand.email, calendar, id: place.id }
  const series = typeof event.recurringEventId === 'string' ? event.recurringEventId : null
  const title = typeof event.summary === 'string' ? event.summary : '(no title)'
  const about = `${title}, ${whenText(event)}`
  const ofSeries =
    series === null
      ? ''
      : `<p>This is one of a series: what is changed here changes this one alone. <a href="${escapeHtml(eventPath(hand.email, calendar, series))}">Edit the whole series</a></p>`
  const content = `<p>${escapeHtml(hand.email)}, ${escapeHtml(calendar)}, ${escapeHtml(whenText(event))}, status ${escapeHtml(event.status)}</p>${ofSeries}
<form class="fields" method="post" action="/ui/save">${hidden(fields)}${eventFields(typed ?? valuesOf(event, zone), { recurring: series === null })}<button>Save</button></form>
${answerForm(fields, hand.email, event)}
${transferForm(backend, fields, fields)}
<h2>Delete</h2>
${buttonForm('/ui/delete', fields, series ? 'Delete this one' : 'Delete', about)}
${series ? buttonForm('/ui/delete', { ...fields, id: series }, 'Delete the series', about) : ''}`
  return page(`Edit: ${title}`, content, note)
}
