import {
  APP_ONLY_FIELDS,
  type AppOnlyField,
  type Conflict,
  type ContestedField,
  type EventFields,
  type EventLink,
  MERGED_FIELDS,
  type MergedField,
  refOf,
  sameField,
} from '../domain/index.ts'
import type { RemoteAttendee, RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { WantedEvent } from './app-side.ts'
import { contended, type Engine } from './engine.ts'
import { carriedOver, loopingFields, overwritesAfter } from './edit-loop.ts'
import type { EventWrite } from './event-write.ts'
import { REQUEST_LIFE_MS } from './in-doubt.ts'
import { jobRefOf } from './job-ref.ts'
import { pick, settledConflict } from './inbound-plan.ts'
import type { PushTask } from './push-task.ts'
import type { SyncResult } from './results.ts'

/** An event that stands and may have to be changed. */
export interface PatchRequest extends PushTask {
  readonly app: WantedEvent
  readonly link: EventLink
  /** The open conflict about the appointment, whose fields are left alone. */
  readonly conflict: Conflict | null
}

/** The fields one request writes. */
export interface Delta {
  readonly merged: readonly MergedField[]
  readonly appOnly: readonly AppOnlyField[]
}

/** The fields that the app changed and Google does not say yet, but for contested ones. */
export function deltaOf({ link, app: { fields }, conflict }: PatchRequest): Delta {
  const { app, google } = link.base
  const merged = MERGED_FIELDS.filter(
    (field) =>
      conflict?.fields.includes(field) !== true &&
      !sameField(field, fields[field], app[field]) &&
      !sameField(field, fields[field], google[field]),
  )
  return { merged, appOnly: APP_ONLY_FIELDS.filter((field) => !sameField(field, fields[field], app[field])) }
}

/** The fields of a delta that something in Google puts back each time they are written. */
export function loopOf(engine: Engine, { link }: PatchRequest, delta: Delta): readonly ContestedField[] {
  return loopingFields(link, delta.merged, engine.clock.now())
}

/** The patch of these fields and no others, guarded by the etag. */
export function patchWrite(
  engine: Engine,
  request: PatchRequest,
  delta: Delta,
  guests: readonly RemoteAttendee[] | undefined,
): EventWrite {
  const { link, app } = request
  const startedAtMs = engine.clock.now()
  const base = { ...link.base, writing: pick(app.fields, delta.merged) }
  const counted = overwritesAfter(link, delta.merged, startedAtMs)
  const mark: EventLink = {
    ...link,
    ...counted,
    base,
    fingerprint: '',
    // Also of a write whose answer is lost: a call that comes late must not write over it.
    appointmentUpdatedAtMs: request.appointment.updatedAtMs,
    version: link.version + 1,
  }
  return {
    mark,
    expectedVersion: link.version,
    call: (google) => google.patchEvent(patchOf(request, delta, guests), { signal: request.signal }),
    record: (session, event) => recordUpdate(engine, session, request, { mark, event, delta, startedAtMs }),
  }
}

function patchOf(
  request: PatchRequest,
  delta: Delta,
  guests: readonly RemoteAttendee[] | undefined,
): Parameters<Engine['google']['patchEvent']>[0] {
  const { integration, link, app } = request
  const fields: Partial<EventFields> = {
    // A rule is counted from its start, by the clock of its zone: Google wants them together.
    ...(delta.merged.includes('recurrence') ? pick(link.base.google, ['time']) : {}),
    ...pick(app.fields, delta.merged),
  }
  for (const field of delta.appOnly) Object.assign(fields, { [field]: app.fields[field] })
  // Guests are told of what matters to them, not of a repaired description or a new reminder.
  const matters = delta.appOnly.includes('attendees') || delta.merged.some((field) => field !== 'description')
  const ownedGuests = (link.base.app.attendees ?? []).map((guest) => guest.email)
  return {
    ref: refOf(integration),
    calendarId: link.calendarId,
    eventId: link.eventId,
    etag: link.etag,
    fields,
    notifyGuests: matters && (app.fields.attendees.length > 0 || ownedGuests.length > 0),
    ...(guests === undefined ? {} : { remoteAttendees: guests, ownedGuests }),
  }
}

/** The link once both sides are known to be in step. */
function inStep(request: PatchRequest, nowMs: number): EventLink {
  const { link, app, appointment } = request
  return {
    ...link,
    fingerprint: app.fingerprint,
    base: { app: app.fields, google: link.base.google, ...carriedOver(link, {}) },
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
}

/** Google says it already: only our record moves. */
export async function recordAgreement(engine: Engine, request: PatchRequest): Promise<SyncResult> {
  const { link, app, appointment, conflict, finish } = request
  const agreed = inStep(request, engine.clock.now())
  const { inDoubt } = link.base
  // The etag has not moved, so what is in doubt may still arrive under it: nothing is settled before that is over.
  const next =
    inDoubt === undefined ? agreed : { ...agreed, base: { ...agreed.base, inDoubt }, fingerprint: '' }
  await engine.storage.transaction(async (session) => {
    const nowMs = engine.clock.now()
    if (!(await session.links.replace(next, link.version))) throw contended(link, appointment.id)
    await refreshConflict(session, conflict, app.fields, nowMs)
    await finish(session)
    if (inDoubt === undefined) return
    const dueAtMs = inDoubt.sinceMs + REQUEST_LIFE_MS
    await session.outbox.enqueue({ ref: jobRefOf(link), action: 'push', dueAtMs, nowMs })
  })
  return conflict === null
    ? { status: 'skipped', reason: 'unchanged' }
    : { status: 'conflict', conflictId: conflict.id }
}

async function recordUpdate(
  engine: Engine,
  session: StorageSession,
  request: PatchRequest,
  done: {
    readonly mark: EventLink
    readonly event: RemoteEvent
    readonly delta: Delta
    readonly startedAtMs: number
  },
): Promise<SyncResult> {
  const { appointment, app, link, attempt, conflict, finish } = request
  const { mark, event, delta, startedAtMs } = done
  if (event.cancelled) throw contended(link, appointment.id)
  const nowMs = engine.clock.now()
  const next: EventLink = {
    ...inStep({ ...request, link: mark }, nowMs),
    etag: event.etag,
    iCalUID: event.iCalUID,
    eventUpdatedAtMs: event.updatedMs,
    // What Google gives back is what it holds: it may have trimmed or rewritten a text.
    base: { app: app.fields, google: event.fields, ...carriedOver(link, { written: delta.merged }) },
  }
  if (!(await session.links.replace(next, mark.version))) throw contended(link, appointment.id)
  await refreshConflict(session, conflict, app.fields, nowMs)
  await session.syncLog.append(
    engine.logEntry({
      ref: link,
      direction: 'to_google',
      action: 'update',
      status: 'success',
      appointmentId: appointment.id,
      googleEventId: link.eventId,
      attempt,
      startedAtMs,
      fields: [...delta.merged, ...delta.appOnly],
    }),
  )
  await finish(session)
  return conflict === null
    ? { status: 'success', action: 'updated', googleEventId: link.eventId }
    : { status: 'conflict', conflictId: conflict.id }
}

/** Keeps the app's side of an open conflict as the app has it now. */
async function refreshConflict(
  session: StorageSession,
  conflict: Conflict | null,
  wanted: EventFields,
  nowMs: number,
): Promise<void> {
  if (conflict === null) return
  const fields = MERGED_FIELDS.filter((field) => conflict.fields.includes(field))
  if (fields.every((field) => sameField(field, conflict.app[field], wanted[field]))) return
  const agreed = fields.every((field) => sameField(field, conflict.google[field], wanted[field]))
  const app = { exists: true, ...pick(wanted, fields) }
  const next: Conflict = agreed
    ? { ...settledConflict(conflict, nowMs), app }
    : { ...conflict, app, version: conflict.version + 1 }
  if (!(await session.conflicts.replace(next, conflict.version)))
    throw contended(conflict, conflict.appointmentId)
}
