import { type EventLink, type Integration, parseOccurrenceId, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { freshId } from '../ports/index.ts'
import type { AppSide } from './app-side.ts'
import { commitInbound } from './commit-inbound.ts'
import { judged, withUnanswered } from './conflict-judge.ts'
import type { Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import { settleDoubt } from './in-doubt.ts'
import { type InboundFacts, type InboundPlan, settledConflict } from './inbound-plan.ts'
import { createMovedEvents, type MovedEvent, type MovedEvents } from './moved-event.ts'
import { planDeletedEvent } from './plan-deleted-event.ts'
import { planLiveEvent } from './plan-live-event.ts'
import { planOccurrence } from './plan-occurrence.ts'
import { isOutOfDate, mayBeHiddenYet, staleRead } from './stale-read.ts'

/** What is compared. */
export interface ReconcileRequest {
  readonly integration: Integration
  readonly link: EventLink
  readonly app: AppSide
  readonly signal?: AbortSignal | undefined
  /** Store nothing when the event still has the link's etag. */
  readonly onlyIfChanged?: boolean
}

/**
 * What a look at an event finds. `gone` is only said when the calendar itself can be read; `out_of_reach` of an
 * event that a person had moved to a calendar which is no longer there for the account.
 */
export type Sighting = RemoteEvent | 'gone' | 'out_of_reach'

/**
 * The event as it is now. Throws when that cannot be told; `GOOGLE_READ_STALE` when Google shows an older state than the
 * link knows.
 */
export async function readEvent(
  engine: Pick<Engine, 'google' | 'clock'>,
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<Sighting> {
  const ref = refOf(integration)
  const { calendarId, eventId } = link
  try {
    const event = await engine.google.getEvent({ ref, calendarId, eventId }, { signal })
    // That a deleted event is deleted says nothing new, whatever its time.
    const known = link.state === 'removed' && event.cancelled
    if (!known && isOutOfDate(link, event)) throw staleRead(link)
    return event
  } catch (error) {
    if (!isGone(error)) throw error
  }
  try {
    // A calendar that was removed or unshared answers the same; reading it tells the two apart.
    await engine.google.requireCalendar({ ref, calendarId }, { signal })
  } catch (error) {
    const followed = calendarId !== integration.settings.calendarId
    if (followed && isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')) return 'out_of_reach'
    throw error
  }
  // A deleted event is shown as deleted for long; one that is not known at all may only be too new.
  if (link.state === 'live' && mayBeHiddenYet(link, engine.clock.now())) throw staleRead(link)
  return 'gone'
}

/**
 * The event as it is now; `null` when Google shows an older state of it than the link knows. What came after that is
 * in a list of changes yet to come.
 */
export async function lookAgain(
  engine: Pick<Engine, 'google' | 'clock'>,
  integration: Integration,
  link: EventLink,
  signal: AbortSignal | undefined,
): Promise<Sighting | null> {
  try {
    return await readEvent(engine, integration, link, signal)
  } catch (error) {
    if (isAppointmentSyncError(error, 'GOOGLE_READ_STALE')) return null
    throw error
  }
}

/** Whether the event does not stand where the link says. */
export function isMissing(sighting: Sighting): sighting is Exclude<Sighting, { cancelled: false }> {
  return typeof sighting === 'string' || sighting.cancelled
}

/**
 * What follows from what was seen. Before an event counts as deleted it is looked for on the account's other
 * calendars: a move shows as a deletion where it left.
 */
export async function planFor(
  engine: Engine,
  request: Pick<ReconcileRequest, 'integration' | 'link' | 'app' | 'signal'> & {
    readonly moved?: MovedEvents | undefined
    /** Links of series as they will be stored together with this plan, by appointment. */
    readonly planned?: ReadonlyMap<string, EventLink> | undefined
  },
  sighting: Sighting,
): Promise<InboundPlan> {
  const { integration, link, app, signal } = request
  const { storage } = engine
  const entries = await storage.inbox.listForAppointment(refOf(integration), link.appointmentId)
  const facts = {
    integration,
    link,
    app,
    openConflict: await storage.conflicts.findOpen(refOf(integration), link.appointmentId),
    restoreWaits: entries.some((entry) => entry.type === 'restored'),
    nowMs: engine.clock.now(),
    conflictId: freshId(engine.random),
  }
  const decided = (plan: (facts: InboundFacts) => InboundPlan): Promise<InboundPlan> =>
    byVerdicts(engine, facts, plan)
  const name = parseOccurrenceId(link.appointmentId)
  if (name !== null) {
    const { seriesId } = name
    const series = request.planned?.get(seriesId) ?? (await storage.links.find(refOf(integration), seriesId))
    const seen = typeof sighting === 'string' ? null : sighting
    return decided((all) => planOccurrence(all, name, series, seen))
  }
  if (!isMissing(sighting)) return decided((all) => planLiveEvent(all, sighting))
  if (link.state !== 'removed') {
    const elsewhere = request.moved ?? createMovedEvents(engine, integration)
    const found = await elsewhere.find(link, signal)
    if (found !== null) return decided((all) => followMoved(all, found))
  }
  if (sighting === 'out_of_reach') return planLostEvent(facts)
  return decided((all) => planDeletedEvent(all, sighting === 'gone' ? null : sighting.updatedMs))
}

/** The plan, with the host's own verdicts about what both sides changed. */
async function byVerdicts(
  engine: Engine,
  facts: InboundFacts,
  plan: (facts: InboundFacts) => InboundPlan,
): Promise<InboundPlan> {
  const made = await judged(engine.judge, facts, (decide) => plan({ ...facts, decide }))
  return { ...made.plan, log: withUnanswered(made.plan.log, made.unanswered) }
}

/** The link follows the event; what else became of it is merged as ever. */
function followMoved(facts: InboundFacts, { calendarId, event }: MovedEvent): InboundPlan {
  const { moveTo, ...rest } = facts.link.base
  // A person's move is followed. Where the owner wants it elsewhere, it may be a move of our own that had no answer, to
  // a calendar that the owner has left since: it goes on from there.
  const base = moveTo === undefined || moveTo === calendarId ? rest : facts.link.base
  const link: EventLink = { ...facts.link, calendarId, eventId: event.id, base }
  const plan = planLiveEvent({ ...facts, link }, event)
  const moved = {
    ref: link,
    direction: 'from_google',
    action: 'move',
    status: 'success',
    appointmentId: link.appointmentId,
    googleEventId: event.id,
  } as const
  return { ...plan, log: [...plan.log, moved] }
}

/** Nobody deleted it, but nobody can see it: the appointment gets a new event on the owner's calendar. */
export function planLostEvent({
  link,
  openConflict,
  nowMs,
  integration,
}: Pick<InboundFacts, 'link' | 'openConflict' | 'nowMs' | 'integration'>): InboundPlan {
  const writes = integration.settings.syncDirection !== 'from_google'
  return {
    link: {
      ...link,
      state: 'removed',
      etag: '',
      fingerprint: '',
      base: { app: link.base.app, google: link.base.google },
      updatedAtMs: nowMs,
      version: link.version + 1,
    },
    inbox: [],
    conflict: openConflict === null ? null : settledConflict(openConflict, nowMs),
    enqueue: writes ? 'push' : null,
    log: [
      {
        ref: link,
        direction: 'from_google',
        action: 'move',
        status: 'failed',
        appointmentId: link.appointmentId,
        googleEventId: link.eventId,
      },
    ],
  }
}

/**
 * Reads the event, merges what both sides did since the base, and stores what follows: the link with Google's
 * state, changes for the host, a conflict. Returns what was seen where the link said. An event that is as the link
 * says leaves the outcome of a write without an answer open: it can be made again, under the same etag.
 */
export async function readAndReconcile(engine: Engine, request: ReconcileRequest): Promise<Sighting> {
  const { integration, link, signal } = request
  const sighting = await readEvent(engine, integration, link, signal)
  if (!isMissing(sighting) && sighting.etag === link.etag) {
    if (request.onlyIfChanged !== true) await settleDoubt(engine, link)
    return sighting
  }
  const plan = await planFor(engine, request, sighting)
  await engine.storage.transaction((session) => commitInbound(engine, session, plan))
  return sighting
}
