import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createOAuth, missingScopes } from '../../src/oauth/index.ts'
import { ACCOUNT, owner, ref, rejection, setUp, TIMEOUT_MS } from './oauth-setup.ts'

const events = 'https://www.googleapis.com/auth/calendar.events.owned'
const freeBusy = 'https://www.googleapis.com/auth/calendar.freebusy'
const calendarList = 'https://www.googleapis.com/auth/calendar.calendarlist.readonly'
const foreigner = { tenantId: 'salon-2', userId: 'maria' }

describe('the authorization URL', () => {
  it('asks for offline access with consent, PKCE and the narrowest scopes', async () => {
    const { oauth, google, clock } = await setUp()
    const { url, state, expiresAt } = await oauth.authorizationUrl({ owner })
    const query = new URL(url).searchParams
    expect(url.startsWith(`${google.endpoints.authUrl}?`)).toBe(true)
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
      state,
      scope: `openid email ${events} ${calendarList} ${freeBusy}`,
    })
    expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(query.has('include_granted_scopes')).toBe(false)
    expect(query.has('login_hint')).toBe(false)
    expect(expiresAt.getTime()).toBe(clock.now() + 600_000)
  })

  it('points at Google when no endpoints are given', async () => {
    const { options } = await setUp()
    const { endpoints: _, ...client } = options.client
    const { url } = await createOAuth({ ...options, client }).authorizationUrl({ owner })
    expect(url.startsWith('https://accounts.google.com/o/oauth2/v2/auth?')).toBe(true)
  })

  it('asks for what the stored settings call for, and hints at the connected account', async () => {
    const { oauth, storage, connect } = await setUp()
    const { integration } = await connect()
    const settings = {
      ...integration.settings,
      calendarId: 'team@example.com',
      externalEvents: 'ignore' as const,
    }
    await storage.integrations.replace({ ...integration, settings, version: 2 }, 1)
    const query = new URL((await oauth.authorizationUrl({ owner })).url).searchParams
    expect(query.get('scope')).toBe(
      `openid email https://www.googleapis.com/auth/calendar.events ${calendarList}`,
    )
    expect(query.get('login_hint')).toBe(ACCOUNT)
    const hinted = await oauth.authorizationUrl({ owner, loginHint: 'new@example.com' })
    expect(new URL(hinted.url).searchParams.get('login_hint')).toBe('new@example.com')
  })

  it('refuses an owner without a user, naming the field', async () => {
    const { oauth } = await setUp()
    const error = await rejection(
      oauth.authorizationUrl({ owner: { ...owner, userId: '' } }),
      'INVALID_ARGUMENT',
    )
    expect(error.problems.map(({ path }) => path)).toEqual(['owner.userId'])
  })

  it('stores neither the state nor the verifier in clear', async () => {
    const { oauth, storage, consent, wire } = await setUp()
    const callback = await consent()
    const hash = createHash('sha256').update(callback.state).digest('hex')
    const stored = await storage.oauthStates.consume(hash)
    if (stored === null) throw new Error('the state is not stored under its hash')
    await storage.oauthStates.insert(stored)
    await oauth.handleCallback(callback)
    const verifier = new URLSearchParams(wire[0]).get('code_verifier') ?? ''
    expect(verifier).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(stored)).not.toContain(callback.state)
    expect(JSON.stringify(stored)).not.toContain(verifier)
  })
})

describe('a connection', () => {
  it('stores tokens and an active integration, and logs it', async () => {
    const { oauth, consent, tokens, storage, clock } = await setUp()
    const outcome = await oauth.handleCallback({ ...(await consent()), owner })
    expect(outcome).toMatchObject({ status: 'connected', missingScopes: [], returnTo: null })
    expect(outcome.integration).toMatchObject({
      ...owner,
      id: ref.integrationId,
      status: 'active',
      statusReason: null,
      googleEmail: ACCOUNT,
      missingScopes: [],
      createdAtMs: clock.now(),
      version: 1,
    })
    expect(await storage.integrations.find(owner)).toEqual(outcome.integration)
    const stored = await tokens()
    expect(stored.refreshToken).not.toBe('')
    expect(stored.expiresAtMs).toBe(clock.now() + 3_599_000)
    expect(missingScopes(['openid', 'email', events], stored.scopes)).toEqual([])
    const { items } = await storage.syncLog.list({ ...owner, limit: 10 })
    expect(items).toMatchObject([{ action: 'connect', status: 'success', direction: 'system' }])
  })

  it('hands back where the host wants the person to land', async () => {
    const { oauth, google } = await setUp()
    const { url } = await oauth.authorizationUrl({ owner, returnTo: '/settings?tab=calendar' })
    const back = new URL(google.authorize(url, { email: ACCOUNT, grant: 'all' })).searchParams
    const outcome = await oauth.handleCallback({
      code: back.get('code') ?? '',
      state: back.get('state') ?? '',
    })
    expect(outcome.returnTo).toBe('/settings?tab=calendar')
  })

  it('without an essential scope keeps the tokens, so that they can be revoked, and needs a reconnect', async () => {
    const { connect, tokens, storage } = await setUp()
    const outcome = await connect({ grant: [calendarList] })
    expect(outcome.status).toBe('missing_scopes')
    expect(outcome.missingScopes).toEqual([events, freeBusy])
    expect(outcome.integration).toMatchObject({
      status: 'needs_reconnect',
      statusReason: 'OAUTH_SCOPE_MISSING',
      missingScopes: [events, freeBusy],
    })
    expect((await tokens()).refreshToken).not.toBe('')
    const { items } = await storage.syncLog.list({ ...owner, limit: 10 })
    expect(items).toMatchObject([{ action: 'connect', status: 'failed', errorCode: 'OAUTH_SCOPE_MISSING' }])
  })

  it('without an optional scope is active, and says what is missing', async () => {
    const { connect } = await setUp()
    const outcome = await connect({ grant: [events, calendarList] })
    expect(outcome).toMatchObject({ status: 'connected', missingScopes: [freeBusy] })
    expect(outcome.integration).toMatchObject({ status: 'active', missingScopes: [freeBusy] })
  })

  it('with the missing scope granted the second time becomes active', async () => {
    const { connect } = await setUp()
    await connect({ grant: [calendarList] })
    expect((await connect()).integration).toMatchObject({ status: 'active', statusReason: null, version: 2 })
  })
})

describe('a state', () => {
  it('is good once: a replayed callback finds nothing and asks Google nothing', async () => {
    const { oauth, consent, requestsTo } = await setUp()
    const callback = await consent()
    await oauth.handleCallback(callback)
    await rejection(oauth.handleCallback(callback), 'OAUTH_STATE_INVALID')
    expect(requestsTo('/token')).toBe(1)
  })

  it('lets one of two concurrent callbacks through', async () => {
    const { oauth, consent, requestsTo } = await setUp()
    const callback = await consent()
    const outcomes = await Promise.allSettled([
      oauth.handleCallback(callback),
      oauth.handleCallback(callback),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(requestsTo('/token')).toBe(1)
  })

  it('is refused after ten minutes, and not a millisecond earlier', async () => {
    const { oauth, consent, clock, requestsTo } = await setUp()
    const [early, late] = [await consent(), await consent()]
    clock.advance(599_999)
    await oauth.handleCallback(early)
    clock.advance(1)
    await rejection(oauth.handleCallback(late), 'OAUTH_STATE_EXPIRED')
    await rejection(oauth.handleCallback(late), 'OAUTH_STATE_INVALID')
    expect(requestsTo('/token')).toBe(1)
  })

  it.each([foreigner, { tenantId: owner.tenantId, userId: 'ana' }])(
    'of another owner than %o is refused, and spent',
    async (stranger) => {
      const { oauth, consent, requestsTo, storage } = await setUp()
      const callback = await consent()
      await rejection(oauth.handleCallback({ ...callback, owner: stranger }), 'OAUTH_STATE_FOREIGN')
      await rejection(oauth.handleCallback({ ...callback, owner }), 'OAUTH_STATE_INVALID')
      expect(requestsTo('/token')).toBe(0)
      expect(await storage.integrations.find(stranger)).toBeNull()
    },
  )

  it('that was tampered with is refused, and the real one stays good', async () => {
    const { oauth, consent } = await setUp()
    const callback = await consent()
    const state = callback.state.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))
    await rejection(oauth.handleCallback({ ...callback, state }), 'OAUTH_STATE_INVALID')
    expect((await oauth.handleCallback(callback)).status).toBe('connected')
  })

  it('whose verifier does not match the challenge that Google saw brings no tokens', async () => {
    const { connect, storage, tokenStore } = await setUp()
    const challenge = createHash('sha256').update('x'.repeat(43)).digest('base64url')
    const alter = (url: URL): void => url.searchParams.set('code_challenge', challenge)
    await rejection(connect({ alter }), 'OAUTH_CODE_REJECTED')
    expect(await tokenStore.find(ref)).toBeNull()
    expect(await storage.integrations.find(owner)).toBeNull()
  })

  it('is not spent by a call that is not valid', async () => {
    const { oauth, consent } = await setUp()
    const callback = await consent()
    const error = await rejection(oauth.handleCallback({ state: callback.state }), 'INVALID_ARGUMENT')
    expect(error.message).toContain('needs a code or an error')
    expect((await oauth.handleCallback(callback)).status).toBe('connected')
  })
})

describe('a refusal', () => {
  it('by the person is told as such, spends the state, and stores nothing', async () => {
    const { oauth, consent, storage, requestsTo } = await setUp()
    const callback = await consent({ grant: 'none' })
    expect(callback.error).toBe('access_denied')
    await rejection(oauth.handleCallback(callback), 'OAUTH_DENIED')
    await rejection(oauth.handleCallback(callback), 'OAUTH_STATE_INVALID')
    expect(requestsTo('/token')).toBe(0)
    expect(await storage.integrations.find(owner)).toBeNull()
  })

  it('by another error names the error, cut down to a plain word', async () => {
    const { oauth, consent } = await setUp()
    const { state } = await consent()
    const error = await rejection(
      oauth.handleCallback({ error: 'server_error<script>1</script>', state }),
      'OAUTH_CODE_REJECTED',
    )
    expect(error.message).toContain('"server_errorscriptscript"')
  })

  it('of the code is told as such, after one request', async () => {
    const { oauth, consent, requestsTo } = await setUp()
    const { state } = await consent()
    await rejection(oauth.handleCallback({ code: '4/made-up', state }), 'OAUTH_CODE_REJECTED')
    expect(requestsTo('/token')).toBe(1)
  })

  it('of the client blames the client', async () => {
    const { connect } = await setUp({ client: { clientSecret: 'wrong-secret' } })
    await rejection(connect(), 'OAUTH_CLIENT_REJECTED')
  })

  it.each([500, 503, 429])(
    'by an outage (%d) makes exactly one request and stores nothing',
    async (status) => {
      const { connect, google, requestsTo, storage } = await setUp()
      google.faults.failNext({ match: { path: '/token' }, status })
      await rejection(connect(), 'OAUTH_EXCHANGE_FAILED')
      expect(requestsTo('/token')).toBe(1)
      expect(await storage.integrations.find(owner)).toBeNull()
    },
  )

  it('by a lost connection makes exactly one request', async () => {
    const { connect, google, requestsTo } = await setUp()
    google.faults.dropNext({ match: { path: '/token' } })
    await rejection(connect(), 'OAUTH_EXCHANGE_FAILED')
    expect(requestsTo('/token')).toBe(1)
  })

  it('by silence ends at the time-out', async () => {
    const { connect, google, clock } = await setUp()
    google.faults.delayNext({ match: { path: '/token' }, until: new Promise(() => undefined) })
    const asleep = clock.sleeper(TIMEOUT_MS)
    const outcome = rejection(connect(), 'OAUTH_EXCHANGE_FAILED')
    await asleep
    clock.advance(TIMEOUT_MS)
    await outcome
  })

  it.each(['<html>', '{}', '{"access_token":"a"}'])(
    'by an answer that is no token reply (%s) stores nothing',
    async (body) => {
      const { connect, google, storage } = await setUp()
      google.faults.failNext({ match: { path: '/token' }, status: 200, body })
      await rejection(connect(), 'OAUTH_EXCHANGE_FAILED')
      expect(await storage.integrations.find(owner)).toBeNull()
    },
  )

  it('by the caller passes through as the reason that was given', async () => {
    const { oauth, consent, google, clock } = await setUp()
    const callback = await consent()
    google.faults.delayNext({ match: { path: '/token' }, until: new Promise(() => undefined) })
    const asleep = clock.sleeper(TIMEOUT_MS)
    const controller = new AbortController()
    const outcome = oauth.handleCallback(callback, { signal: controller.signal })
    await asleep
    const reason = new Error('the browser went away')
    controller.abort(reason)
    await expect(outcome).rejects.toBe(reason)
  })
})

describe('the account', () => {
  it('is refused when the id token is for another client', async () => {
    const { options, connect, consent, storage } = await setUp()
    await connect()
    const foreign = { iss: 'https://accounts.google.com', aud: 'another-client', sub: '1' }
    const idToken = `e30.${Buffer.from(JSON.stringify(foreign)).toString('base64url')}.x`
    const fetch = answering({ access_token: 'a', expires_in: 3600, refresh_token: 'r', id_token: idToken })
    const oauth = createOAuth({ ...options, client: { ...options.client, fetch } })
    await rejection(oauth.handleCallback(await consent()), 'OAUTH_EXCHANGE_FAILED')
    expect(await storage.integrations.find(owner)).toMatchObject({ version: 1 })
  })

  it('is refused when Google is asked directly and another issuer signed', async () => {
    const { options } = await setUp()
    const claims = { iss: 'https://evil.example.com', aud: options.client.clientId, sub: '1' }
    const idToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
    const fetch = answering({ access_token: 'a', expires_in: 3600, refresh_token: 'r', id_token: idToken })
    const oauth = createOAuth({ ...options, client: { ...options.client, endpoints: undefined, fetch } })
    const { state } = await oauth.authorizationUrl({ owner })
    await rejection(oauth.handleCallback({ code: '4/code', state }), 'OAUTH_EXCHANGE_FAILED')
  })

  it('has to be known: a reply without an id token stores nothing', async () => {
    const { options, tokenStore } = await setUp()
    const fetch = answering({ access_token: 'a', expires_in: 3600, refresh_token: 'r' })
    const oauth = createOAuth({ ...options, client: { ...options.client, fetch } })
    const { state } = await oauth.authorizationUrl({ owner })
    await rejection(oauth.handleCallback({ code: '4/code', state }), 'OAUTH_SCOPE_MISSING')
    expect(await tokenStore.find(ref)).toBeNull()
  })
})

/** A Google that answers everything alike. */
function answering(body: object): typeof fetch {
  return () => Promise.resolve(Response.json(body))
}
