import { describe, expect, it } from 'vitest'
import type { Integration } from '../../src/domain/index.ts'
import { createOAuth } from '../../src/oauth/index.ts'
import type { StoredTokens, TokenStore } from '../../src/ports/index.ts'
import {
  createGate,
  LEASE_POLL_MS,
  owner,
  ref,
  rejection,
  settled,
  type Setup,
  setUp,
  TIMEOUT_MS,
} from './oauth-setup.ts'

const TTL_MS = 3_599_000
const REFRESH_AHEAD_MS = 300_000

/** A connected owner, with the request log emptied. */
async function connected(): Promise<Setup> {
  const setup = await setUp()
  await setup.connect()
  setup.google.requests.length = 0
  setup.wire.length = 0
  return setup
}

function expire({ clock }: Setup): void {
  clock.advance(TTL_MS)
}

describe('an access token', () => {
  it('is used as it is while it has more than five minutes to live, and refreshed ahead of that', async () => {
    const { oauth, tokens, clock, requestsTo } = await connected()
    const first = await tokens()
    clock.advance(TTL_MS - REFRESH_AHEAD_MS - 1)
    expect(await oauth.accessTokens.get(ref)).toBe(first.accessToken)
    expect(requestsTo('/token')).toBe(0)
    clock.advance(1)
    const second = await oauth.accessTokens.get(ref)
    expect(second).not.toBe(first.accessToken)
    expect(requestsTo('/token')).toBe(1)
    expect(await tokens()).toEqual({
      ...first,
      accessToken: second,
      expiresAtMs: clock.now() + TTL_MS,
      version: first.version + 1,
    })
  })

  it('that Google refused is replaced by one refresh, unless it was replaced already', async () => {
    const { oauth, tokens, requestsTo } = await connected()
    const rejected = (await tokens()).accessToken
    const fresh = await oauth.accessTokens.get(ref, { rejected })
    expect(fresh).not.toBe(rejected)
    expect(await oauth.accessTokens.get(ref, { rejected })).toBe(fresh)
    expect(requestsTo('/token')).toBe(1)
  })

  it('that Google refused is never given out again, not even when the refresh fails', async () => {
    const { oauth, tokens, google } = await connected()
    google.faults.failNext({ match: { path: '/token' }, status: 503 })
    const rejected = (await tokens()).accessToken
    await rejection(oauth.accessTokens.get(ref, { rejected }), 'OAUTH_REFRESH_FAILED')
  })

  it('of an owner without tokens is a grant that is gone', async () => {
    const { oauth, requestsTo } = await setUp()
    await rejection(oauth.accessTokens.get(ref), 'OAUTH_GRANT_REVOKED')
    expect(requestsTo('/token')).toBe(0)
  })
})

describe('a refresh', () => {
  it('for 20 callers at once is one token request', async () => {
    const setup = await connected()
    expire(setup)
    const calls = Array.from({ length: 20 }, () => setup.oauth.accessTokens.get(ref))
    const given = new Set(await Promise.all(calls))
    expect(given).toEqual(new Set([(await setup.tokens()).accessToken]))
    expect(setup.requestsTo('/token')).toBe(1)
  })

  it('for 20 callers whose token was refused is one token request', async () => {
    const setup = await connected()
    const rejected = (await setup.tokens()).accessToken
    await Promise.all(Array.from({ length: 20 }, () => setup.oauth.accessTokens.get(ref, { rejected })))
    expect(setup.requestsTo('/token')).toBe(1)
  })

  it('in two processes at once is one token request', async () => {
    const setup = await connected()
    const other = createOAuth(setup.options)
    expire(setup)
    const gate = createGate()
    setup.google.faults.delayNext({ match: { path: '/token' }, until: gate.opened })
    const waiting = setup.clock.sleeper(LEASE_POLL_MS)
    const both = Promise.all([setup.oauth.accessTokens.get(ref), other.accessTokens.get(ref)])
    await waiting
    gate.open()
    const [one, two] = await settled(both, setup.clock)
    expect(one).toBe(two)
    expect(setup.requestsTo('/token')).toBe(1)
  })

  it('that another process finished just before the lease came is not done again', async () => {
    const setup = await connected()
    expire(setup)
    const { storage } = setup
    let raced = false
    const acquire: typeof storage.leases.acquire = async (query) => {
      if (!raced) {
        raced = true
        await setup.oauth.accessTokens.get(ref)
      }
      return storage.leases.acquire(query)
    }
    const late = createOAuth({
      ...setup.options,
      storage: { ...storage, leases: { ...storage.leases, acquire } },
    })
    expect(await late.accessTokens.get(ref)).toBe((await setup.tokens()).accessToken)
    expect(setup.requestsTo('/token')).toBe(1)
  })

  it('is taken over when the process that held the lease died', async () => {
    const setup = await connected()
    expire(setup)
    const { clock, storage } = setup
    await storage.leases.acquire({ key: `refresh:${ref.integrationId}`, nowMs: clock.now(), ttlMs: 5000 })
    const waiting = clock.sleeper(LEASE_POLL_MS)
    const token = setup.oauth.accessTokens.get(ref)
    await waiting
    expect(setup.requestsTo('/token')).toBe(0)
    clock.advance(5000)
    expect(await token).toBe((await setup.tokens()).accessToken)
  })

  it('gives up on a lease that is never let go, keeping the tokens', async () => {
    const setup = await connected()
    expire(setup)
    const { clock, storage } = setup
    const before = await setup.tokens()
    const far = 3_600_000
    await storage.leases.acquire({ key: `refresh:${ref.integrationId}`, nowMs: clock.now(), ttlMs: far })
    const waiting = clock.sleeper(LEASE_POLL_MS)
    const outcome = rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_REFRESH_FAILED')
    await waiting
    clock.advance(80_000)
    expect((await outcome).retryable).toBe(true)
    expect(await setup.tokens()).toEqual(before)
  })

  it('brings no refresh token, and the stored one is kept', async () => {
    const setup = await connected()
    const before = await setup.tokens()
    expire(setup)
    await setup.oauth.accessTokens.get(ref)
    expect(setup.wire.at(-1)).not.toContain('"refresh_token"')
    expect((await setup.tokens()).refreshToken).toBe(before.refreshToken)
  })

  it('that does bring a refresh token puts it in the place of the old one', async () => {
    const setup = await connected()
    expire(setup)
    const body = {
      access_token: 'fresh',
      expires_in: 3600,
      refresh_token: 'rotated',
      refresh_token_expires_in: 60,
    }
    setup.google.faults.failNext({ match: { path: '/token' }, status: 200, body })
    expect(await setup.oauth.accessTokens.get(ref)).toBe('fresh')
    expect(await setup.tokens()).toMatchObject({
      refreshToken: 'rotated',
      refreshTokenExpiresAtMs: setup.clock.now() + 60_000,
    })
  })

  it.each([500, 503, 429, 403])(
    'that meets %d makes one request, keeps everything and may be tried again',
    async (status) => {
      const setup = await connected()
      const before = await setup.tokens()
      expire(setup)
      setup.google.faults.failNext({ match: { path: '/token' }, status, headers: { 'retry-after': '7' } })
      const error = await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_REFRESH_FAILED')
      expect(error).toMatchObject({ retryable: true, retryAfterMs: 7000 })
      expect(setup.requestsTo('/token')).toBe(1)
      expect(await setup.tokens()).toEqual(before)
      expect(await setup.storage.integrations.find(owner)).toMatchObject({ status: 'active' })
      expect(await setup.oauth.accessTokens.get(ref)).not.toBe(before.accessToken)
    },
  )

  it('that loses its connection keeps the tokens', async () => {
    const setup = await connected()
    const before = await setup.tokens()
    expire(setup)
    setup.google.faults.dropNext({ match: { path: '/token' } })
    await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_REFRESH_FAILED')
    expect(setup.requestsTo('/token')).toBe(1)
    expect(await setup.tokens()).toEqual(before)
  })

  it('that a 500 with the word invalid_grant meets is not the end of the grant', async () => {
    const setup = await connected()
    expire(setup)
    setup.google.faults.tokenError({ error: 'invalid_grant', status: 500 })
    await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_REFRESH_FAILED')
    expect(await setup.storage.integrations.find(owner)).toMatchObject({ status: 'active' })
  })

  it('ahead of time that fails gives out the token that is still valid, and says so in the log', async () => {
    const setup = await connected()
    const { accessToken } = await setup.tokens()
    setup.clock.advance(TTL_MS - REFRESH_AHEAD_MS)
    setup.google.faults.failNext({ match: { path: '/token' }, status: 503 })
    expect(await setup.oauth.accessTokens.get(ref)).toBe(accessToken)
    expect(setup.logged.at(-1)).toMatchObject({ level: 'warn', fields: { code: 'OAUTH_REFRESH_FAILED' } })
  })

  it('whose client is refused blames the client, not the grant', async () => {
    const setup = await connected()
    const before = await setup.tokens()
    expire(setup)
    setup.google.faults.tokenError({ error: 'invalid_client', status: 401 })
    const error = await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_CLIENT_REJECTED')
    expect(error.retryable).toBe(false)
    expect(await setup.tokens()).toEqual(before)
    expect(await setup.storage.integrations.find(owner)).toMatchObject({ status: 'active' })
  })

  it('goes on for the others when one caller aborts', async () => {
    const setup = await connected()
    expire(setup)
    const gate = createGate()
    setup.google.faults.delayNext({ match: { path: '/token' }, until: gate.opened })
    const asleep = setup.clock.sleeper(TIMEOUT_MS)
    const controller = new AbortController()
    const impatient = setup.oauth.accessTokens.get(ref, { signal: controller.signal })
    const patient = setup.oauth.accessTokens.get(ref)
    await asleep
    const reason = new Error('no longer needed')
    controller.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    gate.open()
    expect(await patient).toBe((await setup.tokens()).accessToken)
    expect(setup.requestsTo('/token')).toBe(1)
  })

  it('is not begun for a caller that aborted before', async () => {
    const setup = await connected()
    expire(setup)
    await expect(setup.oauth.accessTokens.get(ref, { signal: AbortSignal.abort('gone') })).rejects.toBe(
      'gone',
    )
    expect(setup.requestsTo('/token')).toBe(0)
  })
})

describe('a refresh that is overtaken', () => {
  it('by a reconnect leaves the new grant in place and hands out its token', async () => {
    const setup = await connected()
    expire(setup)
    const newer = await overtake(setup, (tokens) => ({
      ...tokens,
      accessToken: 'new',
      refreshToken: 'new-grant',
    }))
    expect(await setup.oauth.accessTokens.get(ref)).toBe('new')
    expect(await setup.tokens()).toEqual(newer())
  })

  it('by a re-seal is stored all the same', async () => {
    const setup = await connected()
    const before = await setup.tokens()
    expire(setup)
    await overtake(setup, (tokens) => tokens)
    const token = await setup.oauth.accessTokens.get(ref)
    expect(await setup.tokens()).toMatchObject({ accessToken: token, version: before.version + 2 })
  })

  it('by a disconnect and the next connection leaves that one’s tokens alone', async () => {
    const setup = await connected()
    expire(setup)
    const late = await setup.consent()
    const gate = createGate()
    setup.google.faults.delayNext({ match: { path: '/token' }, until: gate.opened })
    const asleep = setup.clock.sleeper(TIMEOUT_MS)
    const token = setup.oauth.accessTokens.get(ref)
    await asleep
    await setup.tokenStore.erase(ref)
    await setup.oauth.handleCallback(late)
    const next = await setup.tokens()
    gate.open()
    expect(await token).toBe(next.accessToken)
    expect(await setup.tokens()).toEqual(next)
  })

  it('by a disconnect finds the grant gone and stores nothing', async () => {
    const setup = await connected()
    expire(setup)
    const gate = createGate()
    setup.google.faults.delayNext({ match: { path: '/token' }, until: gate.opened })
    const asleep = setup.clock.sleeper(TIMEOUT_MS)
    const outcome = rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_GRANT_REVOKED')
    await asleep
    await setup.tokenStore.erase(ref)
    gate.open()
    await outcome
    expect(await setup.tokenStore.find(ref)).toBeNull()
  })
})

/** Changes the stored tokens while the next token request is under way. */
async function overtake(
  { google, tokens, tokenStore, clock }: Setup,
  change: (tokens: StoredTokens) => StoredTokens,
): Promise<() => StoredTokens | undefined> {
  const before = await tokens()
  let newer: StoredTokens | undefined
  async function changeMeanwhile(): Promise<void> {
    await clock.sleeper(TIMEOUT_MS)
    const next = change(before)
    const expiresAtMs = next.refreshToken === before.refreshToken ? before.expiresAtMs : clock.now() + TTL_MS
    newer = { ...next, expiresAtMs, version: before.version + 1 }
    await tokenStore.replace(ref, newer, before.version)
  }
  google.faults.delayNext({ match: { path: '/token' }, until: changeMeanwhile() })
  return () => newer
}

describe('a grant that Google calls dead', () => {
  it('ends in needs_reconnect, once, with the links kept and one entry in the sync log', async () => {
    const setup = await connected()
    expire(setup)
    setup.google.faults.revokeGrants()
    const error = await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_GRANT_REVOKED')
    expect(error.retryable).toBe(false)
    await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_GRANT_REVOKED')
    expect(await setup.storage.integrations.find(owner)).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_GRANT_REVOKED',
      version: 2,
    })
    const { items } = await setup.storage.syncLog.list({ ...owner, action: 'refresh', limit: 10 })
    expect(items).toMatchObject([{ status: 'failed', errorCode: 'OAUTH_GRANT_REVOKED', direction: 'system' }])
    expect((await setup.tokens()).refreshToken).not.toBe('')
  })

  it('is told so also to a caller whose token has minutes to live', async () => {
    const setup = await connected()
    setup.clock.advance(TTL_MS - 1000)
    setup.google.faults.revokeGrants()
    await rejection(setup.oauth.accessTokens.get(ref), 'OAUTH_GRANT_REVOKED')
  })

  it('does not take the integration down when a reconnect came first', async () => {
    const setup = await connected()
    expire(setup)
    setup.google.faults.tokenError({ error: 'invalid_grant' })
    await overtake(setup, (tokens) => ({ ...tokens, accessToken: 'new', refreshToken: 'new-grant' }))
    expect(await setup.oauth.accessTokens.get(ref)).toBe('new')
    expect(await setup.storage.integrations.find(owner)).toMatchObject({ status: 'active', version: 1 })
  })

  it('does not take the integration down when a reconnect comes between the look and the write', async () => {
    const setup = await connected()
    expire(setup)
    setup.google.faults.revokeGrants()
    let reconnected: Integration | undefined
    const { storage, tokenStore } = setup
    const racing: TokenStore = {
      ...tokenStore,
      async find(named) {
        const tokens = await tokenStore.find(named)
        // The last look before the integration is written: after it, tokens and integration change at once.
        if (setup.requestsTo('/token') === 1 && tokens !== null && reconnected === undefined) {
          const next = {
            ...tokens,
            accessToken: 'new',
            refreshToken: 'new-grant',
            version: tokens.version + 1,
          }
          await tokenStore.replace(ref, { ...next, expiresAtMs: setup.clock.now() + TTL_MS }, tokens.version)
          const integration = await storage.integrations.find(owner)
          if (integration === null) throw new Error('no integration')
          reconnected = { ...integration, version: integration.version + 1 }
          await storage.integrations.replace(reconnected, integration.version)
        }
        return tokens
      },
    }
    const oauth = createOAuth({ ...setup.options, tokenStore: racing })
    expect(await oauth.accessTokens.get(ref)).toBe('new')
    expect(reconnected).toBeDefined()
    expect(await storage.integrations.find(owner)).toEqual(reconnected)
  })
})
