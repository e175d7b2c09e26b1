import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused, timed } from './official-client.ts'

const primary = { calendarId: 'primary' }
const dateTime = (text: string): calendar_v3.Schema$EventDateTime => ({ dateTime: text })

describe('insert', () => {
  test.each<[string, calendar_v3.Schema$Event, string, string]>([
    ['no end', { end: null as never }, 'required', 'Missing end time.'],
    ['no start', { start: {} }, 'required', 'Missing start time.'],
    [
      'a date beside a date-time',
      { start: { date: '2026-03-10' } },
      'invalid',
      'Start and end times must either both be date or both be dateTime.',
    ],
    [
      'an end before the start',
      { end: dateTime('2026-03-10T09:00:00-03:00') },
      'timeRangeEmpty',
      'The specified time range is empty.',
    ],
    [
      'an all-day event without a day',
      { start: { date: '2026-03-10' }, end: { date: '2026-03-10' } },
      'timeRangeEmpty',
      'The specified time range is empty.',
    ],
    [
      'neither offset nor zone',
      { start: dateTime('2026-03-10T10:00:00') },
      'required',
      'Missing time zone definition for start time.',
    ],
    [
      'an unknown zone',
      { start: { dateTime: '2026-03-10T10:00:00', timeZone: 'Mars/Olympus' } },
      'invalid',
      'Invalid time zone definition for start time.',
    ],
    ['an unreadable time', { start: dateTime('tomorrow at ten') }, 'badRequest', 'Bad Request'],
    [
      'a date that does not exist',
      { start: { date: '2026-02-30' }, end: { date: '2026-03-01' } },
      'badRequest',
      'Bad Request',
    ],
    ['an id too short', { id: 'abcd' }, 'invalid', 'Invalid resource id value.'],
    ['an id outside a–v', { id: 'wxyz0' }, 'invalid', 'Invalid resource id value.'],
    ['an id in capitals', { id: 'ABCDE' }, 'invalid', 'Invalid resource id value.'],
    ['a client’s created', { created: '2026-01-01T00:00:00Z' }, 'invalid', 'Invalid Value'],
    ['an unknown status', { status: 'maybe' }, 'invalid', 'Invalid Value'],
    ['a colour outside the palette', { colorId: '12' }, 'invalid', 'Invalid Value'],
    [
      'overrides beside the default reminders',
      { reminders: { useDefault: true, overrides: [{ method: 'popup', minutes: 5 }] } },
      'cannotUseDefaultRemindersAndSpecifyOverride',
      'Cannot specify both default reminders and overrides at the same time.',
    ],
    [
      'a reminder beyond four weeks',
      { reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 40_321 }] } },
      'invalid',
      'Invalid Value',
    ],
    ['an attendee without an address', { attendees: [{}] }, 'required', 'Missing attendee email.'],
    [
      'a DTSTART among the rules',
      { recurrence: ['DTSTART:20260310T130000Z'] },
      'invalid',
      'Invalid recurrence rule.',
    ],
    ['a source that is no web address', { source: { url: 'ftp://example.com' } }, 'invalid', 'Invalid Value'],
  ])('%s is 400', async (_name, overrides, reason, message) => {
    await using run = await connected()
    expect(await refused(run.insert(overrides))).toMatchObject({ status: 400, reason, message })
    expect(run.hand.events()).toEqual([])
  })

  test('a range that ends before it starts has Google’s exact body', async () => {
    await using run = await connected()
    const { body } = await refused(run.insert({ end: dateTime('2026-03-10T09:00:00-03:00') }))
    expect(body).toEqual({
      error: {
        errors: [
          {
            domain: 'calendar',
            reason: 'timeRangeEmpty',
            message: 'The specified time range is empty.',
            locationType: 'parameter',
            location: 'timeMax',
          },
        ],
        code: 400,
        message: 'The specified time range is empty.',
      },
    })
  })

  test('a timed event may be empty', async () => {
    await using run = await connected()
    expect((await run.insert({ end: dateTime('2026-03-10T10:00:00-03:00') })).status).toBe('confirmed')
  })

  test('a client id is kept; the same id again is 409, also after deletion and purging', async () => {
    await using run = await connected()
    const id = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
    expect((await run.insert({ id })).iCalUID).toBe(`${id}@google.com`)
    const again = async (): Promise<unknown> => (await refused(run.insert({ id }))).body
    const duplicate = {
      error: {
        errors: [
          { domain: 'global', reason: 'duplicate', message: 'The requested identifier already exists.' },
        ],
        code: 409,
        message: 'The requested identifier already exists.',
      },
    }
    expect(await again()).toEqual(duplicate)
    await run.api.events.delete({ ...primary, eventId: id })
    expect(await again()).toEqual(duplicate)
    run.google.faults.purgeTombstones()
    expect(await again()).toEqual(duplicate)
  })

  test('a series is stored and listed as its master', async () => {
    await using run = await connected()
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=4']
    const { id } = await run.insert({ recurrence })
    expect((await run.list()).items).toEqual([expect.objectContaining({ id, recurrence })])
    const zoneless = {
      start: dateTime('2026-03-10T13:00:00Z'),
      end: dateTime('2026-03-10T14:00:00Z'),
      recurrence,
    }
    expect((await refused(run.insert(zoneless))).message).toBe('Missing time zone definition for start time.')
  })
})

describe('get', () => {
  test('a deleted event is returned with status cancelled, a purged one is 404', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    run.hand.delete(id)
    const get = run.api.events.get({ ...primary, eventId: id })
    expect((await get).data).toMatchObject({ status: 'cancelled', summary: 'Corte de Cabelo' })
    run.google.faults.purgeTombstones()
    expect((await refused(run.api.events.get({ ...primary, eventId: id }))).status).toBe(404)
  })

  test('If-None-Match with the present etag is 304', async () => {
    await using run = await connected()
    const { id, etag } = await run.insert()
    const get = async (tag: string): Promise<number> =>
      (
        await run.api.events.get(
          { ...primary, eventId: id },
          { headers: { 'If-None-Match': tag }, validateStatus: () => true },
        )
      ).status
    expect(await get(etag)).toBe(304)
    run.hand.patch(id, { summary: 'x' })
    expect(await get(etag)).toBe(200)
  })
})

describe('patch', () => {
  test('objects merge, arrays are replaced, null clears', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      description: 'old',
      location: 'Rua A',
      attendees: [{ email: 'a@example.com', responseStatus: 'accepted' }, { email: 'b@example.com' }],
      extendedProperties: { private: { keep: '1', drop: '2' } },
    })
    const { data } = await run.api.events.patch({
      ...primary,
      eventId: id,
      requestBody: {
        description: null,
        attendees: [{ email: 'a@example.com' }],
        extendedProperties: { private: { drop: null as never, add: '3' } },
      },
    })
    expect(data).not.toHaveProperty('description')
    expect(data.location).toBe('Rua A')
    expect(data.attendees).toEqual([{ email: 'a@example.com', responseStatus: 'needsAction' }])
    expect(data.extendedProperties).toEqual({ private: { keep: '1', add: '3' } })
  })

  test('a new local time keeps the stored zone', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const requestBody = { start: dateTime('2026-03-10T10:30:00') }
    const { data } = await run.api.events.patch({ ...primary, eventId: id, requestBody })
    expect(data.start).toEqual({ dateTime: '2026-03-10T10:30:00-03:00', timeZone: 'America/Sao_Paulo' })
  })

  test('a date put beside a stored date-time is refused unless the other is cleared', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const days = (clear: object): calendar_v3.Schema$Event => ({
      start: { date: '2026-03-10', ...clear },
      end: { date: '2026-03-11', ...clear },
    })
    const bad = run.api.events.patch({ ...primary, eventId: id, requestBody: days({}) })
    expect((await refused(bad)).status).toBe(400)
    const clear = { dateTime: null, timeZone: null }
    const good = await run.api.events.patch({ ...primary, eventId: id, requestBody: days(clear) })
    expect(good.data.start).toEqual({ date: '2026-03-10' })
  })

  test('POST with X-HTTP-Method-Override: PATCH is a patch', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const answer = await run.google.fetch(
      `${run.google.endpoints.apiRootUrl}calendar/v3/calendars/primary/events/${id}`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${run.oauth.credentials.access_token}`,
          'x-http-method-override': 'PATCH',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ summary: 'Barba' }),
      },
    )
    expect(answer.status).toBe(200)
    expect(run.hand.get(id).summary).toBe('Barba')
    expect(run.google.requests.at(-1)).toMatchObject({ method: 'PATCH', units: 3 })
  })

  test('attendeesOmitted changes only the own answer', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      attendees: [{ email: 'a@example.com', responseStatus: 'accepted' }, { email: 'pro@example.com' }],
    })
    const requestBody = {
      attendeesOmitted: true,
      attendees: [{ email: 'pro@example.com', responseStatus: 'declined' }],
    }
    const { data } = await run.api.events.patch({ ...primary, eventId: id, requestBody })
    expect(data.attendees?.map((attendee) => [attendee.email, attendee.responseStatus])).toEqual([
      ['a@example.com', 'accepted'],
      ['pro@example.com', 'declined'],
    ])
  })

  test('status cancelled deletes, confirmed revives while the event is in the trash', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const patch = async (requestBody: calendar_v3.Schema$Event): Promise<calendar_v3.Schema$Event> =>
      (await run.api.events.patch({ ...primary, eventId: id, requestBody })).data
    expect((await patch({ status: 'cancelled' })).status).toBe('cancelled')
    expect((await run.list()).items).toEqual([])
    expect((await refused(patch({ summary: 'x' }))).status).toBe(403)
    expect(await patch({ status: 'confirmed' })).toMatchObject({
      status: 'confirmed',
      summary: 'Corte de Cabelo',
    })
    run.hand.delete(id)
    run.google.faults.purgeTombstones()
    expect(await refused(patch({ status: 'confirmed' }))).toMatchObject({ status: 403, reason: 'forbidden' })
  })
})

describe('update', () => {
  test('what the body leaves out is cleared, the identity stays', async () => {
    await using run = await connected()
    const before = await run.insert({
      description: 'x',
      colorId: '3',
      extendedProperties: { private: { a: '1' } },
    })
    const { data } = await run.api.events.update({ ...primary, eventId: before.id, requestBody: timed() })
    for (const name of ['description', 'colorId', 'extendedProperties']) expect(data).not.toHaveProperty(name)
    expect(data).toMatchObject({ id: before.id, iCalUID: before.iCalUID, created: before.created })
  })

  test('what get returned can be sent back as it is', async () => {
    await using run = await connected()
    const { id } = await run.insert({ attendees: [{ email: 'a@example.com', responseStatus: 'accepted' }] })
    const { data } = await run.api.events.get({ ...primary, eventId: id })
    const { data: same } = await run.api.events.update({ ...primary, eventId: id, requestBody: data })
    expect(same).toEqual({ ...data, etag: same.etag, updated: same.updated })
  })

  test('start and end are required', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const update = run.api.events.update({ ...primary, eventId: id, requestBody: { summary: 'x' } })
    expect((await refused(update)).message).toBe('Missing end time.')
  })

  test('a deleted event is 403: only a patch revives', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    run.hand.delete(id)
    const update = run.api.events.update({ ...primary, eventId: id, requestBody: timed() })
    expect(await refused(update)).toMatchObject({ status: 403, reason: 'forbidden' })
  })
})

describe('If-Match', () => {
  const stale = { headers: { 'If-Match': '"1"' } }

  test.each<
    [
      string,
      (api: calendar_v3.Calendar, eventId: string, headers: Record<string, string>) => Promise<unknown>,
    ]
  >([
    [
      'patch',
      (api, eventId, headers) => api.events.patch({ ...primary, eventId, requestBody: {} }, { headers }),
    ],
    [
      'update',
      (api, eventId, headers) =>
        api.events.update({ ...primary, eventId, requestBody: timed() }, { headers }),
    ],
    ['delete', (api, eventId, headers) => api.events.delete({ ...primary, eventId }, { headers })],
  ])('%s: a stale etag is 412, * forces, the present one passes', async (_name, call) => {
    await using run = await connected()
    const [first, second] = [await run.insert(), await run.insert()]
    expect((await refused(call(run.api, first.id, stale.headers))).body).toEqual({
      error: {
        errors: [
          {
            domain: 'global',
            reason: 'conditionNotMet',
            message: 'Precondition Failed',
            locationType: 'header',
            location: 'If-Match',
          },
        ],
        code: 412,
        message: 'Precondition Failed',
      },
    })
    expect(run.hand.get(first.id).etag).toBe(first.etag)
    await call(run.api, first.id, { 'If-Match': '*' })
    await call(run.api, second.id, { 'If-Match': second.etag })
    expect(run.hand.get(second.id).etag).not.toBe(second.etag)
  })

  test('a change by the user makes the held etag stale', async () => {
    await using run = await connected()
    const { id, etag } = await run.insert()
    run.hand.patch(id, { location: 'Rua B' })
    const patch = run.api.events.patch(
      { ...primary, eventId: id, requestBody: {} },
      { headers: { 'If-Match': etag } },
    )
    expect((await refused(patch)).status).toBe(412)
  })
})

describe('sequence', () => {
  test('a new time raises it, a new title does not, a lower one is refused', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const patch = async (requestBody: calendar_v3.Schema$Event): Promise<calendar_v3.Schema$Event> =>
      (await run.api.events.patch({ ...primary, eventId: id, requestBody })).data
    expect((await patch({ summary: 'x' })).sequence).toBe(0)
    expect((await patch({ end: dateTime('2026-03-10T12:00:00-03:00') })).sequence).toBe(1)
    const lower = await refused(patch({ sequence: 0 }))
    expect(lower).toMatchObject({ status: 400, reason: 'invalid' })
    expect(lower.message).toContain('Invalid sequence value.')
  })
})

describe('delete', () => {
  test('204 without a body, then 410, and 404 for what never was', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const remove = (eventId: string) => run.api.events.delete({ ...primary, eventId })
    const first = await remove(id)
    expect([first.status, first.data]).toEqual([204, ''])
    expect((await refused(remove(id))).body).toEqual({
      error: {
        errors: [{ domain: 'global', reason: 'deleted', message: 'Resource has been deleted' }],
        code: 410,
        message: 'Resource has been deleted',
      },
    })
    expect(await refused(remove('neverwas'))).toMatchObject({ status: 404, reason: 'notFound' })
    run.google.faults.purgeTombstones()
    expect((await refused(remove(id))).status).toBe(410)
  })
})

describe('move', () => {
  test('the id stays, the organizer changes, the source keeps a stub that its delta shows', async () => {
    await using run = await connected()
    const other = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    const { id } = await run.insert()
    const before = await run.list()
    const { data } = await run.api.events.move({ ...primary, eventId: id, destination: other })
    expect(data).toMatchObject({ id, organizer: { email: other }, iCalUID: `${id}@google.com` })
    const delta = await run.list({ syncToken: before.nextSyncToken ?? '' })
    expect(delta.items).toEqual([
      { kind: 'calendar#event', etag: expect.any(String), id, status: 'cancelled' },
    ])
    expect([(await run.api.events.get({ ...primary, eventId: id })).data]).toEqual(delta.items)
    expect(run.google.user('pro@example.com').calendar(other).events()).toHaveLength(1)
    const back = await run.api.events.move({ calendarId: other, eventId: id, destination: 'primary' })
    expect(back.data.status).toBe('confirmed')
  })

  test('an unknown destination is 404', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const move = run.api.events.move({ ...primary, eventId: id, destination: 'x@group.calendar.google.com' })
    expect((await refused(move)).status).toBe(404)
  })
})

describe('a calendar shared with too small a role', () => {
  test('a reader may not write', async () => {
    await using run = await connected()
    const id = run.google.user('pro@example.com').addCalendar({ summary: 'Team', accessRole: 'reader' })
    expect((await run.api.events.list({ calendarId: id })).data.accessRole).toBe('reader')
    const insert = run.api.events.insert({ calendarId: id, requestBody: timed() })
    expect(await refused(insert)).toMatchObject({ status: 403, reason: 'requiredAccessLevel' })
  })

  test('a free/busy reader sees only that time is taken', async () => {
    await using run = await connected({
      users: [
        {
          email: 'pro@example.com',
          calendars: [{ id: 'boss@example.com', summary: 'Boss', accessRole: 'freeBusyReader' }],
        },
        { email: 'boss@example.com' },
      ],
    })
    run.google
      .user('boss@example.com')
      .calendar()
      .insert(timed({ summary: 'Secret' }))
    const { items } = await run.list({ calendarId: 'boss@example.com' })
    expect(items).toHaveLength(1)
    expect(JSON.stringify(items)).not.toContain('Secret')
    expect(items?.[0]?.start?.dateTime).toBe('2026-03-10T10:00:00-03:00')
  })
})
