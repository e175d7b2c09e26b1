import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { endedBefore } from '../recurrence/index.ts'
import { contended, type Engine } from './engine.ts'
import { isMissing, readEvent } from './reconcile.ts'

/** How often the event may change meanwhile before it is left for the next run. */
const MAX_ROUNDS = 3

/**
 * Ends a series in Google now: what took place stays on the calendar, nothing is to come. By the rule that Google has,
 * which a person may have changed; guarded by its etag. Whether there was anything to end. Made again, it changes nothing.
 */
export async function endSeriesNow(
  engine: Engine,
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ref = refOf(integration)
  const { calendarId, eventId } = link
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const event = await readEvent(engine, integration, link, signal)
    if (isMissing(event)) return false
    const { time, recurrence } = event.fields
    const ended = endedBefore(recurrence, time, engine.clock.now(), integration.settings.timeZone)
    const notifyGuests = (link.base.app.attendees?.length ?? 0) > 0
    const fields = { time, recurrence: ended }
    try {
      const patched = await engine.google.patchEvent(
        { ref, calendarId, eventId, etag: event.etag, fields, notifyGuests },
        { signal },
      )
      if (patched.cancelled) return false
      await engine.storage.transaction(async (session) => {
        const base = { ...link.base, google: patched.fields }
        const next = {
          ...link,
          base,
          etag: patched.etag,
          fingerprint: '',
          eventUpdatedAtMs: patched.updatedMs,
          version: link.version + 1,
        }
        if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
        await session.syncLog.append(
          engine.logEntry({
            ref,
            direction: 'to_google',
            action: 'update',
            status: 'success',
            appointmentId: link.appointmentId,
            googleEventId: eventId,
            fields: ['recurrence'],
          }),
        )
      })
      return true
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED')) throw error
    }
  }
  throw contended(link, link.appointmentId)
}
