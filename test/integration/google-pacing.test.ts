import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import {
  createPacer,
  type GoogleCalendar,
  type GoogleCallOptions,
  type PacingDependencies,
  type RemoteEvent,
  verdictOf,
} from '../../src/google/index.ts'
import { silentLogger, type LogFields, type RateLimiter } from 'appointment-sync/ports'
import type { GoogleEmulatorOptions } from 'appointment-sync/testing/emulator'
import { CALENDAR, countingRandom, fieldsOn, type GoogleRoom, idOf, openRoom, refOf } from './google-room.ts'
import { createSlidingLimiter, type SlidingLimiter } from './sliding-limiter.ts'

const ref = refOf()
const MINUTE = 60_000
const BATCH = 'POST /batch/calendar/v3'

interface PacedRoom extends GoogleRoom {
  readonly limiter: SlidingLimiter
}

/** A room whose calls are paced; each request takes 40 ms, as to a Google far away. */
async function paced(
  pacing: Partial<PacingDependencies>,
  options: GoogleEmulatorOptions = {},
): Promise<PacedRoom> {
  const limiter = createSlidingLimiter()
  const room = await openRoom(options)
  const pacer = createPacer({
    limiter,
    clock: room.clock,
    random: countingRandom(),
    logger: silentLogger,
    project: 'client-1',
    unitsPerMinutePerUser: 600,
    unitsPerMinutePerProject: 10_000,
    ...pacing,
  })
  room.google.faults.latencyMs(40)
  return { ...room, limiter, calendar: room.over({ pacer }) }
}

const insert =
  (number: number, options: GoogleCallOptions = {}, email = 'pro@example.com') =>
  (google: GoogleCalendar): Promise<RemoteEvent> =>
    google.insertEvent(
      { ref: refOf(email), calendarId: CALENDAR, eventId: idOf(number), fields: fieldsOn(), mark: 'm' },
      options,
    )

function inserts(count: number, from = 1): ((google: GoogleCalendar) => Promise<RemoteEvent>)[] {
  return Array.from({ length: count }, (_, index) => insert(from + index))
}

interface Usage {
  /** Units of calls that Google carried out. */
  readonly used: number
  /** Calls that it refused, and all calls. */
  readonly refused: number
  readonly calls: number
}

/** What Google saw between two instants, batches taken apart. */
function usage({ google }: GoogleRoom, fromMs: number, toMs: number): Usage {
  const calls = google.requests.filter(
    ({ at, calendarMethod }) => at >= fromMs && at < toMs && calendarMethod.startsWith('calendar.events.'),
  )
  const refused = calls.filter(({ status }) => status === 403 || status === 429).length
  const used = calls.reduce((sum, { units, status }) => sum + (status < 300 ? units : 0), 0)
  return { used, refused, calls: calls.length }
}

/** Keeps a group busy until the time has come, then ends it. */
async function saturate(
  room: PacedRoom,
  forMs: number,
  calls: readonly ((g: GoogleCalendar) => Promise<unknown>)[],
): Promise<void> {
  const abort = new AbortController()
  const group = room.calendar.together(ref, calls, { signal: abort.signal })
  await room.clock.sleep(forMs)
  abort.abort(new Error('the time is over'))
  await group
}

describe('a backlog of writes under a quota of 600 units a minute', () => {
  const quota = { unitsPerMinutePerUser: 600 }

  it('uses at least 95 % of it over five minutes, and at most 1 % of the calls are refused', async () => {
    await using room = await paced({}, { quota })
    const begun = room.clock.now()
    await saturate(room, 5 * MINUTE, inserts(3200))
    const { used, refused, calls } = usage(room, begun, begun + 5 * MINUTE)
    expect(used).toBeGreaterThanOrEqual(0.95 * 5 * 600)
    expect(refused / calls).toBeLessThanOrEqual(0.01)
    // And that with few requests: what is left of a minute goes in smaller batches.
    const requests = room.travelled()
    expect(requests.every((request) => request === BATCH || request.startsWith('POST /calendar'))).toBe(true)
    expect(requests.length).toBeLessThanOrEqual(5 * 18)
  }, 60_000)

  it('patches cost three', async () => {
    await using room = await paced({}, { quota })
    const [made] = await room.calendar.together(ref, inserts(1))
    if (made?.status !== 'fulfilled') throw new Error('an event was expected')
    room.clock.advance(2 * MINUTE)
    const begun = room.clock.now()
    const patch = (google: GoogleCalendar): Promise<RemoteEvent> =>
      google.patchEvent({
        ref,
        calendarId: CALENDAR,
        eventId: idOf(1),
        etag: '*',
        fields: { title: 'x' },
        notifyGuests: false,
      })
    await saturate(
      room,
      MINUTE,
      Array.from({ length: 400 }, () => patch),
    )
    const { used, refused } = usage(room, begun, begun + MINUTE)
    expect(refused).toBe(0)
    expect(used).toBeGreaterThan(0.95 * 600)
    expect(used).toBeLessThanOrEqual(0.97 * 600)
  })

  it('when Google enforces half of it, comes down to that and stays near it', async () => {
    await using room = await paced({}, { quota: { unitsPerMinutePerUser: 300 } })
    const begun = room.clock.now()
    await saturate(room, 12 * MINUTE, inserts(3600))
    const first = usage(room, begun, begun + 2 * MINUTE)
    const later = usage(room, begun + 2 * MINUTE, begun + 12 * MINUTE)
    expect(first.refused / first.calls).toBeLessThan(0.25)
    expect(later.refused / later.calls).toBeLessThan(0.03)
    expect(later.used).toBeGreaterThan(0.75 * 10 * 300)
  }, 60_000)

  it('without pacing would be refused most of the time (what pacing is for)', async () => {
    await using room = await openRoom({ quota })
    room.google.faults.latencyMs(40)
    const begun = room.clock.now()
    await room.calendar.together(ref, inserts(1500))
    const { refused, calls } = usage(room, begun, begun + MINUTE)
    expect(refused / calls).toBeGreaterThan(0.3)
  }, 60_000)
})

describe('an interactive call', () => {
  it('in the middle of a flood is the next to go, and has quota that the flood cannot take', async () => {
    await using room = await paced({}, { quota: { unitsPerMinutePerUser: 600 } })
    const abort = new AbortController()
    const flood = room.calendar.together(ref, inserts(2000), { signal: abort.signal })
    await room.clock.sleep(20_000)
    const before = room.clock.now()
    room.google.requests.length = 0
    await insert(9001, { priority: 'interactive' })(room.calendar)
    expect(room.clock.now() - before).toBeLessThanOrEqual(40)
    expect(room.google.requests[0]?.requestBody).toMatchObject({ id: idOf(9001) })
    abort.abort(new Error('enough'))
    await flood
  })

  it('among calls that wait one by one goes before all of them', async () => {
    await using room = await paced({ unitsPerMinutePerUser: 10 })
    const flood = Promise.all(inserts(15).map((call) => call(room.calendar)))
    await room.clock.sleep(1_000)
    const fast = Promise.all(
      [1, 2, 3].map((n) =>
        insert(100 + n, { priority: 'interactive', deadlineAtMs: Infinity })(room.calendar),
      ),
    )
    await Promise.all([flood, fast])
    const order = room.google.requests.map(({ requestBody }) => (requestBody as { id: string }).id)
    // Nine of ten units were gone; the tenth is for somebody at once.
    expect(order.slice(9, 12)).toEqual([101, 102, 103].map(idOf))
  })

  it('that would have to wait past its deadline is told so at once, and Google is not asked', async () => {
    await using room = await paced({ unitsPerMinutePerUser: 10 })
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => insert(n, { priority: 'interactive' })(room.calendar)),
    )
    room.travelled()
    const before = room.clock.now()
    const failure = await insert(50, { priority: 'interactive' })(room.calendar).catch((e: unknown) => e)
    if (!isAppointmentSyncError(failure)) throw failure
    expect(failure).toMatchObject({ code: 'GOOGLE_RATE_LIMITED', retryable: true })
    expect(verdictOf(failure)).toEqual({ applied: 'no', next: 'later' })
    expect(failure.retryAfterMs).toBeGreaterThan(MINUTE - 5_000)
    expect(failure.retryAfterMs).toBeLessThanOrEqual(MINUTE + 1_000)
    expect(room.clock.now() - before).toBeLessThan(5)
    expect(room.travelled()).toEqual([])
  })

  it('is told so too when others wait before it, and when it comes in a group', async () => {
    await using room = await paced({ unitsPerMinutePerUser: 10 })
    const patient = { priority: 'interactive', deadlineAtMs: Infinity } as const
    const others = Promise.all(Array.from({ length: 12 }, (_, n) => insert(n, patient)(room.calendar)))
    await room.clock.sleep(1_000)
    const before = room.clock.now()
    const outcomes = await room.calendar.together(ref, inserts(3, 50), { priority: 'interactive' })
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(room.clock.now()).toBe(before)
    await others
  })
})

describe('waiting', () => {
  it('ends with the caller', async () => {
    await using room = await paced({ unitsPerMinutePerUser: 1 })
    await insert(1)(room.calendar)
    const abort = new AbortController()
    const reason = new Error('the caller left')
    const single = insert(2, { signal: abort.signal })(room.calendar).catch((error: unknown) => error)
    const group = room.calendar.together(ref, inserts(3, 10), { signal: abort.signal })
    await room.clock.sleep(10)
    abort.abort(reason)
    expect(await single).toBe(reason)
    expect((await group).map((result) => result.status === 'rejected' && result.reason)).toEqual([
      reason,
      reason,
      reason,
    ])
    await insert(3)(room.calendar)
    expect(room.travelled()).toHaveLength(2)
  })

  it('of one account does not hold up another', async () => {
    const users = [{ email: 'pro@example.com' }, { email: 'other@example.com' }]
    await using room = await paced({ unitsPerMinutePerUser: 2 }, { users })
    const before = room.clock.now()
    const flood = Promise.all(inserts(6).map((call) => call(room.calendar)))
    await insert(50, {}, 'other@example.com')(room.calendar)
    expect(room.clock.now() - before).toBeLessThanOrEqual(40)
    await flood
  })

  it('is also for the project, whose units all accounts share', async () => {
    const users = [{ email: 'pro@example.com' }, { email: 'other@example.com' }]
    await using room = await paced(
      { unitsPerMinutePerProject: 10 },
      { users, quota: { unitsPerMinutePerProject: 10 } },
    )
    const before = room.clock.now()
    await Promise.all([
      ...inserts(8).map((call) => call(room.calendar)),
      ...[1, 2, 3, 4].map((n) => insert(50 + n, {}, 'other@example.com')(room.calendar)),
    ])
    expect(room.clock.now() - before).toBeGreaterThan(MINUTE)
    expect(usage(room, before, room.clock.now()).refused).toBe(0)
  })

  it('a batch never asks for more than the whole budget', async () => {
    await using room = await paced({ unitsPerMinutePerUser: 20 }, { quota: { unitsPerMinutePerUser: 20 } })
    const results = await room.calendar.together(ref, inserts(50))
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    const units = [...room.limiter.taken.values()].flat().map((entry) => entry.units)
    expect(Math.max(...units)).toBeLessThanOrEqual(19)
  })

  it('a call that costs more than the whole quota is made all the same', async () => {
    const generous: RateLimiter = {
      take: async ({ units, budgets }) =>
        units > (budgets[0]?.units ?? 0) && units > 3 ? { taken: false, waitMs: 1 } : { taken: true },
      block: async () => undefined,
    }
    await using room = await paced({ unitsPerMinutePerUser: 2, limiter: generous })
    await insert(1)(room.calendar)
    const results = await room.calendar.together(
      ref,
      [1, 2].map(
        () => (google: GoogleCalendar) =>
          google.patchEvent({
            ref,
            calendarId: CALENDAR,
            eventId: idOf(1),
            etag: '*',
            fields: { title: 'x' },
            notifyGuests: false,
          }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('what a refused batch had paid for is not paid for twice', async () => {
    await using room = await paced({})
    room.google.faults.failNext({ match: { path: '/batch/' }, status: 404 })
    await room.calendar.together(ref, inserts(10))
    expect([...room.limiter.taken.values()].map((entries) => entries.map(({ units }) => units))).toEqual([
      [10],
      [10],
    ])
  })

  it('tries in line pay as well', async () => {
    await using room = await paced({})
    room.google.faults.batchConflicts(1)
    await room.calendar.together(ref, inserts(3))
    expect([...room.limiter.taken.values()][0]?.map(({ units }) => units)).toEqual([3, 1])
  })
})

describe('when Google says no', () => {
  it('the account is left alone for as long as Google asked', async () => {
    await using room = await paced({})
    room.google.faults.failNext({
      status: 403,
      reason: 'userRateLimitExceeded',
      headers: { 'retry-after': '25' },
    })
    const begun = room.clock.now()
    const refused = insert(1)(room.calendar)
    await room.clock.sleep(100)
    await insert(2)(room.calendar)
    await refused
    const at = room.google.requests.map((request) => request.at - begun)
    expect(at[0]).toBeLessThan(100)
    expect(at[1]).toBeGreaterThanOrEqual(25_000)
    expect([...room.limiter.blocked.keys()]).toEqual([...room.limiter.taken.keys()].slice(0, 1))
  })

  it('three accounts within five seconds, and the project is left alone', async () => {
    const emails = ['pro@example.com', 'b@example.com', 'c@example.com', 'd@example.com']
    await using room = await paced({}, { users: emails.map((email) => ({ email })) })
    room.google.faults.failNext({
      status: 403,
      reason: 'rateLimitExceeded',
      times: 3,
      headers: { 'retry-after': '20' },
    })
    const begun = room.clock.now()
    const refused = emails.slice(0, 3).map((email, n) => insert(n, {}, email)(room.calendar))
    await room.clock.sleep(200)
    await insert(9, {}, 'd@example.com')(room.calendar)
    expect(room.clock.now() - begun).toBeGreaterThanOrEqual(20_000)
    expect([...room.limiter.blocked.keys()]).toContain('project:client-1')
    await Promise.all(refused)
  })

  it('two accounts, and a third much later, are no word about the project', async () => {
    const emails = ['pro@example.com', 'b@example.com', 'c@example.com']
    await using room = await paced({}, { users: emails.map((email) => ({ email })) })
    for (const [n, email] of emails.entries()) {
      room.google.faults.failNext({ status: 403, reason: 'rateLimitExceeded' })
      await insert(n, {}, email)(room.calendar)
      room.clock.advance(4_000)
    }
    expect([...room.limiter.blocked.keys()]).not.toContain('project:client-1')
    expect(room.limiter.blocked.size).toBe(3)
  })

  it('the refusals of one batch count once', async () => {
    await using room = await paced({})
    room.google.faults.failNext({ match: { batched: true }, status: 403, times: 30 })
    const begun = room.clock.now()
    const results = await room.calendar.together(ref, inserts(30))
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    // Counted each, thirty refusals in a row would have blocked the account for half a minute and more.
    expect(room.clock.now() - begun).toBeLessThan(10_000)
  })
})

describe('a limiter that fails', () => {
  function failing(take: RateLimiter['take']): {
    limiter: RateLimiter
    warnings: LogFields[]
    logger: PacingDependencies['logger']
  } {
    const warnings: LogFields[] = []
    return {
      warnings,
      logger: { ...silentLogger, warn: (fields) => void warnings.push(fields) },
      limiter: { take, block: () => Promise.reject(new Error('redis is down')) },
    }
  }

  it('does not stop sync; a warning a minute says so', async () => {
    const { limiter, logger, warnings } = failing(() => Promise.reject(new TypeError('redis is down')))
    await using room = await paced({ limiter, logger })
    for (const call of inserts(3)) await call(room.calendar)
    expect(warnings).toEqual([{ error: 'TypeError' }])
    room.clock.advance(MINUTE)
    await Promise.all(inserts(3, 10).map((call) => call(room.calendar)))
    expect(warnings).toHaveLength(2)
    expect(room.hand.events()).toHaveLength(6)
  })

  it('by not answering does not stop it either', async () => {
    const { limiter, logger, warnings } = failing(() => new Promise(() => undefined))
    await using room = await paced({ limiter, logger })
    await insert(1)(room.calendar)
    expect(warnings).toHaveLength(1)
  })

  it('still leaves Google alone for as long as it asked', async () => {
    const { limiter, logger } = failing(() => Promise.reject(new Error('redis is down')))
    await using room = await paced({ limiter, logger })
    room.google.faults.failNext({ status: 429, headers: { 'retry-after': '20' } })
    const begun = room.clock.now()
    const refused = insert(1)(room.calendar)
    await room.clock.sleep(100)
    await insert(2)(room.calendar)
    expect(room.clock.now() - begun).toBeGreaterThanOrEqual(20_000)
    await refused
  })
})
