import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { commitInbound } from './commit-inbound.ts'
import type { Engine } from './engine.ts'
import { linkPages } from './link-pages.ts'
import { isOutOfReach } from './own-calendar.ts'
import { planLostEvent } from './reconcile.ts'
import { extentOf } from './sync-window.ts'

/**
 * Lets go of events on calendars that the grant does not reach any more. Those to come get a new event on the owner's
 * own calendar; those that are over stay as they are, unless their appointment changes. The host is told nothing. What
 * stands on the other calendar stays there: nobody is allowed to take it off.
 */
export async function releaseOutOfReach(
  engine: Engine,
  integration: Integration,
  links: readonly EventLink[],
): Promise<void> {
  const lost = links.filter(
    ({ state, calendarId }) => state !== 'removed' && isOutOfReach(integration, calendarId),
  )
  if (lost.length === 0) return
  await engine.storage.transaction(async (session) => {
    for (const link of lost) await release(engine, session, integration, link)
  })
}

/** The same for every event that the integration has on one calendar. */
export async function releaseUnreached(
  engine: Engine,
  integration: Integration,
  calendarId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = refOf(integration)
  await engine.calendarQueue.run(ref, signal, async () => {
    for (const state of ['live', 'unconfirmed'] as const) {
      for await (const page of linkPages(engine.storage, ref, state)) {
        await releaseOutOfReach(
          engine,
          integration,
          page.filter((link) => link.calendarId === calendarId),
        )
      }
    }
  })
}

async function release(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  link: EventLink,
): Promise<void> {
  const openConflict = await session.conflicts.findOpen(link, link.appointmentId)
  const nowMs = engine.clock.now()
  const plan = planLostEvent({ integration, link, openConflict, nowMs })
  const time = link.base.google.time ?? link.base.writing?.time
  const over = time !== undefined && extentOf(time, integration.settings.timeZone).toMs <= nowMs
  // The fingerprint of what was written last keeps a sweep from making an event anew that nobody waits for.
  const kept = { ...plan, link: { ...plan.link, fingerprint: link.fingerprint }, enqueue: null }
  await commitInbound(engine, session, over ? kept : plan)
}
