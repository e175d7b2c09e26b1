import type { ContestedField, EventLink, InboxEntry } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { isConferencePending } from './conference.ts'
import { contended, type Engine } from './engine.ts'
import { openLoop } from './edit-loop.ts'
import { isGone } from './event-gone.ts'
import { carryOut, type EventWrite } from './event-write.ts'
import {
  type Delta,
  deltaOf,
  deltaOver,
  loopOf,
  needsReading,
  type PatchRequest,
  patchWrite,
  recordAgreement,
} from './patch-write.ts'
import type { RoundResult } from './push-task.ts'
import { isMissing, readAndReconcile } from './reconcile.ts'
import { staleRead } from './stale-read.ts'

/** A push to an event that stands. */
export interface UpdateRequest extends PatchRequest {
  /** What the host is still to be told of the same event. */
  readonly pending: readonly InboxEntry[]
}

/** Whether the app's change has to wait: the host is still to be told of another one of the same field. */
export function waitsForHost({ pending }: UpdateRequest, delta: Delta): boolean {
  const untold = new Set(pending.flatMap((entry) => Object.keys(entry.fields)))
  return delta.merged.some((field) => untold.has(field))
}

function isNothing({ merged, appOnly }: Delta): boolean {
  return merged.length === 0 && appOnly.length === 0
}

/** Writes the fields that the app changed and Google does not say yet, and no others, guarded by the etag. */
export async function updateEvent(engine: Engine, request: UpdateRequest): Promise<RoundResult> {
  const { integration, app, link, signal } = request
  let delta = deltaOf(request)
  if (waitsForHost(request, delta)) return { status: 'skipped', reason: 'change_pending' }
  if (isNothing(delta) && !isConferencePending(link)) return recordAgreement(engine, request)
  const looping = loopOf(engine, request, delta)
  if (looping.length > 0) return parkLoop(engine, request, looping)

  let seen: Exclude<RemoteEvent, { cancelled: true }> | undefined
  if (needsReading(delta) || isNothing(delta)) {
    // The list is replaced whole, so the answers given so far have to be read and carried over.
    const event = await readAndReconcile(engine, { integration, link, app, signal, onlyIfChanged: true })
    if (isMissing(event) || event.etag !== link.etag) return 'again'
    seen = event
    delta = deltaOver(request, delta, event)
    if (isNothing(delta)) return recordAgreement(engine, request, event)
  }
  const write = patchWrite(engine, request, delta, seen)
  try {
    return await carryOut(engine, write)
  } catch (error) {
    if (!isWorthReading(error)) throw error
    const refused = await withdraw(engine, write)
    const event = await readAndReconcile(engine, { integration, link: refused, app, signal })
    if (isMissing(event) || event.etag !== link.etag) return 'again'
    // Shown as it was, although Google refused the write for what it is by now: a refusal in earnest, or a lag.
    const inEarnest = isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN') && request.attempt > 1
    throw inEarnest ? error : staleRead(link)
  }
}

/** A write that was refused is no longer under way: nothing of it is in Google. */
async function withdraw(engine: Engine, { mark }: EventWrite): Promise<EventLink> {
  const { writing: _, ...base } = mark.base
  const refused = { ...mark, base, version: mark.version + 1 }
  if (!(await engine.storage.links.replace(refused, mark.version))) throw contended(mark, mark.appointmentId)
  return refused
}

/** Asks a person about the fields that are put back each time; the next round writes the others. */
async function parkLoop(
  engine: Engine,
  request: UpdateRequest,
  fields: readonly ContestedField[],
): Promise<RoundResult> {
  const { link, app, conflict } = request
  await engine.storage.transaction(async (session) => {
    const sides = {
      app: { ...app.fields, exists: true },
      google: { ...link.base.google, exists: true },
    }
    await openLoop(engine, session, link, { fields, ...sides, openConflict: conflict })
  })
  return 'again'
}

/** Whether the event may have been changed or deleted; Google answers 403 to a patch of a deleted one. */
function isWorthReading(error: unknown): boolean {
  return (
    isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED') ||
    isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN') ||
    isGone(error)
  )
}
