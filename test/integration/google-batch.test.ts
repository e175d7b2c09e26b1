import { describe, expect, it, vi } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { systemClock } from 'appointment-sync/ports'
import type { GoogleCalendar, RemoteEvent } from '../../src/google/index.ts'
import { CALENDAR, fieldsOn, type GoogleRoom, idOf, openRoom, refOf, WINDOW } from './google-room.ts'

const ref = refOf()
const BATCH = 'POST /batch/calendar/v3'

type Call<T> = (google: GoogleCalendar) => Promise<T>

const insert =
  (number: number, calendarId: string = CALENDAR): Call<RemoteEvent> =>
  (google) =>
    google.insertEvent({
      ref,
      calendarId,
      eventId: idOf(number),
      fields: fieldsOn(1 + (number % 28), `Event ${number}`),
      mark: `mark${number}`,
    })
const get =
  (number: number): Call<RemoteEvent> =>
  (google) =>
    google.getEvent({ ref, calendarId: CALENDAR, eventId: idOf(number) })

/** What the calls of a group came to: the event's id, or the code of the failure. */
function outcomes(results: readonly PromiseSettledResult<RemoteEvent>[]): string[] {
  return results.map((result) => {
    if (result.status === 'fulfilled') return result.value.id
    return isAppointmentSyncError(result.reason) ? result.reason.code : String(result.reason)
  })
}

function numbers(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** How many calls each batch of the log held. */
function batchSizes(room: GoogleRoom): number[] {
  const sizes = new Map<string, number>()
  for (const { batch, calendarMethod } of room.google.requests) {
    if (batch !== undefined && calendarMethod !== 'calendar.batch')
      sizes.set(batch, (sizes.get(batch) ?? 0) + 1)
  }
  return [...sizes.values()]
}

describe('calls made together', () => {
  it('1,000 inserts are 20 HTTP requests, each with its own answer', async () => {
    await using room = await openRoom()
    const results = await room.calendar.together(
      ref,
      numbers(1000).map((number) => insert(number)),
    )
    expect(outcomes(results)).toEqual(numbers(1000).map(idOf))
    expect(batchSizes(room)).toEqual(numbers(20).map(() => 50))
    expect(room.travelled()).toEqual(numbers(20).map(() => BATCH))
    expect(room.hand.events()).toHaveLength(1000)
    expect(room.tokensAsked).toHaveLength(20)
  })

  it('each gets its own answer, in whatever order Google carries them out', async () => {
    await using room = await openRoom({ batchOrder: 'any', seed: 7 })
    room.hand.insert({
      id: idOf(3),
      start: { date: '2026-05-05' },
      end: { date: '2026-05-06' },
    })
    const results = await room.calendar.together(
      ref,
      numbers(9).map((number) => insert(number)),
    )
    const expected = numbers(9).map((number) => (number === 3 ? 'GOOGLE_DUPLICATE_ID' : idOf(number)))
    expect(outcomes(results)).toEqual(expected)
    const read = await room.calendar.together(ref, [3, 1, 99].map(get))
    expect(outcomes(read)).toEqual([idOf(3), idOf(1), 'GOOGLE_NOT_FOUND'])
    expect(room.travelled()).toEqual([BATCH, BATCH])
  })

  it('a lone call is a plain request, and no calls are none', async () => {
    await using room = await openRoom()
    expect(outcomes(await room.calendar.together(ref, [insert(1)]))).toEqual([idOf(1)])
    expect(room.travelled()).toEqual(['POST /calendar/v3/calendars/primary/events'])
    expect(await room.calendar.together(ref, [])).toEqual([])
    expect(room.travelled()).toEqual([])
  })

  it('carry their own If-Match, sendUpdates and percent-encoded path', async () => {
    const salon = 'pt#salão+1@group.calendar.google.com'
    await using room = await openRoom({
      users: [{ email: 'pro@example.com', calendars: [{ id: salon, summary: 'Salon' }] }],
    })
    const guest = { email: 'ana@example.com', name: null }
    const [first, second] = await room.calendar.together(ref, [
      (google) =>
        google.insertEvent({
          ref,
          calendarId: salon,
          eventId: idOf(1),
          fields: { ...fieldsOn(), attendees: [guest] },
          mark: 'm',
        }),
      insert(2, salon),
    ])
    if (first?.status !== 'fulfilled' || second?.status !== 'fulfilled') throw new Error('both were expected')
    const patch =
      (number: number, etag: string): Call<RemoteEvent> =>
      (google) =>
        google.patchEvent({
          ref,
          calendarId: salon,
          eventId: idOf(number),
          etag,
          fields: { title: 'São João' },
          notifyGuests: false,
        })
    const patched = await room.calendar.together(ref, [patch(1, first.value.etag), patch(2, '"1"')])
    expect(outcomes(patched)).toEqual([idOf(1), 'GOOGLE_PRECONDITION_FAILED'])
    const parts = room.google.requests.filter(({ calendarMethod }) => calendarMethod !== 'calendar.batch')
    expect(parts.map(({ query }) => query['sendUpdates'])).toEqual(['all', undefined, undefined, undefined])
    expect(parts[0]?.path).toBe(`/calendar/v3/calendars/${encodeURIComponent(salon)}/events`)
    expect(parts[2]?.requestHeaders['if-match']).toBe(first.value.etag)
    expect(room.google.user('pro@example.com').calendar(salon).get(idOf(1)).summary).toBe('São João')
  })

  // Google gives the headers of a batch to every call in it.
  it('do not lend each other their If-Match', async () => {
    await using room = await openRoom()
    await room.calendar.together(ref, [insert(1), insert(2)])
    room.travelled()
    const patch: Call<RemoteEvent> = (google) =>
      google.patchEvent({
        ref,
        calendarId: CALENDAR,
        eventId: idOf(1),
        etag: '"1"',
        fields: { title: 'x' },
        notifyGuests: false,
      })
    const results = await room.calendar.together(ref, [patch, get(2), insert(3)])
    expect(outcomes(results)).toEqual(['GOOGLE_PRECONDITION_FAILED', idOf(2), idOf(3)])
    expect(room.google.requests.map(({ requestHeaders }) => requestHeaders['if-match'])).toEqual([
      undefined,
      '"1"',
      undefined,
      undefined,
    ])
    expect(room.google.requests[0]?.requestHeaders['user-agent']).toContain('google-api-nodejs-client')
  })

  it('are never more than fifty in one request, however many come at once', async () => {
    await using room = await openRoom()
    await room.calendar.together(
      ref,
      numbers(9).map((number) => insert(number)),
    )
    room.travelled()
    const list: Call<unknown> = (google) => google.listCalendars(ref)
    await room.calendar.together<unknown>(
      ref,
      numbers(40).map(() => (google) => Promise.all([list(google), list(google), list(google)])),
    )
    expect(batchSizes(room)).toEqual([50, 50, 20])
  })

  it('over a port go through the platform’s own fetch', async () => {
    await using room = await openRoom({ port: 0 })
    const calendar = room.over({ fetch: undefined, clock: systemClock })
    expect(outcomes(await calendar.together(ref, [insert(1), insert(2), get(9)]))).toEqual([
      idOf(1),
      idOf(2),
      'GOOGLE_NOT_FOUND',
    ])
    expect(outcomes(await calendar.together(ref, [get(1)]))).toEqual([idOf(1)])
    expect(room.travelled()).toEqual([BATCH, `GET /calendar/v3/calendars/primary/events/${idOf(1)}`])
  })

  it('two for one event travel one after the other', async () => {
    await using room = await openRoom()
    const inserted = await room.calendar.together(ref, [insert(1), insert(2)])
    const [first] = inserted
    if (first?.status !== 'fulfilled') throw new Error('an event was expected')
    room.travelled()
    const patch =
      (title: string): Call<RemoteEvent> =>
      (google) =>
        google.patchEvent({
          ref,
          calendarId: CALENDAR,
          eventId: idOf(1),
          etag: first.value.etag,
          fields: { title },
          notifyGuests: false,
        })
    const results = await room.calendar.together(ref, [patch('one'), patch('two'), get(2), get(1)])
    expect(outcomes(results)).toEqual([idOf(1), 'GOOGLE_PRECONDITION_FAILED', idOf(2), idOf(1)])
    expect(batchSizes(room)).toEqual([2])
    expect(room.travelled()).toHaveLength(3)
    expect(room.hand.get(idOf(1)).summary).toBe('one')
  })

  it('that make several requests one after another fold each round', async () => {
    await using room = await openRoom()
    await room.calendar.together(
      ref,
      numbers(40).map((number) => insert(number)),
    )
    room.travelled()
    const results = await room.calendar.together(
      ref,
      numbers(40).map((number) => async (google) => {
        const { etag } = await get(number)(google)
        const address = { ref, calendarId: CALENDAR, eventId: idOf(number) }
        return google.patchEvent({ ...address, etag, fields: { title: 'x' }, notifyGuests: false })
      }),
    )
    expect(outcomes(results)).toEqual(numbers(40).map(idOf))
    expect(room.travelled()).toEqual([BATCH, BATCH])
  })

  it('that make several at once fold these too', async () => {
    await using room = await openRoom()
    await room.calendar.together(
      ref,
      [1, 2, 3, 4].map((number) => insert(number)),
    )
    room.travelled()
    await room.calendar.together(ref, [
      async (google) => Promise.all([get(1)(google), get(2)(google)]),
      async (google) => Promise.all([get(3)(google), get(4)(google)]),
    ])
    expect(room.travelled()).toEqual([BATCH])
  })

  it('that ask nothing, or throw before they ask, hold up nobody', async () => {
    await using room = await openRoom()
    const results = await room.calendar.together<unknown>(ref, [
      insert(1),
      async () => 'nothing to ask',
      () => {
        throw new Error('before it asked')
      },
      insert(2),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(room.travelled()).toEqual([BATCH])
  })

  it('that list turn their pages within the group', async () => {
    await using room = await openRoom()
    await room.calendar.together(
      ref,
      numbers(6).map((number) => insert(number)),
    )
    room.google.faults.maxPageSize(2)
    room.travelled()
    const query = { ref, calendarId: CALENDAR, syncToken: null, window: WINDOW }
    const all: Call<number> = async (google) => {
      let count = 0
      let pageToken: string | null = null
      do {
        const page = await google.listEvents({ ...query, pageToken })
        count += page.items.length
        pageToken = page.nextPageToken
      } while (pageToken !== null)
      return count
    }
    const results = await room.calendar.together(ref, [all, all])
    expect(results).toMatchObject([{ value: 6 }, { value: 6 }])
    expect(room.travelled()).toEqual([BATCH, BATCH, BATCH])
  })

  it('may open a group of their own', async () => {
    await using room = await openRoom()
    const results = await room.calendar.together<unknown>(ref, [
      (google) => google.together(ref, [insert(1), insert(2)]),
      insert(3),
      insert(4),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(room.travelled()).toEqual([BATCH, BATCH])
  })
})

describe('two integrations', () => {
  it('never share a request, even when a call of one group is for the other', async () => {
    const other = refOf('other@example.com')
    await using room = await openRoom({
      users: [{ email: 'pro@example.com' }, { email: 'other@example.com' }],
    })
    const foreign: Call<RemoteEvent> = (google) =>
      google.insertEvent({
        ref: other,
        calendarId: CALENDAR,
        eventId: idOf(9),
        fields: fieldsOn(),
        mark: 'm',
      })
    const results = await room.calendar.together(ref, [insert(1), foreign, insert(2)])
    expect(outcomes(results)).toEqual([idOf(1), idOf(9), idOf(2)])
    expect(room.travelled().toSorted()).toEqual([BATCH, 'POST /calendar/v3/calendars/primary/events'])
    expect(room.google.user('other@example.com').calendar().events()).toMatchObject([{ id: idOf(9) }])
    expect(room.hand.events()).toHaveLength(2)
  })

  it('groups of two integrations travel beside each other', async () => {
    const other = refOf('other@example.com')
    await using room = await openRoom({
      users: [{ email: 'pro@example.com' }, { email: 'other@example.com' }],
    })
    const foreign =
      (number: number): Call<RemoteEvent> =>
      (google) =>
        google.insertEvent({
          ref: other,
          calendarId: CALENDAR,
          eventId: idOf(number),
          fields: fieldsOn(),
          mark: 'm',
        })
    await Promise.all([
      room.calendar.together(
        ref,
        numbers(3).map((number) => insert(number)),
      ),
      room.calendar.together(other, numbers(3).map(foreign)),
    ])
    expect(room.travelled()).toEqual([BATCH, BATCH])
    expect(room.hand.events()).toHaveLength(3)
    expect(room.google.user('other@example.com').calendar().events()).toHaveLength(3)
  })
})

describe('a token that died before its time', () => {
  it('is refreshed once for the whole group, and the calls go together again', async () => {
    await using room = await openRoom()
    room.google.faults.expireAccessTokens()
    const results = await room.calendar.together(
      ref,
      numbers(30).map((number) => insert(number)),
    )
    expect(outcomes(results)).toEqual(numbers(30).map(idOf))
    expect(room.tokensAsked.filter(({ rejected }) => rejected !== undefined)).toHaveLength(1)
    expect(room.travelled().filter((request) => request !== 'POST /token')).toEqual([BATCH, BATCH])
  })

  it('refused in some parts alone: those alone go again', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ match: { batched: true }, status: 401, times: 2, after: 1 })
    const results = await room.calendar.together(
      ref,
      numbers(5).map((number) => insert(number)),
    )
    expect(outcomes(results)).toEqual(numbers(5).map(idOf))
    expect(batchSizes(room)).toEqual([5, 2])
  })

  it('a batch refused as a whole for its token is asked again with a fresh one', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ match: { path: '/batch/' }, status: 401 })
    const results = await room.calendar.together(
      ref,
      numbers(5).map((number) => insert(number)),
    )
    expect(outcomes(results)).toEqual(numbers(5).map(idOf))
    expect(room.travelled().filter((request) => request !== 'POST /token')).toEqual([BATCH, BATCH])
  })
})

describe('a caller who leaves', () => {
  const reason = new Error('the caller left')

  it('before the batch leaves takes its own call along, and no other', async () => {
    await using room = await openRoom()
    const abort = new AbortController()
    const results = await room.calendar.together(ref, [
      insert(1),
      (google) => {
        const call = google.insertEvent(
          { ref, calendarId: CALENDAR, eventId: idOf(2), fields: fieldsOn(), mark: 'm' },
          { signal: abort.signal },
        )
        abort.abort(reason)
        return call
      },
      insert(3),
    ])
    expect(outcomes(results)).toEqual([idOf(1), String(reason), idOf(3)])
    expect(batchSizes(room)).toEqual([2])
  })

  it('while it is under way leaves the others their answers', async () => {
    await using room = await openRoom()
    const abort = new AbortController()
    const gate = Promise.withResolvers<void>()
    room.google.faults.delayNext({ match: { path: '/batch/' }, until: gate.promise })
    const group = room.calendar.together(ref, [
      insert(1),
      async (google) => {
        const call = google.insertEvent(
          { ref, calendarId: CALENDAR, eventId: idOf(2), fields: fieldsOn(), mark: 'm' },
          { signal: abort.signal },
        )
        await expect(call).rejects.toBe(reason)
        gate.resolve()
        return call
      },
      insert(3),
    ])
    await until(() => room.google.requests.length > 3)
    abort.abort(reason)
    expect(outcomes(await group)).toEqual([idOf(1), String(reason), idOf(3)])
  })

  it('when all have left, the request is ended', async () => {
    const signals: (AbortSignal | null | undefined)[] = []
    await using room = await openRoom()
    const { google } = room
    const abort = new AbortController()
    google.faults.hangNext({ match: { path: '/batch/' } })
    const watching = room.over({
      fetch: (url, init) => {
        signals.push(init?.signal)
        return google.fetch(url, init)
      },
    })
    const group = watching.together(ref, [insert(1), insert(2)], { signal: abort.signal })
    await until(() => signals.length === 1)
    expect(signals[0]?.aborted).toBe(false)
    abort.abort(reason)
    expect(outcomes(await group)).toEqual([String(reason), String(reason)])
    expect(signals[0]?.aborted).toBe(true)
  })

  it('who had left before asks nothing', async () => {
    await using room = await openRoom()
    const signal = AbortSignal.abort(reason)
    const results = await room.calendar.together(ref, [insert(1), insert(2)], { signal })
    expect(outcomes(results)).toEqual([String(reason), String(reason)])
    expect(room.travelled()).toEqual([])
  })
})

describe('a signal that outlives many groups', () => {
  it('is not listened to any longer than it matters', async () => {
    await using room = await openRoom()
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await room.calendar.together(
      ref,
      numbers(60).map((number) => insert(number)),
      { signal },
    )
    expect(added.mock.calls.length).toBeGreaterThanOrEqual(60)
    const still = new Set(added.mock.calls.map(([, listener]) => listener))
    for (const [, listener] of removed.mock.calls) still.delete(listener)
    expect(still.size).toBe(0)
  })
})

describe('what cannot be part of a batch', () => {
  it('an etag with a line break is refused; the others go', async () => {
    await using room = await openRoom()
    const results = await room.calendar.together(ref, [
      insert(1),
      (google) =>
        google.patchEvent({
          ref,
          calendarId: CALENDAR,
          eventId: idOf(9),
          etag: '"1"\r\nX-Evil: 1',
          fields: { title: 'x' },
          notifyGuests: false,
        }),
      insert(2),
    ])
    expect(outcomes(results)).toEqual([idOf(1), 'INVALID_ARGUMENT', idOf(2)])
    expect(batchSizes(room)).toEqual([2])
  })
})

/** Turns of the event loop until something is so. */
async function until(so: () => boolean): Promise<void> {
  for (let turn = 0; !so(); turn += 1) {
    if (turn > 1000) throw new Error('it did not come about')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
