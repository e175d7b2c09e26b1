import { type EventLink, type Integration, occurrenceIdOf, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { belongsTo, occurrenceDraft } from './series-link.ts'
import { parentAmong, planTail, splitOffFrom } from './split-series.ts'

/** Whose page it is, and of which calendar. */
interface PageRequest {
  readonly integration: Integration
  readonly calendarId: string
}

/** The links that a page is about, as they are stored, and as the plans made so far will leave them. */
interface PageLinks {
  readonly byEvent: ReadonlyMap<string, EventLink>
  /** By appointment. */
  readonly planned: Map<string, EventLink>
}

/** A page of events, with the links they are about. */
export interface EventPage {
  /** The events, a series before its changed occurrences. */
  readonly inOrder: readonly RemoteEvent[]
  /** Which of the events, of their series and of the events they were split from have a link here, by event id. */
  readonly linked: ReadonlySet<string>
  /** Links of appointments as the plans made so far will leave them. */
  readonly planned: ReadonlyMap<string, EventLink>
  /**
   * The link of the event: its own, or of a changed occurrence of a linked series one that is made here and stored with
   * its plan; `null` of an event that is none of ours.
   */
  linkOf(event: RemoteEvent): Promise<EventLink | null>
  /** The offer of an event that "this and following" split off a linked series; `null` of any other, or once told. */
  offerOf(event: RemoteEvent): InboundPlan | null
  /** Takes a plan into account for the events that follow. */
  note(plan: InboundPlan): void
}

/** Opens a page: asks for its links at once. */
export async function openPage(
  engine: Engine,
  request: PageRequest,
  events: readonly RemoteEvent[],
): Promise<EventPage> {
  const links = await linksOf(engine, request, events)
  const { byEvent, planned } = links
  return {
    inOrder: seriesFirst(events),
    linked: new Set(byEvent.keys()),
    planned,
    linkOf: async (event) => {
      const own = byEvent.get(event.id)
      if (own === undefined) return linkOfOccurrence(engine, request, links, event)
      return planned.get(own.appointmentId) ?? own
    },
    offerOf: (event) => planOfTail(engine, links, event),
    note: ({ link }) => void planned.set(link.appointmentId, link),
  }
}

/** A series before its changed occurrences, which say what they have in common with it; what it left last. */
function seriesFirst(events: readonly RemoteEvent[]): RemoteEvent[] {
  const rank = (event: RemoteEvent): number =>
    event.recurringEventId !== null ? 1 : splitOffFrom(event) !== null ? 2 : event.cancelled ? 1 : 0
  return [...events].sort((a, b) => rank(a) - rank(b))
}

/** The links of the events, of the series that changed occurrences are of, and of those that tails were split from. */
async function linksOf(
  engine: Engine,
  { integration, calendarId }: PageRequest,
  events: readonly RemoteEvent[],
): Promise<PageLinks> {
  const ids = new Set<string>()
  for (const event of events) {
    ids.add(event.id)
    const series = event.recurringEventId ?? splitOffFrom(event)
    if (series !== null) ids.add(series)
  }
  const named = [...ids]
  const found: EventLink[] = []
  for (let at = 0; at < named.length; at += 2500) {
    const part = named.slice(at, at + 2500)
    found.push(...(await engine.storage.links.findByEvents(refOf(integration), calendarId, part)))
  }
  return { byEvent: new Map(found.map((link) => [link.eventId, link])), planned: new Map() }
}

/** The link of a changed occurrence that has none under this event; `null` of an event that is none of ours. */
async function linkOfOccurrence(
  engine: Engine,
  { integration }: PageRequest,
  { byEvent, planned }: PageLinks,
  event: RemoteEvent,
): Promise<EventLink | null> {
  const { recurringEventId, originalStart } = event
  const stored = recurringEventId === null ? undefined : byEvent.get(recurringEventId)
  if (stored === undefined || originalStart === null) return null
  const series = planned.get(stored.appointmentId) ?? stored
  if (series.state !== 'live' || series.eventId !== recurringEventId) return null
  const id = occurrenceIdOf(series.appointmentId, originalStart)
  const before = planned.get(id) ?? (await engine.storage.links.find(refOf(integration), id))
  if (before !== null && belongsTo(before, series)) {
    // The series was moved to this calendar, and took the occurrence along.
    return { ...before, calendarId: series.calendarId, eventId: event.id, etag: '' }
  }
  return occurrenceDraft(series, originalStart, { eventId: event.id, nowMs: engine.clock.now(), before })
}

function planOfTail(engine: Engine, { byEvent, planned }: PageLinks, event: RemoteEvent): InboundPlan | null {
  const first = splitOffFrom(event)
  if (event.cancelled || first === null) return null
  const related = [...byEvent.values()].filter(
    ({ eventId }) => eventId === first || eventId.startsWith(`${first}_R`),
  )
  const parent = parentAmong(
    related.map((link) => planned.get(link.appointmentId) ?? link),
    event,
  )
  return parent === null ? null : planTail(parent, event, engine.clock.now())
}
