import assert from 'node:assert/strict'
import type { StoredTokens, TokenStore } from 'appointment-sync/ports'
import type { ContractCase, TokenStoreSubject } from './contract-case.ts'
import { assertOneWinner, CALLERS } from './race.ts'
import { FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

function tokens(change: Partial<StoredTokens> = {}): StoredTokens {
  return {
    accessToken: 'access',
    refreshToken: UNICODE,
    expiresAtMs: NOW,
    refreshTokenExpiresAtMs: null,
    scopes: ['openid', 'calendar.events'],
    version: 1,
    ...change,
  }
}

async function race(call: (at: number) => Promise<boolean>): Promise<boolean[]> {
  return Promise.all(Array.from({ length: CALLERS }, (_, at) => call(at)))
}

const promises: Readonly<Record<string, (store: TokenStore) => Promise<void>>> = {
  'tokens are found as they were stored': async (store) => {
    assert.equal(await store.find(REF), null)
    assert.equal(await store.replace(REF, tokens({ refreshTokenExpiresAtMs: NOW + 1 }), null), true)
    assert.deepEqual(await store.find(REF), tokens({ refreshTokenExpiresAtMs: NOW + 1 }))
  },
  'of concurrent first writes exactly one wins': async (store) => {
    const results = await race((at) => store.replace(REF, tokens({ accessToken: `access-${at}` }), null))
    assertOneWinner(results)
    assert.equal((await store.find(REF))?.accessToken, `access-${results.indexOf(true)}`)
  },
  'of concurrent refreshes of one version exactly one wins': async (store) => {
    await store.replace(REF, tokens(), null)
    const results = await race((at) =>
      store.replace(REF, tokens({ version: 2, accessToken: `access-${at}` }), 1),
    )
    assertOneWinner(results)
    assert.equal((await store.find(REF))?.accessToken, `access-${results.indexOf(true)}`)
  },
  'a wrong expected version changes nothing': async (store) => {
    assert.equal(await store.replace(REF, tokens({ version: 2 }), 1), false)
    assert.equal(await store.find(REF), null)
    await store.replace(REF, tokens({ version: 4 }), null)
    assert.equal(await store.replace(REF, tokens({ version: 4, accessToken: 'x' }), null), false)
    assert.equal(await store.replace(REF, tokens({ version: 4, accessToken: 'x' }), 3), false)
    assert.deepEqual(await store.find(REF), tokens({ version: 4 }))
  },
  'erasing is idempotent and leaves other integrations alone': async (store) => {
    for (const ref of [REF, SIBLING, FOREIGN]) await store.replace(ref, tokens(), null)
    await store.erase(REF)
    await store.erase(REF)
    assert.equal(await store.find(REF), null)
    assert.deepEqual(await store.find(SIBLING), tokens())
    assert.deepEqual(await store.find(FOREIGN), tokens())
    assert.equal(await store.replace(REF, tokens(), null), true)
  },
  'another tenant finds nothing and changes nothing': async (store) => {
    await store.replace(REF, tokens(), null)
    assert.equal(await store.find(FOREIGN), null)
    assert.equal(await store.replace(FOREIGN, tokens({ version: 2 }), 1), false)
    await store.erase(FOREIGN)
    assert.deepEqual(await store.find(REF), tokens())
  },
  'values are copied on the way in and out': async (store) => {
    const given = tokens()
    const writing = store.replace(REF, given, null)
    scribble(given)
    await writing
    const got = await store.find(REF)
    if (got !== null) scribble(got)
    assert.deepEqual(await store.find(REF), tokens())
  },
}

/** Everything the token store port promises, as cases to run under any test runner; each opens the subject anew. */
export function tokenStoreContract(subject: TokenStoreSubject): ContractCase[] {
  return Object.entries(promises).map(([promise, check]) => ({
    name: `${subject.name} · ${promise}`,
    async run() {
      const opened = await subject.open()
      try {
        await check(opened.tokenStore)
      } finally {
        await opened.close()
      }
    },
  }))
}
