import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { linkPages } from './link-pages.ts'
import type { MovedEvents } from './moved-event.ts'
import { isMissing, lookAgain, planFor, type Sighting } from './reconcile.ts'
import { extentOfFields } from './series-link.ts'
import type { TimeWindow } from './sync-window.ts'

/** So long Google keeps what was deleted in its bin, from which a person can restore it, in milliseconds. */
const RESTORABLE_MS = 30 * 86_400_000

/** So long after a change of the link a lagging answer is waited out, in milliseconds. */
const UNCLEAR_FOR_MS = 600_000

/** The full pass whose list is complete. */
export interface UnseenRequest {
  readonly integration: Integration
  readonly calendarId: string
  readonly window: TimeWindow
  /** The ids of the events that were listed. */
  readonly seen: ReadonlySet<string>
  /** Whether events that were restored meanwhile may not have been heard of. */
  readonly afterGap: boolean
  readonly moved: MovedEvents
  /** Told of an event about which Google gives no answer that can be relied on. */
  readonly onUnclear: () => void
  readonly signal?: AbortSignal | undefined
}

/**
 * A full list holds no tombstones: what was deleted meanwhile shows by its absence. Called after the last page was
 * read, for events of ours that are not over before the window and were not seen. Each is looked at by itself before
 * anything follows, so that neither a list with a gap nor a move beyond the window cancels an appointment. After a gap
 * in what was heard, those that were deleted of late are looked at too: restored beyond the window, they are not listed.
 * Gives the plans page by page, so that memory holds one page of them.
 */
export async function* sweepUnseen(engine: Engine, request: UnseenRequest): AsyncGenerator<InboundPlan[]> {
  const { integration, calendarId, window, seen, afterGap } = request
  const nowMs = engine.clock.now()
  const isUnseen = (link: EventLink): boolean => {
    const { time, ...fields } = link.base.google
    if (link.calendarId !== calendarId || seen.has(link.eventId) || time === undefined) return false
    if (link.state === 'removed' && nowMs - link.updatedAtMs > RESTORABLE_MS) return false
    // Beyond the window too: what happened there since the last token would never be heard of.
    return extentOfFields({ ...fields, time }, integration.settings.timeZone).toMs > window.fromMs
  }
  const states = afterGap ? (['live', 'removed'] as const) : (['live'] as const)
  for (const state of states) {
    for await (const page of linkPages(engine.storage, refOf(integration), state)) {
      const unseen = page.filter(isUnseen)
      if (unseen.length > 0) yield await planUnseen(engine, request, unseen)
    }
  }
}

async function planUnseen(
  engine: Engine,
  { integration, moved, signal, onUnclear }: UnseenRequest,
  unseen: readonly EventLink[],
): Promise<InboundPlan[]> {
  const looks = unseen.map(
    (link) => (google: Engine['google']) => lookAgain({ ...engine, google }, integration, link, signal),
  )
  const sightings = await engine.google.together(refOf(integration), looks, { signal })
  const plans: InboundPlan[] = []
  for (const [index, link] of unseen.entries()) {
    const sighting = sightings[index]
    if (sighting === undefined || sighting.status === 'rejected') throw sighting?.reason
    const event = sighting.value
    // What stays unclear for long is left to the lists of changes: a token has to be stored again some time.
    if (event === null && engine.clock.now() - link.updatedAtMs < UNCLEAR_FOR_MS) onUnclear()
    if (event === null || saysNothingNew(link, event)) continue
    signal?.throwIfAborted()
    const app = await readAppSide(engine, integration, link)
    plans.push(await planFor(engine, { integration, link, app, moved, signal }, event))
  }
  return plans
}

function saysNothingNew(link: EventLink, event: Sighting): boolean {
  return isMissing(event) ? link.state === 'removed' : event.etag === link.etag
}
