import { refOf } from '../domain/index.ts'
import { readAppSide } from './app-side.ts'
import type { Engine } from './engine.ts'
import { linkPages } from './link-pages.ts'
import { type Pass, store } from './read-pass.ts'
import { planFor } from './reconcile.ts'

/**
 * Lets go of the events on a calendar that a person had moved them to, and that is gone for the account: each is
 * looked for elsewhere, and else its appointment gets a new event on the owner's own calendar. Nothing is cancelled.
 */
export async function releaseCalendar(
  engine: Engine,
  pass: Omit<Pass, 'syncToken' | 'afterGap'>,
): Promise<void> {
  const { integration, calendarId, lease, moved, signal } = pass
  const ref = refOf(integration)
  await engine.calendarQueue.run(ref, signal, async () => {
    for await (const page of linkPages(engine.storage, ref, 'live')) {
      const plans = []
      for (const link of page.filter((one) => one.calendarId === calendarId)) {
        const app = await readAppSide(engine, integration, link)
        plans.push(await planFor(engine, { integration, link, app, moved, signal }, 'out_of_reach'))
      }
      if (plans.length > 0) await store(engine, lease, plans, { conflicts: 0 })
    }
  })
}
