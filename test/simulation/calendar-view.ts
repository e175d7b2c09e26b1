import type { ConflictSide } from 'appointment-sync'
import type { CalendarHand, GoogleEmulator, GoogleEvent } from 'appointment-sync/testing/emulator'
import type { Values } from './ledger.ts'
import type { Field } from './moves.ts'

/** An event as a person sees it. */
export interface ShownEvent {
  readonly id: string
  /** `primary`, or the id of the account's other calendar. */
  readonly calendarId: string
  readonly etag: string
  readonly updatedMs: number
  /** The private mark the SDK knows its events by; `null` on events of others. */
  readonly mark: string | null
  readonly values: Values
  /** Set on an instance of a series: the series' own id, and where the rule puts the instance. */
  readonly instance: { readonly seriesEventId: string; readonly originalStartMs: number } | null
  /** What each guest answered, by address. */
  readonly answers: ReadonlyMap<string, string>
}

/** One time, as both sides of a comparison write it. */
export function timeValue(startMs: number, endMs: number): string {
  return `${startMs}/${endMs}`
}

/** Start and end of a {@link timeValue}, in epoch milliseconds. */
export function spanOf(value: string): { startMs: number; endMs: number } {
  const [startMs = Number.NaN, endMs = Number.NaN] = value.split('/').map(Number)
  return { startMs, endMs }
}

/** A field of the SDK's own record as the simulation writes it; `undefined` where it is not known. */
export function valueIn(fields: Omit<ConflictSide, 'exists'>, field: Field): string | undefined {
  if (field !== 'time') return fields[field]
  const { time } = fields
  return time === undefined || time.allDay ? undefined : timeValue(time.startMs, time.endMs)
}

function instantOf(time: unknown): number {
  return Date.parse((time as { dateTime?: string } | undefined)?.dateTime ?? '')
}

function markOf(event: GoogleEvent): string | null {
  const { extendedProperties } = event as { extendedProperties?: { private?: Record<string, string> } }
  return Object.values(extendedProperties?.private ?? {})[0] ?? null
}

function textOf(event: GoogleEvent, name: string): string {
  const value = event[name]
  return typeof value === 'string' ? value : ''
}

function instanceOf(event: GoogleEvent): ShownEvent['instance'] {
  const seriesEventId = event['recurringEventId']
  if (typeof seriesEventId !== 'string') return null
  return { seriesEventId, originalStartMs: instantOf(event['originalStartTime']) }
}

/** Series are shown by their instances. */
function expanded(hand: CalendarHand, event: GoogleEvent): GoogleEvent[] {
  if (event['recurrence'] !== undefined) return hand.instances(event.id)
  // An exception is among the instances of its series.
  return event['recurringEventId'] === undefined ? [event] : []
}

function answersTo(event: GoogleEvent): Map<string, string> {
  const { attendees = [] } = event as { attendees?: { email: string; responseStatus?: string }[] }
  return new Map(attendees.map(({ email, responseStatus }) => [email, responseStatus ?? 'needsAction']))
}

/** The calendars an event of an account can be on. */
export function calendarsOf(email: string): readonly [string, string] {
  return ['primary', `other-${email.replace('@', '-')}@group.calendar.google.com`]
}

/** The one of them that an event is not on. */
export function otherCalendar(email: string, calendarId: string): string {
  const [primary, other] = calendarsOf(email)
  return calendarId === primary ? other : primary
}

/** The live events on an account's calendars, by id. A second one of the same id is there under another key. */
export function viewCalendars(google: GoogleEmulator, email: string): Map<string, ShownEvent> {
  const view = new Map<string, ShownEvent>()
  for (const calendarId of calendarsOf(email)) {
    for (const event of eventsOf(google, email, calendarId)) {
      view.set(view.has(event.id) ? `${event.id}, on ${calendarId}` : event.id, event)
    }
  }
  return view
}

function eventsOf(google: GoogleEmulator, email: string, calendarId: string): ShownEvent[] {
  const hand = google.user(email).calendar(calendarId)
  return hand
    .events()
    .flatMap((event) => expanded(hand, event))
    .map((event): ShownEvent => ({
      id: event.id,
      calendarId,
      etag: event.etag,
      updatedMs: Date.parse(textOf(event, 'updated')),
      mark: markOf(event),
      values: {
        time: timeValue(instantOf(event['start']), instantOf(event['end'])),
        title: textOf(event, 'summary'),
        description: textOf(event, 'description'),
        location: textOf(event, 'location'),
      },
      instance: instanceOf(event),
      answers: answersTo(event),
    }))
}
