import { type EventLink, MERGED_FIELDS, refOf } from '../domain/index.ts'
import { eventIdFor, ownershipMark, type RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import type { WantedEvent } from './app-side.ts'
import { contended, type Engine } from './engine.ts'
import { orWithoutConference } from './conference.ts'
import { overwritesAfter } from './edit-loop.ts'
import { mailsOfInsert } from './guest-mail.ts'
import type { EventWrite } from './event-write.ts'
import { doubtFrom, isUnanswered } from './in-doubt.ts'
import { pick } from './inbound-plan.ts'
import { jobRefOf } from './job-ref.ts'
import { moveFor } from './calendar-switch.ts'
import { noticesOf, storeNotices } from './notices.ts'
import type { PushTask } from './push-task.ts'
import { refusalShown } from './refusal.ts'
import type { SyncResult } from './results.ts'

/** An event that is to be made. */
export interface InsertRequest extends PushTask {
  readonly app: WantedEvent
  readonly link: EventLink | null
}

/** The insert of an appointment's event, under its first id, or the next one when that is taken. */
export function insertWrite(engine: Engine, request: InsertRequest, idTaken: boolean): EventWrite {
  const { integration, appointment, app, link, signal } = request
  const draft = draftOf(engine, request, idTaken)
  const startedAtMs = engine.clock.now()
  const ref = refOf(integration)
  const { calendarId, eventId } = draft
  const mark = ownershipMark(ref, appointment.id)
  const notifyGuests = mailsOfInsert(app.fields, startedAtMs)
  const conference = app.fields.conference === 'meet' ? FIRST_REQUEST : undefined
  return {
    mark: draft,
    expectedVersion: link?.version ?? null,
    call: (google) =>
      orWithoutConference(conference, (asked) =>
        google.insertEvent(
          { ref, calendarId, eventId, fields: app.fields, mark, notifyGuests, conference: asked },
          { signal },
        ),
      ),
    record: (session, event) => recordCreated(engine, session, request, { draft, startedAtMs }, event),
  }
}

/** The ids of requests for a conference go by the event's, so each event begins anew. */
const FIRST_REQUEST = { request: 1 } as const

const NO_OVERWRITES = { overwrites: 0, overwritesSinceMs: 0 } as const

/** Under which id, and with what content, the event is about to be made. */
function draftOf(engine: Engine, request: InsertRequest, idTaken: boolean): EventLink {
  const { integration, appointment, app, link } = request
  const ref = refOf(integration)
  const sameId = link !== null && isUnanswered(link) && !idTaken
  const generation = link === null ? 0 : sameId ? link.generation : link.generation + 1
  return {
    ...ref,
    appointmentId: appointment.id,
    // An insert that may have arrived must be met by the next one, also when the owner has switched meanwhile.
    calendarId: sameId && mayHaveArrived(link) ? link.calendarId : integration.settings.calendarId,
    eventId: eventIdFor(ref, appointment.id, generation),
    iCalUID: null,
    generation,
    state: 'unconfirmed',
    etag: '',
    fingerprint: '',
    base: {
      app: {},
      google: {},
      writing: pick(app.fields, MERGED_FIELDS),
      ...refusalShown(link, app),
      ...(sameId ? earlierTries(link, engine.clock.now()) : {}),
    },
    // Also of an insert whose answer is lost: a call that comes late must not write over it.
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    eventUpdatedAtMs: 0,
    ...(link === null ? NO_OVERWRITES : overwritesAfter(link, ['existence'], engine.clock.now())),
    // Of the last try: so long after it the event may be there unseen.
    updatedAtMs: engine.clock.now(),
    version: (link?.version ?? 0) + 1,
  }
}

function mayHaveArrived({ state, base }: EventLink): boolean {
  return state === 'unconfirmed' || (base.inDoubt?.writing.length ?? 0) > 0
}

/** What earlier inserts under the same id may have put there: the first that arrives is the one that counts. */
function earlierTries(link: EventLink, nowMs: number): Pick<EventLink['base'], 'inDoubt'> {
  return { inDoubt: doubtFrom(link, nowMs, false) }
}

async function recordCreated(
  engine: Engine,
  session: StorageSession,
  request: InsertRequest,
  { draft, startedAtMs }: { readonly draft: EventLink; readonly startedAtMs: number },
  event: RemoteEvent,
): Promise<SyncResult> {
  const { appointment, app, attempt, finish } = request
  if (event.cancelled) throw contended(draft, appointment.id)
  // As it is now: the owner may have switched to another calendar while Google was asked.
  const integration = await session.integrations.findById(draft.tenantId, draft.integrationId)
  const move = moveFor(draft, integration?.settings.calendarId ?? draft.calendarId)
  const nowMs = engine.clock.now()
  const link: EventLink = {
    ...draft,
    state: 'live',
    etag: event.etag,
    iCalUID: event.iCalUID,
    fingerprint: move.moveTo === undefined ? app.fingerprint : '',
    base: {
      app: app.fields,
      google: event.fields,
      ...move,
      rendering: app.rendering,
      ...refusalShown(draft, app),
    },
    appointmentUpdatedAtMs: appointment.updatedAtMs,
    eventUpdatedAtMs: event.updatedMs,
    updatedAtMs: nowMs,
    version: draft.version + 1,
  }
  const asked = app.fields.conference === 'meet' ? FIRST_REQUEST.request : null
  const notices = noticesOf(link, event, { integration: request.integration, nowMs, asked })
  if (!(await session.links.replace(notices.link, draft.version))) throw contended(draft, appointment.id)
  await session.syncLog.append(
    engine.logEntry({
      ref: draft,
      direction: 'to_google',
      action: 'create',
      status: 'success',
      appointmentId: appointment.id,
      googleEventId: draft.eventId,
      attempt,
      startedAtMs,
    }),
  )
  await finish(session)
  await storeNotices(engine, session, notices)
  if (move.moveTo !== undefined) {
    await session.outbox.enqueue({ ref: jobRefOf(draft), action: 'push', dueAtMs: nowMs, nowMs })
  }
  return { status: 'success', action: 'created', googleEventId: draft.eventId }
}
