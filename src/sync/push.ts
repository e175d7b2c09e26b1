import { type EventFields, type EventLink, type InboxEntry, refOf } from '../domain/index.ts'
import { type AppSide, appSideOf } from './app-side.ts'
import { createEvent } from './create-event.ts'
import { contended, type Engine } from './engine.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { PushTask, RoundResult } from './push-task.ts'
import { readAndReconcile } from './reconcile.ts'
import { removeEvent } from './remove-event.ts'
import type { SyncResult } from './results.ts'
import { updateEvent } from './update-event.ts'

/** How often an event may change under a push before the push gives way, and comes back later. */
const MAX_ROUNDS = 5

/**
 * Makes the event say what the appointment says. Runs alone on the calendar. Each write is an insert under a
 * deterministic id or is guarded by If-Match; its record, the log and the end of the intent are one transaction.
 */
export async function pushAppointment(engine: Engine, task: PushTask): Promise<SyncResult> {
  const app = appSideOf(task.appointment, task.integration)
  let adopted: string | null = null
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await pushRound(engine, task, app)
    if (result === 'again') continue
    if ('adopted' in result) adopted = result.adopted
    else if (adopted !== null && result.status === 'skipped' && result.reason === 'unchanged') {
      return { status: 'success', action: 'adopted', googleEventId: adopted }
    } else return result
  }
  throw contended(refOf(task.integration), task.appointment.id)
}

async function pushRound(engine: Engine, task: PushTask, app: AppSide): Promise<RoundResult> {
  const { integration, appointment, finish } = task
  const { storage } = engine
  const ref = refOf(integration)
  const link = await storage.links.find(ref, appointment.id)
  if (link !== null && appointment.updatedAtMs < link.appointmentUpdatedAtMs) {
    await storage.transaction(finish)
    return { status: 'skipped', reason: 'stale' }
  }
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
  if (link === null || link.state !== 'live') return pushMissing(engine, task, app.fields, link, pending)
  if (link.base.writing !== undefined) {
    // An earlier write was never confirmed: what became of it is read before anything is written again.
    await readAndReconcile(engine, { integration, link, app, signal: task.signal })
    return 'again'
  }
  return updateEvent(engine, { ...task, wanted: app.fields, link, pending })
}

/** There is no event: it was never made, or it was deleted and the app wants it (again). */
async function pushMissing(
  engine: Engine,
  task: PushTask,
  wanted: EventFields,
  link: EventLink | null,
  pending: readonly InboxEntry[],
): Promise<RoundResult> {
  const { integration, appointment, finish } = task
  const { storage } = engine
  if (link === null || link.state === 'unconfirmed') return createEvent(engine, { ...task, wanted, link })
  if (pending.some((entry) => entry.type === 'cancelled'))
    return { status: 'skipped', reason: 'change_pending' }
  const conflict = await storage.conflicts.findOpen(refOf(integration), appointment.id)
  if (conflict !== null) {
    await storage.transaction(finish)
    return { status: 'conflict', conflictId: conflict.id }
  }
  if (link.fingerprint === fingerprintOf(wanted) && appointment.updatedAtMs <= link.appointmentUpdatedAtMs) {
    // A person deleted it and the host took note; only a newer appointment brings it back.
    await storage.transaction(finish)
    return { status: 'skipped', reason: 'unchanged' }
  }
  return createEvent(engine, { ...task, wanted, link })
}
