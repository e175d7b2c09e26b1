import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { WantedEvent } from './app-side.ts'
import { contended } from './engine.ts'

/** An event that did not come from an appointment, and the appointment it is from now on. */
export interface AcceptedTail {
  readonly integration: Integration
  readonly appointmentId: string
  readonly calendarId: string
  /** As it stands in Google. */
  readonly event: Extract<RemoteEvent, { cancelled: false }>
  /** What the app renders of the appointment, read after the host took the event. */
  readonly app: WantedEvent
  readonly nowMs: number
}

/** The link between the two. What they say differently stays so until either side changes it. */
function acceptedLink(accepted: AcceptedTail, before: EventLink | null): EventLink {
  const { integration, appointmentId, calendarId, event, app, nowMs } = accepted
  return {
    ...refOf(integration),
    appointmentId,
    calendarId,
    eventId: event.id,
    iCalUID: event.iCalUID,
    generation: before?.generation ?? 0,
    state: 'live',
    etag: event.etag,
    fingerprint: '',
    base: { app: app.fields, google: event.fields },
    appointmentUpdatedAtMs: app.updatedAtMs,
    eventUpdatedAtMs: event.updatedMs,
    overwrites: 0,
    overwritesSinceMs: 0,
    updatedAtMs: nowMs,
    version: (before?.version ?? 0) + 1,
  }
}

/**
 * Links an event to the appointment that the host made of it, in a transaction of the caller's: from then on it is
 * synced as if it had come from the app. An appointment that has an event by now (the host pushed it at once, say)
 * takes this one in its place; that event is returned and has to be taken off, else there would be two. Linking the
 * same twice changes nothing. Throws `WRITE_CONTENDED` when the link changed meanwhile.
 */
export async function linkTailEvent(
  session: StorageSession,
  accepted: AcceptedTail,
): Promise<EventLink | null> {
  const { integration, appointmentId, calendarId, event } = accepted
  const before = await session.links.find(refOf(integration), appointmentId)
  if (before?.calendarId === calendarId && before.eventId === event.id) return null
  const link = acceptedLink(accepted, before)
  if (!(await session.links.replace(link, before?.version ?? null))) throw contended(link, appointmentId)
  await session.busy.replaceEvents(link, calendarId, { eventIds: [event.id], blocks: [], generation: '' })
  return before !== null && before.state !== 'removed' ? before : null
}
