import {
  APP_ONLY_FIELDS,
  type AppOnlyField,
  type Conflict,
  type ContestedField,
  type EventFields,
  type EventLink,
  knownToGoogle,
  MERGED_FIELDS,
  type MergedField,
  refOf,
  sameField,
} from '../domain/index.ts'
import {
  type ConferenceWrite,
  ownershipMark,
  type RemoteAttendee,
  type RemoteEvent,
} from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { WantedEvent } from './app-side.ts'
import { conferenceWrite, isConferenceDue, isConferencePending, orWithoutConference } from './conference.ts'
import { contended, type Engine } from './engine.ts'
import { carriedOver, loopingFields, overwritesAfter } from './edit-loop.ts'
import type { EventWrite } from './event-write.ts'
import { REQUEST_LIFE_MS } from './in-doubt.ts'
import { jobRefOf } from './job-ref.ts'
import { pick, settledConflict } from './inbound-plan.ts'
import { mailsOfPatch } from './guest-mail.ts'
import { noticesOf, storeNotices } from './notices.ts'
import type { PushTask } from './push-task.ts'
import { refusalShown } from './refusal.ts'
import type { SyncResult } from './results.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

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
  const known = knownToGoogle(app)
  const appOnly = APP_ONLY_FIELDS.filter(
    (field) =>
      !sameField(field, fields[field], known[field]) ||
      (field === 'conference' && fields.conference === 'meet' && isConferenceDue(link)),
  )
  return { merged, appOnly }
}

/** Whether a delta can only be written over the event as it stands: the guest list is replaced whole, and one conference is enough. */
export function needsReading({ appOnly }: Delta): boolean {
  return appOnly.includes('attendees') || appOnly.includes('conference')
}

/** What there is to write of the fields that need reading, once the event is read. */
export function deltaOver(request: PatchRequest, delta: Delta, seen: LiveEvent): Delta {
  const { link, app } = request
  const idle = (field: AppOnlyField): boolean =>
    // A list that guests are left out of would take them off the event.
    (field === 'attendees' && seen.attendeesOmitted) ||
    (field === 'conference' && conferenceWrite(link, app.fields.conference, seen.conference) === undefined)
  return { ...delta, appOnly: delta.appOnly.filter((field) => !idle(field)) }
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
  seen: LiveEvent | undefined,
): EventWrite {
  const { link, app } = request
  const conference =
    seen === undefined || !delta.appOnly.includes('conference')
      ? undefined
      : conferenceWrite(link, app.fields.conference, seen.conference)
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
    call: (google) =>
      orWithoutConference(conference, (asked) => {
        const patch = patchOf(request, delta, seen?.attendees, startedAtMs)
        return google.patchEvent({ ...patch, conference: asked }, { signal: request.signal })
      }),
    record: (session, event) =>
      recordUpdate(engine, session, request, {
        mark,
        event,
        delta,
        startedAtMs,
        asked: requestOf(conference),
      }),
  }
}

function requestOf(conference: ConferenceWrite | undefined): number | null {
  return conference === undefined || conference === 'remove' ? null : conference.request
}

function patchOf(
  request: PatchRequest,
  delta: Delta,
  guests: readonly RemoteAttendee[] | undefined,
  nowMs: number,
): Parameters<Engine['google']['patchEvent']>[0] {
  const { integration, link, app } = request
  const fields: Partial<EventFields> = {
    // A rule is counted from its start, by the clock of its zone: Google wants them together.
    ...(delta.merged.includes('recurrence') ? pick(link.base.google, ['time']) : {}),
    ...pick(app.fields, delta.merged),
  }
  for (const field of delta.appOnly) Object.assign(fields, { [field]: app.fields[field] })
  const ownedGuests = (link.base.app.attendees ?? []).map((guest) => guest.email)
  const ref = refOf(integration)
  const mark = link.base.external === true ? { mark: ownershipMark(ref, link.appointmentId) } : {}
  return {
    ref,
    ...mark,
    calendarId: link.calendarId,
    eventId: link.eventId,
    etag: link.etag,
    fields,
    notifyGuests: mailsOfPatch(link, app.fields, delta, {
      rendering: app.rendering,
      nowMs,
    }),
    ...(guests === undefined ? {} : { remoteAttendees: guests, ownedGuests }),
  }
}

/** The link once both sides are known to be in step. */
function inStep(request: PatchRequest, nowMs: number): EventLink {
  const { link, app, appointment } = request
  const { rendering } = app
  return {
    ...link,
    fingerprint: app.fingerprint,
    base: {
      app: app.fields,
      google: link.base.google,
      ...carriedOver(link, {}),
      rendering,
      ...refusalShown(link, app),
    },
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
}

/**
 * Google says it already: only our record moves. `seen` is the event where it was looked at for that, under the link's
 * etag.
 */
export async function recordAgreement(
  engine: Engine,
  request: PatchRequest,
  seen?: LiveEvent,
): Promise<SyncResult> {
  const { integration, link, app, appointment, conflict, finish } = request
  const inStepNow = inStep(request, engine.clock.now())
  const sight = { integration, nowMs: engine.clock.now(), looked: isConferencePending(link) }
  const notices = seen === undefined ? null : noticesOf(inStepNow, seen, sight)
  const agreed = notices?.link ?? inStepNow
  const { inDoubt } = link.base
  // The etag has not moved, so what is in doubt may still arrive under it: nothing is settled before that is over.
  const next =
    inDoubt === undefined ? agreed : { ...agreed, base: { ...agreed.base, inDoubt }, fingerprint: '' }
  await engine.storage.transaction(async (session) => {
    const nowMs = engine.clock.now()
    if (!(await session.links.replace(next, link.version))) throw contended(link, appointment.id)
    await refreshConflict(session, conflict, app.fields, nowMs)
    await finish(session)
    if (notices !== null) await storeNotices(engine, session, { ...notices, link: next })
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
    readonly asked: number | null
  },
): Promise<SyncResult> {
  const { integration, appointment, app, link, attempt, conflict, finish } = request
  const { mark, event, delta, startedAtMs, asked } = done
  if (event.cancelled) throw contended(link, appointment.id)
  const nowMs = engine.clock.now()
  const agreed = inStep({ ...request, link: mark }, nowMs)
  const { rendering } = agreed.base
  const kept = { ...carriedOver(link, { written: delta.merged }), rendering }
  const next: EventLink = {
    ...agreed,
    etag: event.etag,
    iCalUID: event.iCalUID,
    eventUpdatedAtMs: event.updatedMs,
    // What Google gives back is what it holds: it may have trimmed or rewritten a text.
    base: { app: app.fields, google: event.fields, ...kept, ...refusalShown(link, app) },
  }
  const notices = noticesOf(next, event, { integration, nowMs, asked })
  if (!(await session.links.replace(notices.link, mark.version))) throw contended(link, appointment.id)
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
  await storeNotices(engine, session, notices)
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
  // A field on which both sides agree again leaves the conflict; without one left it ends.
  const agreed = fields.filter((field) => sameField(field, conflict.google[field], wanted[field]))
  const left = conflict.fields.filter((field) => !agreed.some((one) => one === field))
  const said = (names: readonly MergedField[]): Conflict['app'] => ({ exists: true, ...pick(wanted, names) })
  const open = fields.filter((field) => !agreed.includes(field))
  const next: Conflict =
    left.length === 0
      ? { ...settledConflict(conflict, nowMs), app: said(fields) }
      : { ...conflict, fields: left, app: said(open), version: conflict.version + 1 }
  if (!(await session.conflicts.replace(next, conflict.version)))
    throw contended(conflict, conflict.appointmentId)
}
