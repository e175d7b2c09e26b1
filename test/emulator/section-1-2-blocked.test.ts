import { describe, expect, test } from 'vitest'
import {
  createGoogleEmulator,
  DEFAULT_CLIENT,
  GoogleErrorPageError,
  type GoogleEmulator,
} from 'appointment-sync/testing/emulator'
import { authUrlOf, codeOf, connect, oauthClient, standingClock } from './official-client.ts'

const PRO = 'pro@example.com'
const DAY_MS = 86_400_000

/** The error page an account gets, or null when it gets the redirect. */
function errorPage(google: GoogleEmulator, email: string = PRO): object | null {
  try {
    google.authorize(authUrlOf(oauthClient(google)), { email, grant: 'all' })
    return null
  } catch (error) {
    if (error instanceof GoogleErrorPageError) return { status: error.status, code: error.code }
    throw error
  }
}

async function refresh(
  google: GoogleEmulator,
  refreshToken: string,
): Promise<{ status: number; body: unknown }> {
  const response = await google.fetch(google.endpoints.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: DEFAULT_CLIENT.clientId,
      client_secret: DEFAULT_CLIENT.clientSecret,
    }),
  })
  return { status: response.status, body: await response.json() }
}

describe('what Google’s own page refuses', () => {
  test.each([
    ['admin_policy_enforced', 400],
    ['org_internal', 403],
    ['disallowed_useragent', 403],
  ] as const)('%s is shown there, and the redirect URI is not called', async (code, status) => {
    await using google = await createGoogleEmulator()
    google.faults.blockConsent(code)
    expect(errorPage(google)).toEqual({ status, code })
    const page = await google.fetch(authUrlOf(oauthClient(google)), { redirect: 'manual' })
    expect([page.status, page.headers.get('location')]).toEqual([status, null])
    expect(await page.text()).toContain(code)
    google.faults.blockConsent(null)
    expect(errorPage(google)).toBeNull()
  })

  test('a deleted client is deleted_client there and at the token endpoint, until it is restored', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    const token = oauth.credentials.refresh_token ?? ''
    google.registerClient({ ...DEFAULT_CLIENT, deleted: true })
    expect(errorPage(google)).toEqual({ status: 401, code: 'deleted_client' })
    expect(await refresh(google, token)).toEqual({
      status: 401,
      body: { error: 'deleted_client', error_description: 'The OAuth client was deleted.' },
    })
    google.registerClient(DEFAULT_CLIENT)
    expect((await refresh(google, token)).status).toBe(200)
  })

  test('a Testing app is for its testers: others get a 403 page, from a form too', async () => {
    const testing = { ...DEFAULT_CLIENT, testing: true, testers: ['Pro@example.com'] }
    const users = [{ email: PRO }, { email: 'ana@example.com' }]
    await using google = await createGoogleEmulator({ clients: [testing], users })
    expect(errorPage(google)).toBeNull()
    expect(errorPage(google, 'ana@example.com')).toEqual({ status: 403, code: 'access_denied' })
    const form = new URLSearchParams({ email: 'ana@example.com', decision: 'allow' })
    const page = await google.fetch(authUrlOf(oauthClient(google)), {
      method: 'POST',
      body: form,
      redirect: 'manual',
    })
    expect([page.status, page.headers.get('location')]).toEqual([403, null])
    google.registerClient({ ...testing, testing: false })
    expect(errorPage(google, 'ana@example.com')).toBeNull()
  })

  test('a Testing app has at most 100 testers', async () => {
    const testers = Array.from({ length: 101 }, (_, index) => `t${index}@example.com`)
    const clients = [{ ...DEFAULT_CLIENT, testing: true, testers }]
    await expect(createGoogleEmulator({ clients })).rejects.toThrow(RangeError)
  })
})

describe('a redirect URI that is registered', () => {
  const register = async (uri: string): Promise<void> => {
    await using google = await createGoogleEmulator()
    google.registerClient({ ...DEFAULT_CLIENT, redirectUris: [uri] })
  }

  test.each([
    ['plain http', 'http://app.example.com/callback'],
    ['a raw IP address', 'https://203.0.113.7/callback'],
    ['a raw IPv6 address', 'https://[2001:db8::1]/callback'],
    ['a user', 'https://user@app.example.com/callback'],
    ['a fragment', 'https://app.example.com/callback#here'],
    ['a wildcard', 'https://*.example.com/callback'],
    ['a walk through folders', 'https://app.example.com/a/../callback'],
    ['an escaped walk', 'https://app.example.com/a/%2e%2e/callback'],
    ['a host under no domain', 'https://intranet/callback'],
    ['no scheme', 'app.example.com/callback'],
    ['a scheme of an app', 'myapp://callback'],
  ])('with %s is refused', async (_name, uri) => {
    await expect(register(uri)).rejects.toThrow(RangeError)
  })

  test.each([
    'https://app.example.com/callback',
    'https://app.example.com:8443/callback?a=1',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:3000/callback',
  ])('as %s is taken', async (uri) => {
    await register(uri)
  })
})

describe('a refresh token', () => {
  test('dies when it was not used for six months; each use begins them anew', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const token = (await connect(google)).credentials.refresh_token ?? ''
    google.advance(150 * DAY_MS)
    expect((await refresh(google, token)).status).toBe(200)
    google.advance(150 * DAY_MS)
    expect((await refresh(google, token)).status).toBe(200)
    google.advance(184 * DAY_MS)
    expect(await refresh(google, token)).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    })
  })

  test('of a new authorization lives beside one that died', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const oauth = await connect(google)
    google.advance(200 * DAY_MS)
    const url = authUrlOf(oauth, undefined, { prompt: 'consent' })
    const { tokens } = await oauth.getToken(codeOf(google.authorize(url, { email: PRO, grant: 'all' })))
    expect((await refresh(google, tokens.refresh_token ?? '')).status).toBe(200)
    expect((await refresh(google, oauth.credentials.refresh_token ?? '')).status).toBe(400)
  })
})
