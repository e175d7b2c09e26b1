import type { EventOfferStore } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'

function breakingOffers(
  spoil: (offers: EventOfferStore) => Partial<EventOfferStore>,
): () => ReturnType<typeof breaking> {
  return () => breaking(({ eventOffers }) => ({ eventOffers: { ...eventOffers, ...spoil(eventOffers) } }))
}

/** Faults in the store of offers. */
export const eventOfferMutants: Mutants = {
  'an offer takes the place of the one that was answered': breakingOffers((offers) => ({
    insert: async (offer) => {
      await offers.remove(offer, offer.id)
      return offers.insert(offer)
    },
  })),
  'an offer that is there counts as added': breakingOffers((offers) => ({
    insert: async (offer) => (await offers.insert(offer)) || true,
  })),
  'replace of offers ignores the version': breakingOffers((offers) => ({
    replace: async (offer) => {
      const [before] = await offers.findMany(offer, [offer.id])
      return before !== undefined && offers.replace(offer, before.version)
    },
  })),
  'offers are found by event on any calendar': breakingOffers((offers) => ({
    findByEvents: async (ref, calendarId, ids) => [
      ...(await offers.findByEvents(ref, calendarId, ids)),
      ...(calendarId === 'other' ? await offers.findByEvents(ref, 'primary', ids) : []),
    ],
  })),
  'nothing waits while another offer is being told': breakingOffers((offers) => ({
    holds: (ref, id) => offers.holds(ref, id, Number.MAX_SAFE_INTEGER),
  })),
  'everything waits for ever once an offer was told': breakingOffers((offers) => ({
    holds: (ref, id) => offers.holds(ref, id, 0),
  })),
  'offers are found for any tenant': breakingOffers((offers) => ({
    findMany: (ref, ids) => offers.findMany(anyTenant(ref), ids),
  })),
  'all offers are removed for any tenant': breakingOffers((offers) => ({
    removeAll: (ref) => offers.removeAll(anyTenant(ref)),
  })),
  'an offer is purged at the very instant until which it is kept': breakingOffers((offers) => ({
    purge: (beforeMs, limit) => offers.purge(beforeMs + 1, limit),
  })),
  'purging offers ignores its limit': breakingOffers((offers) => ({
    purge: (beforeMs) => offers.purge(beforeMs, 1000),
  })),
}
