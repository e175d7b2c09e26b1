import {
  APP_ONLY_FIELDS,
  type AppOnlyField,
  type Conflict,
  type EventFields,
  type EventLink,
  type InboxEntry,
  MERGED_FIELDS,
  type MergedField,
  refOf,
  sameField,
} from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteAttendee, RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { fingerprintOf } from './fingerprint.ts'
import { pick, settledConflict } from './inbound-plan.ts'
import type { PushTask, RoundResult } from './push-task.ts'
import { readAndReconcile } from './reconcile.ts'

/** A push to an event that stands. */
export interface UpdateRequest extends PushTask {
  readonly wanted: EventFields
  readonly link: EventLink
  readonly pending: readonly InboxEntry[]
}

/** The fields one request writes. */
interface Delta {
  readonly merged: readonly MergedField[]
  readonly appOnly: readonly AppOnlyField[]
}

/** Writes the fields that the app changed and Google does not say yet, and no others, guarded by the etag. */
export async function updateEvent(engine: Engine, request: UpdateRequest): Promise<RoundResult> {
  const { integration, appointment, wanted, link, pending, signal } = request
  const conflict = await engine.storage.conflicts.findOpen(refOf(integration), appointment.id)
  const delta = deltaOf(link, wanted, conflict)
  const untold = new Set(pending.flatMap((entry) => Object.keys(entry.fields)))
  if (delta.merged.some((field) => untold.has(field))) return { status: 'skipped', reason: 'change_pending' }
  if (delta.merged.length === 0 && delta.appOnly.length === 0)
    return recordAgreement(engine, request, conflict)

  const app = { wanted: true, fields: wanted, updatedAtMs: appointment.updatedAtMs } as const
  let guests: readonly RemoteAttendee[] | undefined
  if (delta.appOnly.includes('attendees')) {
    // The list is replaced whole, so the answers given so far have to be read and carried over.
    const event = await readAndReconcile(engine, { integration, link, app, signal, onlyIfChanged: true })
    if (event === null || event.cancelled || event.etag !== link.etag) return 'again'
    guests = event.attendees
  }
  const startedAtMs = engine.clock.now()
  const marked = await markWriting(engine, request, delta)
  try {
    const event = await patch(engine, request, delta, guests)
    return await recordUpdate(engine, request, { marked, event, delta, conflict, startedAtMs })
  } catch (error) {
    if (!isWorthReading(error)) throw error
    const event = await readAndReconcile(engine, { integration, link: marked, app, signal })
    // A refusal of an event that stands is one.
    if (isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN') && event !== null && !event.cancelled) throw error
    return 'again'
  }
}

/** Whether the event may have been changed or deleted; Google answers 403 to a patch of a deleted one. */
function isWorthReading(error: unknown): boolean {
  return (
    isAppointmentSyncError(error, 'GOOGLE_PRECONDITION_FAILED') ||
    isAppointmentSyncError(error, 'GOOGLE_FORBIDDEN') ||
    isGone(error)
  )
}

function deltaOf(link: EventLink, wanted: EventFields, conflict: Conflict | null): Delta {
  const { app, google } = link.base
  const merged = MERGED_FIELDS.filter(
    (field) =>
      conflict?.fields.includes(field) !== true &&
      !sameField(field, wanted[field], app[field]) &&
      !sameField(field, wanted[field], google[field]),
  )
  return { merged, appOnly: APP_ONLY_FIELDS.filter((field) => !sameField(field, wanted[field], app[field])) }
}

/** The link once both sides are known to be in step. */
function inStep(request: UpdateRequest, version: number, nowMs: number): EventLink {
  const { link, wanted, appointment } = request
  return {
    ...link,
    fingerprint: fingerprintOf(wanted),
    base: { app: wanted, google: link.base.google },
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    updatedAtMs: nowMs,
    version,
  }
}

/** Google says it already: only our record moves. */
async function recordAgreement(
  engine: Engine,
  request: UpdateRequest,
  conflict: Conflict | null,
): Promise<RoundResult> {
  const { link, wanted, appointment, finish } = request
  const next = inStep(request, link.version + 1, engine.clock.now())
  await engine.storage.transaction(async (session) => {
    if (!(await session.links.replace(next, link.version))) throw contended(link, appointment.id)
    await refreshConflict(session, conflict, wanted, engine.clock.now())
    await finish(session)
  })
  return conflict === null
    ? { status: 'skipped', reason: 'unchanged' }
    : { status: 'conflict', conflictId: conflict.id }
}

/** Remembers what is about to be written, so that a write whose answer is lost is known for ours later. */
async function markWriting(engine: Engine, request: UpdateRequest, delta: Delta): Promise<EventLink> {
  const { link, wanted } = request
  const base = { ...link.base, writing: pick(wanted, delta.merged) }
  const marked = { ...link, base, version: link.version + 1 }
  if (!(await engine.storage.links.replace(marked, link.version))) throw contended(link, link.appointmentId)
  return marked
}

function patch(
  engine: Engine,
  request: UpdateRequest,
  delta: Delta,
  guests: readonly RemoteAttendee[] | undefined,
): Promise<RemoteEvent> {
  const { integration, link, wanted, signal } = request
  const fields: Partial<EventFields> = { ...pick(wanted, delta.merged) }
  for (const field of delta.appOnly) Object.assign(fields, { [field]: wanted[field] })
  // Guests are told of what matters to them, not of a repaired description or a new reminder.
  const matters = delta.appOnly.includes('attendees') || delta.merged.some((field) => field !== 'description')
  const ownedGuests = (link.base.app.attendees ?? []).map((guest) => guest.email)
  return engine.google.patchEvent(
    {
      ref: refOf(integration),
      calendarId: link.calendarId,
      eventId: link.eventId,
      etag: link.etag,
      fields,
      notifyGuests: matters && (wanted.attendees.length > 0 || ownedGuests.length > 0),
      ...(guests === undefined ? {} : { remoteAttendees: guests, ownedGuests }),
    },
    { signal },
  )
}

async function recordUpdate(
  engine: Engine,
  request: UpdateRequest,
  done: {
    readonly marked: EventLink
    readonly event: RemoteEvent
    readonly delta: Delta
    readonly conflict: Conflict | null
    readonly startedAtMs: number
  },
): Promise<RoundResult> {
  const { appointment, wanted, link, attempt, finish } = request
  const { marked, event, delta, conflict, startedAtMs } = done
  if (event.cancelled) throw contended(link, appointment.id)
  await engine.storage.transaction(async (session) => {
    const next: EventLink = {
      ...inStep(request, marked.version + 1, engine.clock.now()),
      etag: event.etag,
      eventUpdatedAtMs: event.updatedMs,
      // What Google gives back is what it holds: it may have trimmed or rewritten a text.
      base: { app: wanted, google: event.fields },
    }
    if (!(await session.links.replace(next, marked.version))) throw contended(link, appointment.id)
    await refreshConflict(session, conflict, wanted, engine.clock.now())
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
  })
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
