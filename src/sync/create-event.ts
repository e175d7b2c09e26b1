import { type EventFields, type EventLink, type Integration, MERGED_FIELDS, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { eventIdFor, ownershipMark, type RemoteEvent } from '../google/index.ts'
import { contended, type Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { fingerprintOf } from './fingerprint.ts'
import { pick } from './inbound-plan.ts'
import type { PushTask, RoundResult } from './push-task.ts'
import { readAndReconcile } from './reconcile.ts'

/** How many event ids are tried before giving up; each deletion and foreign event uses up one. */
const MAX_IDS_PER_PUSH = 10

/**
 * Makes the event. The intended id and content are stored first: when the answer is lost, the next try finds its
 * own event under the id and takes it over instead of making a second one.
 */
export async function createEvent(
  engine: Engine,
  request: PushTask & { readonly wanted: EventFields; readonly link: EventLink | null },
): Promise<RoundResult> {
  const { integration, appointment, wanted, link, signal } = request
  let idTaken = false
  if (link?.state === 'unconfirmed') {
    const found = await findOwn(engine, link, signal)
    if (found !== null && !found.cancelled) return adopt(engine, request, link)
    // A deleted event under the id need not be the one that was begun: it may be of an earlier connection.
    idTaken = found !== null
  }
  let draft = link
  for (let tries = 0; tries < MAX_IDS_PER_PUSH; tries += 1) {
    draft = await storeDraft(engine, request, draft, idTaken || tries > 0)
    const mark = ownershipMark(refOf(integration), appointment.id)
    const { calendarId, eventId } = draft
    try {
      const event = await engine.google.insertEvent(
        { ref: refOf(integration), calendarId, eventId, fields: wanted, mark },
        { signal },
      )
      return await recordCreated(engine, request, draft, event)
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_DUPLICATE_ID')) throw error
    }
    const found = await findOwn(engine, draft, signal)
    if (found !== null && !found.cancelled) return adopt(engine, request, draft)
  }
  throw new AppointmentSyncError({
    code: 'EVENT_IDS_EXHAUSTED',
    message: `Every event id tried for appointment ${appointment.id} is taken on its calendar. Look there for deleted or foreign events under these ids.`,
  })
}

/** The event under the draft's id if it is ours, live or deleted; `null` if there is none or it is a stranger's. */
async function findOwn(
  engine: Engine,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<RemoteEvent | null> {
  const ref = { tenantId: link.tenantId, userId: link.userId, integrationId: link.integrationId }
  try {
    const { calendarId, eventId } = link
    const event = await engine.google.getEvent({ ref, calendarId, eventId }, { signal })
    return event.cancelled || event.mark === ownershipMark(ref, link.appointmentId) ? event : null
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** Stores under which id, and with what content, the event is about to be made. */
async function storeDraft(
  engine: Engine,
  request: PushTask & { readonly wanted: EventFields },
  link: EventLink | null,
  idTaken: boolean,
): Promise<EventLink> {
  const { integration, appointment, wanted } = request
  const ref = refOf(integration)
  const sameId = link?.state === 'unconfirmed' && !idTaken
  const generation = link === null ? 0 : sameId ? link.generation : link.generation + 1
  const draft: EventLink = {
    ...ref,
    appointmentId: appointment.id,
    calendarId: calendarOf(integration),
    eventId: eventIdFor(ref, appointment.id, generation),
    generation,
    state: 'unconfirmed',
    etag: '',
    fingerprint: '',
    base: { app: {}, google: {}, writing: pick(wanted, MERGED_FIELDS) },
    appointmentUpdatedAtMs: link?.appointmentUpdatedAtMs ?? 0,
    eventUpdatedAtMs: 0,
    updatedAtMs: engine.clock.now(),
    version: (link?.version ?? 0) + 1,
  }
  if (!(await engine.storage.links.replace(draft, link?.version ?? null)))
    throw contended(ref, appointment.id)
  return draft
}

function calendarOf(integration: Integration): string {
  return integration.settings.calendarId
}

async function recordCreated(
  engine: Engine,
  request: PushTask & { readonly wanted: EventFields },
  draft: EventLink,
  event: RemoteEvent,
): Promise<RoundResult> {
  const { appointment, wanted, attempt, finish } = request
  if (event.cancelled) throw contended(draft, appointment.id)
  await engine.storage.transaction(async (session) => {
    const link: EventLink = {
      ...draft,
      state: 'live',
      etag: event.etag,
      fingerprint: fingerprintOf(wanted),
      base: { app: wanted, google: event.fields },
      appointmentUpdatedAtMs: appointment.updatedAtMs,
      eventUpdatedAtMs: event.updatedMs,
      version: draft.version + 1,
    }
    if (!(await session.links.replace(link, draft.version))) throw contended(draft, appointment.id)
    await session.syncLog.append(
      engine.logEntry({
        ref: draft,
        direction: 'to_google',
        action: 'create',
        status: 'success',
        appointmentId: appointment.id,
        googleEventId: draft.eventId,
        attempt,
        startedAtMs: draft.updatedAtMs,
      }),
    )
    await finish(session)
  })
  return { status: 'success', action: 'created', googleEventId: draft.eventId }
}

/** Takes over an event of an earlier try: where it differs from the appointment, the merge decides. */
async function adopt(
  engine: Engine,
  request: PushTask & { readonly wanted: EventFields },
  draft: EventLink,
): Promise<RoundResult> {
  const { integration, appointment, wanted, signal, attempt } = request
  const app = { wanted: true, fields: wanted, updatedAtMs: appointment.updatedAtMs } as const
  await readAndReconcile(engine, { integration, link: draft, app, signal })
  await engine.storage.syncLog.append(
    engine.logEntry({
      ref: draft,
      direction: 'to_google',
      action: 'adopt',
      status: 'success',
      appointmentId: appointment.id,
      googleEventId: draft.eventId,
      attempt,
    }),
  )
  return { adopted: draft.eventId }
}
