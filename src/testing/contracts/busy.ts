import assert from 'node:assert/strict'
import type { IntegrationRef } from 'appointment-sync'
import type { BusyBlock, BusyStore, StoredBusyBlock } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import {
  aBlock,
  aBusyCalendar,
  anIntegration,
  FOREIGN,
  NOW,
  REF,
  scribble,
  SIBLING,
  UNICODE,
} from './records.ts'

/** All blocks of the integration of `REF`. */
async function blocksOf(busy: BusyStore, ref: IntegrationRef = REF): Promise<readonly StoredBusyBlock[]> {
  const { tenantId, userId } = ref
  const all = { tenantId, userIds: [userId], fromMs: NOW - 10 ** 10, toMs: NOW + 10 ** 10 }
  return (await busy.read(all))[0]?.blocks ?? []
}

async function idsOf(busy: BusyStore): Promise<string[]> {
  return (await blocksOf(busy)).map(({ eventId }) => eventId).toSorted()
}

function put(busy: BusyStore, blocks: readonly BusyBlock[], generation = 'g1'): Promise<void> {
  return busy.replaceEvents(REF, 'primary', { eventIds: [], blocks, generation })
}

/** What a change of one calendar must leave alone. */
async function writeBeside(busy: BusyStore): Promise<void> {
  await busy.replaceEvents(REF, 'other', {
    eventIds: [],
    blocks: [aBlock({ eventId: 'o' })],
    generation: 'g0',
  })
  await busy.saveCalendar(aBusyCalendar({ calendarId: 'other' }))
}

export const busyPromises: StoragePromises = {
  'a calendar is found as it was saved, and saved anew': async ({ storage: { busy } }) => {
    assert.equal(await busy.findCalendar(REF, 'primary'), null)
    const bare = aBusyCalendar({
      calendarId: UNICODE,
      asOfMs: null,
      coveredFromMs: null,
      coveredToMs: null,
      timeZone: null,
      source: 'freebusy',
      syncToken: null,
      withTitles: false,
      errorCode: 'GOOGLE_NOT_FOUND',
    })
    await busy.saveCalendar(bare)
    assert.deepEqual(await busy.findCalendar(REF, UNICODE), bare)
    await busy.saveCalendar(aBusyCalendar({ calendarId: UNICODE }))
    assert.deepEqual(await busy.findCalendar(REF, UNICODE), aBusyCalendar({ calendarId: UNICODE }))
    assert.equal(await busy.findCalendar(FOREIGN, UNICODE), null)
    assert.equal(await busy.findCalendar(SIBLING, UNICODE), null)
  },
  'a change takes the place of what its events left, and of nothing else': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock({ eventId: 'a' }), aBlock({ eventId: 'b' }), aBlock({ eventId: 'c' })])
    await writeBeside(busy)
    const later = aBlock({ eventId: 'a', startMs: NOW + 3_600_000, endMs: NOW + 7_200_000, title: null })
    const change = { eventIds: ['a', 'b', 'o', 'never'], blocks: [later], generation: 'g2' }
    await busy.replaceEvents(REF, 'primary', change)
    assert.deepEqual(await idsOf(busy), ['a', 'c', 'o'])
    const { startMs, endMs, title } = later
    const kept = (await blocksOf(busy)).find(({ eventId }) => eventId === 'a')
    assert.deepEqual(kept, { calendarId: 'primary', eventId: 'a', startMs, endMs, title })
  },
  'a series takes its instances along, and an instance no other': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    const instances = ['s_1', 's_2', 's_3'].map((eventId) => aBlock({ eventId, seriesId: 's' }))
    await put(busy, [...instances, aBlock({ eventId: 'x' })])
    await busy.replaceEvents(REF, 'primary', { eventIds: ['s_2'], blocks: [], generation: 'g2' })
    assert.deepEqual(await idsOf(busy), ['s_1', 's_3', 'x'])
    await busy.replaceEvents(REF, 'primary', { eventIds: ['s'], blocks: [], generation: 'g3' })
    assert.deepEqual(await idsOf(busy), ['x'])
  },
  'an event that is put again without being named is there once': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock(), aBlock({ title: 'the last counts' })])
    await put(busy, [aBlock({ title: 'again' })])
    assert.deepEqual(
      (await blocksOf(busy)).map(({ title }) => title),
      ['again'],
    )
  },
  'an event may have several blocks': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock(), aBlock({ startMs: NOW + 1_800_000, endMs: NOW + 3_600_000 })])
    assert.equal((await blocksOf(busy)).length, 2)
  },
  'a sweep removes what another generation left on the calendar': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock({ eventId: 'a' }), aBlock({ eventId: 'b' })], 'g1')
    await put(busy, [aBlock({ eventId: 'b' }), aBlock({ eventId: 'c' })], 'g2')
    await writeBeside(busy)
    await busy.sweep(REF, 'primary', 'g2')
    await busy.sweep(REF, 'primary', 'g2')
    assert.deepEqual(await idsOf(busy), ['b', 'c', 'o'])
  },
  'titles are forgotten, times are not': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock()])
    await busy.saveCalendar(aBusyCalendar())
    await busy.forgetTitles(FOREIGN)
    assert.equal((await blocksOf(busy))[0]?.title, aBlock().title)
    await busy.forgetTitles(REF)
    await busy.forgetTitles(REF)
    const { startMs, endMs } = aBlock()
    const bare = { calendarId: 'primary', eventId: 'event-1', startMs, endMs, title: null }
    assert.deepEqual(await blocksOf(busy), [bare])
    assert.deepEqual(await busy.findCalendar(REF, 'primary'), aBusyCalendar({ withTitles: false }))
  },
  'a calendar goes with its blocks, and alone': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock()])
    await busy.saveCalendar(aBusyCalendar())
    await writeBeside(busy)
    await busy.removeCalendar(REF, 'primary')
    await busy.removeCalendar(REF, 'primary')
    assert.equal(await busy.findCalendar(REF, 'primary'), null)
    assert.deepEqual(await idsOf(busy), ['o'])
    assert.notEqual(await busy.findCalendar(REF, 'other'), null)
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    const sibling = { id: SIBLING.integrationId, userId: SIBLING.userId }
    await integrations.insert(anIntegration(sibling))
    await put(busy, [aBlock()])
    await busy.saveCalendar(aBusyCalendar())
    await busy.replaceEvents(SIBLING, 'primary', { eventIds: [], blocks: [aBlock()], generation: 'g' })
    await busy.saveCalendar(aBusyCalendar(SIBLING))
    await busy.removeAll(REF)
    await busy.removeAll(REF)
    assert.deepEqual(await blocksOf(busy), [])
    assert.equal(await busy.findCalendar(REF, 'primary'), null)
    assert.equal((await blocksOf(busy, SIBLING)).length, 1)
    assert.notEqual(await busy.findCalendar(SIBLING, 'primary'), null)
  },
  'another tenant changes nothing': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    await put(busy, [aBlock()])
    await busy.saveCalendar(aBusyCalendar())
    await busy.replaceEvents(FOREIGN, 'primary', { eventIds: ['event-1'], blocks: [], generation: 'g' })
    await busy.sweep(FOREIGN, 'primary', 'g')
    await busy.removeCalendar(FOREIGN, 'primary')
    await busy.removeAll(FOREIGN)
    assert.equal((await blocksOf(busy)).length, 1)
    assert.deepEqual(await busy.findCalendar(REF, 'primary'), aBusyCalendar())
  },
  'values are copied on the way in and out': async ({ storage }) => {
    const { busy, integrations } = storage
    await integrations.insert(anIntegration())
    const given = aBlock()
    const putting = put(busy, [given])
    scribble(given)
    await putting
    const [got] = await blocksOf(busy)
    if (got !== undefined) scribble(got)
    assert.equal((await blocksOf(busy))[0]?.title, aBlock().title)
  },
}
