import { describe, expect, test, vi } from 'vitest'
import type { FaultControls } from 'appointment-sync/testing/emulator'
import { call, controlled } from './control-calls.ts'
import { calendarClient, connect, timed } from './official-client.ts'

const COLORS = 'calendar/v3/colors'
const match = { method: 'GET', path: '/events', batched: false }

/** For each fault: what is sent, and what the fault is called with. */
const CASES: { readonly [Name in Exclude<keyof FaultControls, 'delayNext'>]: readonly [object, unknown[]] } =
  {
    failNext: [
      {
        match,
        status: 503,
        reason: 'backendError',
        envelope: 'html',
        headers: { 'retry-after': '1' },
        times: 2,
      },
      [
        {
          match,
          status: 503,
          reason: 'backendError',
          envelope: 'html',
          headers: { 'retry-after': '1' },
          times: 2,
        },
      ],
    ],
    dropNext: [{ match, applied: true, times: 2, after: 1 }, [{ match, applied: true, times: 2, after: 1 }]],
    hangNext: [{ match, applied: true }, [{ match, applied: true }]],
    latencyMs: [{ ms: 5 }, [5]],
    tokenError: [
      {
        error: 'invalid_grant',
        error_subtype: 'invalid_rapt',
        error_description: 'x',
        status: 400,
        times: 2,
      },
      [
        {
          error: 'invalid_grant',
          error_subtype: 'invalid_rapt',
          error_description: 'x',
          status: 400,
          times: 2,
        },
      ],
    ],
    batchConflicts: [{ times: 3 }, [3]],
    disableApi: [{ on: true }, [true]],
    random: [
      { faults: { seed: 7, rate: 0.5, kinds: ['429'], match } },
      [{ seed: 7, rate: 0.5, kinds: ['429'], match }],
    ],
    quota: [
      { limits: { unitsPerMinutePerUser: 10, status: 429 } },
      [{ unitsPerMinutePerUser: 10, status: 429 }],
    ],
    maxPageSize: [{ size: null }, [null]],
    emptyPages: [{ on: true }, [true]],
    expireSyncTokens: [{}, []],
    purgeTombstones: [{}, []],
    emptyTrash: [{}, []],
    readLag: [{ ms: 500 }, [500]],
    failConferences: [{ times: 2 }, [2]],
    expireAccessTokens: [{}, []],
    accessTokenTtl: [{ ms: 1000 }, [1000]],
    expireGrants: [{ email: 'pro@example.com' }, ['pro@example.com']],
    revokeGrants: [{ email: 'pro@example.com' }, ['pro@example.com']],
    blockConsent: [{ error: 'org_internal' }, ['org_internal']],
    untickScopes: [{ scopes: ['calendar.events'] }, [['calendar.events']]],
    dropNotifications: [{ times: 2 }, [2]],
    duplicateNotifications: [{ times: 2 }, [2]],
    delayNotifications: [{ ms: null }, [null]],
    reorderNotifications: [{ on: true }, [true]],
    syncBeforeResponse: [{ on: true }, [true]],
    clear: [{}, []],
  }

describe('every fault over HTTP', () => {
  test.each(Object.entries(CASES))('%s is armed with what was sent', async (name, [sent, given]) => {
    await using google = await controlled()
    const armed = vi.spyOn(google.faults, name as keyof FaultControls)
    expect(await call(google, `POST /faults/${name}`, sent)).toEqual({ status: 204, body: null })
    expect(armed.mock.calls).toEqual([given])
  })

  test('a fault that takes effect: a failure armed over HTTP hits the next request', async () => {
    await using google = await controlled()
    await call(google, 'POST /faults/failNext', {
      status: 503,
      match: { path: { pattern: 'V3/COL', flags: 'i' } },
    })
    expect((await google.fetch(google.endpoints.apiRootUrl + COLORS)).status).toBe(503)
    expect((await google.fetch(google.endpoints.apiRootUrl + COLORS)).status).toBe(401)
  })

  test.each([
    ['failNext', {}, 'status'],
    ['failNext', { status: 99 }, 'status'],
    ['failNext', { status: 500, headers: { 'not a name': 'x' } }, 'headers'],
    ['failNext', { status: 500, match: { path: { pattern: '(' } } }, 'match.path'],
    ['failNext', { status: 500, match: { paths: 'x' } }, 'match.paths'],
    ['dropNext', { times: -1 }, 'times'],
    ['delayNext', { ms: 'soon' }, 'ms'],
    ['tokenError', {}, 'error'],
    ['random', { faults: { seed: 1, rate: 2 } }, 'faults.rate'],
    ['random', { faults: { seed: 1, rate: 1, kinds: ['fire'] } }, 'faults.kinds.0'],
    ['quota', { limits: { unitsPerMinutePerUser: 1.5 } }, 'limits.unitsPerMinutePerUser'],
    ['maxPageSize', { size: 0 }, 'size'],
    ['emptyPages', { on: 'yes' }, 'on'],
    ['blockConsent', { error: 'none' }, 'error'],
    ['untickScopes', {}, 'scopes'],
  ])('%s refuses %j and names %s', async (name, sent, path) => {
    await using google = await controlled()
    const { status, body } = await call(google, `POST /faults/${name}`, sent)
    expect(status).toBe(400)
    const { problems } = (body as { error: { problems: { path: string; message: string }[] } }).error
    expect(problems.map((problem) => problem.path)).toContain(path)
  })
})

describe('a held answer over HTTP', () => {
  test('leaves when it is let go', async () => {
    await using google = await controlled()
    const api = calendarClient(google, await connect(google))
    const { body } = await call(google, 'POST /faults/delayNext', { match: { method: 'POST' } })
    const { id } = body as { id: string }
    const held = api.events.insert({ calendarId: 'primary', requestBody: timed() })
    expect((await call(google, `POST /holds/${id}/release`)).status).toBe(204)
    expect((await held).status).toBe(200)
    expect(await call(google, `POST /holds/${id}/release`)).toMatchObject({
      status: 404,
      body: { error: { names: [] } },
    })
  })

  test('is held while nobody lets it go, also from a call that came before', async () => {
    await using google = await controlled()
    const api = calendarClient(google, await connect(google))
    const first = (await call(google, 'POST /faults/delayNext', {})).body as { id: string }
    const controller = new AbortController()
    const held = api.colors.get({}, { signal: controller.signal })
    await api.colors.get()
    expect((await call(google, 'POST /holds/none/release')).body).toMatchObject({
      error: { names: [first.id] },
    })
    controller.abort()
    await expect(held).rejects.toThrow()
  })

  test('leaves after real milliseconds, waited as the option says', async () => {
    const waits: number[] = []
    await using google = await controlled({
      sleep: async (ms) => {
        waits.push(ms)
      },
    })
    const api = calendarClient(google, await connect(google))
    await call(google, 'POST /faults/delayNext', { ms: 300, applied: false })
    expect((await api.colors.get()).status).toBe(200)
    expect(waits).toEqual([300])
  })
})
