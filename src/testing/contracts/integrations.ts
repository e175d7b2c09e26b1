import assert from 'node:assert/strict'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { anIntegration, FOREIGN, NOW, REF, scribble, UNICODE } from './records.ts'

export const integrationPromises: StoragePromises = {
  'what was inserted is found by owner and by id': async ({ storage: { integrations } }) => {
    const stored = anIntegration({ id: UNICODE, tenantId: UNICODE, userId: UNICODE })
    assert.equal(await integrations.insert(stored), true)
    assert.deepEqual(await integrations.find({ tenantId: UNICODE, userId: UNICODE }), stored)
    assert.deepEqual(await integrations.findById(UNICODE, UNICODE), stored)
  },
  'of concurrent inserts for one owner exactly one wins': async (handles) => {
    assertOneWinner(
      await race(handles, ({ integrations }, at) => integrations.insert(anIntegration({ id: `id-${at}` }))),
    )
  },
  'an id that is taken is refused, for another owner too': async ({ storage: { integrations } }) => {
    await integrations.insert(anIntegration())
    assert.equal(await integrations.insert(anIntegration({ userId: 'user-9' })), false)
    assert.equal(await integrations.find({ tenantId: REF.tenantId, userId: 'user-9' }), null)
  },
  'of concurrent replacements of one version exactly one wins': async (handles) => {
    await handles.storage.integrations.insert(anIntegration())
    const results = await race(handles, ({ integrations }, at) =>
      integrations.replace(anIntegration({ version: 2, statusReason: `caller-${at}` }), 1),
    )
    assertOneWinner(results)
    const after = await handles.storage.integrations.findById(REF.tenantId, REF.integrationId)
    assert.equal(after?.statusReason, `caller-${results.indexOf(true)}`)
  },
  'a replacement of an old version, or of nothing, changes nothing': async ({
    storage: { integrations },
  }) => {
    assert.equal(await integrations.replace(anIntegration({ version: 2 }), 1), false)
    assert.equal(await integrations.find(REF), null)
    await integrations.insert(anIntegration({ version: 5 }))
    assert.equal(await integrations.replace(anIntegration({ version: 5, status: 'paused' }), 4), false)
    assert.equal((await integrations.find(REF))?.status, 'active')
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { integrations } }) => {
    await integrations.insert(anIntegration())
    assert.equal(await integrations.find(FOREIGN), null)
    assert.equal(await integrations.findById(FOREIGN.tenantId, REF.integrationId), null)
    const foreign = anIntegration({ tenantId: FOREIGN.tenantId, version: 2 })
    assert.equal(await integrations.replace(foreign, 1), false)
    assert.equal((await integrations.count({ tenantId: FOREIGN.tenantId })).active, 0)
    assert.deepEqual(await integrations.find(REF), anIntegration())
  },
  'a scan goes by status and id, page after page, over all tenants': async ({
    storage: { integrations },
  }) => {
    for (const id of ['d', 'b', 'c', 'a']) {
      const owner = { tenantId: `tenant-${id}`, userId: 'user' }
      await integrations.insert(anIntegration({ id, ...owner, status: id === 'c' ? 'paused' : 'active' }))
    }
    const first = await integrations.scan({ status: 'active', afterId: null, limit: 2 })
    assert.deepEqual(
      first.map(({ id }) => id),
      ['a', 'b'],
    )
    const next = await integrations.scan({ status: 'active', afterId: 'b', limit: 2 })
    assert.deepEqual(
      next.map(({ id }) => id),
      ['d'],
    )
  },
  'counts are per status, over all tenants or in one': async ({ storage: { integrations } }) => {
    await integrations.insert(anIntegration())
    await integrations.insert(anIntegration({ id: 'p', userId: 'user-2', status: 'paused' }))
    await integrations.insert(anIntegration({ id: 'f', tenantId: 'tenant-b' }))
    const none = { active: 0, paused: 0, needs_reconnect: 0, disconnecting: 0, disconnected: 0 }
    assert.deepEqual(await integrations.count({}), { ...none, active: 2, paused: 1 })
    assert.deepEqual(await integrations.count({ tenantId: REF.tenantId }), { ...none, active: 1, paused: 1 })
  },
  'a caller that changes what it gave or got does not change what is stored': async ({
    storage: { integrations },
  }) => {
    const given = anIntegration()
    const inserting = integrations.insert(given)
    scribble(given)
    await inserting
    const got = await integrations.find(REF)
    assert.deepEqual(got, anIntegration())
    if (got !== null) scribble(got)
    assert.deepEqual(await integrations.find(REF), anIntegration())
    assert.equal((await integrations.find(REF))?.createdAtMs, NOW)
  },
}
