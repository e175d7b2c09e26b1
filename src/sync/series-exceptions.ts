import { type EventLink, type Integration, occurrenceIdOf, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { planFor } from './reconcile.ts'
import { belongsTo, isSeriesLink, occurrenceDraft } from './series-link.ts'

/** An occurrence that Google holds otherwise than its series, with its link as it is, or would be. */
export interface SeriesException {
  readonly event: RemoteEvent
  readonly link: EventLink
}

/** What Google holds of a series besides its rule that its links do not know of; one list, none for a single event. */
export async function unknownExceptions(
  engine: Engine,
  integration: Integration,
  series: EventLink,
  signal: AbortSignal | undefined,
): Promise<SeriesException[]> {
  if (!isSeriesLink(series)) return []
  const ref = refOf(integration)
  const { calendarId, eventId, appointmentId } = series
  const iCalUID = series.iCalUID ?? `${eventId}@google.com`
  const found: SeriesException[] = []
  for (const event of await engine.google.findByICalUID({ ref, calendarId, iCalUID }, { signal })) {
    const { recurringEventId, originalStart } = event
    if (recurringEventId !== eventId || originalStart === null) continue
    const before = await engine.storage.links.find(ref, occurrenceIdOf(appointmentId, originalStart))
    const known = before !== null && belongsTo(before, series)
    if (known && (event.cancelled ? before.state === 'removed' : before.etag === event.etag)) continue
    const place = { eventId: event.id, nowMs: engine.clock.now(), before }
    const link = known ? before : occurrenceDraft(series, originalStart, place)
    if (link !== null) found.push({ event, link })
  }
  return found
}

/** What follows from the occurrences of a series that was found and taken over: no list of changes names them again. */
export async function planExceptions(
  engine: Engine,
  integration: Integration,
  series: EventLink,
  signal: AbortSignal | undefined,
): Promise<InboundPlan[]> {
  const planned = new Map([[series.appointmentId, series]])
  const plans: InboundPlan[] = []
  for (const { event, link } of await unknownExceptions(engine, integration, series, signal)) {
    const app = await readAppSide(engine, integration, link)
    plans.push(await planFor(engine, { integration, link, app, planned, signal }, event))
  }
  return plans
}
