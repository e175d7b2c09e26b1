import {
  type EventLink,
  type Integration,
  type IntegrationRef,
  MERGED_FIELDS,
  type MergedFields,
  refOf,
  sameField,
} from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { eventIdFor, type GoogleCalendar } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { carriedOver, loopingFields, openLoop, overwritesAfter } from './edit-loop.ts'
import { isGone } from './event-gone.ts'
import { mailsOfDeletion } from './guest-mail.ts'
import { doubtFrom, isUnanswered, writesInDoubt } from './in-doubt.ts'
import { ENTRY_ACTIONS, settledConflict } from './inbound-plan.ts'
import { createMovedEvents } from './moved-event.ts'
import { isMissing, readEvent } from './reconcile.ts'
import { beside } from './occurrence-place.ts'
import type { SyncResult } from './results.ts'
import { unknownExceptions } from './series-exceptions.ts'
import { dropOccurrences, isOccurrence, isSeriesLink } from './series-link.ts'
import { skipStale } from './skip-stale.ts'

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
  const { integration, appointmentId, signal } = request
  const ref = refOf(integration)
  const found = await engine.storage.links.find(ref, appointmentId)
  if (found === null) {
    if (!isOccurrence({ appointmentId })) return recordAbsence(engine, request)
    // It never differed from its series, which is what stands or goes.
    await engine.storage.transaction(request.finish)
    return { status: 'skipped', reason: 'not_on_calendar' }
  }
  if (request.updatedAtMs !== null && request.updatedAtMs < found.appointmentUpdatedAtMs) {
    return skipStale(engine, found, request.finish)
  }
  const link = found.state === 'removed' ? found : await beside(engine, found)
  if (link.state === 'removed') return recordStillAbsent(engine, request, link)
  if (loopingFields(link, ['existence'], engine.clock.now()).length > 0)
    return parkLoop(engine, request, link)

  const unconfirmed = link.state === 'unconfirmed'
  const unknown = unconfirmed || link.base.writing !== undefined || link.base.removing === true
  await logOverruledOccurrences(engine, request, link)
  const marked = await markRemoving(engine, link)
  let standing = unknown ? await whereItStands(engine, request, marked) : marked
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (standing === null) {
      return recordRemoval(engine, request, marked, unconfirmed ? 'was_not_there' : 'removed')
    }
    try {
      await deletionOf(ref, standing, standing.etag, engine.clock.now(), signal)(engine.google)
      return await recordRemoval(engine, request, standing, 'removed')
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED') && !isGone(error)) throw error
    }
    standing = await whereItStands(engine, request, standing)
  }
  throw contended(link, appointmentId)
}

/** The link of an event that is about to be deleted. */
export function removingMark(link: EventLink): EventLink {
  return { ...link, base: { ...link.base, removing: true }, fingerprint: '', version: link.version + 1 }
}

/** Stored before the deletion: a tombstone that is found later without a record of ours is then known for ours. */
async function markRemoving(engine: Engine, link: EventLink): Promise<EventLink> {
  if (link.base.removing === true) return link
  const marked = removingMark(link)
  if (!(await engine.storage.links.replace(marked, link.version))) throw contended(link, link.appointmentId)
  return marked
}

/** Something in Google restores it each time it is deleted: a person is asked, and it stays meanwhile. */
async function parkLoop(engine: Engine, request: RemoveRequest, link: EventLink): Promise<SyncResult> {
  const conflictId = await engine.storage.transaction(async (session) => {
    const openConflict = await session.conflicts.findOpen(link, link.appointmentId)
    await request.finish(session)
    if (openConflict?.fields.includes('existence')) return openConflict.id
    const sides = { app: { exists: false }, google: { ...link.base.google, exists: true } }
    return openLoop(engine, session, link, { fields: ['existence'], ...sides, openConflict })
  })
  return { status: 'conflict', conflictId }
}

/** The link with the place and the etag that the event has now, also on another calendar; `null` when it is gone. */
async function whereItStands(
  engine: Engine,
  request: RemoveRequest,
  link: EventLink,
): Promise<EventLink | null> {
  const { integration, signal } = request
  const sighting = await readEvent(engine, integration, link, signal)
  if (!isMissing(sighting)) {
    await logOverruled(engine, request, link, sighting.fields)
    const { etag, iCalUID, updatedMs } = sighting
    return { ...link, etag, iCalUID, eventUpdatedAtMs: updatedMs }
  }
  // An occurrence goes where its series goes.
  if (isOccurrence(link)) return null
  // An id that was never used was never moved away either.
  if (link.state !== 'live' && sighting === 'gone') return null
  const moved = await createMovedEvents(engine, integration).find(link, signal)
  if (moved === null) return null
  const { calendarId, event } = moved
  await logOverruled(engine, request, link, event.fields)
  return { ...link, calendarId, eventId: event.id, etag: event.etag, eventUpdatedAtMs: event.updatedMs }
}

/** The deletion of a link's event, guarded by its etag. */
export function deletionOf(
  ref: IntegrationRef,
  link: EventLink,
  etag: string,
  nowMs: number,
  signal: AbortSignal | undefined,
): (google: GoogleCalendar) => Promise<void> {
  const { calendarId, eventId } = link
  const notifyGuests = mailsOfDeletion(link, nowMs)
  return (google) => google.deleteEvent({ ref, calendarId, eventId, etag, notifyGuests }, { signal })
}

/** An edit that nobody was told of goes under with its event. */
async function logOverruled(
  engine: Engine,
  request: RemoveRequest,
  link: EventLink,
  standing: MergedFields,
): Promise<void> {
  const { google } = link.base
  const writings = writesInDoubt(link, null)
  const fields = MERGED_FIELDS.filter(
    (field) =>
      !sameField(field, standing[field], google[field]) &&
      !writings.some((writing) => sameField(field, standing[field], writing[field])),
  )
  if (fields.length === 0) return
  await engine.storage.syncLog.append(
    engine.logEntry({
      ref: link,
      direction: 'from_google',
      action: 'edit',
      status: 'skipped',
      appointmentId: request.appointmentId,
      googleEventId: link.eventId,
      attempt: request.attempt,
      fields,
    }),
  )
}

/** What a person made of single occurrences, and nobody was told of, goes under with the series. */
async function logOverruledOccurrences(
  engine: Engine,
  request: RemoveRequest,
  series: EventLink,
): Promise<void> {
  for (const { event, link } of await unknownExceptions(
    engine,
    request.integration,
    series,
    request.signal,
  )) {
    if (event.cancelled) continue
    await logOverruled(engine, { ...request, appointmentId: link.appointmentId }, link, event.fields)
  }
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
    iCalUID: null,
    generation: 0,
    state: 'removed',
    etag: '',
    fingerprint: '',
    // Should an event turn up under the id all the same, it was left by an earlier connection.
    base: { app: {}, google: {}, inDoubt: { writing: [], removing: false, sinceMs: engine.clock.now() } },
    appointmentUpdatedAtMs: request.updatedAtMs ?? 0,
    eventUpdatedAtMs: 0,
    overwrites: 0,
    overwritesSinceMs: 0,
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
  await engine.storage.transaction(async (session) => {
    // Gone from both sides: there is nothing left to decide.
    await endConflict(session, link, engine.clock.now())
    await request.finish(session)
  })
  return { status: 'skipped', reason: 'not_on_calendar' }
}

function recordRemoval(
  engine: Engine,
  request: RemoveRequest,
  link: EventLink,
  outcome: 'removed' | 'was_not_there',
): Promise<SyncResult> {
  return engine.storage.transaction((session) => recordRemovalIn(engine, session, request, link, outcome))
}

/** Stores that the event is gone, with the end of the intent; in a transaction of the caller's. */
export async function recordRemovalIn(
  engine: Engine,
  session: StorageSession,
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
    base: {
      app: link.base.app,
      google: link.base.google,
      ...carriedOver(link, { written: ['existence'] }),
      ...mayArrive(link, outcome, nowMs),
    },
    ...overwritesAfter(link, ['existence'], nowMs),
    // The deletion is later than the last change that was seen.
    eventUpdatedAtMs: link.eventUpdatedAtMs + 1,
    appointmentUpdatedAtMs: updatedAtMs ?? link.appointmentUpdatedAtMs + 1,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
  if (!(await session.links.replace(next, link.version))) throw contended(link, appointmentId)
  await forgetEdits(engine, session, link, nowMs)
  if (isSeriesLink(link)) await dropOccurrences(session, link, nowMs)
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
  return outcome === 'removed'
    ? { status: 'success', action: 'deleted', googleEventId: link.eventId }
    : { status: 'skipped', reason: 'not_on_calendar' }
}

/** An insert that was begun, has no answer and did not show: it may still arrive, and would be ours. */
function mayArrive(
  link: EventLink,
  outcome: 'removed' | 'was_not_there',
  nowMs: number,
): Pick<EventLink['base'], 'inDoubt'> {
  if (outcome === 'removed' || !isUnanswered(link)) return {}
  return { inDoubt: doubtFrom(link, nowMs, false) }
}

/** Edits the host was still to be told of, and a conflict about them, have no object any more; the log keeps them. */
async function forgetEdits(
  engine: Engine,
  session: StorageSession,
  link: EventLink,
  nowMs: number,
): Promise<void> {
  for (const entry of await session.inbox.listForAppointment(link, link.appointmentId)) {
    // An event on offer under the same id is another one, and what was split off goes on without it.
    if (entry.type === 'created') continue
    await session.inbox.remove(link, entry.changeId)
    await session.syncLog.append(
      engine.logEntry({
        ref: link,
        direction: 'from_google',
        action: ENTRY_ACTIONS[entry.type],
        status: 'skipped',
        appointmentId: link.appointmentId,
        googleEventId: link.eventId,
        fields: Object.keys(entry.fields),
      }),
    )
  }
  await endConflict(session, link, nowMs)
}

async function endConflict(session: StorageSession, link: EventLink, nowMs: number): Promise<void> {
  const conflict = await session.conflicts.findOpen(link, link.appointmentId)
  if (conflict === null) return
  const ended = settledConflict(conflict, nowMs)
  if (!(await session.conflicts.replace(ended, conflict.version))) throw contended(link, link.appointmentId)
}
