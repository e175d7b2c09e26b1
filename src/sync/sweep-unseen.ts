import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import type { MovedEvents } from './moved-event.ts'
import { isMissing, planFor, readEvent } from './reconcile.ts'
import { extentOf, type TimeWindow } from './sync-window.ts'

const PAGE = 500

/**
 * A full list holds no tombstones: what was deleted meanwhile shows by its absence. Called after the last page was
 * read, for events of ours that are not over before the window and were not seen. Each is looked at by itself before
 * anything follows, so that neither a list with a gap nor a move beyond the window cancels an appointment.
 * Gives the plans page by page, so that memory holds one page of them.
 */
export async function* sweepUnseen(
  engine: Engine,
  pass: {
    readonly integration: Integration
    readonly calendarId: string
    readonly window: TimeWindow
    readonly seen: ReadonlySet<string>
    readonly moved: MovedEvents
    readonly signal?: AbortSignal | undefined
  },
): AsyncGenerator<InboundPlan[]> {
  const { integration, calendarId, window, seen } = pass
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: EventLink[] = await engine.storage.links.listLive(refOf(integration), {
      afterAppointmentId,
      limit: PAGE,
    })
    const unseen = page.filter((link) => {
      const { time } = link.base.google
      if (link.calendarId !== calendarId || seen.has(link.eventId) || time === undefined) return false
      // Beyond the window too: what happened there since the last token would never be heard of.
      return extentOf(time, integration.settings.timeZone).toMs > window.fromMs
    })
    if (unseen.length > 0) yield await planUnseen(engine, pass, unseen)
    if (page.length < PAGE) return
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
  }
}

async function planUnseen(
  engine: Engine,
  { integration, moved, signal }: Pick<Parameters<typeof sweepUnseen>[1], 'integration' | 'moved' | 'signal'>,
  unseen: readonly EventLink[],
): Promise<InboundPlan[]> {
  const looks = unseen.map(
    (link) => (google: Engine['google']) => readEvent({ google }, integration, link, signal),
  )
  const sightings = await engine.google.together(refOf(integration), looks, { signal })
  const plans: InboundPlan[] = []
  for (const [index, link] of unseen.entries()) {
    const sighting = sightings[index]
    if (sighting === undefined || sighting.status === 'rejected') throw sighting?.reason
    const event = sighting.value
    if (!isMissing(event) && event.etag === link.etag) continue
    signal?.throwIfAborted()
    const app = await readAppSide(engine, integration, link.appointmentId)
    plans.push(await planFor(engine, { integration, link, app, moved, signal }, event))
  }
  return plans
}
