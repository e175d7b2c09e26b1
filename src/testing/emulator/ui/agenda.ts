import type { Backend } from '../backend.ts'
import { atLeast, roleOf } from '../api/access.ts'
import { createUserHand, type CalendarHand, type GoogleEvent } from '../hand.ts'
import { isJsonObject } from '../json.ts'
import type { AccessRole, CalendarRecord, UserRecord } from '../state/calendar-records.ts'
import { parseDate, startOfDay } from '../zone-time.ts'

/** The time the page shows, in milliseconds; an absent bound is open. */
export interface ShownTime {
  readonly from: number | null
  readonly to: number | null
}

/** A calendar as the page shows it to one account. */
export interface Agenda {
  readonly calendar: CalendarRecord
  readonly role: AccessRole
  readonly writable: boolean
  /** In the order of their starts. */
  readonly events: readonly GoogleEvent[]
  /** Events that were left out because there are too many. */
  readonly more: number
}

const DAY_MS = 86_400_000
/** Series have no end: without a choice of dates they are shown around today. */
export const SERIES_DAYS_BACK = 30
export const SERIES_DAYS_AHEAD = 180
const MOST_EVENTS = 500

/** Single events as they are, and the instances of every series near the shown time. */
function singleEvents(hand: CalendarHand, shown: ShownTime, now: number): GoogleEvent[] {
  const around = {
    timeMin: new Date(shown.from ?? now - SERIES_DAYS_BACK * DAY_MS).toISOString(),
    timeMax: new Date(shown.to ?? (shown.from ?? now) + SERIES_DAYS_AHEAD * DAY_MS).toISOString(),
  }
  const events = hand.events()
  const series = new Set(events.filter(({ recurrence }) => recurrence !== undefined).map(({ id }) => id))
  return events.flatMap((event) => {
    if (series.has(event.id)) return hand.instances(event.id, around)
    // A changed instance comes with its series, unless a guest was invited to it alone.
    const { recurringEventId } = event
    return typeof recurringEventId === 'string' && series.has(recurringEventId) ? [] : [event]
  })
}

function edgeOf(event: GoogleEvent, edge: 'start' | 'end', zone: string): number {
  const time = event[edge]
  const { date, dateTime } = isJsonObject(time) ? time : {}
  if (typeof date === 'string') return startOfDay(parseDate(date) ?? 0, zone)
  return typeof dateTime === 'string' ? Date.parse(dateTime) : 0
}

function readAgenda(
  backend: Backend,
  user: UserRecord,
  { calendar, role }: { calendar: CalendarRecord; role: AccessRole },
  shown: ShownTime,
): Agenda {
  const hand = createUserHand(backend, user.email).calendar(calendar.id)
  const zone = calendar.timeZone
  const found = singleEvents(hand, shown, backend.clock.now())
    .map((event) => ({ event, start: edgeOf(event, 'start', zone), end: edgeOf(event, 'end', zone) }))
    .filter(
      ({ start, end }) =>
        (shown.from === null || end > shown.from) && (shown.to === null || start < shown.to),
    )
    .sort((left, right) => left.start - right.start)
  const events = found.slice(0, MOST_EVENTS).map(({ event }) => event)
  const writable = atLeast(role, 'writerWithoutPrivateAccess')
  return { calendar, role, writable, events, more: found.length - events.length }
}

/** The calendars an account has on its list and may still see. */
export function calendarsOf(
  backend: Backend,
  user: UserRecord,
): { calendar: CalendarRecord; role: AccessRole }[] {
  return [...user.calendarList.values()].flatMap((entry) => {
    const calendar = backend.state.calendars.get(entry.calendarId)
    if (entry.removed || !calendar || calendar.deleted) return []
    const role = roleOf(calendar, user.email)
    return role === null ? [] : [{ calendar, role }]
  })
}

/** All calendars of an account, with their events (without a choice: all, and series around today). */
export function agendasOf(backend: Backend, user: UserRecord, shown: ShownTime): Agenda[] {
  return calendarsOf(backend, user).map((listed) => readAgenda(backend, user, listed, shown))
}
