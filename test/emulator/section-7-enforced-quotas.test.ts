import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type QuotaLimits } from 'appointment-sync/testing/emulator'
import { readQuota } from '../../src/testing/emulator/quota/quota-limits.ts'
import { left, spend } from '../../src/testing/emulator/quota/sliding-window.ts'
import type { QuotaRecord } from '../../src/testing/emulator/state/quota-records.ts'
import { batch } from './batch-message.ts'
import { connected, type Connected } from './connected.ts'
import { calendarClient, connect, refused, standingClock, timed } from './official-client.ts'

const EVENTS = '/calendar/v3/calendars/primary/events'

/** How many of these calls go through. */
async function passing(run: Connected, calls: number): Promise<number> {
  let passed = 0
  for (let call = 0; call < calls; call += 1) {
    if ((await read(run)).ok) passed += 1
  }
  return passed
}

/** A read that costs one unit, without the client around it. */
async function read(run: Connected, init: RequestInit = {}, query = ''): Promise<Response> {
  return run.google.fetch(`${run.google.endpoints.apiRootUrl}calendar/v3/colors${query}`, {
    ...init,
    headers: {
      authorization: `Bearer ${run.oauth.credentials.access_token}`,
      ...Object.fromEntries(new Headers(init.headers)),
    },
  })
}

const backEnd = (reason: string, message: string): object => ({
  error: { errors: [{ domain: 'usageLimits', reason, message }], code: 403, message },
})

describe('per minute and account', () => {
  test('beyond it 403 userRateLimitExceeded, until the minute has passed', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 3 } })
    await run.list()
    run.google.advance(30_000)
    expect(await passing(run, 2)).toBe(2)
    const { status, body } = await refused(run.list())
    expect(status).toBe(403)
    expect(body).toEqual(backEnd('userRateLimitExceeded', 'User Rate Limit Exceeded'))
    run.google.advance(30_000)
    expect(await passing(run, 3)).toBe(1)
    run.google.advance(30_000)
    expect(await passing(run, 9)).toBe(2)
  })

  test('the window slides: a burst at the end of one minute limits the next', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 10 } })
    run.google.advance(59_000)
    expect(await passing(run, 12)).toBe(10)
    run.google.advance(2_000)
    expect(await passing(run, 1)).toBe(0)
    run.google.advance(57_000)
    expect(await passing(run, 1)).toBe(0)
    run.google.advance(1_000)
    expect(await passing(run, 12)).toBe(10)
  })

  test('patch costs three units, and is refused when fewer are left', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    run.google.faults.quota({ unitsPerMinutePerUser: 5 })
    const patch = async (summary: string): Promise<unknown> =>
      run.api.events.patch({ calendarId: 'primary', eventId: id, requestBody: { summary } })
    await patch('one')
    expect((await refused(patch('two'))).reason).toBe('userRateLimitExceeded')
    expect(run.hand.get(id).summary).toBe('one')
    expect(await passing(run, 3)).toBe(2)
  })

  test('each account has its own, and refused calls cost nothing', async () => {
    await using run = await connected({
      users: [{ email: 'pro@example.com' }, { email: 'b@example.com' }],
      quota: { unitsPerMinutePerUser: 1, unitsPerMinutePerProject: 2 },
    })
    expect(await passing(run, 3)).toBe(1)
    const other = calendarClient(run.google, await connect(run.google, { email: 'b@example.com' }))
    expect((await other.colors.get()).status).toBe(200)
  })

  test('quotaUser charges another, as a parameter or as a header', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 1 } })
    const charged = async (name: string): Promise<number> =>
      (await read(run, {}, `?quotaUser=${name}`)).status
    expect([await charged('ana'), await charged('ana'), await charged('bia')]).toEqual([200, 403, 200])
    const header = await read(run, { headers: { 'x-goog-quota-user': 'bia' } })
    expect(header.status).toBe(403)
    expect(await passing(run, 2)).toBe(1)
    expect(await charged('x'.repeat(40))).toBe(200)
    const long = await read(run, {}, `?quotaUser=${'x'.repeat(41)}`)
    expect(long.status).toBe(400)
    expect(await long.json()).toMatchObject({
      error: { errors: [{ reason: 'invalid', location: 'quotaUser' }] },
    })
  })

  test('a call that nobody may make is charged to nobody', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 1 } })
    const none = await run.google.fetch(`${run.google.endpoints.apiRootUrl}calendar/v3/colors`)
    expect(none.status).toBe(401)
    expect(await passing(run, 2)).toBe(1)
  })
})

describe('per minute and project', () => {
  test('all accounts share it: beyond it rateLimitExceeded', async () => {
    await using run = await connected({
      users: [{ email: 'pro@example.com' }, { email: 'b@example.com' }],
      quota: { unitsPerMinutePerProject: 2 },
    })
    const other = calendarClient(run.google, await connect(run.google, { email: 'b@example.com' }))
    await run.list()
    await other.colors.get()
    const { status, body } = await refused(run.list())
    expect(status).toBe(403)
    expect(body).toEqual(backEnd('rateLimitExceeded', 'Rate Limit Exceeded'))
  })

  test('status 429: the front end’s envelope with RESOURCE_EXHAUSTED', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerProject: 0, status: 429 } })
    const answer = await refused(run.list())
    expect(answer.status).toBe(429)
    const message = 'Rate Limit Exceeded'
    expect(JSON.stringify(answer.body)).toBe(
      JSON.stringify({
        error: {
          code: 429,
          message,
          errors: [{ message, domain: 'usageLimits', reason: 'rateLimitExceeded' }],
          status: 'RESOURCE_EXHAUSTED',
        },
      }),
    )
  })

  test('google: 600 for one account and 10,000 for the project', async () => {
    await using run = await connected({ quota: 'google' })
    expect(await passing(run, 603)).toBe(600)
    expect(readQuota('google')).toEqual({ unitsPerMinutePerProject: 10_000, unitsPerMinutePerUser: 600 })
  })

  test('each part of a batch is charged for', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 2 }, batchOrder: 'as-sent' })
    const line = 'GET /calendar/v3/colors'
    const answers = await batch(run, [{ line }, { line }, { line }])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403])
  })
})

test('quick successive writes to one calendar are limited; reads and other calendars are not', async () => {
  await using run = await connected({ quota: { writesPerMinutePerCalendar: 2 } })
  const salon = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
  const { id } = await run.insert()
  await run.api.events.patch({ calendarId: 'pro@example.com', eventId: id, requestBody: { summary: 'x' } })
  expect(await refused(run.insert())).toMatchObject({ status: 403, reason: 'rateLimitExceeded' })
  await run.list()
  await run.api.events.insert({ calendarId: salon, requestBody: timed() })
  await run.api.events.watch({
    calendarId: 'primary',
    requestBody: { id: 'c', type: 'web_hook', address: 'https://app.example.com/hook' },
  })
  run.google.advance(60_000)
  await run.insert()
})

describe('per day', () => {
  test('dailyLimitExceeded until midnight Pacific time, always 403', async () => {
    // 2026-03-01T12:00Z is 04:00 there.
    await using run = await connected({ quota: { unitsPerDay: 4, status: 429 } })
    expect(await passing(run, 6)).toBe(4)
    const { status, body } = await refused(run.list())
    expect(status).toBe(403)
    expect(body).toEqual(backEnd('dailyLimitExceeded', 'Daily Limit Exceeded'))
    run.google.advance(20 * 3_600_000 - 1)
    expect(await passing(run, 1)).toBe(0)
    run.google.advance(1)
    expect(await passing(run, 6)).toBe(4)
    const { quota } = run.google.snapshot().state as { quota: QuotaRecord }
    expect([...quota.spent.keys()]).toEqual(['day 2026-03-02'])
  })
})

describe('use limits', () => {
  const exceeded = backEnd('quotaExceeded', 'Calendar usage limits exceeded.')

  test('calendars made: quotaExceeded, for as long as the window says', async () => {
    await using run = await connected({ quota: { calendarsCreated: 2, useLimitWindowMs: 3_600_000 } })
    const make = async (): Promise<unknown> => run.api.calendars.insert({ requestBody: { summary: 'Salon' } })
    await make()
    expect((await refused(run.api.calendars.insert({ requestBody: {} }))).status).toBe(400)
    await make()
    const answer = await refused(make())
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual(exceeded)
    await run.insert()
    run.google.advance(3_600_000)
    await make()
  })

  test('guests mailed: own address, silent writes and refused ones do not count', async () => {
    await using run = await connected({ quota: { invitations: 3 } })
    const attendees = (...names: string[]): { email: string }[] =>
      ['pro', ...names].map((name) => ({ email: `${name}@example.com` }))
    const invite = async (
      sendUpdates: string,
      ...names: string[]
    ): Promise<{ data: { id?: string | null } }> =>
      run.api.events.insert({
        calendarId: 'primary',
        sendUpdates,
        requestBody: timed({ attendees: attendees(...names) }),
      })
    await invite('none', 'a', 'b', 'c', 'd')
    const { data } = await invite('all', 'a', 'b')
    const wrong = run.api.events.insert({
      calendarId: 'primary',
      sendUpdates: 'all',
      requestBody: { attendees: attendees('x') },
    })
    expect((await refused(wrong)).status).toBe(400)
    const answer = await refused(invite('externalOnly', 'c', 'd'))
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual(exceeded)
    await run.api.events.patch({
      calendarId: 'primary',
      eventId: data.id ?? '',
      sendUpdates: 'all',
      requestBody: { attendees: attendees('e') },
    })
    expect((await refused(invite('all', 'f'))).reason).toBe('quotaExceeded')
    await invite('none', 'f')
    run.google.advance(86_400_000)
    await invite('all', 'f')
  })
})

describe('the option and the fault', () => {
  test('by default nothing is enforced', async () => {
    await using run = await connected()
    expect(await passing(run, 700)).toBe(700)
  })

  test('faults.quota sets limits and lifts them; what was spent before does not count', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 4 } })
    expect(await passing(run, 2)).toBe(2)
    run.google.faults.quota({ unitsPerMinutePerUser: 1 })
    expect(await passing(run, 3)).toBe(1)
    run.google.faults.quota(null)
    expect(await passing(run, 9)).toBe(9)
    run.google.faults.quota('google')
    expect(await passing(run, 601)).toBe(600)
    run.google.faults.clear()
    run.google.advance(60_000)
    expect(await passing(run, 9)).toBe(4)
  })

  test('what was spent is in a snapshot, and gone after a reset', async () => {
    await using run = await connected({ quota: { unitsPerMinutePerUser: 2 } })
    expect(await passing(run, 1)).toBe(1)
    const snapshot = run.google.snapshot()
    expect(await passing(run, 2)).toBe(1)
    run.google.restore(snapshot)
    expect(await passing(run, 2)).toBe(1)
    run.google.reset()
    const api = calendarClient(run.google, await connect(run.google))
    await api.colors.get()
    await api.colors.get()
    expect((await refused(api.colors.get())).reason).toBe('userRateLimitExceeded')
  })

  test.each<QuotaLimits>([
    { unitsPerMinutePerUser: -1 },
    { unitsPerDay: 1.5 },
    { useLimitWindowMs: Number.NaN },
    { status: 500 as 403 },
  ])('%j is refused where it is given', async (quota) => {
    await expect(createGoogleEmulator({ quota })).rejects.toThrow(RangeError)
    await using google = await createGoogleEmulator({ clock: standingClock() })
    expect(() => google.faults.quota(quota)).toThrow(/quota\./)
  })

  test('what is remembered does not grow with the calls or the names', () => {
    const quota: QuotaRecord = { spent: new Map() }
    const allowance = { name: 'one', limit: 1_000_000, windowMs: 60_000 }
    for (let at = 0; at < 120_000; at += 7) spend(quota, allowance, 1, at)
    expect(quota.spent.get('one')?.length).toBeLessThan(62)
    expect(allowance.limit - left(quota, allowance, 120_000)).toBeCloseTo(60_000 / 7, -3)
    for (let name = 0; name < 6000; name += 1) spend(quota, { ...allowance, name: `n${name}` }, 1, 120_000)
    expect(quota.spent.size).toBe(5000)
    expect([quota.spent.has('n5999'), quota.spent.has('one')]).toEqual([true, false])
  })
})

test('units are logged whether or not anything is enforced', async () => {
  await using run = await connected()
  await batch(run, [{ line: `GET ${EVENTS}` }])
  expect(run.google.requests.map(({ units }) => units)).toEqual([0, 1])
})
