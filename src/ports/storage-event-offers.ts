import type { EventOffer, IntegrationRef } from '../domain/index.ts'

/** Events of owners' own that were offered to the host, and what it answered. */
export interface EventOfferStore {
  /** Adds the offer unless the integration has one of this id; exactly one of concurrent callers gets `true`. */
  insert(offer: EventOffer): Promise<boolean>
  /** The offers of these ids, in no order; ids without one are left out. At most 2,500. */
  findMany(ref: IntegrationRef, ids: readonly string[]): Promise<EventOffer[]>
  /** The offers of these events of one calendar, in no order. At most 2,500 ids. */
  findByEvents(ref: IntegrationRef, calendarId: string, eventIds: readonly string[]): Promise<EventOffer[]>
  /** A page of the integration's offers, by ascending id, starting after `afterId`. */
  list(
    ref: IntegrationRef,
    page: { readonly afterId: string | null; readonly limit: number },
  ): Promise<EventOffer[]>
  /**
   * Whether a first event for the appointment has to wait: an offer that is `offered` or `answered` names it, or any
   * offer of the integration is being told at `nowMs` (`askedUntilMs` is later).
   */
  holds(ref: IntegrationRef, appointmentId: string, nowMs: number): Promise<boolean>
  /** Compare-and-swap on `version`; exactly one of concurrent callers with one expected version gets `true`. */
  replace(offer: EventOffer, expectedVersion: number): Promise<boolean>
  /** Idempotent. */
  remove(ref: IntegrationRef, id: string): Promise<void>
  /** Removes at most `limit` offers of every tenant whose `keepUntilMs` is before `beforeMs`; returns how many. */
  purge(beforeMs: number, limit: number): Promise<number>
  /** Removes all offers of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
