import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import type { GoogleCalendar, GoogleCallOptions, RemoteEvent } from '../../src/google/index.ts'
import type { FailNext } from 'appointment-sync/testing/emulator'
import { allowStrays } from '../emulator/discovery/watched-traffic.ts'
import { CALENDAR, fieldsOn, idOf, openRoom, refOf } from './google-room.ts'

const ref = refOf()
const BATCH = 'POST /batch/calendar/v3'
const SINGLE = 'POST /calendar/v3/calendars/primary/events'

const insert =
  (number: number, options: GoogleCallOptions = {}) =>
  (google: GoogleCalendar): Promise<RemoteEvent> =>
    google.insertEvent(
      { ref, calendarId: CALENDAR, eventId: idOf(number), fields: fieldsOn(), mark: 'm' },
      options,
    )
const inserts = (count: number): ((google: GoogleCalendar) => Promise<RemoteEvent>)[] =>
  Array.from({ length: count }, (_, index) => insert(index + 1))

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (isAppointmentSyncError(error)) return error.code
    throw error
  }
  return 'ok'
}

describe('a write', () => {
  const CURED: readonly (readonly [string, FailNext])[] = [
    ['a rate limit of the account', { status: 403, reason: 'userRateLimitExceeded' }],
    ['a rate limit', { status: 403, reason: 'rateLimitExceeded' }],
    ['429', { status: 429 }],
    ['a conflict with its neighbours', { status: 409, reason: 'conflict' }],
  ]
  it.each(CURED)('that %s met twice is made with the third try', async (_name, fault) => {
    await using room = await openRoom()
    room.google.faults.failNext({ ...fault, times: 2 })
    expect(await codeOf(insert(1)(room.calendar))).toBe('ok')
    expect(room.travelled()).toEqual([SINGLE, SINGLE, SINGLE])
  })

  it('that a rate limit meets three times is left to the outbox', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 429, times: 9 })
    expect(await codeOf(insert(1)(room.calendar))).toBe('GOOGLE_RATE_LIMITED')
    expect(room.travelled()).toHaveLength(3)
  })

  // A second insert would be a duplicate, a second patch would meet its own etag.
  it.each([
    ['a 5xx', { status: 503 }],
    ['a 5xx after it happened', { status: 503, applied: true }],
    ['a page of the edge', { status: 502, envelope: 'html' }],
    ['half an answer', { status: 200, body: '{"id":"even' }],
  ] as const)('whose outcome %s leaves open is not repeated', async (_name, fault) => {
    allowStrays(/text\/html|must be object/)
    await using room = await openRoom()
    room.google.faults.failNext(fault)
    expect(await codeOf(insert(1)(room.calendar))).toBe('GOOGLE_UNAVAILABLE')
    expect(room.travelled()).toEqual([SINGLE])
  })

  it('whose connection is lost, or who waits in vain, is not repeated', async () => {
    await using room = await openRoom()
    room.google.faults.dropNext()
    expect(await codeOf(insert(1)(room.calendar))).toBe('GOOGLE_UNAVAILABLE')
    room.google.faults.hangNext()
    expect(await codeOf(insert(1)(room.calendar))).toBe('GOOGLE_TIMEOUT')
    expect(room.travelled()).toEqual([SINGLE, SINGLE])
  })

  it.each([400, 403, 404, 410, 412])('that is refused with %i is not repeated', async (status) => {
    await using room = await openRoom()
    room.google.faults.failNext({ status, reason: status === 403 ? 'forbidden' : undefined, times: 9 })
    await codeOf(insert(1)(room.calendar))
    expect(room.travelled()).toHaveLength(1)
  })
})

describe('a read', () => {
  const read = (google: GoogleCalendar): Promise<unknown> => google.listCalendars(ref)

  it('is repeated after a 5xx and a lost connection', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 503 })
    room.google.faults.dropNext()
    expect(await codeOf(read(room.calendar))).toBe('ok')
    expect(room.travelled()).toHaveLength(3)
  })

  it('after a time-out has waited long enough', async () => {
    await using room = await openRoom()
    room.google.faults.hangNext()
    expect(await codeOf(read(room.calendar))).toBe('GOOGLE_TIMEOUT')
    expect(room.travelled()).toHaveLength(1)
  })
})

describe('the pauses', () => {
  it('grow, with chance in them, and are waited out on the injected clock', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 429, times: 2 })
    await insert(1)(room.calendar)
    const [first = 0, second = 0, third = 0] = room.google.requests.map(({ at }) => at)
    expect(second - first).toBeGreaterThanOrEqual(1_000)
    expect(second - first).toBeLessThan(2_000)
    expect(third - second).toBeGreaterThanOrEqual(2_000)
    expect(third - second).toBeLessThan(3_000)
  })

  it('are never shorter than Google asked for', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 429, headers: { 'retry-after': '20' } })
    await insert(1)(room.calendar)
    const [first = 0, second = 0] = room.google.requests.map(({ at }) => at)
    expect(second - first).toBe(20_000)
  })

  it('that Google wants longer than half a minute are left to the outbox, with their length', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 429, headers: { 'retry-after': '33' }, times: 9 })
    const failure = await insert(1)(room.calendar).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'GOOGLE_RATE_LIMITED', retryAfterMs: 33_000 })
    expect(room.travelled()).toHaveLength(1)
  })

  it('end with the caller, whose reason comes back as it was given, even when it is no error', async () => {
    await using room = await openRoom()
    for (const reason of [new Error('the caller left'), 'a word']) {
      room.google.faults.failNext({ status: 429, times: 9 })
      const abort = new AbortController()
      const fetch: typeof globalThis.fetch = async (url, init) => {
        const response = await room.google.fetch(url, init)
        // Within the pause, which lasts a second or more.
        void room.clock.sleep(500).then(() => abort.abort(reason))
        return response
      }
      const call = insert(1, { signal: abort.signal })(room.over({ fetch }))
      await expect(call.catch((error: unknown) => error)).resolves.toBe(reason)
      expect(room.travelled()).toHaveLength(1)
      room.google.faults.clear()
    }
  })

  it('that would pass the caller’s deadline are not begun', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 429, times: 9 })
    const before = room.clock.now()
    expect(await codeOf(insert(1, { deadlineAtMs: before + 900 })(room.calendar))).toBe('GOOGLE_RATE_LIMITED')
    expect(room.travelled()).toHaveLength(1)
    expect(room.clock.now()).toBe(before)
  })

  it('of an interactive call end within what its caller waits', async () => {
    await using room = await openRoom({}, { interactiveTimeoutMs: 2_500 })
    room.google.faults.failNext({ status: 429, times: 9 })
    expect(await codeOf(insert(1, { priority: 'interactive' })(room.calendar))).toBe('GOOGLE_RATE_LIMITED')
    expect(room.travelled()).toHaveLength(2)
  })
})

describe('of a batch', () => {
  it('what its neighbours were in the way of is retried alone', async () => {
    await using room = await openRoom()
    room.google.faults.batchConflicts(2)
    const results = await room.calendar.together(ref, inserts(6))
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'fulfilled'))
    expect(room.travelled()).toEqual([BATCH, SINGLE, SINGLE])
  })

  it('what was refused for its rate is retried alone, and holds up nobody', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ match: { batched: true }, status: 429, headers: { 'retry-after': '9' } })
    const begun = room.clock.now()
    let others = 0
    const results = await room.calendar.together(ref, [
      insert(1),
      ...[2, 3].map((number) => async (google: GoogleCalendar) => {
        await insert(number)(google)
        const event = await insert(number + 10)(google)
        others = room.clock.now() - begun
        return event
      }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    // Two batches were over before the pause of the first call was.
    expect(others).toBe(0)
    expect(room.travelled()).toEqual([BATCH, BATCH, SINGLE])
  })

  it('what is retried does not wait for the next batch', async () => {
    await using room = await openRoom()
    room.google.faults.latencyMs(5_000)
    room.google.faults.batchConflicts(1)
    const begun = room.clock.now()
    const twice = (number: number) => async (google: GoogleCalendar) => {
      await insert(number)(google)
      return insert(number + 10)(google)
    }
    const results = await room.calendar.together(ref, [insert(1), twice(2), twice(3)])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    const alone = room.google.requests.find(({ batch }) => batch === undefined)
    // The first batch took five seconds, the pause one or two; the second batch is still on its way.
    expect((alone?.at ?? 0) - begun).toBeLessThan(8_000)
  })

  it('a write that had no connection is made by itself once there is one', async () => {
    await using room = await openRoom()
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    })
    let asked = 0
    const calendar = room.over({
      fetch: (url, init) => {
        asked += 1
        return asked === 1 ? Promise.reject(refused) : room.google.fetch(url, init)
      },
    })
    const results = await calendar.together(ref, inserts(3))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(room.travelled()).toEqual([SINGLE, SINGLE, SINGLE])
  })
})
