import { expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { authUrlOf, codeOf, connect, oauthClient, REDIRECT_URI } from './official-client.ts'

const client = { client_id: 'emulator-client', client_secret: 'emulator-secret' }
const other = { clientId: 'other-client', clientSecret: 'other-secret', redirectUris: [REDIRECT_URI] }

const LIVE_CODE = '<live code>'
const LIVE_REFRESH = '<live refresh token>'
const code = { grant_type: 'authorization_code', code: LIVE_CODE, redirect_uri: REDIRECT_URI, ...client }
const refresh = { grant_type: 'refresh_token', refresh_token: LIVE_REFRESH, ...client }

test.each([
  ['no grant type', client, 400, 'invalid_request', 'Missing required parameter: grant_type'],
  [
    'an unknown grant type',
    { ...client, grant_type: 'password' },
    400,
    'unsupported_grant_type',
    'Invalid grant_type: password',
  ],
  [
    'no client',
    { grant_type: 'refresh_token' },
    400,
    'invalid_request',
    'Could not determine client ID from request.',
  ],
  [
    'an unknown client',
    { ...code, client_id: 'x' },
    401,
    'invalid_client',
    'The OAuth client was not found.',
  ],
  ['no secret', { ...code, client_secret: '' }, 400, 'invalid_request', 'client_secret is missing.'],
  ['a bad secret', { ...code, client_secret: 'x' }, 401, 'invalid_client', 'Unauthorized'],
  ['no code', { ...code, code: '' }, 400, 'invalid_request', 'Missing required parameter: code'],
  ['a code still URL-encoded', { ...code, code: '4%2F0Axyz' }, 400, 'invalid_grant', 'Malformed auth code.'],
  ['an unknown code', { ...code, code: '4/0Axyz' }, 400, 'invalid_grant', 'Bad Request'],
  [
    'a code of another client',
    { ...code, client_id: other.clientId, client_secret: other.clientSecret },
    400,
    'invalid_grant',
    'Bad Request',
  ],
  [
    'another redirect URI',
    { ...code, redirect_uri: `${REDIRECT_URI}/` },
    400,
    'redirect_uri_mismatch',
    'Bad Request',
  ],
  [
    'no refresh token',
    { ...refresh, refresh_token: '' },
    400,
    'invalid_request',
    'Missing required parameter: refresh_token',
  ],
  [
    'a dead refresh token',
    { ...refresh, refresh_token: '1//0dead' },
    400,
    'invalid_grant',
    'Token has been expired or revoked.',
  ],
  [
    'a refresh token of another client',
    { ...refresh, client_id: other.clientId, client_secret: other.clientSecret },
    400,
    'invalid_grant',
    'Bad Request',
  ],
])('%s', async (_name, fields: Record<string, string>, status, error, description) => {
  await using google = await createGoogleEmulator()
  google.registerClient(other)
  const { credentials } = await connect(google)
  const url = authUrlOf(oauthClient(google))
  const live: Record<string, string> = {
    [LIVE_CODE]: codeOf(google.authorize(url, { email: 'pro@example.com', grant: 'all' })),
    [LIVE_REFRESH]: credentials.refresh_token ?? '',
  }
  const entries = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    live[value] ?? value,
  ])
  const body = new URLSearchParams(entries)
  const answer = await google.fetch(google.endpoints.tokenUrl, { method: 'POST', body })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error, error_description: description })
})

test('a GET of the token endpoint is 405', async () => {
  await using google = await createGoogleEmulator()
  expect((await google.fetch(google.endpoints.tokenUrl)).status).toBe(405)
})

test('a refusal can be ordered, for as many requests as wanted', async () => {
  await using google = await createGoogleEmulator()
  const oauth = await connect(google)
  google.faults.tokenError({ error: 'server_error', status: 503, times: 2 })
  const refreshOnce = async (): Promise<unknown> => oauth.refreshAccessToken()
  await expect(refreshOnce()).rejects.toMatchObject({ response: { status: 503 } })
  await expect(refreshOnce()).rejects.toMatchObject({ response: { data: { error: 'server_error' } } })
  await expect(refreshOnce()).resolves.toBeDefined()
})
