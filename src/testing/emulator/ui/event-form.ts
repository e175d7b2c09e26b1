import { escapeHtml } from '../messages.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { renderInstant } from '../zone-time.ts'
import { field, select, textInput } from './markup.ts'

/** What the fields of the form hold; a field that is not in the form is absent. */
export type EventValues = Readonly<Record<string, string>>

const DAY_MS = 86_400_000

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** A date some days later. */
function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** What the form shows for an event: times on the wall clock of its zone, the last day of an all-day event. */
export function valuesOf(event: JsonObject, calendarZone: string): EventValues {
  const start = isJsonObject(event.start) ? event.start : {}
  const end = isJsonObject(event.end) ? event.end : {}
  const timeZone = text(start.timeZone) || calendarZone
  const wall = (time: JsonObject): string =>
    renderInstant(Date.parse(text(time.dateTime)), timeZone).slice(0, 16)
  const allDay = text(start.date) !== ''
  return {
    summary: text(event.summary),
    start: allDay ? `${text(start.date)}T00:00` : wall(start),
    end: allDay ? `${shiftDate(text(end.date), -1)}T00:00` : wall(end),
    allDay: allDay ? 'on' : '',
    timeZone,
    location: text(event.location),
    description: text(event.description),
    status: text(event.status),
    guests: objects(event.attendees)
      .map(({ email }) => text(email))
      .join(', '),
    recurrence: (Array.isArray(event.recurrence) ? event.recurrence : []).map(text).join('\n'),
  }
}

/** The form's fields, filled. */
export function eventFields(values: EventValues, { recurring }: { readonly recurring: boolean }): string {
  const of = (name: string): string => values[name] ?? ''
  const time = (name: string): string => textInput(name, of(name), 'type="datetime-local" required')
  const area = (name: string, rows: number): string =>
    `<textarea name="${name}" rows="${rows}">${escapeHtml(of(name))}</textarea>`
  const repeats = `${area('recurrence', 2)}<span></span><small>One rule a line, such as RRULE:FREQ=WEEKLY;COUNT=4</small>`
  return [
    field('Title', textInput('summary', of('summary'))),
    field('Starts', time('start')),
    field('Ends', time('end')),
    `<label class="tick"><input type="checkbox" name="allDay" value="on"${of('allDay') === 'on' ? ' checked' : ''}> All day: the times do not count, and the last day is the end’s</label>`,
    field('Time zone', textInput('timeZone', of('timeZone'))),
    field('Place', textInput('location', of('location'))),
    field('Description', area('description', 3)),
    field(
      'Status',
      select(
        'status',
        [
          ['confirmed', 'Confirmed'],
          ['tentative', 'Tentative'],
        ],
        of('status') || 'confirmed',
      ),
    ),
    field(
      'Guests',
      `${textInput('guests', of('guests'))}<span></span><small>Addresses, separated by commas</small>`,
    ),
    recurring ? field('Repeats', repeats) : '',
  ].join('\n')
}

/** A time of the form in Google's shape. The unused kind is null, so that a patch clears it. */
function typedTime(typed: string, edge: 'start' | 'end', allDay: boolean, timeZone: string): JsonObject {
  const value = typed.trim().replace(' ', 'T')
  if (allDay) {
    const day = value.slice(0, 10)
    const valid = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day))
    const date = valid && edge === 'end' ? shiftDate(day, 1) : day
    return { date, dateTime: null, timeZone: null }
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return { date: value, dateTime: null, timeZone: null }
  const dateTime = /T\d{2}:\d{2}$/.test(value) ? `${value}:00` : value
  return { date: null, dateTime, ...(timeZone === '' ? {} : { timeZone }) }
}

function guestList(typed: string, before: readonly JsonObject[]): JsonObject[] {
  const addresses = typed
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean)
  // A guest who stays keeps the answer already given.
  return [...new Set(addresses)].map((email) => before.find((guest) => guest.email === email) ?? { email })
}

/**
 * The event body that a filled form asks for, with the members that differ from what the form showed.
 * @param before the event as it is; null for a new one.
 * @param calendarZone the zone of times typed without one.
 */
export function bodyOf(form: URLSearchParams, before: JsonObject | null, calendarZone: string): JsonObject {
  const shown = before ? valuesOf(before, calendarZone) : {}
  const typed = (name: string): string => (form.get(name) ?? '').replaceAll('\r\n', '\n')
  const changed = (name: string): boolean => form.has(name) && typed(name) !== (shown[name] ?? '')
  const body: JsonObject = {}
  for (const name of ['summary', 'location', 'description', 'status']) {
    if (changed(name)) body[name] = typed(name)
  }
  const tickMoved = form.has('start') && typed('allDay') !== (shown['allDay'] ?? '')
  if (['start', 'end', 'timeZone'].some(changed) || tickMoved) {
    const allDay = typed('allDay') === 'on'
    const zone = typed('timeZone') || calendarZone
    body.start = typedTime(typed('start'), 'start', allDay, zone)
    body.end = typedTime(typed('end'), 'end', allDay, zone)
  }
  if (changed('guests')) body.attendees = guestList(typed('guests'), objects(before?.attendees))
  if (changed('recurrence')) {
    const lines = typed('recurrence')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
    if (lines.length > 0 || before) body.recurrence = lines.length > 0 ? lines : null
  }
  return body
}

/** When an event takes place, for people: in the calendar's zone, with the last day of an all-day event. */
export function whenText(event: JsonObject): string {
  const start = isJsonObject(event.start) ? event.start : {}
  const end = isJsonObject(event.end) ? event.end : {}
  if (typeof start.date === 'string') {
    const last = shiftDate(text(end.date), -1)
    return last === start.date ? `${start.date}, all day` : `${start.date} to ${last}, all day`
  }
  const from = text(start.dateTime).slice(0, 16).replace('T', ' ')
  const to = text(end.dateTime).slice(0, 16).replace('T', ' ')
  return `${from} – ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`
}
