import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { type GoogleCalendar, type RemoteEvent, type Verdict, verdictOf } from '../../src/google/index.ts'
import type { FailNext } from 'appointment-sync/testing/emulator'
import { allowStrays } from '../emulator/discovery/watched-traffic.ts'
import { CALENDAR, fieldsOn, type GoogleRoom, idOf, openRoom, refOf } from './google-room.ts'

const ref = refOf()
const BATCH = 'POST /batch/calendar/v3'
const onBatch = { path: '/batch/' }

type Call = (google: GoogleCalendar) => Promise<RemoteEvent>

const insert =
  (number: number): Call =>
  (google) =>
    google.insertEvent({
      ref,
      calendarId: CALENDAR,
      eventId: idOf(number),
      fields: fieldsOn(),
      mark: 'm',
    })
const get =
  (number: number): Call =>
  (google) =>
    google.getEvent({ ref, calendarId: CALENDAR, eventId: idOf(number) })

const inserts = (count: number, from = 1): Call[] =>
  Array.from({ length: count }, (_, index) => insert(from + index))

interface Outcome extends Partial<Verdict> {
  readonly code: string
}

function outcomes(results: readonly PromiseSettledResult<RemoteEvent>[]): Outcome[] {
  return results.map((result) => {
    if (result.status === 'fulfilled') return { code: 'ok' }
    if (!isAppointmentSyncError(result.reason)) throw result.reason
    return { code: result.reason.code, ...verdictOf(result.reason) }
  })
}

const ok = { code: 'ok' }

describe('a batch that was not carried out', () => {
  const REFUSALS: readonly (readonly [string, FailNext])[] = [
    ['404', { status: 404 }],
    ['404 of the edge', { status: 404, envelope: 'html' }],
    ['400', { status: 400 }],
    ['403 of a proxy', { status: 403, body: '<html>Forbidden</html>' }],
    ['405', { status: 405 }],
    ['413', { status: 413, envelope: 'html' }],
  ]
  it.each(REFUSALS)('%s: its calls go one by one, at most eight at a time', async (_name, fault) => {
    allowStrays(/must be object|text\/html/)
    await using room = await openRoom()
    let open = 0
    let most = 0
    const calendar = room.over({
      fetch: async (url, init) => {
        open += 1
        most = Math.max(most, open)
        try {
          // Somewhere between the machine and Google, so that requests are under way side by side.
          await new Promise((resolve) => setImmediate(resolve))
          return await room.google.fetch(url, init)
        } finally {
          open -= 1
        }
      },
    })
    room.google.faults.failNext({ ...fault, match: onBatch })
    expect(outcomes(await calendar.together(ref, inserts(20)))).toEqual(inserts(20).map(() => ok))
    expect(room.travelled()).toHaveLength(21)
    expect(most).toBe(8)
  })

  it('by Google’s own limit goes the same way', async () => {
    await using room = await openRoom({ maxBatchCalls: 10 })
    expect(outcomes(await room.calendar.together(ref, inserts(12)))).toEqual(inserts(12).map(() => ok))
    expect(room.travelled()).toHaveLength(13)
  })

  it('two calls for one event still go one after the other', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ match: onBatch, status: 404, times: 9 })
    const results = await room.calendar.together(ref, [insert(1), insert(1), insert(2), insert(2)])
    expect(outcomes(results).map(({ code }) => code)).toEqual([
      'ok',
      'GOOGLE_DUPLICATE_ID',
      'ok',
      'GOOGLE_DUPLICATE_ID',
    ])
  })

  it('three times in a row: batches are left off for ten minutes, then tried again', async () => {
    await using room = await openRoom()
    const batchesOf = async (calls: Call[]): Promise<number> => {
      const results = await room.calendar.together(ref, calls)
      expect(outcomes(results)).toEqual(calls.map(() => ok))
      return room.travelled().filter((request) => request === BATCH).length
    }
    const refuse = (times: number): void =>
      room.google.faults.failNext({ match: onBatch, status: 404, times })
    refuse(2)
    expect([await batchesOf(inserts(2, 1)), await batchesOf(inserts(2, 3))]).toEqual([1, 1])
    // The count starts anew with a batch that got through.
    expect(await batchesOf(inserts(2, 5))).toBe(1)
    refuse(4)
    for (const from of [7, 9, 11]) expect(await batchesOf(inserts(2, from))).toBe(1)
    expect(await batchesOf(inserts(2, 13))).toBe(0)
    room.clock.advance(599_000)
    expect(await batchesOf(inserts(2, 15))).toBe(0)
    room.clock.advance(1_000)
    expect(await batchesOf(inserts(2, 17))).toBe(1)
    expect(await batchesOf(inserts(2, 19))).toBe(0)
    room.clock.advance(600_000)
    expect([await batchesOf(inserts(2, 21)), await batchesOf(inserts(2, 23))]).toEqual([1, 1])
  })

  it('for what every call alone would meet as well is not taken apart: each has that answer', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ match: onBatch, status: 403, reason: 'quotaExceeded' })
    const parked = { code: 'GOOGLE_QUOTA_EXCEEDED', applied: 'no', next: 'park_owner' }
    expect(outcomes(await room.calendar.together(ref, inserts(3)))).toEqual([parked, parked, parked])
    expect(room.travelled()).toEqual([BATCH])
  })

  it('for want of a token asks nothing, and each call says why', async () => {
    await using room = await openRoom()
    const reason = new Error('the store of tokens is down')
    const calendar = room.over({ accessTokens: { get: () => Promise.reject(reason) } })
    const rejected = { status: 'rejected', reason }
    expect(await calendar.together(ref, inserts(3))).toEqual([rejected, rejected, rejected])
    await expect(insert(4)(calendar)).rejects.toBe(reason)
    expect(room.travelled()).toEqual([])
  })

  it('for want of a connection may not have happened: every call is retried', async () => {
    await using room = await openRoom()
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    })
    const calendar = room.over({ fetch: () => Promise.reject(refused) })
    const unreached = { code: 'GOOGLE_UNAVAILABLE', applied: 'no', next: 'retry' }
    expect(outcomes(await calendar.together(ref, inserts(2)))).toEqual([unreached, unreached])
  })
})

describe('a batch whose outcome is unknown', () => {
  const unknown = { code: 'GOOGLE_UNAVAILABLE', applied: 'unknown', next: 'retry' }
  const timedOut = { code: 'GOOGLE_TIMEOUT', applied: 'unknown', next: 'later' }

  /** One event is there; then two inserts and a read go together into the fault. */
  async function into(room: GoogleRoom, arm: (room: GoogleRoom) => void): Promise<Outcome[]> {
    await room.calendar.together(ref, [insert(1)])
    room.travelled()
    arm(room)
    return outcomes(await room.calendar.together(ref, [insert(2), get(1), insert(3)]))
  }
  const inCalendar = (room: GoogleRoom): number => room.hand.events().length

  it.each([
    ['its connection is lost before', false, 1],
    ['its connection is lost after', true, 3],
  ])('%s it was carried out: writes fail as unknown and are not repeated, the read is', async (...row) => {
    const [, applied, events] = row
    await using room = await openRoom()
    const results = await into(room, ({ google }) => google.faults.dropNext({ match: onBatch, applied }))
    expect(results).toEqual([unknown, ok, unknown])
    expect(room.travelled()).toEqual([BATCH, 'GET /calendar/v3/calendars/primary/events/event000001'])
    expect(inCalendar(room)).toBe(events)
  })

  it('one of its parts took the connection along', async () => {
    await using room = await openRoom()
    const results = await into(room, ({ google }) => google.faults.dropNext({ match: { batched: true } }))
    expect(results).toEqual([unknown, ok, unknown])
  })

  it('no answer in time: all that was in it timed out', async () => {
    await using room = await openRoom()
    const before = room.clock.now()
    const results = await into(room, ({ google }) =>
      google.faults.hangNext({ match: onBatch, applied: true }),
    )
    expect(results).toEqual([timedOut, { ...timedOut, applied: 'no' }, timedOut])
    expect(room.clock.now() - before).toBe(30_000)
    expect(room.travelled()).toEqual([BATCH])
  })

  it.each([500, 502, 503])('%i in place of the answers', async (status) => {
    await using room = await openRoom()
    const results = await into(room, ({ google }) =>
      google.faults.failNext({ match: onBatch, status, applied: true }),
    )
    expect(results).toEqual([unknown, ok, unknown])
    expect(inCalendar(room)).toBe(3)
  })

  it('a page in place of the answers; three of these in a row, and batches are left off', async () => {
    allowStrays(/text\/html/)
    await using room = await openRoom()
    const body = '<html>Log in to the wireless network</html>'
    const results = await into(room, ({ google }) =>
      google.faults.failNext({ match: onBatch, status: 200, body, times: 9 }),
    )
    expect(results).toEqual([unknown, ok, unknown])
    await room.calendar.together(ref, inserts(2, 4))
    await room.calendar.together(ref, inserts(2, 4))
    room.travelled()
    expect(outcomes(await room.calendar.together(ref, inserts(2, 4)))).toEqual([ok, ok])
    expect(room.travelled()).not.toContain(BATCH)
  })

  /** The same Google, whose answers to batches are edited on the way. */
  function edited(room: GoogleRoom, edit: (parts: string[]) => string[]): GoogleCalendar {
    return room.over({
      fetch: async (url, init) => {
        const response = await room.google.fetch(url, init)
        const type = response.headers.get('content-type') ?? ''
        const boundary = /boundary=(\S+)/.exec(type)?.[1]
        if (boundary === undefined) return response
        const parts = (await response.text()).split(`--${boundary}\r\n`).slice(1)
        const whole = parts.map((part) => part.replace(`--${boundary}--\r\n`, ''))
        const body = edit(whole).map((part) => `--${boundary}\r\n${part}`)
        return new Response(`${body.join('')}--${boundary}--\r\n`, { headers: { 'content-type': type } })
      },
    })
  }
  const ids = (results: readonly PromiseSettledResult<RemoteEvent>[]): (string | undefined)[] =>
    results.map((result) => (result.status === 'fulfilled' ? result.value.id : undefined))
  const five = [1, 2, 3, 4, 5].map(idOf)

  it('a part that is missing is unknown; the others are not', async () => {
    await using room = await openRoom()
    const calendar = edited(room, (parts) => parts.filter((_, index) => index !== 1))
    const results = await calendar.together(ref, inserts(5))
    expect(outcomes(results)).toEqual([ok, unknown, ok, ok, ok])
    expect(ids(results)).toEqual([idOf(1), undefined, idOf(3), idOf(4), idOf(5)])
    expect(inCalendar(room)).toBe(5)
  })

  it('parts in another order find their calls', async () => {
    await using room = await openRoom()
    const calendar = edited(room, (parts) => parts.toReversed())
    expect(ids(await calendar.together(ref, inserts(5)))).toEqual(five)
  })

  it('parts without a name stand in the order of the calls', async () => {
    await using room = await openRoom()
    const calendar = edited(room, (parts) => parts.map((part) => part.replace(/Content-ID: .*\r\n/, '')))
    expect(ids(await calendar.together(ref, inserts(5)))).toEqual(five)
  })
})

describe('an answer out of a batch', () => {
  it('keeps status, etag and Retry-After', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({
      match: { batched: true },
      status: 429,
      headers: { 'retry-after': '3600' },
    })
    const [first, second] = await room.calendar.together(ref, inserts(2))
    expect(first).toMatchObject({ reason: { code: 'GOOGLE_RATE_LIMITED', retryAfterMs: 3_600_000 } })
    expect(second?.status === 'fulfilled' && second.value.etag).toMatch(/^"\d+"$/)
  })

  it('without a body is an answer: 204 to a deletion', async () => {
    await using room = await openRoom()
    const made = await room.calendar.together(ref, inserts(3))
    room.travelled()
    const results = await room.calendar.together(
      ref,
      made.map((result) => (google: GoogleCalendar) => {
        if (result.status === 'rejected') throw result.reason
        const { id, etag } = result.value
        return google.deleteEvent({ ref, calendarId: CALENDAR, eventId: id, etag, notifyGuests: false })
      }),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(room.hand.events()).toEqual([])
    expect(room.travelled()).toEqual([BATCH])
  })
})
