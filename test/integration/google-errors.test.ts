import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { type Verdict, verdictOf } from '../../src/google/index.ts'
import type { FailNext } from 'appointment-sync/testing/emulator'
import { allowStrays } from '../emulator/discovery/watched-traffic.ts'
import { CALENDAR, fieldsOn, type GoogleRoom, idOf, openRoom, refOf, WINDOW } from './google-room.ts'

const ref = refOf()
const eventId = idOf(1)
const address = { ref, calendarId: CALENDAR, eventId }

interface Failed extends Partial<Verdict> {
  readonly code: string
  readonly retryable: boolean
}

/** What a call fails with. */
async function failed(call: Promise<unknown>): Promise<Failed> {
  try {
    await call
  } catch (error) {
    if (!isAppointmentSyncError(error)) throw error
    return { code: error.code, retryable: error.retryable, ...verdictOf(error) }
  }
  throw new Error('the call was expected to fail')
}

/** A room with one event, and a write to it. */
async function withEvent(): Promise<GoogleRoom & { write(etag?: string): Promise<unknown> }> {
  const room = await openRoom()
  const { etag } = await room.calendar.insertEvent({ ...address, fields: fieldsOn(), mark: 'm' })
  return {
    ...room,
    write: (given = etag) =>
      room.calendar.patchEvent({ ...address, etag: given, fields: { title: 'x' }, notifyGuests: false }),
  }
}

const no = 'no'
const unknown = 'unknown'
/** §6 of Google's behaviour, row for row: what is answered, and what is made of it. */
const ROWS: readonly (readonly [number, string, string, boolean, Verdict['applied'], Verdict['next']])[] = [
  [400, 'timeRangeEmpty', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'required', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'invalid', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'badRequest', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'parseError', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'syncTokenWithRequestRestrictions', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [400, 'syncTokenWithNonDefaultOrdering', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [401, 'authError', 'GOOGLE_UNAUTHORIZED', true, no, 'later'],
  [401, 'required', 'GOOGLE_UNAUTHORIZED', true, no, 'later'],
  [403, 'userRateLimitExceeded', 'GOOGLE_RATE_LIMITED', true, no, 'retry'],
  [403, 'rateLimitExceeded', 'GOOGLE_RATE_LIMITED', true, no, 'retry'],
  [429, 'rateLimitExceeded', 'GOOGLE_RATE_LIMITED', true, no, 'retry'],
  [429, 'userRateLimitExceeded', 'GOOGLE_RATE_LIMITED', true, no, 'retry'],
  [403, 'quotaExceeded', 'GOOGLE_QUOTA_EXCEEDED', true, no, 'park_owner'],
  [403, 'dailyLimitExceeded', 'GOOGLE_QUOTA_EXCEEDED', true, no, 'park_owner'],
  [403, 'forbiddenForNonOrganizer', 'GOOGLE_FORBIDDEN', false, no, 'give_up'],
  [403, 'insufficientPermissions', 'OAUTH_SCOPE_MISSING', false, no, 'reconnect'],
  [403, 'accessNotConfigured', 'GOOGLE_API_DISABLED', false, no, 'operator'],
  [403, 'forbidden', 'GOOGLE_FORBIDDEN', false, no, 'give_up'],
  [403, 'requiredAccessLevel', 'GOOGLE_FORBIDDEN', false, no, 'give_up'],
  [403, 'notACalendarUser', 'GOOGLE_FORBIDDEN', false, no, 'give_up'],
  [403, 'forbiddenForServiceAccounts', 'GOOGLE_FORBIDDEN', false, no, 'give_up'],
  [404, 'notFound', 'GOOGLE_NOT_FOUND', false, no, 'read'],
  [409, 'duplicate', 'GOOGLE_DUPLICATE_ID', false, no, 'read'],
  [409, 'conflict', 'GOOGLE_UNAVAILABLE', true, no, 'retry'],
  [410, 'fullSyncRequired', 'GOOGLE_SYNC_TOKEN_INVALID', true, no, 'full_pass'],
  [410, 'updatedMinTooLongAgo', 'GOOGLE_SYNC_TOKEN_INVALID', true, no, 'full_pass'],
  [410, 'deleted', 'GOOGLE_GONE', false, no, 'read'],
  [412, 'conditionNotMet', 'GOOGLE_PRECONDITION_FAILED', false, no, 'read'],
  [500, 'backendError', 'GOOGLE_UNAVAILABLE', true, unknown, 'retry'],
  [502, 'backendError', 'GOOGLE_UNAVAILABLE', true, unknown, 'retry'],
  [503, 'somethingNew', 'GOOGLE_UNAVAILABLE', true, unknown, 'retry'],
  [504, 'backendError', 'GOOGLE_UNAVAILABLE', true, unknown, 'retry'],
  [405, 'httpMethodNotAllowed', 'GOOGLE_REJECTED', false, no, 'give_up'],
  [408, 'somethingNew', 'GOOGLE_UNAVAILABLE', true, unknown, 'retry'],
  [413, 'uploadTooLarge', 'GOOGLE_REJECTED', false, no, 'give_up'],
]

describe('a write that Google refuses', () => {
  for (const envelope of ['back-end', 'front-end'] as const) {
    it.each(ROWS)(`%i %s in the ${envelope}’s envelope is %s`, async (status, reason, ...expected) => {
      // The emulator makes up what Google's front end would say in cases that were never seen.
      if (envelope === 'front-end') allowStrays(/members in the order|extendedHelp/)
      await using room = await withEvent()
      const [code, retryable, applied, next] = expected
      room.google.faults.failNext({ match: { path: '/calendar/' }, status, reason, envelope, times: 9 })
      expect(await failed(room.write())).toEqual({ code, retryable, applied, next })
    })
  }

  const SHAPES: readonly (readonly [string, FailNext, Failed])[] = [
    [
      'a page of the edge',
      { status: 503, envelope: 'html' },
      { code: 'GOOGLE_UNAVAILABLE', retryable: true, applied: unknown, next: 'retry' },
    ],
    [
      'an empty body',
      { status: 500, body: '' },
      { code: 'GOOGLE_UNAVAILABLE', retryable: true, applied: unknown, next: 'retry' },
    ],
    [
      'a page that says 404',
      { status: 404, envelope: 'html' },
      { code: 'GOOGLE_UNAVAILABLE', retryable: true, applied: no, next: 'later' },
    ],
    [
      'a page that says 200',
      { status: 200, body: '<html>Log in to the wireless network</html>' },
      { code: 'GOOGLE_UNAVAILABLE', retryable: true, applied: unknown, next: 'retry' },
    ],
  ]
  it.each(SHAPES)('%s is read for what it is', async (_name, fault, expected) => {
    allowStrays(/text\/html|content type|must be object/)
    await using room = await withEvent()
    room.google.faults.failNext({ ...fault, times: 9 })
    expect(await failed(room.write())).toEqual(expected)
  })

  it('412 and 410 as they really come', async () => {
    await using room = await withEvent()
    expect((await failed(room.write('"1"'))).code).toBe('GOOGLE_PRECONDITION_FAILED')
    room.hand.delete(eventId)
    const { etag } = await room.calendar.getEvent(address)
    const again = room.calendar.deleteEvent({ ...address, etag, notifyGuests: false })
    expect((await failed(again)).code).toBe('GOOGLE_GONE')
    const insert = room.calendar.insertEvent({ ...address, fields: fieldsOn(), mark: 'm' })
    expect((await failed(insert)).code).toBe('GOOGLE_DUPLICATE_ID')
  })

  it('an etag that would add a header is refused, and nothing is sent', async () => {
    await using room = await withEvent()
    room.travelled()
    for (const etag of ['"1"\r\nX-Evil: 1', '"1"\n', '"\u0000"', '"☃"']) {
      expect(await failed(room.write(etag))).toMatchObject({ code: 'INVALID_ARGUMENT', next: 'give_up' })
    }
    expect(room.travelled()).toEqual([])
  })

  it('an id that would lead to another path is refused, and nothing is sent', async () => {
    await using room = await openRoom()
    expect(await failed(room.calendar.getEvent({ ...address, eventId: '..' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(room.travelled()).toEqual([])
  })
})

describe('what is not there', () => {
  const lost = { ref, calendarId: 'lost@group.calendar.google.com' }
  const gone = { code: 'GOOGLE_CALENDAR_GONE', next: 'park_owner', applied: 'no' }

  it('an event is not found, while its calendar can be read', async () => {
    await using room = await openRoom()
    expect(await failed(room.calendar.getEvent(address))).toMatchObject({
      code: 'GOOGLE_NOT_FOUND',
      next: 'read',
    })
    await room.calendar.requireCalendar(address)
    expect(room.travelled()).toEqual([
      'GET /calendar/v3/calendars/primary/events/event000001',
      'GET /calendar/v3/calendars/primary/events',
    ])
  })

  it('a calendar is gone: for its list, for a new event, for a look at it, for a watch', async () => {
    await using room = await openRoom()
    const { calendar } = room
    const channel = { channelId: 'c', token: 't', address: 'https://app.example.com/hook' }
    const query = { ...lost, syncToken: null, window: WINDOW, pageToken: null }
    expect(await failed(calendar.listEvents(query))).toMatchObject(gone)
    expect(
      await failed(calendar.insertEvent({ ...lost, eventId, fields: fieldsOn(), mark: 'm' })),
    ).toMatchObject(gone)
    expect(await failed(calendar.requireCalendar(lost))).toMatchObject(gone)
    expect(await failed(calendar.watchEvents({ ...lost, ...channel }))).toMatchObject(gone)
    expect(await failed(calendar.findByICalUID({ ...lost, iCalUID: 'x' }))).toMatchObject(gone)
    expect((await failed(calendar.getEvent({ ...lost, eventId }))).code).toBe('GOOGLE_NOT_FOUND')
  })

  it('a calendar that cannot be looked at just now is not said to be gone', async () => {
    await using room = await openRoom()
    room.google.faults.failNext({ status: 503, times: 9 })
    expect((await failed(room.calendar.requireCalendar(lost))).code).toBe('GOOGLE_UNAVAILABLE')
  })
})

describe('a list', () => {
  const query = { ref, calendarId: CALENDAR, window: WINDOW, pageToken: null }

  it('an expired and a malformed sync token both mean a full pass', async () => {
    await using room = await openRoom()
    const { nextSyncToken } = await room.calendar.listEvents({ ...query, syncToken: null })
    room.google.faults.expireSyncTokens()
    for (const syncToken of [nextSyncToken, 'x']) {
      expect(await failed(room.calendar.listEvents({ ...query, syncToken }))).toEqual({
        code: 'GOOGLE_SYNC_TOKEN_INVALID',
        retryable: true,
        applied: 'no',
        next: 'full_pass',
      })
    }
  })

  // The sweep would take every event that is missing from it for a deletion.
  it('that is no list is not taken for an empty one', async () => {
    allowStrays(/text\/html|content type/)
    await using room = await openRoom()
    room.google.faults.failNext({
      status: 200,
      body: '<html>Log in to the wireless network</html>',
      times: 9,
    })
    expect((await failed(room.calendar.listEvents({ ...query, syncToken: null }))).code).toBe(
      'GOOGLE_UNAVAILABLE',
    )
    expect((await failed(room.calendar.listCalendars(ref))).code).toBe('GOOGLE_UNAVAILABLE')
  })

  it('asks for as many events as Google gives', async () => {
    await using room = await openRoom()
    await room.calendar.listEvents({ ...query, syncToken: null })
    expect(room.google.requests[0]?.query).toMatchObject({ maxResults: '2500' })
  })
})
