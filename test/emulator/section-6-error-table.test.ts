import { describe, expect, test } from 'vitest'
import type { FailNext, GoogleEmulatorOptions } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { connect, scope, timed } from './official-client.ts'
import { allowStrays } from './discovery/watched-traffic.ts'

const EVENTS = 'calendars/primary/events'

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(run: Connected, asked: Asked): Promise<Response> {
  const {
    method = 'GET',
    path = EVENTS,
    body,
    text = body === undefined ? undefined : JSON.stringify(body),
  } = asked
  return run.google.fetch(`${run.google.endpoints.apiRootUrl}calendar/v3/${path}`, {
    method,
    headers: { authorization: `Bearer ${run.oauth.credentials.access_token}`, ...asked.headers },
    ...(text === undefined ? {} : { body: text }),
  })
}

/** The envelope of the service, as text: the order of the members is Google's. */
function backEnd(
  code: number,
  domain: string,
  reason: string,
  message: string,
  at: readonly [string, string] | [] = [],
): string {
  const [locationType, location] = at
  const entry = { domain, reason, message, ...(location === undefined ? {} : { locationType, location }) }
  return JSON.stringify({ error: { errors: [entry], code, message } })
}

const HEADER = (name: string): [string, string] => ['header', name]
const PARAMETER = (name: string): [string, string] => ['parameter', name]

interface Row {
  readonly name: string
  readonly options?: GoogleEmulatorOptions
  readonly before?: (run: Connected) => unknown
  readonly ask: Asked | ((run: Connected) => Promise<Asked> | Asked)
  readonly status: number
  readonly body: string
}

const insert = (body: object): Asked => ({ method: 'POST', body })
const at = (time: string): object => ({ dateTime: `2026-03-10T${time}:00-03:00` })

async function syncToken(run: Connected): Promise<string> {
  return encodeURIComponent((await run.list()).nextSyncToken ?? '')
}

const ROWS: readonly Row[] = [
  {
    name: 'timeRangeEmpty',
    ask: insert({ start: at('11:00'), end: at('10:00') }),
    status: 400,
    body: backEnd(
      400,
      'calendar',
      'timeRangeEmpty',
      'The specified time range is empty.',
      PARAMETER('timeMax'),
    ),
  },
  {
    name: 'required',
    ask: insert({ start: at('11:00') }),
    status: 400,
    body: backEnd(400, 'global', 'required', 'Missing end time.'),
  },
  {
    name: 'invalid',
    ask: insert(timed({ id: 'wxyz-' })),
    status: 400,
    body: backEnd(400, 'global', 'invalid', 'Invalid resource id value.'),
  },
  {
    name: 'badRequest',
    ask: { path: `${EVENTS}?timeMin=yesterday` },
    status: 400,
    body: backEnd(400, 'global', 'badRequest', 'Bad Request'),
  },
  {
    name: 'parseError',
    ask: { method: 'POST', text: '{"summary":' },
    status: 400,
    body: backEnd(400, 'global', 'parseError', 'Parse Error'),
  },
  {
    name: 'syncTokenWithRequestRestrictions',
    ask: async (run) => ({ path: `${EVENTS}?syncToken=${await syncToken(run)}&q=x` }),
    status: 400,
    body: backEnd(
      400,
      'calendar',
      'syncTokenWithRequestRestrictions',
      'Sync token cannot be used with other request restrictions.',
      PARAMETER('syncToken'),
    ),
  },
  {
    name: 'syncTokenWithNonDefaultOrdering',
    ask: async (run) => ({ path: `${EVENTS}?syncToken=${await syncToken(run)}&orderBy=updated` }),
    status: 400,
    body: backEnd(
      400,
      'calendar',
      'syncTokenWithNonDefaultOrdering',
      'Sync token cannot be used with a non-default ordering.',
      PARAMETER('syncToken'),
    ),
  },
  {
    name: 'authError',
    ask: { headers: { authorization: 'Bearer ya29.nobody' } },
    status: 401,
    body: backEnd(401, 'global', 'authError', 'Invalid Credentials', HEADER('Authorization')),
  },
  {
    name: 'required, for a missing header',
    ask: { headers: { authorization: '' } },
    status: 401,
    body: backEnd(401, 'global', 'required', 'Login Required.', HEADER('Authorization')),
  },
  {
    name: 'userRateLimitExceeded',
    options: { quota: { unitsPerMinutePerUser: 0 } },
    ask: {},
    status: 403,
    body: backEnd(403, 'usageLimits', 'userRateLimitExceeded', 'User Rate Limit Exceeded'),
  },
  {
    name: 'rateLimitExceeded',
    options: { quota: { unitsPerMinutePerProject: 0 } },
    ask: {},
    status: 403,
    body: backEnd(403, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  },
  {
    name: 'quotaExceeded',
    options: { quota: { calendarsCreated: 0 } },
    ask: { method: 'POST', path: 'calendars', body: { summary: 'Salon' } },
    status: 403,
    body: backEnd(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  },
  {
    name: 'dailyLimitExceeded',
    options: { quota: { unitsPerDay: 0 } },
    ask: {},
    status: 403,
    body: backEnd(403, 'usageLimits', 'dailyLimitExceeded', 'Daily Limit Exceeded'),
  },
  {
    name: 'requiredAccessLevel',
    before: (run) =>
      run.google
        .user('pro@example.com')
        .addCalendar({ id: 'team@group.calendar.google.com', summary: 'Team', accessRole: 'reader' }),
    ask: { ...insert(timed()), path: 'calendars/team@group.calendar.google.com/events' },
    status: 403,
    body: backEnd(403, 'calendar', 'requiredAccessLevel', 'You need to have writer access to this calendar.'),
  },
  {
    name: 'notFound, for an event',
    ask: { path: `${EVENTS}/neverwas` },
    status: 404,
    body: backEnd(404, 'global', 'notFound', 'Not Found'),
  },
  {
    name: 'notFound, for a calendar the user cannot see',
    ask: { path: 'calendars/other@example.com/events' },
    status: 404,
    body: backEnd(404, 'global', 'notFound', 'Not Found'),
  },
  {
    name: 'duplicate',
    before: async (run) => run.insert({ id: 'aaaaa' }),
    ask: insert(timed({ id: 'aaaaa' })),
    status: 409,
    body: backEnd(409, 'global', 'duplicate', 'The requested identifier already exists.'),
  },
  {
    name: 'fullSyncRequired',
    ask: async (run) => {
      const token = await syncToken(run)
      run.google.faults.expireSyncTokens()
      return { path: `${EVENTS}?syncToken=${token}` }
    },
    status: 410,
    body: backEnd(
      410,
      'calendar',
      'fullSyncRequired',
      'Sync token is no longer valid, a full sync is required.',
      PARAMETER('syncToken'),
    ),
  },
  {
    name: 'updatedMinTooLongAgo',
    ask: { path: `${EVENTS}?updatedMin=2020-01-01T00:00:00Z` },
    status: 410,
    body: backEnd(
      410,
      'calendar',
      'updatedMinTooLongAgo',
      'The requested minimum modification time lies too far in the past.',
      PARAMETER('updatedMin'),
    ),
  },
  {
    name: 'deleted',
    before: async (run) => run.hand.delete((await run.insert({ id: 'aaaaa' })).id),
    ask: { method: 'DELETE', path: `${EVENTS}/aaaaa` },
    status: 410,
    body: backEnd(410, 'global', 'deleted', 'Resource has been deleted'),
  },
  {
    name: 'conditionNotMet',
    before: async (run) => run.insert({ id: 'aaaaa' }),
    ask: { method: 'PATCH', path: `${EVENTS}/aaaaa`, body: {}, headers: { 'if-match': '"1"' } },
    status: 412,
    body: backEnd(412, 'global', 'conditionNotMet', 'Precondition Failed', HEADER('If-Match')),
  },
]

test.each(ROWS)('$name: the whole body', async ({ options = {}, before, ask: asked, status, body }) => {
  await using run = await connected(options)
  await before?.(run)
  const answer = await ask(run, typeof asked === 'function' ? await asked(run) : asked)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(await answer.text()).toBe(body)
})

const FORCED: readonly (readonly [fault: FailNext, body: string])[] = [
  [
    { status: 403, reason: 'forbiddenForNonOrganizer' },
    backEnd(
      403,
      'calendar',
      'forbiddenForNonOrganizer',
      'Shared properties can only be changed by the organizer of the event.',
    ),
  ],
  [{ status: 403, reason: 'forbidden' }, backEnd(403, 'global', 'forbidden', 'Forbidden')],
  [
    { status: 403, reason: 'notACalendarUser' },
    backEnd(403, 'calendar', 'notACalendarUser', 'The user must be signed up for Google Calendar.'),
  ],
  [
    { status: 403, reason: 'forbiddenForServiceAccounts' },
    backEnd(
      403,
      'calendar',
      'forbiddenForServiceAccounts',
      'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.',
    ),
  ],
  [
    { status: 429, reason: 'userRateLimitExceeded' },
    '{"error":{"code":429,"message":"User Rate Limit Exceeded","errors":[{"message":"User Rate Limit Exceeded","domain":"usageLimits","reason":"userRateLimitExceeded"}],"status":"RESOURCE_EXHAUSTED"}}',
  ],
  [{ status: 409, reason: 'conflict' }, backEnd(409, 'global', 'conflict', 'Conflict')],
  [{ status: 500 }, backEnd(500, 'global', 'backendError', 'Backend Error')],
  [{ status: 502 }, backEnd(502, 'global', 'backendError', 'Backend Error')],
  [{ status: 503 }, backEnd(503, 'global', 'backendError', 'Backend Error')],
  [{ status: 504 }, backEnd(504, 'global', 'backendError', 'Backend Error')],
]

test.each(FORCED)('%j, forced: the whole body', async (fault, body) => {
  await using run = await connected()
  run.google.faults.failNext(fault)
  const answer = await ask(run, {})
  expect(answer.status).toBe(fault.status)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(await answer.text()).toBe(body)
})

describe('the envelope of the front end', () => {
  test('a missing scope: the whole body, and a challenge', async () => {
    await using run = await connected()
    const oauth = await connect(run.google, { scopes: [scope('calendar.events')] })
    const authorization = `Bearer ${oauth.credentials.access_token}`
    const answer = await ask(run, { method: 'POST', path: 'freeBusy', body: {}, headers: { authorization } })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(await answer.text()).toBe(
      '{"error":{"code":403,"message":"Request had insufficient authentication scopes.","errors":[{"message":"Insufficient Permission","domain":"global","reason":"insufficientPermissions"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com","metadata":{"service":"calendar-json.googleapis.com","method":"calendar.v3.Freebusy.Query"}}]}}',
    )
  })

  test.each([
    [
      'Bearer nobody',
      'Request had invalid authentication credentials.',
      '{"message":"Invalid Credentials","domain":"global","reason":"authError","location":"Authorization","locationType":"header"}',
    ],
    [
      '',
      'Request is missing required authentication credential.',
      '{"message":"Login Required.","domain":"global","reason":"required","location":"Authorization","locationType":"header"}',
    ],
  ])(
    'authErrorEnvelope: front-end gives a 401 as seen in traffic (%j)',
    async (authorization, problem, entry) => {
      await using run = await connected({ authErrorEnvelope: 'front-end' })
      const answer = await ask(run, { headers: { authorization } })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect(await answer.text()).toBe(
        `{"error":{"code":401,"message":"${problem} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.","errors":[${entry}],"status":"UNAUTHENTICATED"}}`,
      )
    },
  )

  test.each(['GET', 'POST', 'DELETE'])(
    '%s: a 401 has a challenge, other refusals have none',
    async (method) => {
      await using run = await connected()
      const path = method === 'POST' ? EVENTS : `${EVENTS}/neverwas`
      const refused = await ask(run, { method, path, headers: { authorization: 'Bearer nobody' } })
      expect(refused.headers.get('www-authenticate')).toContain('Bearer realm="https://accounts.google.com/"')
      const unknown = await ask(run, { method, path: 'nonsense' })
      expect(unknown.headers.has('www-authenticate')).toBe(false)
    },
  )
})

test('5xx of the edge can be HTML', async () => {
  await using run = await connected()
  allowStrays(/content type text\/html/)
  run.google.faults.failNext({ status: 503, envelope: 'html' })
  const answer = await ask(run, {})
  expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8')
  expect(await answer.text()).toMatch(/^<!DOCTYPE html>/)
})
