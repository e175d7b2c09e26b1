import type { EventOffer } from 'appointment-sync'
import type { EventOfferStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, refKey, removeOwned, type Tables } from './tables.ts'

/** Offers of events, by integration and id. */
export function eventOfferStore(tables: Tables, gate: Gate): EventOfferStore {
  const { eventOffers } = tables
  const keyFor = (offer: EventOffer): string => refKey(offer, offer.id)
  return {
    insert: (offer) =>
      gate(() => {
        if (eventOffers.has(keyFor(offer))) return false
        eventOffers.set(keyFor(offer), offer)
        return true
      }),
    findMany: (ref, ids) =>
      gate(() => [...new Set(ids)].flatMap((id) => eventOffers.get(refKey(ref, id)) ?? [])),
    findByEvents: (ref, calendarId, eventIds) =>
      gate(() => {
        const wanted = new Set(eventIds)
        return [...eventOffers.values()].filter(
          (row) => belongs(row, ref) && row.calendarId === calendarId && wanted.has(row.eventId),
        )
      }),
    list: (ref, { afterId, limit }) =>
      gate(() =>
        [...eventOffers.values()]
          .filter((row) => belongs(row, ref) && (afterId === null || row.id > afterId))
          .sort((a, b) => byText(a.id, b.id))
          .slice(0, limit),
      ),
    holds: (ref, appointmentId, nowMs) =>
      gate(() =>
        [...eventOffers.values()].some((row) => {
          if (!belongs(row, ref)) return false
          const open = row.state === 'offered' || row.state === 'answered'
          const told = row.askedUntilMs !== null && row.askedUntilMs > nowMs
          return told || (open && row.appointmentId === appointmentId)
        }),
      ),
    replace: (offer, expectedVersion) =>
      gate(() => {
        if (eventOffers.get(keyFor(offer))?.version !== expectedVersion) return false
        eventOffers.set(keyFor(offer), offer)
        return true
      }),
    remove: (ref, id) => gate(() => eventOffers.delete(refKey(ref, id))),
    purge: (beforeMs, limit) =>
      gate(() => {
        const old = [...eventOffers.values()]
          .filter((row) => row.keepUntilMs !== null && row.keepUntilMs < beforeMs)
          .slice(0, limit)
        for (const row of old) eventOffers.delete(keyFor(row))
        return old.length
      }),
    removeAll: (ref) => gate(() => void removeOwned(eventOffers, ref)),
  }
}
