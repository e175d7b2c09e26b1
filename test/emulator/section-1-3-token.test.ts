import { createHash, createPublicKey, createVerify, type JsonWebKey } from 'node:crypto'
import { CodeChallengeMethod } from 'google-auth-library'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import {
  authUrlOf,
  calendarClient,
  codeOf,
  connect,
  FULL,
  oauthClient,
  REDIRECT_URI,
  standingClock,
} from './official-client.ts'

const pro = { email: 'pro@example.com', grant: 'all' } as const

async function postToken(
  google: GoogleEmulator,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { tokenUrl } = google.endpoints
  const answer = await google.fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(fields), headers })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const client = { client_id: 'emulator-client', client_secret: 'emulator-secret' }

function exchange(google: GoogleEmulator): Record<string, string> {
  const code = codeOf(google.authorize(authUrlOf(oauthClient(google)), pro))
  return { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, ...client }
}

describe('the code exchange', () => {
  test('it answers with the members Google sends and no others', async () => {
    await using google = await createGoogleEmulator()
    const { status, body } = await postToken(google, exchange(google))
    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ya29\./),
      expires_in: 3599,
      refresh_token: expect.stringMatching(/^1\/\/0/),
      scope: FULL,
      token_type: 'Bearer',
    })
    expect(String(body.access_token).length).toBeLessThanOrEqual(2048)
    expect(String(body.refresh_token).length).toBeLessThanOrEqual(512)
  })

  test('the client may authenticate by HTTP Basic', async () => {
    await using google = await createGoogleEmulator()
    const { client_id: id, client_secret: secret, ...rest } = exchange(google)
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    expect((await postToken(google, rest, { authorization })).status).toBe(200)
  })

  test('a code works once', async () => {
    await using google = await createGoogleEmulator()
    const fields = exchange(google)
    expect((await postToken(google, fields)).status).toBe(200)
    expect((await postToken(google, fields)).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Bad Request',
    })
  })

  test('a refused exchange does not spend the code', async () => {
    await using google = await createGoogleEmulator()
    const fields = exchange(google)
    expect((await postToken(google, { ...fields, client_secret: 'wrong' })).status).toBe(401)
    expect((await postToken(google, fields)).status).toBe(200)
  })

  test.each([CodeChallengeMethod.S256, CodeChallengeMethod.Plain])('PKCE %s is enforced', async (method) => {
    await using google = await createGoogleEmulator()
    const oauth = oauthClient(google)
    const verifier = 'v'.repeat(64)
    const challenge =
      method === CodeChallengeMethod.S256
        ? createHash('sha256').update(verifier).digest('base64url')
        : verifier
    const url = authUrlOf(oauth, [FULL], { code_challenge: challenge, code_challenge_method: method })
    const code = codeOf(google.authorize(url, pro))
    await expect(oauth.getToken({ code })).rejects.toMatchObject({
      response: { data: { error: 'invalid_grant', error_description: 'Missing code verifier.' } },
    })
    await expect(oauth.getToken({ code, codeVerifier: 'w'.repeat(64) })).rejects.toMatchObject({
      response: { data: { error: 'invalid_grant', error_description: 'Invalid code verifier.' } },
    })
    expect((await oauth.getToken({ code, codeVerifier: verifier })).tokens.access_token).toBeTruthy()
  })
})

describe('the id token', () => {
  test('without openid there is none', async () => {
    await using google = await createGoogleEmulator()
    expect((await postToken(google, exchange(google))).body).not.toHaveProperty('id_token')
  })

  test('with openid and email it names the account and verifies against the published key', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const oauth = oauthClient(google)
    const url = authUrlOf(oauth, ['openid', 'email', FULL])
    const { tokens } = await oauth.getToken(codeOf(google.authorize(url, pro)))
    const [header = '', payload = '', signature = ''] = (tokens.id_token ?? '').split('.')
    const certs = await google.fetch(`${google.url}/oauth2/v3/certs`)
    const { keys } = (await certs.json()) as { keys: [JsonWebKey] }
    const key = createPublicKey({ key: keys[0], format: 'jwk' })
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
    expect(verify.verify(key, signature, 'base64url')).toBe(true)
    const issuedAt = google.now() / 1000
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      iss: 'https://accounts.google.com',
      azp: 'emulator-client',
      aud: 'emulator-client',
      sub: expect.stringMatching(/^\d{21}$/),
      email: 'pro@example.com',
      email_verified: true,
      iat: issuedAt,
      exp: issuedAt + 3600,
    })
  })
})

describe('the refresh', () => {
  test('it gives a new access token and no new refresh token', async () => {
    await using google = await createGoogleEmulator()
    const { body } = await postToken(google, exchange(google))
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token), ...client }
    const { status, body: refreshed } = await postToken(google, refresh)
    expect(status).toBe(200)
    expect(Object.keys(refreshed).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    expect(refreshed.access_token).not.toBe(body.access_token)
  })

  test('an access token dies after its hour; the official client then refreshes by itself', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const oauth = await connect(google)
    oauth.forceRefreshOnFailure = true
    const api = calendarClient(google, oauth)
    await api.events.list({ calendarId: 'primary' })
    const { access_token: first } = oauth.credentials
    google.advance(3_599_000)
    await api.events.list({ calendarId: 'primary' })
    expect(oauth.credentials.access_token).not.toBe(first)
    expect(google.requests.map(({ calendarMethod, status }) => [calendarMethod, status]).slice(-3)).toEqual([
      ['calendar.events.list', 401],
      ['oauth.token', 200],
      ['calendar.events.list', 200],
    ])
  })

  test('the life of an access token is a knob', async () => {
    await using google = await createGoogleEmulator({ accessTokenTtlMs: 60_000 })
    expect((await postToken(google, exchange(google))).body.expires_in).toBe(60)
  })

  test('the 101st refresh token kills the oldest, without a word', async () => {
    await using google = await createGoogleEmulator()
    const oauth = oauthClient(google)
    const url = authUrlOf(oauth, [FULL], { prompt: 'consent' })
    const tokens: string[] = []
    for (let count = 0; count < 101; count += 1) {
      const answer = await oauth.getToken(codeOf(google.authorize(url, pro)))
      tokens.push(answer.tokens.refresh_token ?? '')
    }
    const refresh = async (token = ''): Promise<number> =>
      (await postToken(google, { grant_type: 'refresh_token', refresh_token: token, ...client })).status
    expect(await refresh(tokens[0])).toBe(400)
    expect(await refresh(tokens[1])).toBe(200)
    expect(await refresh(tokens[100])).toBe(200)
  })

  test('a Testing app says that its refresh token dies after seven days, and it does', async () => {
    await using google = await createGoogleEmulator({
      clock: standingClock(),
      clients: [
        {
          clientId: client.client_id,
          clientSecret: client.client_secret,
          redirectUris: [REDIRECT_URI],
          testing: true,
        },
      ],
    })
    const { body } = await postToken(google, exchange(google))
    expect(body.refresh_token_expires_in).toBe(604_799)
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token), ...client }
    google.advance(6 * 86_400_000)
    expect((await postToken(google, refresh)).status).toBe(200)
    google.advance(86_400_000)
    expect((await postToken(google, refresh)).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    })
  })
})

describe('token info and user info', () => {
  test('token info names client, scopes and remaining life', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const oauth = await connect(google, { scopes: ['openid', 'email', FULL] })
    const info = await oauth.getTokenInfo(oauth.credentials.access_token ?? '')
    expect(info).toMatchObject({ aud: 'emulator-client', email: 'pro@example.com', access_type: 'offline' })
    expect(info.scopes).toContain(FULL)
  })

  test('user info answers a sign-in token and refuses others', async () => {
    await using google = await createGoogleEmulator()
    const ask = async (scopes: string[]): Promise<Response> => {
      const { credentials } = await connect(google, { scopes })
      const headers = { authorization: `Bearer ${credentials.access_token}` }
      return google.fetch(google.endpoints.userInfoUrl, { headers })
    }
    expect((await ask([FULL])).status).toBe(401)
    expect(await (await ask(['openid', 'email'])).json()).toMatchObject({
      email: 'pro@example.com',
      email_verified: true,
    })
  })

  test('Google’s own client verifies it', async () => {
    await using google = await createGoogleEmulator()
    const oauth = oauthClient(google)
    const { tokens } = await oauth.getToken(
      codeOf(google.authorize(authUrlOf(oauth, ['openid', 'email', FULL]), pro)),
    )
    const audience = 'emulator-client'
    const ticket = await oauth.verifyIdToken({ idToken: tokens.id_token ?? '', audience })
    expect(ticket.getPayload()?.email).toBe('pro@example.com')
    await expect(
      oauth.verifyIdToken({ idToken: tokens.id_token ?? '', audience: 'another' }),
    ).rejects.toThrow('Wrong recipient')
  })
})
