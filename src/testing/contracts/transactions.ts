import assert from 'node:assert/strict'
import type { StorageSession } from 'appointment-sync/ports'
import type { StorageHandles, StoragePromises } from './contract-case.ts'
import { CALLERS, race } from './race.ts'
import {
  aBlock,
  aBusyCalendar,
  aChannel,
  aConflict,
  aCursor,
  aLink,
  aLogEntry,
  anEntry,
  anIntegration,
  aState,
  jobRef,
  NOW,
  REF,
} from './records.ts'

/** Writes to every store. */
async function writeEverywhere(session: StorageSession): Promise<void> {
  await session.integrations.insert(anIntegration())
  await session.credentials.replace(REF, { envelope: 'sealed', keyId: 'key', version: 1 }, null)
  await session.oauthStates.insert(aState())
  await session.links.replace(aLink(), null)
  await session.cursors.advance(aCursor(), null)
  await session.outbox.enqueue({ ref: jobRef(), action: 'push', dueAtMs: NOW, nowMs: NOW })
  await session.inbox.put(anEntry())
  await session.conflicts.replace(aConflict(), null)
  await session.syncLog.append(aLogEntry())
  await session.leases.acquire({ key: 'key', nowMs: NOW, ttlMs: 1000 })
  await session.channels.insert(aChannel())
  await session.busy.saveCalendar(aBusyCalendar())
  await session.busy.replaceEvents(REF, 'primary', { eventIds: [], blocks: [aBlock()], generation: 'g' })
  const began = { action: 'push', dueAtMs: NOW, nowMs: NOW, leaseMs: 1000 } as const
  await session.outbox.begin({ refs: [jobRef('begun')], ...began })
}

/** Removes from, or changes, every store that `writeEverywhere` wrote to. */
async function removeEverywhere(session: StorageSession): Promise<void> {
  await session.integrations.replace(anIntegration({ status: 'paused', version: 2 }), 1)
  await session.credentials.erase(REF)
  await session.links.removeAll(REF)
  await session.cursors.removeAll(REF)
  await session.outbox.removeAll(REF)
  await session.inbox.removeAll(REF)
  await session.conflicts.removeAll(REF)
  await session.syncLog.purge({ tenantId: REF.tenantId, beforeMs: NOW + 1, limit: 100 })
  await session.channels.removeAll(REF)
  await session.busy.removeAll(REF)
}

/** Everything that `writeEverywhere` stores, except what reading removes. */
async function readEverywhere({ storage }: StorageHandles): Promise<readonly unknown[]> {
  return [
    await storage.integrations.find(REF),
    await storage.credentials.find(REF),
    await storage.links.find(REF, 'appointment-1'),
    await storage.links.findByEvents(REF, 'primary', [aLink().eventId]),
    await storage.cursors.find(REF, 'primary'),
    await storage.outbox.find(jobRef()),
    await storage.outbox.find(jobRef('begun')),
    await storage.channels.list(REF),
    await storage.busy.findCalendar(REF, 'primary'),
    (await storage.busy.read({ ...REF, userIds: [REF.userId], fromMs: NOW, toMs: NOW + 1 }))[0]?.blocks,
    await storage.inbox.listDue(REF, NOW, 9),
    await storage.conflicts.find(REF.tenantId, 'conflict-1'),
    (await storage.syncLog.list({ tenantId: REF.tenantId, limit: 9 })).items,
  ]
}

class Planned extends Error {}

export const transactionPromises: StoragePromises = {
  'a transaction gives back what its work gives, and keeps its writes': async (handles) => {
    const { storage, second } = handles
    assert.equal(await storage.transaction(async (session) => writeEverywhere(session).then(() => 7)), 7)
    assert.deepEqual(await second.integrations.find(REF), anIntegration())
    assert.deepEqual(await second.links.find(REF, 'appointment-1'), aLink())
    assert.deepEqual(await second.oauthStates.consume(aState().stateHash), aState())
    assert.equal(await second.leases.acquire({ key: 'key', nowMs: NOW, ttlMs: 1000 }), null)
  },
  'a session sees what it wrote': async ({ storage }) => {
    await storage.transaction(async (session) => {
      await writeEverywhere(session)
      assert.deepEqual(await session.integrations.find(REF), anIntegration())
      assert.deepEqual(await session.links.find(REF, 'appointment-1'), aLink())
      assert.equal(await session.inbox.put(anEntry()), false)
    })
  },
  'when the work throws, none of its writes is kept, and its error passes as it is': async (handles) => {
    const before = await readEverywhere(handles)
    const error = new Planned()
    const failing = handles.storage.transaction(async (session) => {
      await writeEverywhere(session)
      throw error
    })
    await assert.rejects(failing, (thrown) => thrown === error)
    assert.deepEqual(await readEverywhere(handles), before)
    assert.equal(await handles.storage.oauthStates.consume(aState().stateHash), null)
    assert.notEqual(await handles.storage.leases.acquire({ key: 'key', nowMs: NOW, ttlMs: 1000 }), null)
  },
  'when the work throws, what it removed or changed is there again': async (handles) => {
    await writeEverywhere(handles.storage)
    const before = await readEverywhere(handles)
    const failing = handles.storage.transaction(async (session) => {
      await removeEverywhere(session)
      await session.oauthStates.consume(aState().stateHash)
      throw new Planned()
    })
    await assert.rejects(failing, Planned)
    assert.deepEqual(await readEverywhere(handles), before)
    assert.deepEqual(await handles.storage.oauthStates.consume(aState().stateHash), aState())
  },
  'a failed transaction does not spoil the next one': async ({ storage }) => {
    await assert.rejects(
      storage.transaction(() => Promise.reject(new Planned())),
      Planned,
    )
    await storage.transaction((session) => session.integrations.insert(anIntegration()))
    assert.deepEqual(await storage.integrations.find(REF), anIntegration())
  },
  'nobody sees what a transaction wrote before it is kept': async ({ storage, second }) => {
    let entered: () => void = () => undefined
    let leave: () => void = () => undefined
    const inside = new Promise<void>((done) => (entered = done))
    const barrier = new Promise<void>((done) => (leave = done))
    const failing = storage.transaction(async (session) => {
      await session.integrations.insert(anIntegration())
      entered()
      await barrier
      throw new Planned()
    })
    await inside
    // Started while the transaction is open; a storage may let them wait for its end.
    const reading = Promise.all([storage.integrations.find(REF), second.integrations.find(REF)])
    leave()
    await assert.rejects(failing, Planned)
    assert.deepEqual(await reading, [null, null])
  },
  "concurrent transactions that read and write do not lose each other's writes": async (handles) => {
    await handles.storage.cursors.advance(aCursor({ version: 0 }), null)
    const advanceOnce = async (session: StorageSession): Promise<boolean> => {
      const cursor = await session.cursors.find(REF, 'primary')
      const version = cursor?.version ?? 0
      return session.cursors.advance(aCursor({ version: version + 1 }), version)
    }
    const results = await race(handles, (storage) => storage.transaction(advanceOnce))
    const kept = results.filter(Boolean).length
    assert.ok(kept >= 1 && kept <= CALLERS)
    assert.equal((await handles.storage.cursors.find(REF, 'primary'))?.version, kept)
  },
  'a usable storage passes its own check': async ({ storage }) => {
    await storage.check()
  },
}
