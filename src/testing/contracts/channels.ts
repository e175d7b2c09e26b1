import assert from 'node:assert/strict'
import { isAppointmentSyncError, type WatchChannel } from 'appointment-sync'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { aChannel, FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

const idsOf = (channels: readonly WatchChannel[]): string[] => channels.map(({ id }) => id)

const isTaken = (error: unknown): boolean => isAppointmentSyncError(error, 'STORAGE_FAILED')

export const channelPromises: StoragePromises = {
  'a channel is found by its id alone, as it was stored': async ({ storage: { channels } }) => {
    const bare = aChannel({ state: 'opening', resourceId: null, calendarId: UNICODE })
    await channels.insert(bare)
    await channels.insert(aChannel({ ...FOREIGN, id: 'channel-2' }))
    assert.deepEqual(await channels.find('channel-1'), bare)
    assert.deepEqual(await channels.find('channel-2'), aChannel({ ...FOREIGN, id: 'channel-2' }))
    assert.equal(await channels.find('channel-3'), null)
  },
  'an id that is taken is refused, whoever has it': async ({ storage: { channels } }) => {
    await channels.insert(aChannel())
    await assert.rejects(channels.insert(aChannel({ calendarId: 'other' })), isTaken)
    await assert.rejects(channels.insert(aChannel(FOREIGN)), isTaken)
    assert.deepEqual(await channels.find('channel-1'), aChannel())
  },
  'of concurrent channels of one id exactly one is stored': async (handles) => {
    const results = await race(handles, async ({ channels }, at) =>
      channels.insert(aChannel({ calendarId: `calendar-${at}` })).then(
        () => true,
        (error: unknown) => !isTaken(error),
      ),
    )
    assertOneWinner(results)
    const kept = await handles.storage.channels.find('channel-1')
    assert.equal(kept?.calendarId, `calendar-${results.indexOf(true)}`)
  },
  'of concurrent replacements of one version exactly one wins': async (handles) => {
    await handles.storage.channels.insert(aChannel())
    const results = await race(handles, ({ channels }, at) =>
      channels.replace(aChannel({ version: 2, resourceId: `resource-${at}` }), 1),
    )
    assertOneWinner(results)
    const kept = await handles.storage.channels.find('channel-1')
    assert.equal(kept?.resourceId, `resource-${results.indexOf(true)}`)
  },
  'a wrong expected version changes nothing': async ({ storage: { channels } }) => {
    assert.equal(await channels.replace(aChannel({ version: 2 }), 1), false)
    await channels.insert(aChannel({ version: 3 }))
    assert.equal(await channels.replace(aChannel({ version: 3, state: 'stopping' }), 2), false)
    assert.deepEqual(await channels.find('channel-1'), aChannel({ version: 3 }))
  },
  'the channels of an integration come by id': async ({ storage: { channels } }) => {
    for (const id of ['c', 'a', 'b']) await channels.insert(aChannel({ id, state: 'stopping' }))
    await channels.insert(aChannel({ ...SIBLING, id: 's' }))
    await channels.insert(aChannel({ ...FOREIGN, id: 'f' }))
    assert.deepEqual(idsOf(await channels.list(REF)), ['a', 'b', 'c'])
    assert.deepEqual(await channels.list(SIBLING), [aChannel({ ...SIBLING, id: 's' })])
  },
  'channels that end come soonest first, of every tenant and state': async ({ storage: { channels } }) => {
    await channels.insert(aChannel({ id: 'late', expiresAtMs: NOW + 1 }))
    await channels.insert(aChannel({ id: 'c', expiresAtMs: NOW, state: 'opening' }))
    await channels.insert(aChannel({ ...FOREIGN, id: 'b', expiresAtMs: NOW, state: 'stopping' }))
    await channels.insert(aChannel({ ...SIBLING, id: 'd', expiresAtMs: NOW - 5 }))
    assert.deepEqual(idsOf(await channels.listExpiring(NOW, 9)), ['d', 'b', 'c'])
    assert.deepEqual(idsOf(await channels.listExpiring(NOW, 2)), ['d', 'b'])
    assert.deepEqual(await channels.listExpiring(NOW - 6, 9), [])
  },
  'a channel is removed, as often as one likes': async ({ storage: { channels } }) => {
    await channels.insert(aChannel())
    await channels.insert(aChannel({ id: 'other' }))
    await channels.remove(REF, 'channel-1')
    await channels.remove(REF, 'channel-1')
    assert.equal(await channels.find('channel-1'), null)
    assert.deepEqual(idsOf(await channels.list(REF)), ['other'])
  },
  'counts are per state, over all tenants or of one integration': async ({ storage: { channels } }) => {
    assert.deepEqual(await channels.count({}), { opening: 0, open: 0, stopping: 0 })
    await channels.insert(aChannel({ id: 'a', state: 'opening' }))
    await channels.insert(aChannel({ id: 'b' }))
    await channels.insert(aChannel({ id: 'c' }))
    await channels.insert(aChannel({ ...SIBLING, id: 's', state: 'stopping' }))
    assert.deepEqual(await channels.count({}), { opening: 1, open: 2, stopping: 1 })
    const { integrationId } = REF
    assert.deepEqual(await channels.count({ integrationId }), { opening: 1, open: 2, stopping: 0 })
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { channels } }) => {
    for (const id of ['a', 'b']) await channels.insert(aChannel({ id }))
    await channels.insert(aChannel({ ...SIBLING, id: 's' }))
    await channels.insert(aChannel({ ...FOREIGN, id: 'f' }))
    await channels.removeAll(REF)
    await channels.removeAll(REF)
    assert.deepEqual(await channels.list(REF), [])
    assert.notEqual(await channels.find('s'), null)
    assert.notEqual(await channels.find('f'), null)
  },
  'another tenant lists nothing and changes nothing': async ({ storage: { channels } }) => {
    await channels.insert(aChannel())
    assert.deepEqual(await channels.list(FOREIGN), [])
    assert.equal(await channels.replace(aChannel({ ...FOREIGN, version: 2 }), 1), false)
    await channels.remove(FOREIGN, 'channel-1')
    await channels.removeAll(FOREIGN)
    assert.deepEqual(await channels.find('channel-1'), aChannel())
  },
  'values are copied on the way in and out': async ({ storage: { channels } }) => {
    const given = aChannel()
    const inserting = channels.insert(given)
    scribble(given)
    await inserting
    const got = await channels.find('channel-1')
    if (got !== null) scribble(got)
    assert.deepEqual(await channels.find('channel-1'), aChannel())
  },
}
