import {
  type ApplyResult,
  type EventLink,
  type EventOffer,
  type InboxEntry,
  type Integration,
  type MergedFields,
  refOf,
} from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { SyncLogFacts } from '../observability/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { appSideOf, readAppointment, type WantedEvent } from './app-side.ts'
import { contended, type Engine } from './engine.ts'
import { linkExternalEvent } from './link-external-event.ts'
import { isOfferable } from './offerable.ts'
import { offerDetails, offersFrom } from './plan-offers.ts'
import { whyIdle } from './parking.ts'
import { isMissing, readEvent } from './reconcile.ts'

/** So long the first events of new appointments wait for an answer at most, in milliseconds. */
const HOLD_MS = 60_000

/** So long an offer of an owner for whom Google is asked nothing waits at most, in milliseconds. */
const IDLE_MS = 900_000

type Ask = (engine: Engine, entry: InboxEntry) => Promise<ApplyResult>

/** An offer with the entry that tells the host of it. */
interface Told {
  readonly offer: EventOffer
  readonly entry: InboxEntry
}

/**
 * Tells the host of an event that is on offer, and carries out its answer. What it is told is read from Google when it
 * is told first, and stays the same from then on: a host that is told twice, because this process died, must not find
 * another event under the same change. `settled` when there was nothing to tell any more, or the event cannot become
 * what the host answered. Throws what is to be tried again.
 */
export async function tellOffer(
  engine: Engine,
  integration: Integration,
  entry: InboxEntry,
  log: SyncLogFacts,
  ask: Ask,
): Promise<'applied' | 'rejected' | 'settled' | 'waiting'> {
  const [offer] = await engine.storage.eventOffers.findMany(entry, [entry.changeId])
  if (offer === undefined || offer.state === 'accepted' || offer.state === 'declined') {
    await engine.storage.inbox.remove(entry, entry.changeId)
    return 'settled'
  }
  const idle = whyIdle(integration, engine.clock.now())
  if (idle !== null) {
    // Nothing went wrong with the offer: no try, and no line in the log, for as long as that lasts.
    const dueAtMs = engine.clock.now() + Math.min(idle.retryAfterMs ?? IDLE_MS, IDLE_MS)
    const next = { dueAtMs, attempts: entry.attempts, errorCode: idle.code }
    await engine.storage.inbox.postpone(entry, entry.changeId, next)
    return 'waiting'
  }
  // The answer is known already; what failed was to carry it out.
  if (offer.state === 'answered') return takeOver(engine, integration, { offer, entry }, log)
  const told =
    offer.askedAtMs === null ? await firstTold(engine, integration, offer, entry) : { offer, entry }
  if (told === null) {
    await withdraw(engine, offer, log)
    return 'settled'
  }
  const asking = await store(
    engine.storage,
    told.offer,
    {
      askedAtMs: told.offer.askedAtMs ?? engine.clock.now(),
      askedUntilMs: engine.clock.now() + HOLD_MS,
    },
    (session) => replaceEntry(session, entry, told.entry),
  )
  let answer: ApplyResult
  try {
    answer = await ask(engine, told.entry)
  } catch (error) {
    // Asked again later; until then nobody's bookings wait for it.
    await store(engine.storage, asking, { askedUntilMs: null })
    throw error
  }
  if (answer.status === 'applied' && answer.appointmentId !== undefined) {
    const { appointmentId } = answer
    const answered = await store(engine.storage, asking, {
      state: 'answered',
      appointmentId,
      askedUntilMs: null,
    })
    return takeOver(engine, integration, { offer: answered, entry: told.entry }, log)
  }
  const status = answer.status === 'rejected' ? 'rejected' : 'skipped'
  await decline(engine, asking, { ...log, status })
  return answer.status
}

/** What the host is told first: the event as it is now. `null` when it is none to be offered any more. */
async function firstTold(
  engine: Engine,
  integration: Integration,
  offer: EventOffer,
  entry: InboxEntry,
): Promise<Told | null> {
  if (!offersFrom(integration, offer.calendarId)) return null
  const ref = refOf(integration)
  const linked = await engine.storage.links.findByEvents(ref, offer.calendarId, [offer.eventId])
  if (linked.length > 0) return null
  const event = await readEvent(engine, integration, lookedAt(offer), undefined)
  if (isMissing(event) || !isOfferable(event, integration.settings, engine.clock.now())) return null
  return {
    offer: { ...offer, eventUpdatedAtMs: event.updatedMs },
    entry: { ...entry, calendarId: offer.calendarId, eventId: offer.eventId, details: offerDetails(event) },
  }
}

/** As much of a link as it takes to look at the event. */
function lookedAt(offer: EventOffer): EventLink {
  const { id: _, askedAtMs: _a, askedUntilMs: _u, keepUntilMs: _k, offeredAtMs, ...place } = offer
  return {
    ...place,
    state: 'live',
    generation: 0,
    etag: '',
    fingerprint: '',
    base: { app: {}, google: {} },
    appointmentUpdatedAtMs: 0,
    overwrites: 0,
    overwritesSinceMs: 0,
    updatedAtMs: offeredAtMs,
  }
}

/** The event becomes the appointment's that the host named, or stays its owner's where it cannot. */
async function takeOver(
  engine: Engine,
  integration: Integration,
  { offer, entry }: Told,
  log: SyncLogFacts,
): Promise<'applied' | 'settled'> {
  const { appointmentId, calendarId, eventId, iCalUID } = offer
  return engine.calendarQueue.run(refOf(integration), undefined, async () => {
    const app = await wantedOf(engine, integration, appointmentId)
    const outcome =
      app === null
        ? 'not_wanted'
        : await linkExternalEvent(engine, {
            integration,
            appointmentId,
            app,
            event: {
              calendarId,
              eventId,
              iCalUID,
              updatedMs: offer.eventUpdatedAtMs,
              seenAtMs: offer.offeredAtMs,
            },
            told: fieldsOf(entry),
            givesWaySinceMs: offer.askedAtMs,
            external: true,
            besides: async (session) => {
              await put(session, offer, { state: 'accepted', keepUntilMs: null })
              await session.inbox.remove(offer, offer.id)
              await session.syncLog.append(engine.logEntry({ ...log, appointmentId, status: 'success' }))
            },
          })
    if (outcome === 'linked') return 'applied'
    const error = notLinked(offer, outcome)
    await decline(engine, offer, { ...log, appointmentId, status: 'failed', error })
    const { tenantId, integrationId } = offer
    engine.logger.warn(
      { tenantId, integrationId, appointmentId, code: error.code },
      'offered event not linked',
    )
    return 'settled'
  })
}

/** `null` when no event should stand for it. Throws when the host cannot say, or a template of the owner's fails. */
async function wantedOf(
  engine: Engine,
  integration: Integration,
  appointmentId: string,
): Promise<WantedEvent | null> {
  try {
    const appointment = await readAppointment(engine, integration, appointmentId)
    const app = appointment === null ? null : appSideOf(engine, appointment, integration, undefined)
    return app?.wanted === true ? app : null
  } catch (error) {
    if (isAppointmentSyncError(error, 'INVALID_APPOINTMENT')) return null
    throw error
  }
}

function fieldsOf({ details }: InboxEntry): MergedFields {
  if (details?.kind !== 'created') throw new Error('An entry of an offer has no event.')
  const { time, title, description, location, recurrence } = details
  return { time, title, description, location, recurrence }
}

const WHY = {
  not_wanted: 'get does not give it as an appointment of this owner that stands on the calendar',
  has_event: 'it has had an event of its own for longer',
  event_taken: 'the event belongs to another appointment',
} as const

function notLinked({ eventId, appointmentId }: EventOffer, why: keyof typeof WHY): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OFFER_NOT_LINKED',
    message: `Event ${eventId} was offered and cannot become appointment ${appointmentId}, which apply answered: ${WHY[why]}. The event stays the owner's own; answer with an appointment that was made for it.`,
  })
}

async function decline(engine: Engine, offer: EventOffer, log: SyncLogFacts): Promise<void> {
  await store(engine.storage, offer, { state: 'declined', askedUntilMs: null }, async (session) => {
    await session.inbox.remove(offer, offer.id)
    await session.syncLog.append(engine.logEntry(log))
  })
}

/** The host never heard of it: should the event come back, it is offered as if for the first time. */
async function withdraw(engine: Engine, offer: EventOffer, log: SyncLogFacts): Promise<void> {
  await engine.storage.transaction(async (session) => {
    await session.eventOffers.remove(offer, offer.id)
    await session.inbox.remove(offer, offer.id)
    await session.syncLog.append(engine.logEntry({ ...log, status: 'skipped' }))
  })
}

async function replaceEntry(session: StorageSession, before: InboxEntry, after: InboxEntry): Promise<void> {
  if (before === after) return
  await session.inbox.remove(before, before.changeId)
  await session.inbox.put(after)
}

async function store(
  storage: Engine['storage'],
  offer: EventOffer,
  change: Partial<EventOffer>,
  besides: (session: StorageSession) => Promise<void> = () => Promise.resolve(),
): Promise<EventOffer> {
  return storage.transaction(async (session) => {
    const next = await put(session, offer, change)
    await besides(session)
    return next
  })
}

async function put(
  session: StorageSession,
  offer: EventOffer,
  change: Partial<EventOffer>,
): Promise<EventOffer> {
  const next = { ...offer, ...change, version: offer.version + 1 }
  if (!(await session.eventOffers.replace(next, offer.version))) throw contended(offer, offer.appointmentId)
  return next
}
