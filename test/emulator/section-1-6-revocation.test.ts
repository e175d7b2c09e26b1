import type { OAuth2Client } from 'google-auth-library'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { authUrlOf, calendarClient, codeOf, connect, oauthClient, refused } from './official-client.ts'

async function deadAccess(google: GoogleEmulator, oauth: OAuth2Client): Promise<boolean> {
  const { access_token: token } = oauth.credentials
  const api = calendarClient(google, token ?? '')
  const answer = await api.events.list({ calendarId: 'primary' }).catch((error: unknown) => error)
  return answer instanceof Error
}

async function deadRefresh(oauth: OAuth2Client): Promise<boolean> {
  const answer = await oauth.refreshAccessToken().catch((error: unknown) => error)
  return answer instanceof Error && answer.message === 'invalid_grant'
}

describe('revocation', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'revoking the %s through Google’s own library kills both',
    async (kind) => {
      await using google = await createGoogleEmulator()
      const oauth = await connect(google)
      const answer = await oauth.revokeToken(oauth.credentials[kind] ?? '')
      expect(answer.status).toBe(200)
      expect(await deadAccess(google, oauth)).toBe(true)
      expect(await deadRefresh(oauth)).toBe(true)
    },
  )

  test('the token may also come in the body', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    const body = new URLSearchParams({ token: oauth.credentials.refresh_token ?? '' })
    const answer = await google.fetch(google.endpoints.revokeUrl, { method: 'POST', body })
    expect(answer.status).toBe(200)
    expect(await deadRefresh(oauth)).toBe(true)
  })

  test('an unknown or already revoked token is 400 invalid_token', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    const token = oauth.credentials.refresh_token ?? ''
    await oauth.revokeToken(token)
    for (const dead of [token, 'nonsense']) {
      await expect(oauth.revokeToken(dead)).rejects.toMatchObject({
        response: {
          status: 400,
          data: { error: 'invalid_token', error_description: 'Token expired or revoked' },
        },
      })
    }
  })

  test('another refresh token of the same account lives on', async () => {
    await using google = await createGoogleEmulator()
    const first = await connect(google)
    const second = oauthClient(google)
    const url = authUrlOf(second, undefined, { prompt: 'consent' })
    const redirect = google.authorize(url, { email: 'pro@example.com', grant: 'all' })
    second.setCredentials((await second.getToken(codeOf(redirect))).tokens)
    await first.revokeToken(first.credentials.refresh_token ?? '')
    expect(await deadRefresh(first)).toBe(true)
    expect(await deadRefresh(second)).toBe(false)
  })

  test('after the last one is revoked, consent is shown again', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    await oauth.revokeToken(oauth.credentials.refresh_token ?? '')
    const again = await connect(google)
    expect(again.credentials.refresh_token).toMatch(/^1\/\/0/)
  })

  test('the user taking access back kills every token, and API calls answer 401', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    google.user('pro@example.com').revokeAccess()
    expect(await deadRefresh(oauth)).toBe(true)
    const api = calendarClient(google, oauth.credentials.access_token ?? '')
    expect(await refused(api.events.list({ calendarId: 'primary' }))).toMatchObject({
      status: 401,
      reason: 'authError',
    })
  })

  test('no token, code or secret is in the request log', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google)
    const { access_token: access = '', refresh_token: refresh = '' } = oauth.credentials
    await calendarClient(google, oauth).events.list({ calendarId: 'primary' })
    await oauth.revokeToken(refresh ?? '')
    const log = JSON.stringify(google.requests)
    for (const secret of [access, refresh, 'emulator-secret', '4/0A']) expect(log).not.toContain(secret)
  })
})
