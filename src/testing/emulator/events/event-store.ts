import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { announceChange } from '../push/announce.ts'
import { rememberVersion } from './read-lag.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import { etagOf, nextTimestampUs } from '../state/timestamps.ts'

/** An event before it is stored: storing stamps it. */
export type EventDraft = Omit<EventRecord, 'change' | 'etagUs' | 'updatedUs'> & {
  readonly updatedUs?: number
}

/** How a change is stamped. */
export interface Stamp {
  /** Only private parts such as reminders moved: `updated` stays. Default false. */
  readonly privateOnly?: boolean
}

/** Superseded lines a change log may hold before it is cleared of them. */
const LOG_SLACK = 1000

/**
 * Stores an event in place of the record that has its id: the calendar's counter for deltas, a new etag, a
 * line in the change log, and word to the watch channels.
 */
export function storeEvent(
  backend: Backend,
  calendar: CalendarRecord,
  draft: EventDraft,
  { privateOnly = false }: Stamp = {},
): EventRecord {
  const timestamp = nextTimestampUs(backend.state, backend.clock.now())
  const change = calendar.counter + 1
  const held = calendar.events.get(draft.id)
  // An instance that came back after its occurrence was gone is stored anew, in its own place.
  const isNew = held === undefined || (held.orphan && !draft.orphan)
  const event: EventRecord = {
    ...draft,
    order: isNew ? nextOrder(calendar) : held.order,
    change,
    etagUs: timestamp,
    updatedUs: privateOnly && draft.updatedUs !== undefined ? draft.updatedUs : timestamp,
  }
  if (backend.faults.readLagMs > 0) rememberVersion(backend, calendar, event.id)
  if (isNew) calendar.events.delete(event.id)
  calendar.events.set(event.id, event)
  indexException(calendar, event)
  calendar.counter = change
  calendar.updatedUs = timestamp
  calendar.changes.push({ change, eventId: event.id })
  if (calendar.changes.length > 2 * calendar.events.size + LOG_SLACK) clearLog(calendar)
  const { eventType } = event.fields
  announceChange(
    backend,
    { kind: 'events', calendarId: calendar.id },
    typeof eventType === 'string' ? eventType : 'default',
  )
  return event
}

function indexException(calendar: CalendarRecord, { id, recurringEventId }: EventRecord): void {
  if (recurringEventId === null) return
  const ids = calendar.exceptions.get(recurringEventId)
  if (!ids) calendar.exceptions.set(recurringEventId, [id])
  else if (!ids.includes(id)) ids.push(id)
}

function clearLog(calendar: CalendarRecord): void {
  calendar.changes = calendar.changes.filter(
    ({ change, eventId }) => calendar.events.get(eventId)?.change === change,
  )
}

/** The place of the next new event in the default order. */
export function nextOrder(calendar: CalendarRecord): number {
  return calendar.counter + 1
}

/** Refuses a write whose `If-Match` names another version. @throws CalendarApiError 412. */
export function checkIfMatch(event: EventRecord, ifMatch: string | null): void {
  if (ifMatch === null || ifMatch.trim() === '*') return
  const asked = ifMatch.split(',').map((tag) => tag.trim())
  if (!asked.includes(etagOf(event.etagUs))) throw refusal('conditionNotMet')
}
