import { refOf } from '../domain/index.ts'
import { isMadeBySdk, ownershipMark } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { WantedEvent } from './app-side.ts'
import { contended, type Engine } from './engine.ts'
import { linkExternalEvent } from './link-external-event.ts'
import { offerOf, offersFrom } from './plan-offers.ts'
import type { PushTask } from './push-task.ts'
import { isMissing, readEvent } from './reconcile.ts'

/** Whether the host says that the appointment was made of an event of the owner's own, and the owner wants that. */
export function claimsEvent({ integration, appointment }: PushTask): boolean {
  return appointment.googleEventId !== null && offersFrom(integration, integration.settings.calendarId)
}

/**
 * Links an appointment that has no event yet to the one that the host names: an answer that came late, or one of an
 * earlier connection. `false` when that event does not stand on the owner's calendar, or is not the owner's own or
 * this appointment's; it then gets one of its own.
 */
export async function claimEvent(engine: Engine, task: PushTask, app: WantedEvent): Promise<boolean> {
  const { integration, appointment, signal } = task
  const eventId = appointment.googleEventId
  if (eventId === null || !claimsEvent(task)) return false
  const { calendarId } = integration.settings
  const ref = refOf(integration)
  const nowMs = engine.clock.now()
  const event = await readEvent(
    engine,
    integration,
    {
      ...ref,
      appointmentId: appointment.id,
      calendarId,
      eventId,
      iCalUID: null,
      generation: 0,
      // What is not found is not there: it was not made just now.
      state: 'removed',
      etag: '',
      fingerprint: '',
      base: { app: {}, google: {} },
      appointmentUpdatedAtMs: 0,
      eventUpdatedAtMs: 0,
      overwrites: 0,
      overwritesSinceMs: 0,
      updatedAtMs: nowMs,
      version: 0,
    },
    signal,
  )
  if (isMissing(event) || event.recurringEventId !== null || isMadeBySdk(event.iCalUID)) return false
  if (event.mark !== null && event.mark !== ownershipMark(ref, appointment.id)) return false
  const { offer } = offerOf(ref, calendarId, event, integration.settings, nowMs)
  const accept = async (session: StorageSession): Promise<void> => {
    const accepted = { state: 'accepted', appointmentId: appointment.id, keepUntilMs: null } as const
    const [before] = await session.eventOffers.findMany(ref, [offer.id])
    await session.inbox.remove(ref, offer.id)
    if (before === undefined) {
      await session.eventOffers.insert({ ...offer, ...accepted })
      return
    }
    const next = { ...before, ...accepted, askedUntilMs: null, version: before.version + 1 }
    if (!(await session.eventOffers.replace(next, before.version))) throw contended(ref, appointment.id)
  }
  const { title, description, location, recurrence } = event.fields
  const outcome = await linkExternalEvent(engine, {
    integration,
    appointmentId: appointment.id,
    app,
    event: { calendarId, eventId, iCalUID: event.iCalUID, updatedMs: event.updatedMs, seenAtMs: nowMs },
    // Which time the host knew is not known any more.
    told: { title, description, location, recurrence },
    givesWaySinceMs: null,
    external: true,
    besides: accept,
    signal,
  })
  return outcome === 'linked'
}
