import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { allowStrays } from './discovery/watched-traffic.ts'
import { connect, refused, standingClock, timed } from './official-client.ts'

const primary = { calendarId: 'primary' }

/** A promise and the function that resolves it. */
function gate(): { until: Promise<void>; open: () => void } {
  let open = (): void => undefined
  const until = new Promise<void>((resolve) => {
    open = resolve
  })
  return { until, open }
}

async function insertDirectly(run: Connected, init: RequestInit = {}): Promise<Response> {
  return run.google.fetch(`${run.google.endpoints.apiRootUrl}calendar/v3/calendars/primary/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${run.oauth.credentials.access_token}` },
    body: JSON.stringify(timed()),
    ...init,
  })
}

describe('failNext', () => {
  test.each([
    [{ status: 503 }, 503, 'backendError', 'Backend Error'],
    [{ status: 429 }, 429, 'rateLimitExceeded', 'Rate Limit Exceeded'],
    [{ status: 403, reason: 'quotaExceeded' }, 403, 'quotaExceeded', 'Calendar usage limits exceeded.'],
    [{ status: 412 }, 412, 'conditionNotMet', 'Precondition Failed'],
    [{ status: 403, reason: 'somethingNew' }, 403, 'somethingNew', 'somethingNew'],
  ])('%j answers once in Google’s envelope', async (fault, status, reason, message) => {
    await using run = await connected()
    run.google.faults.failNext(fault)
    expect(await refused(run.insert())).toMatchObject({ status, reason, message })
    expect(run.hand.events()).toEqual([])
    await run.insert()
    expect(run.hand.events()).toHaveLength(1)
  })

  test('`after` lets so many matching requests pass first', async () => {
    await using run = await connected()
    run.google.faults.failNext({ match: { method: 'POST' }, status: 503, after: 2 })
    run.google.faults.dropNext({ match: { method: 'POST' }, after: 3 })
    await run.insert()
    await run.insert()
    expect(await refused(run.insert())).toMatchObject({ status: 503 })
    await run.insert()
    await expect(run.insert()).rejects.toThrow()
    expect(run.hand.events()).toHaveLength(3)
  })

  test('applied: the write takes effect and only its answer is lost', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 500, applied: true })
    expect((await refused(run.insert({ id: 'abcde' }))).status).toBe(500)
    expect(run.hand.get('abcde').status).toBe('confirmed')
    expect((await refused(run.insert({ id: 'abcde' }))).status).toBe(409)
  })

  test('it hits the requests it is for, as often as told, in the order it was armed', async () => {
    await using run = await connected()
    const { faults } = run.google
    faults.failNext({ match: { method: 'DELETE' }, status: 500 })
    faults.failNext({ match: { path: /\/events$/ }, status: 502, times: 2 })
    faults.failNext({ match: { path: '/events' }, status: 504 })
    const seen = [await refused(run.list()), await refused(run.insert()), await refused(run.list())]
    expect(seen.map(({ status }) => status)).toEqual([502, 502, 504])
    const { id } = await run.insert()
    expect((await refused(run.api.events.delete({ ...primary, eventId: id }))).status).toBe(500)
    await run.api.events.delete({ ...primary, eventId: id })
  })

  test('body and headers can be given: HTML from the edge, Retry-After', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 502, body: '<h1>502</h1>', headers: { 'retry-after': '7' } })
    const answer = await insertDirectly(run)
    expect(answer.status).toBe(502)
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(await answer.text()).toBe('<h1>502</h1>')
  })

  test('clear disarms', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 500 })
    run.google.faults.clear()
    expect((await run.list()).items).toEqual([])
  })
})

describe('dropNext', () => {
  test('fetch rejects as for a lost connection, before or after the write', async () => {
    await using run = await connected()
    run.google.faults.dropNext()
    await expect(insertDirectly(run)).rejects.toThrow(new TypeError('fetch failed'))
    expect(run.hand.events()).toHaveLength(0)
    run.google.faults.dropNext({ applied: true, match: { method: 'POST' } })
    await expect(insertDirectly(run)).rejects.toThrow(new TypeError('fetch failed'))
    expect(run.hand.events()).toHaveLength(1)
    expect(run.google.requests.map(({ status }) => status)).toEqual([0, 0])
  })
})

describe('the forms of an error', () => {
  async function rawList(run: Connected): Promise<{ status: number; type: string | null; text: string }> {
    const answer = await insertDirectly(run)
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }

  test.each([500, 502, 503, 504])('%i as a page of the edge', async (status) => {
    await using run = await connected()
    run.google.faults.failNext({ status, envelope: 'html' })
    const answer = await rawList(run)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe('text/html; charset=UTF-8')
    expect(answer.text).toContain(`<title>Error ${status} (Server Error)!!1</title>`)
  })

  test('the envelope of the front end has its own order, a status and no domain first', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 403, reason: 'rateLimitExceeded', envelope: 'front-end' })
    expect((await rawList(run)).text).toBe(
      '{"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"message":"Rate Limit Exceeded","domain":"usageLimits","reason":"rateLimitExceeded"}],"status":"PERMISSION_DENIED"}}',
    )
  })

  test('429 comes from the front end unless told otherwise', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 429 })
    run.google.faults.failNext({ status: 429, envelope: 'back-end' })
    expect((await rawList(run)).text).toContain('"status":"RESOURCE_EXHAUSTED"')
    expect((await rawList(run)).text).not.toContain('"status"')
  })

  test('a missing scope is named with the method that was called', async () => {
    await using run = await connected()
    run.google.faults.failNext({ status: 403, reason: 'insufficientPermissions' })
    expect((await rawList(run)).text).toContain('"method":"calendar.v3.Events.Insert"')
  })

  test.each([204, 304])('%i has no body', async (status) => {
    await using run = await connected()
    allowStrays(/answer: /)
    run.google.faults.failNext({ status })
    expect((await rawList(run)).text).toBe('')
  })

  test('what cannot be sent is refused where it is armed', async () => {
    await using run = await connected()
    expect(() => run.google.faults.failNext({ status: 99 })).toThrow(RangeError)
    expect(() => run.google.faults.failNext({ status: 600 })).toThrow(RangeError)
    expect(() => run.google.faults.failNext({ status: 500, headers: { 'a b': 'c' } })).toThrow(TypeError)
    expect((await run.list()).items).toEqual([])
  })
})

describe('disableApi', () => {
  test('every Calendar call is 403 accessNotConfigured until it is switched on; OAuth goes on', async () => {
    allowStrays(/extendedHelp/)
    await using run = await connected()
    run.google.faults.disableApi(true)
    const { status, body } = await refused(run.list())
    expect(status).toBe(403)
    const url =
      'https://console.developers.google.com/apis/api/calendar-json.googleapis.com/overview?project=100000000001'
    const message = `Google Calendar API has not been used in project 100000000001 before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`
    expect(body).toEqual({
      error: {
        code: 403,
        message,
        errors: [
          {
            message,
            domain: 'usageLimits',
            reason: 'accessNotConfigured',
            extendedHelp: 'https://console.developers.google.com',
          },
        ],
        status: 'PERMISSION_DENIED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.Help',
            links: [{ description: 'Google developers console API activation', url }],
          },
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'SERVICE_DISABLED',
            domain: 'googleapis.com',
            metadata: { service: 'calendar-json.googleapis.com', consumer: 'projects/100000000001' },
          },
        ],
      },
    })
    await run.oauth.refreshAccessToken()
    run.google.faults.disableApi(false)
    expect((await run.list()).items).toEqual([])
  })
})

describe('hangNext', () => {
  test.each([
    [false, 0],
    [true, 1],
  ])('applied %s: no answer ever comes, until the caller gives up', async (applied, made) => {
    await using run = await connected()
    run.google.faults.hangNext({ match: { method: 'POST' }, applied })
    const caller = new AbortController()
    const lost = insertDirectly(run, { signal: caller.signal })
    const outcome = expect(lost).rejects.toThrow('out of patience')
    expect((await run.list()).items).toHaveLength(made)
    caller.abort(new Error('out of patience'))
    await outcome
    expect(run.google.requests.map(({ status }) => status)).toEqual([0, 200])
    expect((await insertDirectly(run)).status).toBe(200)
  })

  test('over a port the client’s own limit ends it, and the next call is answered', async () => {
    await using google = await createGoogleEmulator({ port: 0, clock: standingClock() })
    const oauth = await connect(google, { wire: true })
    google.faults.hangNext()
    const init = { headers: { authorization: `Bearer ${oauth.credentials.access_token}` } }
    const url = `${google.endpoints.apiRootUrl}calendar/v3/colors`
    await expect(fetch(url, { ...init, signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout')
    expect((await fetch(url, init)).status).toBe(200)
  })

  test('closing the emulator ends it over a port', async () => {
    const google = await createGoogleEmulator({ port: 0 })
    google.faults.hangNext({ times: 2 })
    const lost = [fetch(google.endpoints.tokenUrl), fetch(google.endpoints.tokenUrl)].map(async (call) =>
      call.catch((error: unknown) => error),
    )
    while (google.requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await google.close()
    for (const error of await Promise.all(lost)) expect(error).toBeInstanceOf(TypeError)
  })
})

test.each([401, 403, 410, 412, 429, 500, 503])(
  'a forced %i can come before or after the write takes effect',
  async (status) => {
    await using run = await connected()
    run.google.faults.failNext({ match: { method: 'POST' }, status })
    expect((await insertDirectly(run)).status).toBe(status)
    expect(run.hand.events()).toHaveLength(0)
    run.google.faults.failNext({ match: { method: 'POST' }, status, applied: true })
    expect((await insertDirectly(run)).status).toBe(status)
    expect(run.hand.events()).toHaveLength(1)
  },
)

test('expireSyncTokens reaches every list', async () => {
  await using run = await connected()
  const { api, google } = run
  const token = async (list: Promise<{ data: { nextSyncToken?: string | null } }>): Promise<string> =>
    (await list).data.nextSyncToken ?? ''
  const tokens = {
    events: await token(api.events.list({ calendarId: 'primary' })),
    calendars: await token(api.calendarList.list()),
    rules: await token(api.acl.list({ calendarId: 'primary' })),
    settings: await token(api.settings.list()),
  }
  google.faults.expireSyncTokens()
  const calls = [
    api.events.list({ calendarId: 'primary', syncToken: tokens.events }),
    api.calendarList.list({ syncToken: tokens.calendars }),
    api.acl.list({ calendarId: 'primary', syncToken: tokens.rules }),
    api.settings.list({ syncToken: tokens.settings }),
  ]
  for (const call of calls)
    expect(await refused(call)).toMatchObject({ status: 410, reason: 'fullSyncRequired' })
})

describe('delayNext', () => {
  test('the answer is held until the promise resolves, others overtake it', async () => {
    await using run = await connected()
    const { until, open } = gate()
    run.google.faults.delayNext({ match: { method: 'POST' }, until })
    let answered = false
    const held = insertDirectly(run).finally(() => {
      answered = true
    })
    expect((await run.list()).items).toHaveLength(1)
    expect(answered).toBe(false)
    open()
    expect((await held).status).toBe(200)
  })

  test('applied: false holds the write itself', async () => {
    await using run = await connected()
    const { until, open } = gate()
    run.google.faults.delayNext({ match: { method: 'POST' }, until, applied: false })
    const held = insertDirectly(run)
    expect((await run.list()).items).toEqual([])
    open()
    await held
    expect((await run.list()).items).toHaveLength(1)
  })

  test('an abort ends the wait with its reason; the write may have taken effect', async () => {
    await using run = await connected()
    run.google.faults.delayNext({ match: { method: 'POST' }, until: gate().until })
    const controller = new AbortController()
    const held = insertDirectly(run, { signal: controller.signal })
    const outcome = expect(held).rejects.toThrow('gave up')
    expect((await run.list()).items).toHaveLength(1)
    controller.abort(new Error('gave up'))
    await outcome
  })

  test('a signal that fired before sends nothing', async () => {
    await using run = await connected()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(insertDirectly(run, { signal })).rejects.toThrow('too late')
    expect(run.google.requests).toEqual([])
  })
})

test('latency is waited for through the injected sleep', async () => {
  const waits: number[] = []
  await using run = await connected({
    sleep: async (ms) => {
      waits.push(ms)
    },
  })
  run.google.faults.latencyMs(250)
  await run.list()
  run.google.faults.latencyMs(0)
  await run.list()
  expect(waits).toEqual([250])
})

test('revokeGrants kills the grants of one account and leaves the others', async () => {
  await using run = await connected({ users: [{ email: 'pro@example.com' }, { email: 'b@example.com' }] })
  run.google.faults.revokeGrants('b@example.com')
  expect((await run.list()).items).toEqual([])
  run.google.faults.revokeGrants()
  expect((await refused(run.list())).status).toBe(401)
  await expect(run.oauth.refreshAccessToken()).rejects.toMatchObject({
    response: {
      data: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    },
  })
})
