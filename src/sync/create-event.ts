import type { EventLink } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { ownershipMark, type RemoteEvent } from '../google/index.ts'
import { commitInbound } from './commit-inbound.ts'
import type { Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { carryOut } from './event-write.ts'
import { isUnanswered } from './in-doubt.ts'
import { insertWrite, type InsertRequest } from './insert-write.ts'
import { createMovedEvents } from './moved-event.ts'
import type { RoundResult } from './push-task.ts'
import { planFor } from './reconcile.ts'
import { planExceptions } from './series-exceptions.ts'
import { mayBeHiddenYet, staleRead } from './stale-read.ts'

/** How many event ids are tried before giving up; each deletion and foreign event uses up one. */
const MAX_IDS_PER_PUSH = 10

/**
 * Makes the event. The intended id and content are stored first: when the answer is lost, the next try finds its
 * own event under the id and takes it over instead of making a second one.
 */
export async function createEvent(engine: Engine, request: InsertRequest): Promise<RoundResult> {
  const { appointment, link, signal } = request
  let idTaken = false
  if (link?.state === 'unconfirmed') {
    const found = await findOwn(engine, link, signal)
    if (found !== null && (await stands(engine, request, link, found))) {
      return adopt(engine, request, link, found)
    }
    // A deleted event under the id need not be the one that was begun: it may be of an earlier connection.
    idTaken = found !== null
  }
  let draft = link
  const begunBefore = link !== null && isUnanswered(link)
  for (let tries = 0; tries < MAX_IDS_PER_PUSH; tries += 1) {
    const write = insertWrite(engine, { ...request, link: draft }, idTaken || tries > 0)
    draft = write.mark
    try {
      return await carryOut(engine, write)
    } catch (error) {
      // Begun on a calendar that is gone since the owner left it: nothing of it can be found any more.
      if (isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE') && hasLeft(request, draft)) continue
      if (!isAppointmentSyncError(error, 'GOOGLE_DUPLICATE_ID')) throw error
    }
    const found = await findOwn(engine, draft, signal)
    if (found !== null && (await stands(engine, request, draft, found))) {
      return adopt(engine, request, draft, found)
    }
    // The id is taken, and nothing is seen under it: by an earlier try of our own, perhaps.
    const first = tries === 0 && begunBefore && !idTaken
    const hidden = link !== null && mayBeHiddenYet(link, engine.clock.now())
    if (found === null && first && hidden) throw staleRead(draft)
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

/** Whether an event of ours stands, here or on the calendar to which a person moved it before we knew of it. */
async function stands(
  engine: Engine,
  { integration, signal }: InsertRequest,
  link: EventLink,
  found: RemoteEvent,
): Promise<boolean> {
  return !found.cancelled || (await createMovedEvents(engine, integration).find(link, signal)) !== null
}

/** Takes over an event of an earlier try: where it differs from the appointment, the merge decides. */
async function adopt(
  engine: Engine,
  request: InsertRequest,
  draft: EventLink,
  found: RemoteEvent,
): Promise<RoundResult> {
  const { integration, appointment, app, signal, attempt } = request
  // By what was found: another read may not see it.
  const plan = await planFor(engine, { integration, link: draft, app, signal }, found)
  const adopted = {
    ref: draft,
    direction: 'to_google',
    action: 'adopt',
    status: 'success',
    appointmentId: appointment.id,
    googleEventId: draft.eventId,
    attempt,
  } as const
  const exceptions = await planExceptions(engine, integration, plan.link, signal)
  await engine.storage.transaction(async (session) => {
    await commitInbound(engine, session, { ...plan, log: [...plan.log, adopted] })
    for (const exception of exceptions) await commitInbound(engine, session, exception)
    // Without a link it was taken for somebody else's, of a connection before this one.
    const ours = { eventIds: [draft.eventId], blocks: [], generation: '' }
    await session.busy.replaceEvents(draft, draft.calendarId, ours)
  })
  return { adopted: draft.eventId }
}

function hasLeft({ integration }: InsertRequest, draft: EventLink): boolean {
  return draft.calendarId !== integration.settings.calendarId
}
