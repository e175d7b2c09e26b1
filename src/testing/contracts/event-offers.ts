import assert from 'node:assert/strict'
import type { EventOffer } from 'appointment-sync'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { anOffer, FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

const idsOf = (offers: readonly EventOffer[]): string[] => offers.map(({ id }) => id).toSorted()

export const eventOfferPromises: StoragePromises = {
  'an offer is found as it was stored, by its id': async ({ storage: { eventOffers } }) => {
    const full = anOffer({ id: 'a', eventId: UNICODE, askedAtMs: NOW, askedUntilMs: NOW, state: 'answered' })
    const bare = anOffer({ id: 'b', iCalUID: null, keepUntilMs: null, appointmentId: UNICODE })
    assert.equal(await eventOffers.insert(full), true)
    assert.equal(await eventOffers.insert(bare), true)
    assert.deepEqual(await eventOffers.findMany(REF, ['a']), [full])
    assert.deepEqual(await eventOffers.findMany(REF, ['b', 'c', 'b']), [bare])
    assert.deepEqual(idsOf(await eventOffers.findMany(REF, ['a', 'b'])), ['a', 'b'])
    assert.deepEqual(await eventOffers.findMany(REF, []), [])
  },
  'an offer of an id that is there is not stored again': async ({ storage: { eventOffers } }) => {
    await eventOffers.insert(anOffer({ state: 'declined', version: 4 }))
    assert.equal(await eventOffers.insert(anOffer()), false)
    assert.deepEqual(await eventOffers.findMany(REF, ['offer-1']), [
      anOffer({ state: 'declined', version: 4 }),
    ])
    assert.equal(await eventOffers.insert(anOffer(SIBLING)), true)
  },
  'of concurrent offers of one id exactly one is stored': async (handles) => {
    assertOneWinner(
      await race(handles, ({ eventOffers }, at) => eventOffers.insert(anOffer({ offeredAtMs: NOW + at }))),
    )
  },
  'of concurrent replacements of one version exactly one wins': async (handles) => {
    await handles.storage.eventOffers.insert(anOffer())
    const results = await race(handles, ({ eventOffers }, at) =>
      eventOffers.replace(anOffer({ version: 2, askedAtMs: NOW + at }), 1),
    )
    assertOneWinner(results)
    const [kept] = await handles.storage.eventOffers.findMany(REF, ['offer-1'])
    assert.equal(kept?.askedAtMs, NOW + results.indexOf(true))
  },
  'a wrong expected version, or no offer, changes nothing': async ({ storage: { eventOffers } }) => {
    assert.equal(await eventOffers.replace(anOffer({ version: 2 }), 1), false)
    assert.deepEqual(await eventOffers.findMany(REF, ['offer-1']), [])
    await eventOffers.insert(anOffer({ version: 3 }))
    assert.equal(await eventOffers.replace(anOffer({ version: 3, state: 'declined' }), 2), false)
    assert.deepEqual(await eventOffers.findMany(REF, ['offer-1']), [anOffer({ version: 3 })])
  },
  'offers are found by the events of one calendar': async ({ storage: { eventOffers } }) => {
    await eventOffers.insert(anOffer({ id: 'a', eventId: 'e1' }))
    await eventOffers.insert(anOffer({ id: 'b', eventId: 'e2', state: 'declined' }))
    await eventOffers.insert(anOffer({ id: 'c', eventId: 'e1', calendarId: 'other' }))
    await eventOffers.insert(anOffer({ ...SIBLING, id: 'd', eventId: 'e1' }))
    assert.deepEqual(idsOf(await eventOffers.findByEvents(REF, 'primary', ['e1', 'e2', 'e3'])), ['a', 'b'])
    assert.deepEqual(idsOf(await eventOffers.findByEvents(REF, 'other', ['e1'])), ['c'])
    assert.deepEqual(await eventOffers.findByEvents(REF, 'primary', []), [])
  },
  'offers are listed page by page, by ascending id': async ({ storage: { eventOffers } }) => {
    for (const id of ['b', 'a', 'c']) await eventOffers.insert(anOffer({ id, eventId: `event-${id}` }))
    await eventOffers.insert(anOffer({ ...SIBLING, id: 'd' }))
    await eventOffers.insert(anOffer({ ...FOREIGN, id: 'e' }))
    const page = async (afterId: string | null): Promise<string[]> =>
      (await eventOffers.list(REF, { afterId, limit: 2 })).map(({ id }) => id)
    assert.deepEqual(await page(null), ['a', 'b'])
    assert.deepEqual(await page('b'), ['c'])
    assert.deepEqual(await page('c'), [])
  },
  'an appointment waits while an open offer names it, or any is being told': async ({
    storage: { eventOffers },
  }) => {
    const holds = (appointmentId: string, nowMs = NOW): Promise<boolean> =>
      eventOffers.holds(REF, appointmentId, nowMs)
    assert.equal(await holds('x'), false)
    await eventOffers.insert(anOffer({ id: 'a', appointmentId: 'x' }))
    await eventOffers.insert(anOffer({ id: 'b', appointmentId: 'y', state: 'answered' }))
    await eventOffers.insert(anOffer({ id: 'c', appointmentId: 'z', state: 'accepted' }))
    await eventOffers.insert(anOffer({ id: 'd', appointmentId: 'w', state: 'declined' }))
    await eventOffers.insert(anOffer({ ...SIBLING, id: 'e', appointmentId: 'v', askedUntilMs: NOW + 9 }))
    const waiting = await Promise.all(['x', 'y', 'z', 'w', 'v'].map((id) => holds(id)))
    assert.deepEqual(waiting, [true, true, false, false, false])
    await eventOffers.insert(anOffer({ id: 'f', askedUntilMs: NOW + 1 }))
    assert.equal(await holds('z'), true)
    assert.equal(await holds('z', NOW + 1), false)
  },
  'an offer is removed, as often as one likes': async ({ storage: { eventOffers } }) => {
    await eventOffers.insert(anOffer())
    await eventOffers.insert(anOffer({ id: 'other' }))
    await eventOffers.remove(REF, 'offer-1')
    await eventOffers.remove(REF, 'offer-1')
    assert.deepEqual(idsOf(await eventOffers.findMany(REF, ['offer-1', 'other'])), ['other'])
  },
  'purging forgets what was kept long enough, of every tenant, up to the limit': async ({
    storage: { eventOffers },
  }) => {
    await eventOffers.insert(anOffer({ id: 'old', keepUntilMs: NOW - 2 }))
    await eventOffers.insert(anOffer({ ...FOREIGN, id: 'old', keepUntilMs: NOW - 1 }))
    await eventOffers.insert(anOffer({ ...SIBLING, id: 'old', keepUntilMs: NOW - 1 }))
    await eventOffers.insert(anOffer({ id: 'now', keepUntilMs: NOW }))
    await eventOffers.insert(anOffer({ id: 'ever', keepUntilMs: null }))
    assert.equal(await eventOffers.purge(NOW, 2), 2)
    assert.equal(await eventOffers.purge(NOW, 2), 1)
    assert.equal(await eventOffers.purge(NOW, 2), 0)
    assert.deepEqual(idsOf(await eventOffers.findMany(REF, ['old', 'now', 'ever'])), ['ever', 'now'])
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { eventOffers } }) => {
    for (const ref of [REF, SIBLING, FOREIGN]) await eventOffers.insert(anOffer(ref))
    await eventOffers.removeAll(REF)
    await eventOffers.removeAll(REF)
    const left = [REF, SIBLING, FOREIGN].map((ref) => eventOffers.findMany(ref, ['offer-1']))
    assert.deepEqual(
      (await Promise.all(left)).map((found) => found.length),
      [0, 1, 1],
    )
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { eventOffers } }) => {
    await eventOffers.insert(anOffer({ askedUntilMs: NOW + 9 }))
    assert.deepEqual(await eventOffers.findMany(FOREIGN, ['offer-1']), [])
    assert.deepEqual(await eventOffers.findByEvents(FOREIGN, 'primary', ['event-of-offer-1']), [])
    assert.equal(await eventOffers.holds(FOREIGN, 'google-offer-1', NOW), false)
    assert.equal(await eventOffers.replace(anOffer({ ...FOREIGN, version: 2 }), 1), false)
    await eventOffers.remove(FOREIGN, 'offer-1')
    await eventOffers.removeAll(FOREIGN)
    assert.deepEqual(await eventOffers.findMany(REF, ['offer-1']), [anOffer({ askedUntilMs: NOW + 9 })])
  },
  'values are copied on the way in and out': async ({ storage: { eventOffers } }) => {
    const given = anOffer()
    const inserting = eventOffers.insert(given)
    scribble(given)
    await inserting
    for (const offer of await eventOffers.findMany(REF, ['offer-1'])) scribble(offer)
    assert.deepEqual(await eventOffers.findMany(REF, ['offer-1']), [anOffer()])
  },
}
