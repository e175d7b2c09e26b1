import { describe, expect, test } from 'vitest'
import {
  createGoogleEmulator,
  GoogleErrorPageError,
  type GoogleEmulator,
} from 'appointment-sync/testing/emulator'
import { authUrlOf, codeOf, FULL, oauthClient, REDIRECT_URI, standingClock } from './official-client.ts'

const pro = { email: 'pro@example.com', grant: 'all' } as const

function changed(url: string, edits: Readonly<Record<string, string | null>>): string {
  const copy = new URL(url)
  for (const [name, value] of Object.entries(edits)) {
    if (value === null) copy.searchParams.delete(name)
    else copy.searchParams.set(name, value)
  }
  return copy.href
}

function errorPage(google: GoogleEmulator, url: string): { status: number; code: string } {
  try {
    google.authorize(url, pro)
  } catch (error) {
    if (error instanceof GoogleErrorPageError) return { status: error.status, code: error.code }
    throw error
  }
  throw new Error('Google was expected to show an error page')
}

async function refreshTokenAfter(google: GoogleEmulator, url: string): Promise<string | undefined> {
  const { tokens } = await oauthClient(google).getToken(codeOf(google.authorize(url, pro)))
  return tokens.refresh_token ?? undefined
}

describe('the authorization request', () => {
  test('a granted request redirects with code, state and the granted scope', async () => {
    await using google = await createGoogleEmulator()
    const url = changed(authUrlOf(oauthClient(google)), { state: 'a b/ç' })
    const redirect = new URL(google.authorize(url, pro))
    expect(`${redirect.origin}${redirect.pathname}`).toBe(REDIRECT_URI)
    expect(redirect.searchParams.get('state')).toBe('a b/ç')
    expect(redirect.searchParams.get('scope')).toBe(FULL)
    expect(redirect.searchParams.get('code')).toMatch(/^4\/0A/)
  })

  test('a cancelled request redirects with access_denied and the state', async () => {
    await using google = await createGoogleEmulator()
    const redirect = new URL(google.authorize(authUrlOf(oauthClient(google)), { ...pro, grant: 'none' }))
    expect([...redirect.searchParams]).toEqual([
      ['state', 's'],
      ['error', 'access_denied'],
    ])
  })

  test.each([
    ['another case', 'https://app.example.com/OAuth/callback'],
    ['a trailing slash', `${REDIRECT_URI}/`],
    ['another scheme', 'http://app.example.com/oauth/callback'],
    ['a query', `${REDIRECT_URI}?x=1`],
  ])('a redirect URI with %s is refused on Google’s own page', async (_name, uri) => {
    await using google = await createGoogleEmulator()
    const url = changed(authUrlOf(oauthClient(google)), { redirect_uri: uri })
    expect(errorPage(google, url)).toEqual({ status: 400, code: 'redirect_uri_mismatch' })
    const page = await google.fetch(url, { redirect: 'manual' })
    expect(page.status).toBe(400)
    expect(page.headers.get('location')).toBeNull()
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('redirect_uri_mismatch')
  })

  test.each([
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['no client', { client_id: null }, 400, 'invalid_request'],
    ['no redirect URI', { redirect_uri: null }, 400, 'invalid_request'],
    ['no response type', { response_type: null }, 400, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 400, 'unsupported_response_type'],
    ['no scope', { scope: null }, 400, 'invalid_request'],
    ['an unknown scope', { scope: `${FULL} calendar.everything` }, 400, 'invalid_scope'],
    ['an unknown prompt', { prompt: 'login' }, 400, 'invalid_request'],
    ['prompt=none with another', { prompt: 'none consent' }, 400, 'invalid_request'],
    [
      'an unknown challenge method',
      { code_challenge: 'a'.repeat(43), code_challenge_method: 'S512' },
      400,
      'invalid_request',
    ],
    ['a challenge that is too short', { code_challenge: 'abc' }, 400, 'invalid_request'],
    ['an unknown access type', { access_type: 'forever' }, 400, 'invalid_request'],
  ])('%s is refused on Google’s own page', async (_name, edits, status, code) => {
    await using google = await createGoogleEmulator()
    expect(errorPage(google, changed(authUrlOf(oauthClient(google)), edits))).toEqual({ status, code })
  })

  test('a redirect URI registered later is accepted from then on', async () => {
    await using google = await createGoogleEmulator()
    const late = 'http://127.0.0.1:4711/callback'
    const url = changed(authUrlOf(oauthClient(google)), { redirect_uri: late })
    expect(errorPage(google, url).code).toBe('redirect_uri_mismatch')
    google.registerClient({
      clientId: 'emulator-client',
      clientSecret: 'emulator-secret',
      redirectUris: [late],
    })
    expect(google.authorize(url, pro).startsWith(late)).toBe(true)
  })

  test('the account and the ticked scopes must be there to choose', async () => {
    await using google = await createGoogleEmulator()
    const url = authUrlOf(oauthClient(google))
    expect(() => google.authorize(url, { email: 'who@example.com', grant: 'all' })).toThrow('pro@example.com')
    expect(() => google.authorize(url, { ...pro, grant: ['calendar.events'] })).toThrow('does not offer')
  })
})

describe('when a refresh token is given', () => {
  test('the first consent yields one, a silent pass yields none, prompt=consent yields another', async () => {
    await using google = await createGoogleEmulator()
    const url = authUrlOf(oauthClient(google))
    const first = await refreshTokenAfter(google, url)
    expect(first).toMatch(/^1\/\/0/)
    expect(await refreshTokenAfter(google, url)).toBeUndefined()
    const again = await refreshTokenAfter(google, changed(url, { prompt: 'consent' }))
    expect(again).toMatch(/^1\/\/0/)
    expect(again).not.toBe(first)
  })

  test('online access yields none even at the first consent', async () => {
    await using google = await createGoogleEmulator()
    const url = changed(authUrlOf(oauthClient(google)), { access_type: 'online' })
    expect(await refreshTokenAfter(google, url)).toBeUndefined()
  })

  test('a request for one more scope shows consent again', async () => {
    await using google = await createGoogleEmulator()
    const client = oauthClient(google)
    await refreshTokenAfter(google, authUrlOf(client, [FULL]))
    expect(await refreshTokenAfter(google, authUrlOf(client, [FULL, 'openid']))).toMatch(/^1\/\/0/)
  })
})

describe('include_granted_scopes', () => {
  test('the new token also covers what was granted before, and revoking it drops everything', async () => {
    await using google = await createGoogleEmulator()
    const client = oauthClient(google)
    const events = 'https://www.googleapis.com/auth/calendar.events'
    const first = await client.getToken(codeOf(google.authorize(authUrlOf(client, [events]), pro)))
    const url = authUrlOf(client, ['openid'], { include_granted_scopes: true })
    const { tokens } = await client.getToken(codeOf(google.authorize(url, pro)))
    expect(tokens.scope?.split(' ').sort()).toEqual(['openid', events].sort())
    await client.revokeToken(tokens.refresh_token ?? '')
    await expect(client.getTokenInfo(first.tokens.access_token ?? '')).rejects.toThrow()
  })

  test('without it the token covers only what was asked', async () => {
    await using google = await createGoogleEmulator()
    const client = oauthClient(google)
    google.authorize(authUrlOf(client, [FULL]), pro)
    const { tokens } = await client.getToken(codeOf(google.authorize(authUrlOf(client, ['openid']), pro)))
    expect(tokens.scope).toBe('openid')
  })
})

describe('the consent page in a browser', () => {
  const two = { users: [{ email: 'pro@example.com' }, { email: 'second@example.com' }] }
  const scopes = ['openid', FULL, 'https://www.googleapis.com/auth/calendar.freebusy']

  async function post(
    google: GoogleEmulator,
    url: string,
    fields: readonly [string, string][],
  ): Promise<Response> {
    return google.fetch(url, { method: 'POST', body: new URLSearchParams([...fields]), redirect: 'manual' })
  }

  test('it offers each account, preselects the hinted one and has a box per calendar scope', async () => {
    await using google = await createGoogleEmulator(two)
    const url = authUrlOf(oauthClient(google), scopes, { login_hint: 'second@example.com' })
    const html = await (await google.fetch(url)).text()
    expect(html).toContain('value="pro@example.com" required>')
    expect(html).toContain('value="second@example.com" required checked>')
    expect(html.match(/type="checkbox"/g)).toHaveLength(2)
    expect(html).not.toContain('value="openid"')
  })

  test('Allow with one box unticked redirects with fewer scopes', async () => {
    await using google = await createGoogleEmulator(two)
    const url = authUrlOf(oauthClient(google), scopes)
    const answer = await post(google, url, [
      ['email', 'second@example.com'],
      ['scope', FULL],
      ['decision', 'allow'],
    ])
    expect(answer.status).toBe(302)
    const location = new URL(answer.headers.get('location') ?? '')
    expect(location.searchParams.get('scope')?.split(' ').sort()).toEqual(['openid', FULL].sort())
  })

  test('Deny redirects with access_denied', async () => {
    await using google = await createGoogleEmulator(two)
    const answer = await post(google, authUrlOf(oauthClient(google), scopes), [
      ['email', 'pro@example.com'],
      ['decision', 'deny'],
    ])
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
  })

  test('an account that does not exist is refused on the page', async () => {
    await using google = await createGoogleEmulator(two)
    const answer = await post(google, authUrlOf(oauthClient(google), scopes), [
      ['email', '<script>@example.com'],
      ['decision', 'allow'],
    ])
    expect(answer.status).toBe(400)
  })

  test('a request that was granted before passes at once; prompt=none never shows a page', async () => {
    await using google = await createGoogleEmulator()
    const url = authUrlOf(oauthClient(google))
    const none = changed(url, { prompt: 'none' })
    const before = await google.fetch(none, { redirect: 'manual' })
    expect(before.headers.get('location')).toContain('error=interaction_required')
    google.authorize(url, pro)
    for (const silent of [url, none]) {
      const answer = await google.fetch(silent, { redirect: 'manual' })
      expect(answer.headers.get('location')).toContain('code=')
    }
  })

  test('what comes from outside is escaped', async () => {
    await using google = await createGoogleEmulator()
    const url = changed(authUrlOf(oauthClient(google)), { state: '"><script>alert(1)</script>' })
    expect(await (await google.fetch(url)).text()).not.toContain('<script>')
  })
})

test('a code dies after ten minutes', async () => {
  await using google = await createGoogleEmulator({ clock: standingClock() })
  const client = oauthClient(google)
  const code = codeOf(google.authorize(authUrlOf(client), pro))
  google.advance(600_000)
  await expect(client.getToken(code)).rejects.toThrow('invalid_grant')
})
