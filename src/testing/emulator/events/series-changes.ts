import type { Backend } from '../backend.ts'
import { sameJson, type JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord, StoredTime } from '../state/event-records.ts'
import { storeEvent, type EventDraft, type Stamp } from './event-store.ts'
import { noteFormerTimes } from './former-series.ts'
import { exceptionsOf, hasOccurrence, isSeries, occurrenceTimes } from './series.ts'

/**
 * The members of an exception after its series changed: what the exception had in common with the series
 * follows, what it had of its own stays.
 */
function followSeries(
  exception: JsonObject,
  before: JsonObject,
  after: JsonObject,
  originalStart: StoredTime,
): JsonObject {
  const followed = new Map(Object.entries(exception))
  const was = { ...before, ...occurrenceTimes(before, originalStart) }
  const is: JsonObject = { ...after, ...occurrenceTimes(after, originalStart) }
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (name === 'recurrence' || !sameJson(exception[name], was[name])) continue
    const value = is[name]
    if (value === undefined) followed.delete(name)
    else followed.set(name, value)
  }
  return Object.fromEntries(followed)
}

/** Brings the exceptions of a series along: those whose occurrence is gone end as bare tombstones. */
function changeExceptions(
  backend: Backend,
  calendar: CalendarRecord,
  before: EventRecord,
  after: EventRecord,
): void {
  for (const exception of exceptionsOf(calendar, after.id)) {
    const { originalStart } = exception
    if (originalStart === null) continue
    if (after.deleted || !hasOccurrence(backend, after.fields, originalStart)) {
      storeEvent(backend, calendar, { ...exception, deleted: true, orphan: true })
      continue
    }
    const fields = followSeries(exception.fields, before.fields, after.fields, originalStart)
    if (!sameJson(fields, exception.fields)) storeEvent(backend, calendar, { ...exception, fields })
  }
}

/**
 * Stores an event together with what its series makes of it: a changed exception stamps its parent too (a delta
 * was seen to carry both, the parent first), a changed parent takes its exceptions along.
 * @param before the event as it was; null for a new one.
 */
export function storeInSeries(
  backend: Backend,
  calendar: CalendarRecord,
  before: EventRecord | null,
  draft: EventDraft,
  stamp: Stamp = {},
): EventRecord {
  const parent = draft.recurringEventId === null ? null : calendar.events.get(draft.recurringEventId)
  if (parent && !parent.deleted && isSeries(parent)) storeEvent(backend, calendar, parent, stamp)
  const after = storeEvent(backend, calendar, draft, stamp)
  if (before) noteFormerTimes(calendar, before, after)
  if (before && isSeries(before)) changeExceptions(backend, calendar, before, after)
  return after
}
