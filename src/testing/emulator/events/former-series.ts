import type { Backend } from '../backend.ts'
import { sameJson } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { expandSeries, isSeries } from './series.ts'

const WHOLE = { from: null, to: null } as const

/** Keeps what an event was when its occurrences change, so that lists of single events can say what is gone. */
export function noteFormerTimes(calendar: CalendarRecord, before: EventRecord, after: EventRecord): void {
  if (!isSeries(before) && !isSeries(after)) return
  const kept = ['start', 'recurrence'].every((name) => sameJson(before.fields[name], after.fields[name]))
  if (!kept || after.movedAway) calendar.formerTimes.push({ change: after.change, event: before })
}

/** Whether a delta tells the end of an instance anyhow, as that of an exception. */
function isTold(calendar: CalendarRecord, id: string, counter: number): boolean {
  const stored = calendar.events.get(id)
  return stored?.orphan === true && stored.change > counter
}

/** What an event is in a list of single events: its instances, or itself. */
function singles(backend: Backend, calendar: CalendarRecord, event: EventRecord): EventRecord[] {
  return isSeries(event) ? expandSeries(backend, calendar, event, WHOLE) : [event]
}

/**
 * What lists of single events held and hold no more since a change: instances that a changed rule no longer
 * names, all of a series that ceased to be one, and the event that became one. Each as a bare tombstone.
 */
export function vanishedSince(
  backend: Backend,
  calendar: CalendarRecord,
  counter: number,
  snapshot: number,
): EventRecord[] {
  return calendar.formerTimes
    .filter(({ change }) => change > counter && change <= snapshot)
    .flatMap(({ change, event }) => {
      const now = calendar.events.get(event.id)
      const living = now && !now.movedAway ? singles(backend, calendar, now) : []
      const ids = new Set(living.map(({ id }) => id))
      return singles(backend, calendar, event)
        .filter(({ id }) => !ids.has(id) && !isTold(calendar, id, counter))
        .map((single) => ({ ...single, change, deleted: true, orphan: true }))
    })
}
