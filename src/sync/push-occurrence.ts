import { type EventLink, MERGED_FIELDS, parseOccurrenceId, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { AppSide, WantedEvent } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import { carriedOver, overwritesAfter } from './edit-loop.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { carryOut, type EventWrite } from './event-write.ts'
import { doubtFrom } from './in-doubt.ts'
import { pick } from './inbound-plan.ts'
import type { PushTask, RoundResult } from './push-task.ts'
import { isMissing, planFor, readEvent } from './reconcile.ts'
import type { SyncResult } from './results.ts'
import { requirePlace } from './occurrence-place.ts'
import { mayBeHiddenYet, staleRead } from './stale-read.ts'
import { belongsTo, droppedLink, occurrenceDraft } from './series-link.ts'

/** How soon the host is asked again about an occurrence, in milliseconds: its source may lag behind its hooks. */
const ASK_ANEW_MS = 1_000

/** Whether the link of an occurrence is of the event its series has now, and says where that is. */
export async function isLinkedOccurrence(
  session: Pick<StorageSession, 'links'>,
  link: EventLink | null,
): Promise<boolean> {
  const name = link === null ? null : parseOccurrenceId(link.appointmentId)
  if (link === null || name === null || link.base.series?.dropped === true) return false
  const series = await session.links.find(link, name.seriesId)
  return (
    series !== null &&
    series.state === 'live' &&
    series.base.moveTo === undefined &&
    belongsTo(link, series) &&
    link.calendarId === series.calendarId
  )
}

/**
 * Whether a newer version of the series was pushed than the one that gives this occurrence. Where that version had
 * nothing to do for the occurrence, its own link does not know of it.
 */
export async function isOfOlderSeries(
  session: Pick<StorageSession, 'links'>,
  { integration, appointment }: PushTask,
): Promise<boolean> {
  const name = parseOccurrenceId(appointment.id)
  const series = name === null ? null : await session.links.find(refOf(integration), name.seriesId)
  return series !== null && appointment.updatedAtMs < series.appointmentUpdatedAtMs
}

/** Ends an intent that was made of an older version of the series; another one asks the host what holds by now. */
export async function askAnew(
  engine: Engine,
  { integration, appointment, finish }: PushTask,
): Promise<SyncResult> {
  const nowMs = engine.clock.now()
  const ref = { ...refOf(integration), appointmentId: appointment.id }
  await engine.storage.transaction(async (session) => {
    await finish(session)
    await session.outbox.enqueue({ ref, action: 'push', dueAtMs: nowMs + ASK_ANEW_MS, nowMs })
  })
  return { status: 'skipped', reason: 'stale' }
}

/**
 * Sees to it that an occurrence has a link before it is pushed: the instance is looked for by when the rule puts it,
 * and what a person made of it meanwhile is merged as ever. `null` when there is one. An occurrence that Google's
 * series does not have is left alone: the series' own push, or its own change, has to come first.
 */
export async function linkOccurrence(
  engine: Engine,
  task: PushTask,
  app: AppSide,
  link: EventLink | null,
): Promise<RoundResult | null> {
  const { integration, appointment, signal } = task
  const { storage } = engine
  const ref = refOf(integration)
  const name = parseOccurrenceId(appointment.id)
  if (name === null || (await isLinkedOccurrence(storage, link))) return null
  const series = await storage.links.find(ref, name.seriesId)
  if (series === null || series.state !== 'live') return nothingThere(engine, task)
  requirePlace(series)
  const { calendarId, eventId } = series
  if (link !== null && belongsTo(link, series) && link.base.series?.dropped !== true) {
    // The series went to another calendar, and took it along.
    const next = { ...link, calendarId, version: link.version + 1 }
    if (!(await storage.links.replace(next, link.version))) throw contended(ref, appointment.id)
    return 'again'
  }
  const { originalStart } = name
  const event = await findInstance(engine, { ref, calendarId, eventId, originalStart }, signal)
  const nowMs = engine.clock.now()
  const draft =
    event === null ? null : occurrenceDraft(series, originalStart, { eventId: event.id, nowMs, before: link })
  // A series that was just made or moved may not be seen yet.
  if (event === null && mayBeHiddenYet(series, nowMs)) throw staleRead(series)
  if (event === null || draft === null) return nothingThere(engine, task)
  const plan = await planFor(engine, { integration, link: draft, app, signal }, event)
  // What is to be written is written by this push.
  await storage.transaction((session) => commitInbound(engine, session, { ...plan, enqueue: null }))
  return 'again'
}

async function findInstance(
  engine: Engine,
  address: Parameters<Engine['google']['findInstance']>[0],
  signal: AbortSignal | undefined,
): Promise<RemoteEvent | null> {
  try {
    return await engine.google.findInstance(address, { signal })
  } catch (error) {
    // The series is gone: the list of changes says so too, and everything that follows.
    if (isGone(error)) return null
    throw error
  }
}

async function nothingThere(engine: Engine, { finish }: PushTask): Promise<SyncResult> {
  await engine.storage.transaction(finish)
  return { status: 'skipped', reason: 'not_on_calendar' }
}

/** What a restored occurrence is to say. */
export interface RestoreRequest extends PushTask {
  readonly app: WantedEvent
  readonly link: EventLink
}

/**
 * Brings back an occurrence that was called off, under the id it has. That it is about to is stored before, so that
 * one which stands after a lost answer is known for ours and not for restored by a person.
 */
export async function restoreOccurrence(engine: Engine, request: RestoreRequest): Promise<RoundResult> {
  const { integration, app, link, signal } = request
  const sighting = await readEvent(engine, integration, link, signal)
  if (!isMissing(sighting)) {
    const plan = await planFor(engine, { integration, link, app, signal }, sighting)
    await engine.storage.transaction((session) => commitInbound(engine, session, plan))
    return 'again'
  }
  if (typeof sighting === 'string' || sighting.recurringEventId === null) return giveUp(engine, request, link)
  const write = restoreWrite(engine, request, sighting.etag)
  try {
    return await carryOut(engine, write)
  } catch (error) {
    if (isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED')) return 'again'
    // The series is gone, or has no such occurrence any more: its own change says so.
    if (isGone(error) || isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN')) {
      return giveUp(engine, request, write.mark)
    }
    throw error
  }
}

async function giveUp(engine: Engine, request: RestoreRequest, link: EventLink): Promise<SyncResult> {
  const nowMs = engine.clock.now()
  await engine.storage.transaction(async (session) => {
    if (!(await session.links.replace(droppedLink(link, nowMs), link.version))) {
      throw contended(link, link.appointmentId)
    }
    await request.finish(session)
  })
  return { status: 'skipped', reason: 'not_on_calendar' }
}

function restoreWrite(engine: Engine, request: RestoreRequest, etag: string): EventWrite {
  const { integration, appointment, app, link, signal } = request
  const startedAtMs = engine.clock.now()
  const writing = pick(app.fields, ['time', 'title', 'description', 'location'])
  const mark: EventLink = {
    ...link,
    ...overwritesAfter(link, ['existence'], startedAtMs),
    base: { ...link.base, writing, inDoubt: doubtFrom(link, startedAtMs, false) },
    fingerprint: '',
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    version: link.version + 1,
  }
  const { calendarId, eventId } = link
  const fields = { ...writing, status: app.fields.status }
  const notifyGuests = app.fields.attendees.length > 0
  const address = { ref: refOf(integration), calendarId, eventId, etag, fields, notifyGuests }
  return {
    mark,
    expectedVersion: link.version,
    call: (google) => google.patchEvent(address, { signal }),
    record: (session, event) => recordRestored(engine, session, request, { mark, event, startedAtMs }),
  }
}

async function recordRestored(
  engine: Engine,
  session: StorageSession,
  request: RestoreRequest,
  done: { readonly mark: EventLink; readonly event: RemoteEvent; readonly startedAtMs: number },
): Promise<SyncResult> {
  const { app, appointment, attempt, finish } = request
  const { mark, event, startedAtMs } = done
  if (event.cancelled) throw contended(mark, appointment.id)
  const next: EventLink = {
    ...mark,
    state: 'live',
    etag: event.etag,
    fingerprint: app.fingerprint,
    base: {
      app: app.fields,
      google: event.fields,
      ...carriedOver(mark, { written: ['existence', ...MERGED_FIELDS] }),
    },
    eventUpdatedAtMs: event.updatedMs,
    updatedAtMs: engine.clock.now(),
    version: mark.version + 1,
  }
  if (!(await session.links.replace(next, mark.version))) throw contended(mark, appointment.id)
  await session.syncLog.append(
    engine.logEntry({
      ref: mark,
      direction: 'to_google',
      action: 'restore',
      status: 'success',
      appointmentId: appointment.id,
      googleEventId: mark.eventId,
      attempt,
      startedAtMs,
    }),
  )
  await finish(session)
  return { status: 'success', action: 'updated', googleEventId: mark.eventId }
}
