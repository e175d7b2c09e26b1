import type { Backend } from '../backend.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'

/** Keeps the version of an event that is about to be replaced, for readers that lag behind. */
export function rememberVersion(backend: Backend, calendar: CalendarRecord, eventId: string): void {
  calendar.replaced = calendar.replaced.filter(({ at }) => isRecent(backend, at))
  calendar.replaced.push({
    at: backend.clock.now(),
    counter: calendar.counter,
    updatedUs: calendar.updatedUs,
    eventId,
    event: calendar.events.get(eventId) ?? null,
  })
}

function isRecent(backend: Backend, at: number): boolean {
  return backend.clock.now() - at < backend.faults.readLagMs
}

/**
 * The calendar as a reader finds it: with `faults.readLag` armed, without the changes younger than the lag. It is
 * for reading only, and the calendar itself when nothing lags.
 */
export function readableCalendar(backend: Backend, calendar: CalendarRecord): CalendarRecord {
  const hidden = calendar.replaced.filter(({ at }) => isRecent(backend, at))
  const [oldest] = hidden
  if (!oldest) return calendar
  const events = new Map(calendar.events)
  for (const { eventId, event } of hidden.toReversed()) {
    if (event) events.set(eventId, event)
    else events.delete(eventId)
  }
  const changes = calendar.changes.filter(({ change }) => change <= oldest.counter)
  return { ...calendar, counter: oldest.counter, updatedUs: oldest.updatedUs, events, changes }
}
