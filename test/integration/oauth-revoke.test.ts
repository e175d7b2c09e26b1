import { describe, expect, it } from 'vitest'
import { createKeyring } from '../../src/oauth/index.ts'
import { owner, ref, rejection, setUp, TIMEOUT_MS } from './oauth-setup.ts'

describe('a revocation', () => {
  it('takes the grant back at Google and leaves the tokens to be erased by the caller', async () => {
    const { oauth, connect, tokens, requestsTo, google } = await setUp()
    await connect()
    const { accessToken } = await tokens()
    expect(await oauth.revoke(ref)).toBe('revoked')
    expect(requestsTo('/revoke')).toBe(1)
    expect((await tokens()).accessToken).toBe(accessToken)
    await rejection(oauth.accessTokens.get(ref, { rejected: accessToken }), 'OAUTH_GRANT_REVOKED')
    expect(google.requests.map(({ path }) => path)).toEqual(['/token', '/revoke', '/token'])
  })

  it('keeps the token out of the address', async () => {
    const { oauth, connect, google } = await setUp()
    await connect()
    await oauth.revoke(ref)
    expect(google.requests.at(-1)).toMatchObject({ path: '/revoke', query: {} })
  })

  it('of a grant that Google knows no more is no failure', async () => {
    const { oauth, connect, google } = await setUp()
    await connect()
    google.faults.revokeGrants()
    expect(await oauth.revoke(ref)).toBe('already_gone')
  })

  it('of an owner without tokens asks nothing', async () => {
    const { oauth, requestsTo } = await setUp()
    expect(await oauth.revoke(ref)).toBe('already_gone')
    expect(requestsTo('/revoke')).toBe(0)
  })

  it('that meets an outage or a lost connection says so, and throws nothing', async () => {
    const { oauth, connect, google, logged, requestsTo } = await setUp()
    await connect()
    google.faults.failNext({ match: { path: '/revoke' }, status: 503 })
    expect(await oauth.revoke(ref)).toBe('failed')
    expect(logged.at(-1)).toMatchObject({ level: 'warn', fields: { integrationId: ref.integrationId } })
    google.faults.dropNext({ match: { path: '/revoke' } })
    expect(await oauth.revoke(ref)).toBe('failed')
    expect(requestsTo('/revoke')).toBe(2)
  })

  it('whose token does not open says so, so that a disconnect gets through', async () => {
    const { options, connect } = await setUp()
    await connect()
    const keyring = createKeyring([{ id: 'k2', secret: 'another-secret-another-secret-another' }])
    const rekeyed = await setUp({ storage: options.storage, keyring })
    expect(await rekeyed.oauth.revoke(ref)).toBe('failed')
  })

  it('passes the abort of its caller through', async () => {
    const { oauth, connect, google, clock } = await setUp()
    await connect()
    google.faults.delayNext({ match: { path: '/revoke' }, until: new Promise(() => undefined) })
    const asleep = clock.sleeper(TIMEOUT_MS)
    const controller = new AbortController()
    const outcome = oauth.revoke(ref, { signal: controller.signal })
    await asleep
    controller.abort('gone')
    await expect(outcome).rejects.toBe('gone')
  })
})

describe('a check of the client', () => {
  it('is good when Google knows the client, without touching a grant', async () => {
    const { oauth, storage, requestsTo } = await setUp()
    expect(await oauth.checkClient()).toEqual({ ok: true, code: null })
    expect(requestsTo('/token')).toBe(1)
    expect(await storage.integrations.find(owner)).toBeNull()
  })

  it('blames the client for a wrong secret', async () => {
    const { oauth } = await setUp({ client: { clientSecret: 'wrong-secret' } })
    expect(await oauth.checkClient()).toEqual({ ok: false, code: 'OAUTH_CLIENT_REJECTED' })
  })

  it('blames Google for an outage and a lost connection, after one request each', async () => {
    const { oauth, google, requestsTo } = await setUp()
    google.faults.failNext({ match: { path: '/token' }, status: 503 })
    expect(await oauth.checkClient()).toEqual({ ok: false, code: 'GOOGLE_UNAVAILABLE' })
    google.faults.dropNext({ match: { path: '/token' } })
    expect(await oauth.checkClient()).toEqual({ ok: false, code: 'GOOGLE_UNAVAILABLE' })
    expect(requestsTo('/token')).toBe(2)
  })
})
