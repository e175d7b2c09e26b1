import { type EventLink, type InboxEntry, parseOccurrenceId, refOf } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { appSideOf, type WantedEvent } from './app-side.ts'
import { claimEvent, claimsEvent } from './claim-event.ts'
import { createEvent } from './create-event.ts'
import { contended, type Engine } from './engine.ts'
import { loopingFields, openLoop } from './edit-loop.ts'
import type { EventWrite } from './event-write.ts'
import { isOverdue } from './in-doubt.ts'
import { insertWrite } from './insert-write.ts'
import { confirmPlace, moveEvent } from './move-event.ts'
import { deltaOf, loopOf, needsReading, patchWrite } from './patch-write.ts'
import {
  askAnew,
  isLinkedOccurrence,
  isOfOlderSeries,
  linkOccurrence,
  restoreOccurrence,
} from './push-occurrence.ts'
import type { PushTask, RoundResult } from './push-task.ts'
import { readAndReconcile } from './reconcile.ts'
import { removeEvent } from './remove-event.ts'
import type { SyncResult } from './results.ts'
import { skipStale } from './skip-stale.ts'
import { updateEvent, waitsForHost } from './update-event.ts'

/** How often an event may change under a push before the push gives way, and comes back later. */
const MAX_ROUNDS = 5

/**
 * Makes the event say what the appointment says. Runs alone on the calendar. Each write is an insert under a
 * deterministic id or is guarded by If-Match; its record, the log and the end of the intent are one transaction.
 */
export async function pushAppointment(engine: Engine, task: PushTask): Promise<SyncResult> {
  let adopted: string | null = null
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await pushRound(engine, task)
    if (result === 'again') continue
    if ('adopted' in result) adopted = result.adopted
    else if (adopted !== null && result.status === 'skipped' && result.reason === 'unchanged') {
      return { status: 'success', action: 'adopted', googleEventId: adopted }
    } else return result
  }
  throw contended(refOf(task.integration), task.appointment.id)
}

async function pushRound(engine: Engine, task: PushTask): Promise<RoundResult> {
  const { integration, appointment, finish } = task
  const { storage } = engine
  const ref = refOf(integration)
  const link = await storage.links.find(ref, appointment.id)
  if (link !== null && appointment.updatedAtMs < link.appointmentUpdatedAtMs) {
    return skipStale(engine, link, finish)
  }
  if (await isOfOlderSeries(storage, task)) return askAnew(engine, task)
  const app = appSideOf(engine, appointment, integration, link?.base.refusal)
  const linking = await linkOccurrence(engine, task, app, link)
  if (linking !== null) return linking
  const pending = await storage.inbox.listForAppointment(ref, appointment.id)
  if (app.wanted !== true) {
    if (pending.some((entry) => entry.type === 'restored'))
      return { status: 'skipped', reason: 'change_pending' }
    return removeEvent(engine, {
      ...task,
      appointmentId: appointment.id,
      updatedAtMs: appointment.updatedAtMs,
    })
  }
  if (link === null || link.state !== 'live') return pushMissing(engine, task, app, link, pending)
  const unsettled = link.base.writing !== undefined || link.base.removing !== undefined
  if (unsettled || isOverdue(link, engine.clock.now())) {
    // An earlier write was never confirmed: what became of it is read before anything is written again.
    await readAndReconcile(engine, { integration, link, app, signal: task.signal })
    return 'again'
  }
  const { moveTo } = link.base
  if (moveTo !== undefined) {
    if (moveTo === link.calendarId) await confirmPlace(engine, task, app, link)
    else await moveEvent(engine, task, app, link, moveTo)
    return 'again'
  }
  const conflict = await storage.conflicts.findOpen(ref, appointment.id)
  return updateEvent(engine, { ...task, app, link, pending, conflict })
}

/**
 * The push as one write, when that is all there is to it; `null` when Google has to be looked at first, or nothing
 * is to be written. Such writes of several appointments can go out together. Reads through the given session alone,
 * so that it may be one of a transaction.
 */
export async function singleWrite(
  engine: Engine,
  session: StorageSession,
  task: PushTask,
  link: EventLink | null,
): Promise<EventWrite | null> {
  const { integration, appointment } = task
  const app = appSideOf(engine, appointment, integration, link?.base.refusal)
  if (app.wanted !== true) return null
  const isOccurrence = parseOccurrenceId(appointment.id) !== null
  if (isOccurrence && !(await isLinkedOccurrence(session, link))) return null
  if (await isOfOlderSeries(session, task)) return null
  if (link === null) {
    const waits = claimsEvent(task) || (await waitsForOffer(engine, session, task))
    return waits ? null : insertWrite(engine, { ...task, app, link }, false)
  }
  const { writing, removing, inDoubt, moveTo } = link.base
  const settledBefore = writing === undefined && removing === undefined && inDoubt === undefined
  const steady = link.state === 'live' && settledBefore && moveTo === undefined
  if (!steady || appointment.updatedAtMs < link.appointmentUpdatedAtMs) return null
  const ref = refOf(integration)
  const pending = await session.inbox.listForAppointment(ref, appointment.id)
  const conflict = await session.conflicts.findOpen(ref, appointment.id)
  const request = { ...task, app, link, pending, conflict }
  const delta = deltaOf(request)
  const settled = conflict === null && loopOf(engine, request, delta).length === 0
  const single = settled && !needsReading(delta) && !waitsForHost(request, delta)
  const writes = delta.merged.length + delta.appOnly.length > 0
  return single && writes ? patchWrite(engine, request, delta, undefined) : null
}

/** There is no event: it was never made, or it was deleted and the app wants it (again). */
async function pushMissing(
  engine: Engine,
  task: PushTask,
  app: WantedEvent,
  link: EventLink | null,
  pending: readonly InboxEntry[],
): Promise<RoundResult> {
  const { integration, appointment, finish } = task
  const { storage } = engine
  if (link === null && (await waitsForOffer(engine, storage, task))) {
    return { status: 'skipped', reason: 'change_pending' }
  }
  if (link === null && (await claimEvent(engine, task, app))) return 'again'
  if (link === null || link.state === 'unconfirmed') return createEvent(engine, { ...task, app, link })
  if (pending.some((entry) => entry.type === 'cancelled'))
    return { status: 'skipped', reason: 'change_pending' }
  const conflict = await storage.conflicts.findOpen(refOf(integration), appointment.id)
  if (conflict !== null) {
    await storage.transaction(finish)
    return { status: 'conflict', conflictId: conflict.id }
  }
  if (link.fingerprint === app.fingerprint && appointment.updatedAtMs <= link.appointmentUpdatedAtMs) {
    // A person deleted it and the host took note; only a newer appointment brings it back.
    await storage.transaction(finish)
    return { status: 'skipped', reason: 'unchanged' }
  }
  if (loopingFields(link, ['existence'], engine.clock.now()).length > 0) {
    // Something in Google deletes it each time it is made.
    const conflictId = await storage.transaction(async (session) => {
      const sides = { app: { ...app.fields, exists: true }, google: { exists: false } }
      const id = await openLoop(engine, session, link, {
        fields: ['existence'],
        ...sides,
        openConflict: null,
      })
      await finish(session)
      return id
    })
    return { status: 'conflict', conflictId }
  }
  if (parseOccurrenceId(appointment.id) !== null) return restoreOccurrence(engine, { ...task, app, link })
  return createEvent(engine, { ...task, app, link })
}

/**
 * Whether the appointment may be about to get an event that a person made: the host is being told of one at this
 * moment, or has named the appointment for one. A push out of its own `apply` would make a second one.
 */
async function waitsForOffer(
  engine: Engine,
  { eventOffers }: Pick<StorageSession, 'eventOffers'>,
  { integration, appointment }: PushTask,
): Promise<boolean> {
  if (integration.settings.externalEvents !== 'appointment') return false
  return eventOffers.holds(refOf(integration), appointment.id, engine.clock.now())
}
