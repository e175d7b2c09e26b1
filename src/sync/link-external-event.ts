import { type EventLink, type Integration, type MergedFields, refOf } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { commitInbound } from './commit-inbound.ts'
import { contended, type Engine } from './engine.ts'
import type { WantedEvent } from './app-side.ts'
import { isOverdue } from './in-doubt.ts'
import { pick } from './inbound-plan.ts'
import { isMissing, planFor, readEvent } from './reconcile.ts'
import { removeEvent } from './remove-event.ts'
import { staleRead } from './stale-read.ts'

/** How far the clocks of Google and of this process may be apart, in milliseconds. */
const CLOCKS_APART_MS = 10_000

/** An event that was not made for an appointment and is to become its own. */
export interface ExternalEventRequest {
  readonly integration: Integration
  readonly appointmentId: string
  /** What the app wants of the event now. */
  readonly app: WantedEvent
  readonly event: {
    readonly calendarId: string
    readonly eventId: string
    readonly iCalUID: string | null
    /** When Google last changed it as it was read, epoch milliseconds: an older read says nothing. */
    readonly updatedMs: number
    /** When it was read, epoch milliseconds by our own clock. */
    readonly seenAtMs: number
  }
  /**
   * What the host knows of the event: what was changed after that it is told next. Without a time it is not known
   * which one the host knows, and where the two sides differ the policy decides.
   */
  readonly told: Partial<MergedFields>
  /**
   * Another event that the appointment got at or after this instant was made by a push that crossed the answer, and
   * gives way; epoch milliseconds. `null` for none.
   */
  readonly givesWaySinceMs: number | null
  /** Whether the event stays a person's own: unmarked until it is first written, and left where it is at a disconnect. */
  readonly external: boolean
  /** Stored in the transaction that stores the link. */
  readonly besides: (session: StorageSession) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/**
 * - `linked`: it is the appointment's event from now on, or was so before.
 * - `has_event`: the appointment has another one, for longer.
 * - `event_taken`: the event is another appointment's.
 */
export type ExternalEventOutcome = 'linked' | 'has_event' | 'event_taken'

/**
 * Makes an event the appointment's own, in its turn at the calendar, which the caller holds. Nothing is written to the
 * event: texts stay as the person wrote them until the app's own change. What differs from what the host was told
 * follows as a change, a deletion included; another time that the host decided on is written by the next push. Stores
 * nothing unless the outcome is `linked`.
 */
export async function linkExternalEvent(
  engine: Engine,
  request: ExternalEventRequest,
): Promise<ExternalEventOutcome> {
  const { integration, appointmentId, app, event, signal } = request
  const { storage, clock } = engine
  const ref = refOf(integration)
  const [taken] = await storage.links.findByEvents(ref, event.calendarId, [event.eventId])
  if (taken !== undefined && taken.appointmentId !== appointmentId) return 'event_taken'
  if (taken !== undefined) {
    await storage.transaction(request.besides)
    return 'linked'
  }
  const before = await storage.links.find(ref, appointmentId)
  if (before !== null && before.state !== 'removed') {
    if (!(await isFresh(engine, request, before))) return 'has_event'
    await removeFresh(engine, request, before)
    return linkExternalEvent(engine, request)
  }
  // An insert that was begun may still arrive: its event would be a second one that nobody knows of.
  const mayArrive = (before?.base.inDoubt?.writing.length ?? 0) > 0
  if (before !== null && mayArrive && !isOverdue(before, clock.now())) throw staleRead(before)
  const draft = draftOf(request, before)
  const sighting = await readEvent(engine, integration, draft, signal)
  const plan = await planFor(engine, { integration, link: draft, app, signal }, sighting)
  await storage.transaction(async (session) => {
    if (!(await session.links.replace(draft, before?.version ?? null))) throw contended(ref, appointmentId)
    await commitInbound(engine, session, plan)
    const ours = { eventIds: [event.eventId], blocks: [], generation: '' }
    await session.busy.replaceEvents(ref, event.calendarId, ours)
    await request.besides(session)
  })
  return 'linked'
}

function draftOf(
  { integration, appointmentId, app, event, told, external }: ExternalEventRequest,
  before: EventLink | null,
): EventLink {
  const { calendarId, eventId, iCalUID, updatedMs, seenAtMs } = event
  const { time: _, ...words } = app.fields
  return {
    ...refOf(integration),
    appointmentId,
    calendarId,
    eventId,
    iCalUID,
    generation: before?.generation ?? 0,
    state: 'live',
    etag: '',
    fingerprint: app.fingerprint,
    // The app's own words are no change against the person's; only another time is.
    base: {
      app: { ...words, ...pick(told, ['time']) },
      google: told,
      ...(external ? { external: true as const } : {}),
    },
    appointmentUpdatedAtMs: app.updatedAtMs,
    eventUpdatedAtMs: updatedMs,
    overwrites: 0,
    overwritesSinceMs: 0,
    updatedAtMs: seenAtMs,
    version: (before?.version ?? 0) + 1,
  }
}

/** Whether the appointment's event came of a push that crossed the answer; one that is gone is in nobody's way. */
async function isFresh(
  engine: Engine,
  { integration, givesWaySinceMs, signal }: ExternalEventRequest,
  link: EventLink,
): Promise<boolean> {
  if (givesWaySinceMs === null || link.base.external === true) return false
  const sinceMs = givesWaySinceMs - CLOCKS_APART_MS
  if (link.state === 'unconfirmed') return link.updatedAtMs >= sinceMs
  const sighting = await readEvent(engine, integration, link, signal)
  return isMissing(sighting) || (sighting.createdMs !== null && sighting.createdMs >= sinceMs)
}

async function removeFresh(
  engine: Engine,
  { integration, appointmentId, signal }: ExternalEventRequest,
  link: EventLink,
): Promise<void> {
  const result = await removeEvent(engine, {
    integration,
    appointmentId,
    updatedAtMs: link.appointmentUpdatedAtMs,
    attempt: 1,
    finish: () => Promise.resolve(),
    signal,
  })
  if (result.status === 'conflict') throw contended(link, appointmentId)
}
