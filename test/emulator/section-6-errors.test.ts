import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { allowStrays } from './discovery/watched-traffic.ts'
import { calendarClient, connect, refused, scope } from './official-client.ts'

const EVENTS = 'calendar/v3/calendars/primary/events'

async function raw(
  google: GoogleEmulator,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await google.fetch(`${google.endpoints.apiRootUrl}${path}`, init)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers }
}

describe('authentication', () => {
  test('no Authorization header is 401 Login Required.', async () => {
    await using google = await createGoogleEmulator()
    expect((await raw(google, EVENTS)).body).toEqual({
      error: {
        errors: [
          {
            domain: 'global',
            reason: 'required',
            message: 'Login Required.',
            locationType: 'header',
            location: 'Authorization',
          },
        ],
        code: 401,
        message: 'Login Required.',
      },
    })
  })

  test('a token nobody issued is 401 authError', async () => {
    await using google = await createGoogleEmulator()
    const api = calendarClient(google, 'ya29.nonsense')
    const answer = await refused(api.events.list({ calendarId: 'primary' }))
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({
      error: {
        errors: [
          {
            domain: 'global',
            reason: 'authError',
            message: 'Invalid Credentials',
            locationType: 'header',
            location: 'Authorization',
          },
        ],
        code: 401,
        message: 'Invalid Credentials',
      },
    })
  })

  test('expired access tokens answer alike, and a refresh mends it', async () => {
    await using run = await connected()
    run.google.faults.expireAccessTokens()
    expect(await refused(run.list())).toMatchObject({ status: 401, reason: 'authError' })
    await run.oauth.refreshAccessToken()
    expect((await run.list()).items).toEqual([])
  })

  test('a missing scope has the front-end envelope with Google’s method name', async () => {
    await using google = await createGoogleEmulator()
    const oauth = await connect(google, { scopes: [scope('calendar.events')] })
    const window = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-03-02T00:00:00Z' }
    const query = calendarClient(google, oauth).freebusy.query({ requestBody: window })
    expect((await refused(query)).body).toEqual({
      error: {
        code: 403,
        message: 'Request had insufficient authentication scopes.',
        errors: [{ message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }],
        status: 'PERMISSION_DENIED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
            domain: 'googleapis.com',
            metadata: { service: 'calendar-json.googleapis.com', method: 'calendar.v3.Freebusy.Query' },
          },
        ],
      },
    })
  })
})

describe('requests that are no calls', () => {
  const authorized = (run: Connected): Record<string, string> => ({
    authorization: `Bearer ${run.oauth.credentials.access_token}`,
  })

  test.each([
    ['an unknown path', 'GET', 'calendar/v3/nonsense', 404, 'notFound'],
    ['a path outside the API', 'GET', 'drive/v3/files', 404, 'notFound'],
    ['a method the path does not have', 'PUT', EVENTS, 405, 'httpMethodNotAllowed'],
    ['an empty event id', 'GET', `${EVENTS}/`, 404, 'notFound'],
    ['bad percent-encoding', 'GET', `calendar/v3/calendars/%E0%A4%A/events`, 400, 'badRequest'],
  ])('%s is refused in Google’s shape', async (_name, method, path, status, reason) => {
    await using run = await connected()
    const answer = await raw(run.google, path, { method, headers: authorized(run) })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ error: { code: status, errors: [{ reason }] } })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  })

  test.each([
    ['text that is no JSON', '{"summary":'],
    ['a JSON array', '[]'],
    ['a JSON string', '"x"'],
  ])('%s is 400 parseError', async (_name, body) => {
    await using run = await connected()
    const answer = await raw(run.google, EVENTS, { method: 'POST', headers: authorized(run), body })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error: { errors: [{ reason: 'parseError' }] } })
  })

  test.each([
    { start: 'tomorrow', end: 7 },
    { start: { dateTime: {} }, end: { dateTime: [] } },
    { attendees: 'all', start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
    { summary: {}, start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
    { recurrence: [1], start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
    {
      extendedProperties: { private: { a: {} } },
      start: { date: '2026-03-10' },
      end: { date: '2026-03-11' },
    },
    { id: 5, start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
  ])('a body of wrong types is 400, never a crash: %j', async (body) => {
    await using run = await connected()
    const init = { method: 'POST', headers: authorized(run), body: JSON.stringify(body) }
    expect((await raw(run.google, EVENTS, init)).status).toBe(400)
    expect(run.hand.events()).toEqual([])
  })

  test('a member called __proto__ is data like any other', async () => {
    allowStrays(/unknown member __proto__/)
    await using run = await connected()
    const body =
      '{"__proto__":{"polluted":true},"extendedProperties":{"private":{"__proto__":"x","constructor":"y"}},"start":{"date":"2026-03-10"},"end":{"date":"2026-03-11"}}'
    const answer = await raw(run.google, EVENTS, { method: 'POST', headers: authorized(run), body })
    expect(answer.status).toBe(200)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('a body over 5 MB is 413', async () => {
    await using run = await connected()
    const body = JSON.stringify({ summary: 'x'.repeat(5 * 1024 * 1024) })
    const answer = await raw(run.google, EVENTS, { method: 'POST', headers: authorized(run), body })
    expect(answer.status).toBe(413)
  })
})
