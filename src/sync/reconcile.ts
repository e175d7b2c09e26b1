import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { freshId } from '../ports/index.ts'
import type { AppSide } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import type { Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import type { InboundPlan } from './inbound-plan.ts'
import { planDeletedEvent } from './plan-deleted-event.ts'
import { planLiveEvent } from './plan-live-event.ts'

/** What is compared. */
export interface ReconcileRequest {
  readonly integration: Integration
  readonly link: EventLink
  readonly app: AppSide
  readonly signal?: AbortSignal | undefined
  /** Store nothing when the event still has the link's etag. */
  readonly onlyIfChanged?: boolean
}

/** The event as it is now; `null` when it is gone, which is only said when the calendar itself can be read. */
export async function readEvent(
  engine: Pick<Engine, 'google' | 'clock'>,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<RemoteEvent | null> {
  const ref = { tenantId: link.tenantId, userId: link.userId, integrationId: link.integrationId }
  const { calendarId, eventId } = link
  try {
    return await engine.google.getEvent({ ref, calendarId, eventId }, { signal })
  } catch (error) {
    if (!isGone(error)) throw error
  }
  // A calendar that was removed or unshared answers the same; reading it tells the two apart, or throws.
  const nowMs = engine.clock.now()
  const window = { fromMs: nowMs, toMs: nowMs + 60_000 }
  await engine.google.listEvents({ ref, calendarId, syncToken: null, window, pageToken: null }, { signal })
  return null
}

/** What follows from the event as it was read. */
export async function planFor(
  engine: Pick<Engine, 'storage' | 'clock' | 'random'>,
  request: Pick<ReconcileRequest, 'integration' | 'link' | 'app'>,
  event: RemoteEvent | null,
): Promise<InboundPlan> {
  const { integration, link } = request
  const facts = {
    ...request,
    openConflict: await engine.storage.conflicts.findOpen(refOf(integration), link.appointmentId),
    restoreWaits: (
      await engine.storage.inbox.listForAppointment(refOf(integration), link.appointmentId)
    ).some((entry) => entry.type === 'restored'),
    nowMs: engine.clock.now(),
    conflictId: freshId(engine.random),
  }
  return event === null || event.cancelled ? planDeletedEvent(facts) : planLiveEvent(facts, event)
}

/**
 * Reads the event, merges what both sides did since the base, and stores what follows: the link with Google's
 * state, changes for the host, a conflict. Returns the event as read, `null` when it is gone.
 */
export async function readAndReconcile(
  engine: Engine,
  request: ReconcileRequest,
): Promise<RemoteEvent | null> {
  const event = await readEvent(engine, request.link, request.signal)
  if (request.onlyIfChanged === true && event !== null && event.etag === request.link.etag) return event
  const plan = await planFor(engine, request, event)
  await engine.storage.transaction((session) => commitInbound(engine, session, plan))
  return event
}
