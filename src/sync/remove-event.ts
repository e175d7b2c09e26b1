import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { eventIdFor } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { settledConflict } from './inbound-plan.ts'
import type { SyncResult } from './results.ts'

/** An event that has to go. */
export interface RemoveRequest {
  readonly integration: Integration
  readonly appointmentId: string
  /**
   * Of the appointment; a later call with an older one will not bring the event back. `null` when the appointment
   * itself is gone: every version up to the one pushed last is then too old.
   */
  readonly updatedAtMs: number | null
  readonly attempt: number
  readonly finish: (session: StorageSession) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** How often the event may change under a deletion before the deletion gives way, and comes back later. */
const MAX_ROUNDS = 4

/**
 * Takes the appointment's event off the calendar, guarded by its etag. An edit that a person made meanwhile is
 * overruled, with a line in the log. An event that is gone already is a success.
 */
export async function removeEvent(engine: Engine, request: RemoveRequest): Promise<SyncResult> {
  const { integration, appointmentId } = request
  const link = await engine.storage.links.find(refOf(integration), appointmentId)
  if (link === null) return recordAbsence(engine, request)
  if (request.updatedAtMs !== null && request.updatedAtMs < link.appointmentUpdatedAtMs) {
    await engine.storage.transaction(request.finish)
    return { status: 'skipped', reason: 'stale' }
  }
  const unconfirmed = link.state === 'unconfirmed'
  if (link.state === 'removed') return recordStillAbsent(engine, request, link)

  let etag =
    unconfirmed || link.base.writing !== undefined ? await currentEtag(engine, request, link) : link.etag
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (etag === null) {
      return recordRemoval(engine, request, link, unconfirmed ? 'was_not_there' : 'removed')
    }
    try {
      await deleteGuarded(engine, request, link, etag)
      return await recordRemoval(engine, request, link, 'removed')
    } catch (error) {
      if (isGone(error)) return recordRemoval(engine, request, link, 'removed')
      if (!isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED')) throw error
    }
    await logOverruled(engine, request, link)
    etag = await currentEtag(engine, request, link)
  }
  throw contended(link, appointmentId)
}

/** The etag the event has now; `null` when it is gone. */
async function currentEtag(engine: Engine, request: RemoveRequest, link: EventLink): Promise<string | null> {
  const { calendarId, eventId } = link
  try {
    const event = await engine.google.getEvent(
      { ref: refOf(request.integration), calendarId, eventId },
      { signal: request.signal },
    )
    return event.cancelled ? null : event.etag
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

function deleteGuarded(engine: Engine, request: RemoveRequest, link: EventLink, etag: string): Promise<void> {
  const { calendarId, eventId } = link
  const notifyGuests = (link.base.app.attendees?.length ?? 0) > 0
  return engine.google.deleteEvent(
    { ref: refOf(request.integration), calendarId, eventId, etag, notifyGuests },
    { signal: request.signal },
  )
}

async function logOverruled(engine: Engine, request: RemoveRequest, link: EventLink): Promise<void> {
  await engine.storage.syncLog.append(
    engine.logEntry({
      ref: link,
      direction: 'from_google',
      action: 'edit',
      status: 'skipped',
      appointmentId: request.appointmentId,
      googleEventId: link.eventId,
      attempt: request.attempt,
    }),
  )
}

/** Remembers that the appointment was cancelled before it had an event, for calls that come late. */
async function recordAbsence(engine: Engine, request: RemoveRequest): Promise<SyncResult> {
  const { integration, appointmentId, finish } = request
  const ref = refOf(integration)
  const link: EventLink = {
    ...ref,
    appointmentId,
    calendarId: integration.settings.calendarId,
    eventId: eventIdFor(ref, appointmentId, 0),
    generation: 0,
    state: 'removed',
    etag: '',
    fingerprint: '',
    base: { app: {}, google: {} },
    appointmentUpdatedAtMs: request.updatedAtMs ?? 0,
    eventUpdatedAtMs: 0,
    updatedAtMs: engine.clock.now(),
    version: 1,
  }
  await engine.storage.transaction(async (session) => {
    if (!(await session.links.replace(link, null))) throw contended(ref, appointmentId)
    await finish(session)
  })
  return { status: 'skipped', reason: 'not_on_calendar' }
}

/** It was removed before: only a newer version of the appointment is worth a write. */
async function recordStillAbsent(
  engine: Engine,
  request: RemoveRequest,
  link: EventLink,
): Promise<SyncResult> {
  if (request.updatedAtMs !== null && request.updatedAtMs > link.appointmentUpdatedAtMs) {
    return recordRemoval(engine, request, link, 'was_not_there')
  }
  await engine.storage.transaction(request.finish)
  return { status: 'skipped', reason: 'not_on_calendar' }
}

async function recordRemoval(
  engine: Engine,
  request: RemoveRequest,
  link: EventLink,
  outcome: 'removed' | 'was_not_there',
): Promise<SyncResult> {
  const { appointmentId, updatedAtMs, attempt, finish } = request
  const nowMs = engine.clock.now()
  const next: EventLink = {
    ...link,
    state: 'removed',
    etag: '',
    fingerprint: '',
    base: { app: link.base.app, google: link.base.google },
    appointmentUpdatedAtMs: updatedAtMs ?? link.appointmentUpdatedAtMs + 1,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  await engine.storage.transaction(async (session) => {
    if (!(await session.links.replace(next, link.version))) throw contended(link, appointmentId)
    await forgetEdits(session, link, nowMs)
    if (outcome === 'removed') {
      await session.syncLog.append(
        engine.logEntry({
          ref: link,
          direction: 'to_google',
          action: 'delete',
          status: 'success',
          appointmentId,
          googleEventId: link.eventId,
          attempt,
        }),
      )
    }
    await finish(session)
  })
  return outcome === 'removed'
    ? { status: 'success', action: 'deleted', googleEventId: link.eventId }
    : { status: 'skipped', reason: 'not_on_calendar' }
}

/** Edits the host was still to be told of, and a conflict about them, have no object any more. */
async function forgetEdits(session: StorageSession, link: EventLink, nowMs: number): Promise<void> {
  for (const entry of await session.inbox.listForAppointment(link, link.appointmentId)) {
    await session.inbox.remove(link, entry.changeId)
  }
  const conflict = await session.conflicts.findOpen(link, link.appointmentId)
  if (conflict === null) return
  const ended = settledConflict(conflict, nowMs)
  if (!(await session.conflicts.replace(ended, conflict.version))) throw contended(link, link.appointmentId)
}
