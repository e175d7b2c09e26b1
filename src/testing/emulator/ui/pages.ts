import type { Backend } from '../backend.ts'
import { CalendarApiError } from '../errors.ts'
import { createUserHand, type CalendarHand, type GoogleEvent } from '../hand.ts'
import { isJsonObject, type JsonValue } from '../json.ts'
import {
  emptyResponse,
  escapeHtml,
  htmlResponse,
  redirectResponse,
  type EmulatedRequest,
  type EmulatedResponse,
} from '../messages.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'

const STYLE =
  'body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse;margin:.5rem 0 1rem}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}form{display:inline}.note{background:#fee;padding:.5rem}'

function hidden(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('')
}

function timeText(time: JsonValue | undefined): string {
  if (!isJsonObject(time)) return ''
  const text = time.dateTime ?? time.date
  return typeof text === 'string' ? text : ''
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? escapeHtml(value) : ''
}

function timeInputs(start: string, end: string): string {
  return `<input name="start" value="${escapeHtml(start)}" size="26" required> – <input name="end" value="${escapeHtml(end)}" size="26" required>`
}

function eventRow(place: Readonly<Record<string, string>>, event: GoogleEvent): string {
  const fields = hidden({ ...place, id: event.id })
  const times = timeInputs(timeText(event.start), timeText(event.end))
  return `<tr><td>${text(event.summary)}</td>
<td><form method="post" action="/ui/move">${fields}${times} <button>Move</button></form></td>
<td>${text(event.location)}</td><td><pre>${text(event.description)}</pre></td>
<td><form method="post" action="/ui/delete">${fields}<button>Delete</button></form></td></tr>`
}

function calendarSection(email: string, calendar: CalendarRecord, hand: CalendarHand, now: number): string {
  const place = { email, calendar: calendar.id }
  const hour = 3_600_000
  const next = Math.ceil(now / hour) * hour
  const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
  const rows = hand.events().map((event) => eventRow(place, event))
  return `<h3>${escapeHtml(calendar.summary)} <small>${escapeHtml(calendar.timeZone)}</small></h3>
<table><tr><th>Title</th><th>Start – end</th><th>Place</th><th>Description</th><th></th></tr>${rows.join('')}</table>
<form method="post" action="/ui/add">${hidden(place)}<input name="summary" placeholder="Title" required>
${timeInputs(iso(next), iso(next + hour))} <button>Add</button></form>`
}

function overview(backend: Backend, note: string | null): string {
  const users = [...backend.state.users.values()].map((user) => {
    const hand = createUserHand(backend, user.email)
    const sections = [...user.calendarList.values()]
      .filter((entry) => !entry.removed)
      .flatMap(({ calendarId }) => backend.state.calendars.get(calendarId) ?? [])
      .map((calendar) =>
        calendarSection(user.email, calendar, hand.calendar(calendar.id), backend.clock.now()),
      )
    return `<h2>${escapeHtml(user.email)}</h2>${sections.join('')}`
  })
  const message = note === null ? '' : `<p class="note">${escapeHtml(note)}</p>`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Emulated Google Calendar</title><style>${STYLE}</style></head><body><h1>Emulated Google Calendar</h1>${message}${users.join('')}</body></html>`
}

/** A time typed into the form: a date for all-day events, else a date-time. */
function typedTime(value: string): { date: string; dateTime: null } | { date: null; dateTime: string } {
  const trimmed = value.trim()
  return /^\d{4}-\d{2}-\d{2}$/.test(trimmed)
    ? { date: trimmed, dateTime: null }
    : { date: null, dateTime: trimmed }
}

function perform(backend: Backend, action: string, form: URLSearchParams): boolean {
  const field = (name: string): string => form.get(name) ?? ''
  const calendar = createUserHand(backend, field('email')).calendar(field('calendar'))
  const times = { start: typedTime(field('start')), end: typedTime(field('end')) }
  if (action === '/ui/add') calendar.insert({ summary: field('summary'), ...times })
  else if (action === '/ui/move') calendar.patch(field('id'), times)
  else if (action === '/ui/delete') calendar.delete(field('id'))
  else return false
  return true
}

/** A form of another site must not act here. */
function isForeign(request: EmulatedRequest): boolean {
  const site = request.headers.get('sec-fetch-site')
  return site !== null && site !== 'same-origin' && site !== 'none'
}

function describeProblem(error: unknown): string {
  if (error instanceof CalendarApiError) return `Google refuses: ${error.message}`
  return error instanceof Error ? error.message : 'Something went wrong.'
}

/** The page of calendars and events at `/`, and its forms under `/ui/`: the Google side for a person. */
export function userInterface(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  const { pathname } = request.url
  if (pathname === '/') {
    return request.method === 'GET' ? htmlResponse(200, overview(backend, null)) : emptyResponse(405)
  }
  if (request.method !== 'POST') return emptyResponse(405, { allow: 'POST' })
  if (isForeign(request)) return emptyResponse(403)
  try {
    const known = perform(backend, pathname, new URLSearchParams(request.body))
    return known ? redirectResponse('/', 303) : emptyResponse(404)
  } catch (error) {
    return htmlResponse(400, overview(backend, describeProblem(error)))
  }
}
