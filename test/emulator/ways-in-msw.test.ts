import { calendar } from '@googleapis/calendar'
import { OAuth2Client } from 'google-auth-library'
import { http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  DEFAULT_CLIENT,
  createGoogleEmulator,
  mswHandlers,
  type GoogleEmulator,
} from 'appointment-sync/testing/emulator'
import { FULL, REDIRECT_URI, codeOf, timed } from './official-client.ts'

const server = setupServer()
let google: GoogleEmulator

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
beforeEach(async () => {
  google = await createGoogleEmulator()
  server.use(...mswHandlers(google, http))
})
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

/** Google's own client as an application has it: no address of the emulator anywhere. */
async function untouchedClient(): Promise<{ oauth: OAuth2Client; api: ReturnType<typeof calendar> }> {
  const { clientId, clientSecret } = DEFAULT_CLIENT
  const oauth = new OAuth2Client({ clientId, clientSecret, redirectUri: REDIRECT_URI })
  const authUrl = oauth.generateAuthUrl({ access_type: 'offline', scope: [FULL, 'email'] })
  const redirect = google.authorize(authUrl, { email: 'pro@example.com', grant: 'all' })
  const { tokens } = await oauth.getToken(codeOf(redirect))
  oauth.setCredentials(tokens)
  return { oauth, api: calendar({ version: 'v3', auth: oauth, retryConfig: { retry: 0 } }) }
}

describe('msw handlers for Google’s real hosts', () => {
  test('serve the official client with no endpoint overridden', async () => {
    const { oauth, api } = await untouchedClient()
    const { data: event } = await api.events.insert({ calendarId: 'primary', requestBody: timed() })
    expect((await api.events.list({ calendarId: 'primary' })).data.items).toEqual([event])
    const { email } = await oauth.getTokenInfo(oauth.credentials.access_token ?? '')
    expect(email).toBe('pro@example.com')
    await oauth.revokeToken(oauth.credentials.refresh_token ?? '')
    await expect(api.events.list({ calendarId: 'primary' })).rejects.toThrow()
  })

  test.each([
    ['https://accounts.google.com/o/oauth2/v2/auth', 400],
    ['https://oauth2.googleapis.com/tokeninfo', 400],
    ['https://openidconnect.googleapis.com/v1/userinfo', 401],
    ['https://www.googleapis.com/oauth2/v3/certs', 200],
    ['https://www.googleapis.com/calendar/v3/colors', 401],
    ['https://www.googleapis.com/drive/v3/files', 404],
  ])('answer plain fetch at %s with %s', async (address, status) => {
    expect((await fetch(address)).status).toBe(status)
    expect(google.requests).toHaveLength(1)
  })

  test('pass headers, query and body on, and a batch to its own path', async () => {
    const { oauth } = await untouchedClient()
    google.requests.length = 0
    const part = 'Content-Type: application/http\r\nContent-ID: <one>\r\n\r\nGET /calendar/v3/colors\r\n\r\n'
    const answer = await fetch('https://www.googleapis.com/batch/calendar/v3', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${oauth.credentials.access_token}`,
        'content-type': 'multipart/mixed; boundary=b',
      },
      body: `--b\r\n${part}--b--\r\n`,
    })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('calendar#colors')
  })

  test('make a lost connection a network error', async () => {
    const { api } = await untouchedClient()
    google.faults.dropNext({ applied: true })
    await expect(api.events.insert({ calendarId: 'primary', requestBody: timed() })).rejects.toThrow()
    expect(google.user('pro@example.com').calendar().events()).toHaveLength(1)
    google.faults.dropNext()
    await expect(fetch('https://www.googleapis.com/calendar/v3/colors')).rejects.toThrow(TypeError)
  })

  test('let a caller go who aborts', async () => {
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const sleep = async (): Promise<void> => {
      arrived()
      return new Promise(() => undefined)
    }
    await using slow = await createGoogleEmulator({ sleep })
    slow.faults.latencyMs(1)
    server.use(...mswHandlers(slow, http))
    const leaving = new AbortController()
    const call = fetch('https://www.googleapis.com/calendar/v3/colors', { signal: leaving.signal })
    await arrival
    leaving.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
  })

  test('pass on a mistake of the emulator instead of hiding it', async () => {
    const broken = mswHandlers({ fetch: async () => Promise.reject(new RangeError('a bug')) }, http)
    server.use(...broken)
    expect((await fetch('https://www.googleapis.com/calendar/v3/colors')).status).toBe(500)
  })

  test('serve nothing but Google', async () => {
    await expect(fetch('https://example.com/')).rejects.toThrow()
    expect(google.requests).toEqual([])
  })
})
