import { type EventLink, refOf } from '../domain/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import { type Pass, store } from './read-pass.ts'
import { planFor } from './reconcile.ts'

const PAGE = 500

/**
 * Lets go of the events on a calendar that a person had moved them to, and that is gone for the account: each is
 * looked for elsewhere, and else its appointment gets a new event on the owner's own calendar. Nothing is cancelled.
 */
export async function releaseCalendar(engine: Engine, pass: Omit<Pass, 'syncToken'>): Promise<void> {
  const { integration, calendarId, lease, moved, signal } = pass
  const ref = refOf(integration)
  await engine.calendarQueue.run(ref, signal, async () => {
    let afterAppointmentId: string | null = null
    for (;;) {
      const page: EventLink[] = await engine.storage.links.listLive(ref, { afterAppointmentId, limit: PAGE })
      const plans = []
      for (const link of page.filter((one) => one.calendarId === calendarId)) {
        const app = await readAppSide(engine, integration, link.appointmentId)
        plans.push(await planFor(engine, { integration, link, app, moved, signal }, 'out_of_reach'))
      }
      if (plans.length > 0) await store(engine, lease, plans, { conflicts: 0 })
      if (page.length < PAGE) return
      afterAppointmentId = page.at(-1)?.appointmentId ?? null
    }
  })
}
