import {
  type EventLink,
  MERGED_FIELDS,
  type MergedFields,
  type OccurrenceName,
  sameField,
} from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { hasOccurrence } from '../recurrence/index.ts'
import { type InboundFacts, type InboundPlan, pick, settledConflict } from './inbound-plan.ts'
import { planDeletedEvent } from './plan-deleted-event.ts'
import { planLiveEvent } from './plan-live-event.ts'
import { belongsTo, droppedLink, heldSeries, occurrenceFieldsOf } from './series-link.ts'

/** What was seen of an occurrence; `null` when it is not known to Google by its id. */
export type OccurrenceSighting = RemoteEvent | null

/**
 * What follows from an occurrence that has an event of its own. One that is gone with its series, or because the rule
 * has it no more, is told by the change of the series and not by itself; what it has in common with the series follows
 * that, which is nobody's edit.
 */
export function planOccurrence(
  facts: InboundFacts,
  name: OccurrenceName,
  series: EventLink | null,
  sighting: OccurrenceSighting,
): InboundPlan {
  const { link } = facts
  const inherited =
    series === null ? null : occurrenceFieldsOf(pick(series.base.google, MERGED_FIELDS), name.originalStart)
  const stands = series !== null && series.state === 'live' && belongsTo(link, series)
  const gone = sighting === null || (sighting.cancelled && wentWithRule(series, name, sighting))
  if (!stands || inherited === null || gone) return planDropped(facts)
  const { series: before, ...rest } = link.base
  const live = !sighting.cancelled
  const google = live
    ? { ...link.base.google, ...followed(link, inherited, sighting.fields) }
    : link.base.google
  const seen: EventLink = {
    ...link,
    // It came back with its series: nobody restored it.
    state: live && before?.dropped === true ? 'live' : link.state,
    base: { ...rest, google },
  }
  const plan = live
    ? planLiveEvent({ ...facts, link: seen }, sighting)
    : planDeletedEvent({ ...facts, link: seen }, sighting.updatedMs)
  const known = { eventId: series.eventId, google: inherited }
  return { ...plan, link: { ...plan.link, base: { ...plan.link.base, series: known } } }
}

/** A cancelled occurrence says of which series it is; what is left of one without a place in it does not. */
function wentWithRule(series: EventLink | null, name: OccurrenceName, tombstone: RemoteEvent): boolean {
  if (tombstone.recurringEventId === null) return true
  const held = series === null ? null : heldSeries(series.base.google)
  return held === null || hasOccurrence(held, name.originalStart) === false
}

/** The fields that were those of the series, and are again those of the series, which has changed. */
function followed(
  link: EventLink,
  inherited: Partial<MergedFields>,
  event: MergedFields,
): Partial<MergedFields> {
  const before = link.base.series?.google ?? {}
  return pick(
    event,
    MERGED_FIELDS.filter(
      (field) =>
        sameField(field, link.base.google[field], before[field]) &&
        sameField(field, event[field], inherited[field]),
    ),
  )
}

function planDropped({ link, openConflict, nowMs }: InboundFacts): InboundPlan {
  return {
    link: droppedLink(link, nowMs),
    inbox: [],
    conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
    enqueue: null,
    log: [],
  }
}
