import type { Backend } from '../backend.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { escapeHtml } from '../messages.ts'
import type { UserRecord } from '../state/calendar-records.ts'
import { parseDate, renderInstant, startOfDay } from '../zone-time.ts'
import { SERIES_DAYS_AHEAD, SERIES_DAYS_BACK, agendasOf, type Agenda, type ShownTime } from './agenda.ts'
import { eventFields, whenText } from './event-form.ts'
import { buttonForm, field, hidden, page, textInput } from './markup.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The address of an event's own page. */
export function eventPath(email: string, calendar: string, id: string): string {
  return `/ui/event?${new URLSearchParams({ email, calendar, id }).toString()}`
}

function guestsOf(event: JsonObject): string {
  const guests = Array.isArray(event.attendees) ? event.attendees.filter(isJsonObject) : []
  return guests.map(({ email, responseStatus }) => `${text(email)} (${text(responseStatus)})`).join(', ')
}

function titleOf(event: JsonObject): string {
  return text(event.summary) || '(no title)'
}

function rowOf(email: string, { calendar, writable }: Agenda, event: JsonObject): string {
  const id = text(event.id)
  const series = text(event.recurringEventId)
  const place = { email, calendar: calendar.id }
  const spoken = `${titleOf(event)}, ${whenText(event)}`
  const actions = writable
    ? [
        `<a href="${escapeHtml(eventPath(email, calendar.id, id))}" aria-label="${escapeHtml(`Edit or move: ${spoken}`)}">Edit or move</a> `,
        buttonForm('/ui/delete', { ...place, id }, series ? 'Delete this one' : 'Delete', spoken),
        series ? buttonForm('/ui/delete', { ...place, id: series }, 'Delete the series', spoken) : '',
      ]
    : ['Read only']
  const facts = [text(event.status), series ? 'one of a series' : ''].filter(Boolean).join(', ')
  const about = text(event.description)
  const title = `${escapeHtml(titleOf(event))}${about === '' ? '' : `<div class="description">${escapeHtml(about)}</div>`}`
  const cells = [text(event.location), guestsOf(event), facts].map((cell) => `<td>${escapeHtml(cell)}</td>`)
  return `<tr><td class="when">${escapeHtml(whenText(event))}</td><td>${title}</td>${cells.join('')}<td class="actions">${actions.join('')}</td></tr>`
}

function addForm(email: string, { calendar }: Agenda, now: number): string {
  const next = Math.ceil(now / HOUR_MS) * HOUR_MS
  const wall = (ms: number): string => renderInstant(ms, calendar.timeZone).slice(0, 16)
  const values = { start: wall(next), end: wall(next + HOUR_MS), timeZone: calendar.timeZone }
  return `<details><summary>Add an event to ${escapeHtml(calendar.summary)}</summary>
<form class="fields" method="post" action="/ui/add">${hidden({ email, calendar: calendar.id })}
${eventFields(values, { recurring: true })}
<button>Add</button></form></details>`
}

function calendarSection(email: string, agenda: Agenda, now: number): string {
  const { calendar, role, events, more } = agenda
  const rows = events.map((event) => rowOf(email, agenda, event)).join('')
  const headings = ['When', 'Title', 'Place', 'Guests', 'Status', 'Actions']
  const table = `<table><thead><tr>${headings.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows}</tbody></table>`
  return `<section><h3>${escapeHtml(calendar.summary)} <small>${escapeHtml(calendar.timeZone)}, ${role}, <code>${escapeHtml(calendar.id)}</code></small></h3>
${events.length > 0 ? table : '<p>No events.</p>'}
${more > 0 ? `<p>${more} later events are not shown; choose dates to see them.</p>` : ''}
${agenda.writable ? addForm(email, agenda, now) : ''}</section>`
}

/** The dates chosen in the address, in a zone; what is no date is left open. */
function chosenTime(query: URLSearchParams, zone: string): ShownTime {
  const [from, to] = ['from', 'to'].map((name) => parseDate(query.get(name) ?? ''))
  return {
    from: typeof from === 'number' ? startOfDay(from, zone) : null,
    to: typeof to === 'number' ? startOfDay(to + DAY_MS, zone) : null,
  }
}

function datesForm(query: URLSearchParams): string {
  const date = (name: string): string => textInput(name, query.get(name) ?? '', 'type="date"')
  return `<details><summary>Choose dates</summary><form class="fields" method="get" action="/">${field('From', date('from'))}${field('To', date('to'))}<button>Show</button></form></details>
<p>Without a choice every event is shown, and of a series what lies between ${SERIES_DAYS_BACK} days ago and ${SERIES_DAYS_AHEAD} days from now. Times are in the calendar’s zone.</p>`
}

function accountSection(backend: Backend, user: UserRecord, query: URLSearchParams): string {
  const agendas = agendasOf(backend, user, chosenTime(query, user.timeZone))
  const sections = agendas.map((agenda) => calendarSection(user.email, agenda, backend.clock.now()))
  return `<h2>${escapeHtml(user.email)}</h2>${sections.join('')}`
}

/** The page of every account's calendars with their events. */
export function calendarsPage(backend: Backend, query: URLSearchParams, note: string | null = null): string {
  const accounts = [...backend.state.users.values()].map((user) => accountSection(backend, user, query))
  const now = new Date(backend.clock.now()).toISOString().replace('T', ' ').slice(0, 16)
  const intro = `<p>It is ${now} UTC by the emulator’s clock.</p>${datesForm(query)}`
  return page('Emulated Google Calendar', intro + accounts.join(''), note)
}
