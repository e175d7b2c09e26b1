import { describe, expect, test } from 'vitest'
import { connected, type Connected } from './connected.ts'
import { refused, timed } from './official-client.ts'

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
