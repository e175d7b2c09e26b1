import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, idsOf } from './connected.ts'
import { calendarClient, connect, refused } from './official-client.ts'

const GUEST = 'ana@example.com'
const ACCOUNTS = { users: [{ email: 'pro@example.com' }, { email: GUEST }] }
const SERIES: calendar_v3.Schema$Event = { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] }
const instanceOf = (id: string, day: number): string => `${id}_202603${day}T130000Z`

describe('long and strange series', () => {
  test('a daily series since 1990 is listed, and a window of many years too', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      start: { dateTime: '1990-01-01T10:00:00-02:00', timeZone: 'America/Sao_Paulo' },
      end: { dateTime: '1990-01-01T11:00:00-02:00', timeZone: 'America/Sao_Paulo' },
      recurrence: ['RRULE:FREQ=DAILY'],
    })
    const day = { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-11T00:00:00Z', singleEvents: true }
    expect(idsOf(await run.list(day))).toEqual([instanceOf(id, 10)])
    const years = { timeMin: '2000-01-01T00:00:00Z', timeMax: '2040-01-01T00:00:00Z' }
    expect((await run.list({ ...years, singleEvents: true })).items).toHaveLength(250)
  })

  test('an instance that a clock change moves on is got by the id it is listed with', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      start: { dateTime: '2026-03-28T02:30:00+01:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-03-28T03:00:00+01:00', timeZone: 'Europe/Berlin' },
      recurrence: ['RRULE:FREQ=DAILY;BYHOUR=2,3;COUNT=6'],
    })
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: id })
    const ids = idsOf(data)
    expect(new Set(ids).size).toBe(ids.length)
    for (const eventId of ids) await run.api.events.get({ calendarId: 'primary', eventId: eventId ?? '' })
  })

  test('hours chosen for an all-day series mean nothing', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      start: { date: '2026-03-10' },
      end: { date: '2026-03-11' },
      recurrence: ['RRULE:FREQ=DAILY;BYHOUR=0,12;COUNT=2'],
    })
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: id })
    expect(idsOf(data)).toEqual([`${id}_20260310`, `${id}_20260311`])
  })

  test('dates end with the year 9999, and begin with 1000', async () => {
    await using run = await connected()
    await run.insert({
      start: { date: '9999-12-29' },
      end: { date: '9999-12-30' },
      recurrence: ['RRULE:FREQ=DAILY'],
    })
    const { items = [] } = await run.list({ singleEvents: true })
    expect(items.every(({ start }) => /^\d{4}-\d\d-\d\d$/.test(start?.date ?? ''))).toBe(true)
    const early = run.insert({ start: { date: '0050-01-01' }, end: { date: '0050-01-02' } })
    expect(await refused(early)).toMatchObject({ status: 400 })
  })
})

describe('series that come and go', () => {
  test('an exception whose occurrence went and came back is not lost between pages', async () => {
    await using run = await connected()
    const { id } = await run.insert(SERIES)
    run.hand.patch(instanceOf(id, 13), { summary: 'x' })
    const other = await run.insert()
    run.hand.patch(id, { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] })
    run.hand.patch(id, SERIES)
    run.hand.patch(instanceOf(id, 13), { summary: 'y' })
    const seen: (string | null | undefined)[] = []
    let pageToken: string | null | undefined
    do {
      const page = await run.list({ maxResults: 1, ...(pageToken ? { pageToken } : {}) })
      seen.push(...idsOf(page))
      pageToken = page.nextPageToken
    } while (pageToken)
    expect(seen).toHaveLength(3)
    expect(new Set(seen)).toEqual(new Set([id, other.id, instanceOf(id, 13)]))
  })

  test('an instance of a deleted series cannot be revived', async () => {
    await using run = await connected()
    const { id } = await run.insert(SERIES)
    run.hand.delete(id)
    const revive = run.api.events.patch({
      calendarId: 'primary',
      eventId: instanceOf(id, 11),
      requestBody: { status: 'confirmed' },
    })
    expect(await refused(revive)).toMatchObject({ status: 403, reason: 'forbidden' })
  })

  test('instances that a deleted series lost when it came back are told', async () => {
    await using run = await connected()
    const { id } = await run.insert(SERIES)
    const { nextSyncToken } = await run.list({ singleEvents: true })
    run.hand.delete(id)
    run.hand.patch(id, { status: 'confirmed', recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] })
    const { items = [] } = await run.list({ singleEvents: true, syncToken: nextSyncToken ?? '' })
    const gone = items.filter(({ status }) => status === 'cancelled').map((item) => item.id)
    expect(new Set(gone)).toEqual(new Set([instanceOf(id, 12), instanceOf(id, 13)]))
  })

  test('an event that moves in time between two pages is not given out twice', async () => {
    await using run = await connected()
    const first = await run.insert()
    const second = await run.insert()
    const page = await run.list({ maxResults: 1 })
    run.hand.patch(first.id, {
      start: { dateTime: '2026-03-20T10:00:00Z' },
      end: { dateTime: '2026-03-20T11:00:00Z' },
    })
    expect(idsOf(await run.list({ maxResults: 1, pageToken: page.nextPageToken ?? '' }))).toEqual([second.id])
  })

  test('purging keeps the cancelled instances of a living series', async () => {
    await using run = await connected()
    const { id } = await run.insert(SERIES)
    run.hand.delete(instanceOf(id, 11))
    run.google.faults.purgeTombstones()
    expect(idsOf(await run.list())).toEqual([id, instanceOf(id, 11)])
  })
})

describe('guests of series', () => {
  test('one who is invited late gets the moved and cancelled instances as they are', async () => {
    await using run = await connected(ACCOUNTS)
    const { id } = await run.insert(SERIES)
    run.hand.delete(instanceOf(id, 11))
    run.hand.patch(instanceOf(id, 12), {
      start: { dateTime: '2026-03-12T15:00:00-03:00' },
      end: { dateTime: '2026-03-12T16:00:00-03:00' },
    })
    run.hand.patch(id, { attendees: [{ email: GUEST }] })
    const starts = (email: string): unknown[] =>
      run.google
        .user(email)
        .calendar()
        .instances(id)
        .map(({ start }) => start)
    expect(starts(GUEST)).toEqual(starts('pro@example.com'))
  })

  test('one of a single instance is told when the series changes or ends', async () => {
    await using run = await connected(ACCOUNTS)
    const { id } = await run.insert(SERIES)
    const guest = run.google.user(GUEST).calendar()
    run.hand.patch(instanceOf(id, 11), { attendees: [{ email: GUEST }] })
    run.hand.patch(id, { location: 'Sala 2' })
    expect(guest.get(instanceOf(id, 11)).location).toBe('Sala 2')
    run.hand.delete(id)
    expect(guest.events()).toEqual([])
  })
})

describe('what is not everybody’s to see', () => {
  test('a reader finds no private event by its text or its properties', async () => {
    const shared = [{ id: 'pro@example.com', summary: 'x', accessRole: 'reader' as const }]
    await using run = await connected({
      users: [{ email: 'pro@example.com' }, { email: GUEST, calendars: shared }],
    })
    await run.insert({
      summary: 'Quimioterapia',
      visibility: 'private',
      extendedProperties: { private: { k: 'v' } },
    })
    const reader = calendarClient(run.google, await connect(run.google, { email: GUEST }))
    for (const filter of [{ q: 'Quimioterapia' }, { privateExtendedProperty: ['k=v'] }]) {
      expect((await reader.events.list({ calendarId: 'pro@example.com', ...filter })).data.items).toEqual([])
    }
  })

  test('source is for the creator, and self marks the calendar of the copy alone', async () => {
    await using run = await connected(ACCOUNTS)
    const { id } = await run.insert({
      source: { title: 'Site', url: 'https://example.com' },
      attendees: [{ email: 'pro@example.com' }, { email: GUEST }],
    })
    const copy = run.google.user(GUEST).calendar().get(id) as calendar_v3.Schema$Event
    expect(copy.source).toBeUndefined()
    expect(copy.attendees?.filter(({ self }) => self).map(({ email }) => email)).toEqual([GUEST])
    expect(run.hand.get(id)).toHaveProperty('source')
  })
})
