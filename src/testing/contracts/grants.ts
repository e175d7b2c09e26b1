import assert from 'node:assert/strict'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, CALLERS, race } from './race.ts'
import { aState, FOREIGN, NOW, REF, scribble, UNICODE } from './records.ts'

const record = (
  version: number,
  envelope = 'sealed',
): { envelope: string; keyId: string; version: number } => ({
  envelope,
  keyId: 'key-1',
  version,
})

export const credentialPromises: StoragePromises = {
  'of concurrent first writes exactly one wins': async (handles) => {
    const results = await race(handles, ({ credentials }, at) =>
      credentials.replace(REF, record(1, `sealed-${at}`), null),
    )
    assertOneWinner(results)
    const stored = await handles.storage.credentials.find(REF)
    assert.deepEqual(stored, record(1, `sealed-${results.indexOf(true)}`))
  },
  'of concurrent replacements of one version exactly one wins': async (handles) => {
    await handles.storage.credentials.replace(REF, record(1), null)
    assertOneWinner(await race(handles, ({ credentials }) => credentials.replace(REF, record(2), 1)))
  },
  'a wrong expected version changes nothing': async ({ storage: { credentials } }) => {
    assert.equal(await credentials.replace(REF, record(2), 1), false)
    assert.equal(await credentials.find(REF), null)
    await credentials.replace(REF, record(7), null)
    assert.equal(await credentials.replace(REF, record(1, 'other'), null), false)
    assert.equal(await credentials.replace(REF, record(7, 'other'), 6), false)
    assert.deepEqual(await credentials.find(REF), record(7))
  },
  'erasing is idempotent and leaves other tenants alone': async ({ storage: { credentials } }) => {
    await credentials.replace(REF, record(1), null)
    await credentials.erase(FOREIGN)
    assert.deepEqual(await credentials.find(REF), record(1))
    await credentials.erase(REF)
    await credentials.erase(REF)
    assert.equal(await credentials.find(REF), null)
    assert.equal(await credentials.replace(REF, record(1), null), true)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { credentials } }) => {
    await credentials.replace(REF, record(1), null)
    assert.equal(await credentials.find(FOREIGN), null)
    assert.equal(await credentials.replace(FOREIGN, record(2), 1), false)
    assert.deepEqual(await credentials.find(REF), record(1))
  },
  'values are copied on the way in and out': async ({ storage: { credentials } }) => {
    const given = record(1, UNICODE)
    const writing = credentials.replace(REF, given, null)
    scribble(given)
    await writing
    const got = await credentials.find(REF)
    if (got !== null) scribble(got)
    assert.deepEqual(await credentials.find(REF), record(1, UNICODE))
  },
}

export const oauthStatePromises: StoragePromises = {
  'of concurrent callers exactly one consumes the state': async (handles) => {
    await handles.storage.oauthStates.insert(aState())
    const results = await race(handles, ({ oauthStates }) => oauthStates.consume(aState().stateHash))
    assert.deepEqual(
      results.filter((state) => state !== null),
      [aState()],
    )
    assert.equal(results.length, CALLERS)
  },
  'a state is consumed once': async ({ storage: { oauthStates } }) => {
    await oauthStates.insert(aState({ returnTo: null, userId: UNICODE }))
    const state = await oauthStates.consume(aState().stateHash)
    assert.deepEqual(state, aState({ returnTo: null, userId: UNICODE }))
    assert.equal(await oauthStates.consume(aState().stateHash), null)
    assert.equal(await oauthStates.consume('unknown'), null)
  },
  'an expired state is still given out': async ({ storage: { oauthStates } }) => {
    const expired = aState({ expiresAtMs: NOW - 1 })
    await oauthStates.insert(expired)
    assert.deepEqual(await oauthStates.consume(expired.stateHash), expired)
  },
  'only those that expired at or before the instant are deleted': async ({ storage: { oauthStates } }) => {
    for (const [hash, expiresAtMs] of [
      ['x', NOW - 1],
      ['y', NOW],
      ['z', NOW + 1],
    ] as const) {
      await oauthStates.insert(aState({ stateHash: hash, expiresAtMs }))
    }
    assert.equal(await oauthStates.deleteExpired(NOW), 2)
    assert.equal(await oauthStates.deleteExpired(NOW), 0)
    assert.equal(await oauthStates.consume('y'), null)
    assert.notEqual(await oauthStates.consume('z'), null)
  },
  'a caller that changes its state afterwards does not change what is stored': async ({
    storage: { oauthStates },
  }) => {
    const given = aState()
    const inserting = oauthStates.insert(given)
    scribble(given)
    await inserting
    assert.deepEqual(await oauthStates.consume(aState().stateHash), aState())
  },
}
