import { type EventLink, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { CalendarAddress } from '../google/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import { commitInbound } from './commit-inbound.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import type { PushTask } from './push-task.ts'
import { isMissing, planFor, readAndReconcile } from './reconcile.ts'
import type { WantedEvent } from './app-side.ts'

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
    if (isMissing(sighting) || sighting.etag !== link.etag) return
    // A destination that is gone is the owner's to replace: the event is still to be moved then.
    await requireDestination(engine, { ref: refOf(integration), calendarId: destination }, signal)
    // It is still there, as we left it: the destination does not take it.
    const next = { ...link, base, updatedAtMs: engine.clock.now(), version: link.version + 1 }
    await engine.storage.transaction(async (session) => {
      if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
      const facts = moveFacts(next, { status: 'failed', attempt, error })
      await session.syncLog.append(engine.logEntry(facts))
    })
  }
}

/** Throws `GOOGLE_CALENDAR_GONE` where it is not there; a refusal says that it is. */
async function requireDestination(
  engine: Engine,
  address: CalendarAddress,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await engine.google.requireCalendar(address, { signal })
  } catch (error) {
    if (!isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN')) throw error
  }
}

/** The owner switched back: whether a move that was begun before has arrived is read, and undone by the next round. */
export async function confirmPlace(
  engine: Engine,
  { integration, signal }: PushTask,
  app: WantedEvent,
  link: EventLink,
): Promise<void> {
  const sighting = await readAndReconcile(engine, { integration, link, app, signal, onlyIfChanged: true })
  if (isMissing(sighting) || sighting.etag !== link.etag) return
  const { moveTo: _, ...base } = link.base
  const next = { ...link, base, version: link.version + 1 }
  if (!(await engine.storage.links.replace(next, link.version))) throw contended(link, link.appointmentId)
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
