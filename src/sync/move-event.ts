import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { commitInbound } from './commit-inbound.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { jobRefOf } from './job-ref.ts'
import { linkPages } from './link-pages.ts'
import type { PushTask } from './push-task.ts'
import { isMissing, planFor, readAndReconcile } from './reconcile.ts'
import { extentOf } from './sync-window.ts'
import type { WantedEvent } from './app-side.ts'

/**
 * Marks the events that are not over yet to be moved to another calendar, and stores an intent for each: the owner
 * switched. Those that a person had moved elsewhere stay there. In the transaction that stores the switch.
 */
export async function markMoves(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  from: string,
): Promise<void> {
  const ref = refOf(integration)
  const { calendarId, timeZone } = integration.settings
  const nowMs = engine.clock.now()
  for await (const page of linkPages(session, ref, 'live')) {
    for (const link of page) {
      const { time } = link.base.google
      const over = time !== undefined && extentOf(time, timeZone).toMs <= nowMs
      const here = link.calendarId === from || link.base.moveTo !== undefined
      if (!here || over) continue
      const { moveTo: _, ...base } = link.base
      const next: EventLink = {
        ...link,
        base: link.calendarId === calendarId ? base : { ...base, moveTo: calendarId },
        fingerprint: '',
        updatedAtMs: nowMs,
        version: link.version + 1,
      }
      if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
      await session.outbox.enqueue({ ref: jobRefOf(link), action: 'push', dueAtMs: nowMs, nowMs })
    }
  }
}

/**
 * Moves the event to the calendar the owner switched to. What else became of it meanwhile is merged as ever. A move
 * whose answer was lost shows as a deletion, and is found by reading; an event that cannot be moved stays where it
 * is, and goes on being synced there.
 */
export async function moveEvent(
  engine: Engine,
  { integration, signal, attempt }: PushTask,
  app: WantedEvent,
  link: EventLink,
  destination: string,
): Promise<void> {
  const { calendarId, eventId } = link
  const { moveTo: _, ...base } = link.base
  const address = { ref: refOf(integration), calendarId, eventId, destination }
  try {
    const event = await engine.google.moveEvent(address, { signal })
    if (event.cancelled) throw contended(link, link.appointmentId)
    const there = { ...link, base, calendarId: destination, eventId: event.id, iCalUID: event.iCalUID }
    const plan = await planFor(engine, { integration, link: there, app, signal }, event)
    const log = [...plan.log, moveFacts(plan.link, { status: 'success', attempt })]
    await engine.storage.transaction((session) => commitInbound(engine, session, { ...plan, log }))
  } catch (error) {
    const refused =
      isAppointmentSyncError(error, 'GOOGLE_REJECTED') || isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN')
    if (!refused && !isGone(error)) throw error
    const sighting = await readAndReconcile(engine, { integration, link, app, signal, onlyIfChanged: true })
    // It is still there, as we left it: the destination does not take it.
    if (isMissing(sighting) || sighting.etag !== link.etag) return
    const next = { ...link, base, updatedAtMs: engine.clock.now(), version: link.version + 1 }
    await engine.storage.transaction(async (session) => {
      if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
      const facts = moveFacts(next, { status: 'failed', attempt, error })
      await session.syncLog.append(engine.logEntry(facts))
    })
  }
}

function moveFacts(
  link: EventLink,
  outcome: Pick<SyncLogFacts, 'status' | 'attempt' | 'error'>,
): SyncLogFacts {
  const { appointmentId, eventId } = link
  return {
    ref: link,
    direction: 'to_google',
    action: 'move',
    appointmentId,
    googleEventId: eventId,
    ...outcome,
  }
}
