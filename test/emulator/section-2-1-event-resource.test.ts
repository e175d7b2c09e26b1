import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { allowStrays } from './discovery/watched-traffic.ts'
import { refused, timed } from './official-client.ts'

describe('a stored event', () => {
  test('it comes back with Google’s members, defaults left out', async () => {
    await using run = await connected()
    const event = await run.insert()
    expect(event).toEqual({
      kind: 'calendar#event',
      etag: expect.stringMatching(/^"\d{16}"$/),
      id: expect.stringMatching(/^[a-v0-9]{26}$/),
      status: 'confirmed',
      htmlLink: expect.stringContaining('https://www.google.com/calendar/event?eid='),
      created: '2026-03-01T12:00:00.000Z',
      updated: '2026-03-01T12:00:00.000Z',
      summary: 'Corte de Cabelo',
      creator: { email: 'pro@example.com', self: true },
      organizer: { email: 'pro@example.com', self: true },
      start: { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
      end: { dateTime: '2026-03-10T11:00:00-03:00', timeZone: 'America/Sao_Paulo' },
      iCalUID: `${event.id}@google.com`,
      sequence: 0,
      reminders: { useDefault: true },
      eventType: 'default',
    })
  })

  test('explicit defaults are left out as well, other values stay', async () => {
    await using run = await connected()
    const plain = await run.insert({
      transparency: 'opaque',
      visibility: 'default',
      guestsCanInviteOthers: true,
      guestsCanModify: false,
      guestsCanSeeOtherGuests: true,
      description: '',
    })
    for (const name of [
      'transparency',
      'visibility',
      'guestsCanInviteOthers',
      'guestsCanModify',
      'guestsCanSeeOtherGuests',
      'description',
    ]) {
      expect(plain).not.toHaveProperty(name)
    }
    const marked = await run.insert({
      transparency: 'transparent',
      visibility: 'private',
      guestsCanModify: true,
      colorId: '11',
      source: { title: 'Site', url: 'https://example.com/a' },
    })
    expect(marked).toMatchObject({
      transparency: 'transparent',
      visibility: 'private',
      guestsCanModify: true,
      colorId: '11',
      source: { title: 'Site', url: 'https://example.com/a' },
    })
  })

  test('the etag is twice the microseconds of updated, and every change has its own', async () => {
    await using run = await connected()
    const event = await run.insert()
    expect(Math.floor(Number(event.etag.slice(1, -1)) / 2000)).toBe(Date.parse(event.updated ?? ''))
    const etags = new Set([event.etag])
    for (const summary of ['a', 'b', 'c']) etags.add(run.hand.patch(event.id, { summary }).etag)
    expect(etags.size).toBe(4)
  })

  test('a change of reminders alone moves the etag but not updated', async () => {
    await using run = await connected()
    const event = await run.insert()
    run.google.advance(60_000)
    const { data } = await run.api.events.patch({
      calendarId: 'primary',
      eventId: event.id,
      requestBody: { reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] } },
    })
    expect(data.updated).toBe(event.updated)
    expect(data.etag).not.toBe(event.etag)
  })

  test('an event in a secondary calendar names the calendar as its organizer', async () => {
    await using run = await connected()
    const id = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    const { data } = await run.api.events.insert({ calendarId: id, requestBody: timed() })
    expect(data.organizer).toEqual({ email: id, displayName: 'Salon', self: true })
    expect(data.creator).toEqual({ email: 'pro@example.com' })
  })
})

describe('times', () => {
  const hour = (start: calendar_v3.Schema$EventDateTime, end: calendar_v3.Schema$EventDateTime) => ({
    start,
    end,
  })

  test.each<[string, calendar_v3.Schema$EventDateTime, calendar_v3.Schema$EventDateTime]>([
    [
      'an offset without a zone takes the calendar’s zone',
      { dateTime: '2026-03-10T13:00:00Z' },
      { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    ],
    [
      'a wall clock with a zone keeps the zone and is shown with the calendar’s offset',
      { dateTime: '2026-03-10T14:00:00', timeZone: 'Europe/Berlin' },
      { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'Europe/Berlin' },
    ],
    [
      'an offset beside another zone keeps the instant',
      { dateTime: '2026-07-10T09:00:00+09:00', timeZone: 'America/New_York' },
      { dateTime: '2026-07-09T21:00:00-03:00', timeZone: 'America/New_York' },
    ],
    [
      'fractions of a second are dropped',
      { dateTime: '2026-03-10T13:00:00.750Z' },
      { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    ],
  ])('%s', async (_name, sent, shown) => {
    await using run = await connected()
    const event = await run.insert(hour(sent, { dateTime: '2026-08-01T00:00:00Z' }))
    expect(event.start).toEqual(shown)
  })

  test('the timeZone parameter chooses the offset', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const { data } = await run.api.events.get({ calendarId: 'primary', eventId: id, timeZone: 'UTC' })
    expect(data.start).toEqual({ dateTime: '2026-03-10T13:00:00Z', timeZone: 'America/Sao_Paulo' })
  })

  test('a time inside a spring gap moves forward, a repeated time is the first one', async () => {
    await using run = await connected()
    const zone = 'America/New_York'
    const gap = await run.insert(
      hour(
        { dateTime: '2026-03-08T02:30:00', timeZone: zone },
        { dateTime: '2026-03-08T04:00:00', timeZone: zone },
      ),
    )
    expect(gap.start?.dateTime).toBe('2026-03-08T04:30:00-03:00')
    const twice = await run.insert(
      hour(
        { dateTime: '2026-11-01T01:30:00', timeZone: zone },
        { dateTime: '2026-11-01T03:00:00', timeZone: zone },
      ),
    )
    expect(twice.start?.dateTime).toBe('2026-11-01T02:30:00-03:00')
  })

  test('an all-day event comes back as dates only, even when sent with a zone', async () => {
    await using run = await connected()
    const event = await run.insert(
      hour({ date: '2026-05-01', timeZone: 'Europe/Berlin' }, { date: '2026-05-02' }),
    )
    expect(event.start).toEqual({ date: '2026-05-01' })
    expect(event.end).toEqual({ date: '2026-05-02' })
  })
})

describe('what Google changes silently', () => {
  test('an extended-property key over 44 characters is dropped, a value over 1024 is cut', async () => {
    await using run = await connected()
    const fits = 'k'.repeat(44)
    const event = await run.insert({
      extendedProperties: { private: { [fits]: 'v'.repeat(1025), [`${fits}k`]: 'lost' }, shared: { a: '1' } },
    })
    expect(event.extendedProperties).toEqual({
      private: { [fits]: 'v'.repeat(1024) },
      shared: { a: '1' },
    })
  })

  test('attendees are lowercased, need action by default and lose a name that repeats the address', async () => {
    await using run = await connected()
    const event = await run.insert({
      attendees: [
        { email: 'Joao@Example.com', displayName: 'João Silva', optional: true },
        { email: 'ana@example.com', displayName: 'ana@example.com', responseStatus: 'accepted' },
        { email: 'PRO@example.com', responseStatus: 'accepted' },
      ],
    })
    expect(event.attendees).toEqual([
      { email: 'joao@example.com', displayName: 'João Silva', optional: true, responseStatus: 'needsAction' },
      { email: 'ana@example.com', responseStatus: 'accepted' },
      { email: 'pro@example.com', organizer: true, self: true, responseStatus: 'accepted' },
    ])
  })

  test('a foreign organizer and unknown members are ignored', async () => {
    allowStrays(/unheardOf/)
    await using run = await connected()
    const body = { ...timed(), organizer: { email: 'else@example.com' }, unheardOf: true }
    const { data } = await run.api.events.insert({ calendarId: 'primary', requestBody: body })
    expect(data.organizer?.email).toBe('pro@example.com')
    expect(data).not.toHaveProperty('unheardOf')
  })

  test('maxAttendees trims to the participant and says so', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      attendees: [{ email: 'a@example.com' }, { email: 'pro@example.com' }, { email: 'b@example.com' }],
    })
    const { data } = await run.api.events.get({ calendarId: 'primary', eventId: id, maxAttendees: 1 })
    expect(data.attendees?.map(({ email }) => email)).toEqual(['pro@example.com'])
    expect(data.attendeesOmitted).toBe(true)
  })
})

describe('conference data', () => {
  const conferenceData = {
    createRequest: { requestId: 'once', conferenceSolutionKey: { type: 'hangoutsMeet' } },
  }

  test('it is ignored without conferenceDataVersion=1', async () => {
    await using run = await connected()
    expect(await run.insert({ conferenceData })).not.toHaveProperty('conferenceData')
  })

  test('it is pending in the answer and ready at the next read; a repeated request id is ignored', async () => {
    await using run = await connected()
    const at = { calendarId: 'primary', conferenceDataVersion: 1 }
    const { data: made } = await run.api.events.insert({ ...at, requestBody: timed({ conferenceData }) })
    expect(made.conferenceData?.createRequest?.status).toEqual({ statusCode: 'pending' })
    const eventId = made.id ?? ''
    const { data: read } = await run.api.events.get({ calendarId: 'primary', eventId })
    expect(read.conferenceData?.createRequest?.status).toEqual({ statusCode: 'success' })
    expect(read.hangoutLink).toMatch(/^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/)
    const again = { ...at, eventId, requestBody: timed({ conferenceData }) }
    expect((await run.api.events.update(again)).data.hangoutLink).toBe(read.hangoutLink)
    const ungated = await run.api.events.update({ calendarId: 'primary', eventId, requestBody: timed() })
    expect(ungated.data.hangoutLink).toBe(read.hangoutLink)
  })
})

test('a calendar the user cannot see is 404', async () => {
  await using run = await connected()
  expect(await refused(run.api.events.list({ calendarId: 'nobody@example.com' }))).toMatchObject({
    status: 404,
    body: {
      error: {
        errors: [{ domain: 'global', reason: 'notFound', message: 'Not Found' }],
        code: 404,
        message: 'Not Found',
      },
    },
  })
})
