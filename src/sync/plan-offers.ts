import {
  type EventOffer,
  type InboxDetails,
  type InboxEntry,
  type Integration,
  type IntegrationRef,
  refOf,
  type SyncSettings,
} from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { changeIdOf } from './change-id.ts'
import type { Engine } from './engine.ts'
import type { EventPage } from './event-page.ts'
import { isOfferable } from './offerable.ts'
import { splitOffFrom } from './split-series.ts'
import { extentOf, syncWindow } from './sync-window.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** So long after its end an event is remembered, in milliseconds: longer than any window reaches back. */
const KEEP_OVER_MS = 400 * 86_400_000
/** So long after its deletion, in milliseconds: a person can restore it for a month. */
const KEEP_GONE_MS = 60 * 86_400_000

/** What a page means for the offers of its calendar. */
export interface OfferPlan {
  /** Events that were never offered, with what the host is to be told. */
  readonly fresh: readonly { readonly offer: EventOffer; readonly entry: InboxEntry }[]
  /** Offers that are to be remembered for longer or less long, or that stand elsewhere. */
  readonly changed: readonly EventOffer[]
}

const NOTHING: OfferPlan = { fresh: [], changed: [] }

/** Whether the events of a calendar are offered to the host: the owner opted in, and it is the owner's own. */
export function offersFrom({ settings }: Pick<Integration, 'settings'>, calendarId: string): boolean {
  const { externalEvents, syncDirection } = settings
  return (
    externalEvents === 'appointment' && syncDirection !== 'to_google' && calendarId === settings.calendarId
  )
}

/** The same for every copy of an event that its owner moves from calendar to calendar. */
function offerIdOf(ref: IntegrationRef, event: { id: string; iCalUID: string | null }): string {
  return changeIdOf(ref.tenantId, ref.integrationId, 'created', event.iCalUID ?? `${event.id}@google.com`)
}

/** A page of a calendar's events. */
interface OfferRequest extends Pick<EventPage, 'inOrder' | 'linked'> {
  readonly integration: Integration
  readonly calendarId: string
}

/** What follows from the events of a page that are not ours: two look-ups at most, whatever their number. */
export async function planOffers(
  engine: Engine,
  { integration, calendarId, inOrder: events, linked: ours }: OfferRequest,
): Promise<OfferPlan> {
  if (events.length === 0 || !offersFrom(integration, calendarId)) return NOTHING
  const { eventOffers } = engine.storage
  const ref = refOf(integration)
  const { settings } = integration
  const nowMs = engine.clock.now()
  // What was split off an appointment's series is told as that.
  const others = events.filter((event) => !ours.has(event.id) && !ours.has(splitOffFrom(event) ?? ''))
  const offerable = others.filter((event) => isOfferable(event, settings, nowMs))
  const gone = others.filter((event) => event.cancelled).map(({ id }) => id)
  const ids = offerable.map((event) => offerIdOf(ref, event))
  const known = ids.length === 0 ? [] : await eventOffers.findMany(ref, ids)
  const byId = new Map(known.map((offer) => [offer.id, offer]))
  const window = syncWindow(settings, nowMs)
  const fresh: { offer: EventOffer; entry: InboxEntry }[] = []
  const changed: EventOffer[] = []
  for (const event of offerable) {
    const before = byId.get(offerIdOf(ref, event))
    if (before !== undefined) changed.push(...asSeen(before, calendarId, event, settings))
    // A later full pass brings what is beyond the window now.
    else if (extentOf(event.fields.time, settings.timeZone).fromMs < window.toMs) {
      fresh.push(offerOf(ref, calendarId, event, settings, nowMs))
    }
  }
  for (const offer of gone.length === 0 ? [] : await eventOffers.findByEvents(ref, calendarId, gone)) {
    const keepUntilMs = Math.min(offer.keepUntilMs ?? Infinity, nowMs + KEEP_GONE_MS)
    if (offer.state === 'declined') changed.push({ ...offer, keepUntilMs, version: offer.version + 1 })
  }
  return { fresh, changed }
}

/** Stores the plan in the transaction that stores the page. What another worker offered meanwhile is offered once. */
export async function storeOffers(session: StorageSession, plan: OfferPlan): Promise<void> {
  for (const { offer, entry } of plan.fresh) {
    if (await session.eventOffers.insert(offer)) await session.inbox.put(entry)
  }
  // One that changed meanwhile was just answered or told: that knows better.
  for (const offer of plan.changed) await session.eventOffers.replace(offer, offer.version - 1)
}

/** What the host is told of an event. */
export function offerDetails({ fields }: LiveEvent): InboxDetails & { kind: 'created' } {
  const { time, title, description, location, recurrence } = fields
  return { kind: 'created', title, description, location, time, recurrence }
}

/** A new offer, with what the host is to be told. */
export function offerOf(
  ref: IntegrationRef,
  calendarId: string,
  event: LiveEvent,
  settings: SyncSettings,
  nowMs: number,
): { offer: EventOffer; entry: InboxEntry } {
  const id = offerIdOf(ref, event)
  const place = { ...ref, appointmentId: `google-${id.slice(0, 24)}`, calendarId, eventId: event.id }
  const offer: EventOffer = {
    ...place,
    id,
    iCalUID: event.iCalUID,
    state: 'offered',
    eventUpdatedAtMs: event.updatedMs,
    offeredAtMs: nowMs,
    askedAtMs: null,
    askedUntilMs: null,
    keepUntilMs: keepUntil(event, settings),
    version: 1,
  }
  const entry: InboxEntry = {
    ...place,
    changeId: id,
    type: 'created',
    fields: {},
    details: offerDetails(event),
    observedAtMs: nowMs,
    attempts: 0,
    dueAtMs: nowMs,
    lastErrorCode: null,
  }
  return { offer, entry }
}

function keepUntil(event: LiveEvent, { timeZone }: SyncSettings): number | null {
  return event.recurrence.length > 0 ? null : extentOf(event.fields.time, timeZone).toMs + KEEP_OVER_MS
}

/** An offer whose event is seen again, in the same place or another: at another time, or restored. */
function asSeen(
  offer: EventOffer,
  calendarId: string,
  event: LiveEvent,
  settings: SyncSettings,
): EventOffer[] {
  // What was accepted follows its link.
  if (offer.state === 'accepted' || offer.state === 'answered') return []
  const keepUntilMs = keepUntil(event, settings)
  const same =
    offer.calendarId === calendarId && offer.eventId === event.id && offer.keepUntilMs === keepUntilMs
  const version = offer.version + 1
  return same ? [] : [{ ...offer, calendarId, eventId: event.id, keepUntilMs, version }]
}
