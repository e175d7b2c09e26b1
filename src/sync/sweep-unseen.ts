import { type Integration, refOf } from '../domain/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { planFor, readEvent } from './reconcile.ts'
import { extentOf, overlaps, type TimeWindow } from './sync-window.ts'

const PAGE = 500

/**
 * A full list holds no tombstones: what was deleted meanwhile shows by its absence. Called after the last page was
 * read, for events of ours that should have been inside the window and were not seen. Each is looked at by itself
 * before anything follows, so that neither a list with a gap nor a move beyond the window cancels an appointment.
 */
export async function sweepUnseen(
  engine: Engine,
  pass: {
    readonly integration: Integration
    readonly window: TimeWindow
    readonly seen: ReadonlySet<string>
    readonly signal?: AbortSignal | undefined
  },
): Promise<InboundPlan[]> {
  const { integration, window, seen, signal } = pass
  const { calendarId, timeZone } = integration.settings
  const plans: InboundPlan[] = []
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: Awaited<ReturnType<typeof engine.storage.links.listLive>> =
      await engine.storage.links.listLive(refOf(integration), { afterAppointmentId, limit: PAGE })
    for (const link of page) {
      const { time } = link.base.google
      if (link.calendarId !== calendarId || seen.has(link.eventId) || time === undefined) continue
      if (!overlaps(extentOf(time, timeZone), window)) continue
      signal?.throwIfAborted()
      const event = await readEvent(engine, link, signal)
      if (event !== null && !event.cancelled && event.etag === link.etag) continue
      const app = await readAppSide(engine, integration, link.appointmentId)
      plans.push(await planFor(engine, { integration, link, app }, event))
    }
    if (page.length < PAGE) return plans
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
  }
}
