import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, idsOf, type Connected } from './connected.ts'
import { refused } from './official-client.ts'

const SAO_PAULO = 'America/Sao_Paulo'
const BERLIN = 'Europe/Berlin'

/** A weekly hour at 10:00 in Berlin that crosses the clock change of 29 March 2026. */
const BERLIN_WEEKLY: calendar_v3.Schema$Event = {
  start: { dateTime: '2026-03-16T10:00:00+01:00', timeZone: BERLIN },
  end: { dateTime: '2026-03-16T11:00:00+01:00', timeZone: BERLIN },
  recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'],
}

/** A daily hour at 10:00 in São Paulo from 10 to 14 March 2026. */
const DAILY: calendar_v3.Schema$Event = {
  start: { dateTime: '2026-03-10T10:00:00-03:00', timeZone: SAO_PAULO },
  end: { dateTime: '2026-03-10T11:00:00-03:00', timeZone: SAO_PAULO },
  recurrence: ['RRULE:FREQ=DAILY;COUNT=5'],
}

async function startsOf(run: Connected, eventId: string): Promise<(string | null | undefined)[]> {
  const { data } = await run.api.events.instances({ calendarId: 'primary', eventId })
  return (data.items ?? []).map(({ start }) => start?.dateTime ?? start?.date)
}

/** The starts a series of these lines has; the first start is 2026-03-10T10:00 in São Paulo. */
async function expanded(recurrence: string[], overrides: calendar_v3.Schema$Event = {}): Promise<unknown[]> {
  await using run = await connected()
  const { id } = await run.insert({ ...DAILY, recurrence, ...overrides })
  return startsOf(run, id)
}

async function patchInstance(
  run: Connected,
  eventId: string,
  requestBody: calendar_v3.Schema$Event,
): Promise<calendar_v3.Schema$Event> {
  return (await run.api.events.patch({ calendarId: 'primary', eventId, requestBody })).data
}

describe('instances', () => {
  test('carry the parent’s id, the UTC of their original start, and one iCalUID', async () => {
    await using run = await connected()
    const parent = await run.insert(DAILY)
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: parent.id })
    expect(data.items?.map(({ id }) => id)).toEqual(
      ['10', '11', '12', '13', '14'].map((day) => `${parent.id}_202603${day}T130000Z`),
    )
    expect(new Set(data.items?.map(({ iCalUID }) => iCalUID))).toEqual(new Set([parent.iCalUID]))
    expect(data.items?.[1]).toMatchObject({
      recurringEventId: parent.id,
      originalStartTime: { dateTime: '2026-03-11T10:00:00-03:00', timeZone: SAO_PAULO },
      start: { dateTime: '2026-03-11T10:00:00-03:00', timeZone: SAO_PAULO },
      end: { dateTime: '2026-03-11T11:00:00-03:00' },
      summary: 'Corte de Cabelo',
    })
    expect(data.items?.every((item) => item.recurrence === undefined)).toBe(true)
  })

  test('of an all-day series are named by their date', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      start: { date: '2026-03-10' },
      end: { date: '2026-03-12' },
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=2'],
    })
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: id })
    expect(data.items?.map((item) => [item.id, item.start, item.end, item.originalStartTime])).toEqual([
      [`${id}_20260310`, { date: '2026-03-10' }, { date: '2026-03-12' }, { date: '2026-03-10' }],
      [`${id}_20260317`, { date: '2026-03-17' }, { date: '2026-03-19' }, { date: '2026-03-17' }],
    ])
  })

  test('can be got one by one; a time at which the series has none is 404', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const get = (eventId: string): Promise<{ data: calendar_v3.Schema$Event }> =>
      run.api.events.get({ calendarId: 'primary', eventId })
    expect((await get(`${id}_20260312T130000Z`)).data.start?.dateTime).toBe('2026-03-12T10:00:00-03:00')
    for (const stray of ['20260315T130000Z', '20260312T140000Z', '20260312', '20261312T130000Z']) {
      expect(await refused(get(`${id}_${stray}`))).toMatchObject({ status: 404, reason: 'notFound' })
    }
  })

  test('can be asked by window, by original start, and page by page', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const ask = async (extra: object): Promise<(string | null | undefined)[]> =>
      idsOf((await run.api.events.instances({ calendarId: 'primary', eventId: id, ...extra })).data)
    const window = { timeMin: '2026-03-12T00:00:00Z', timeMax: '2026-03-14T00:00:00Z' }
    expect(await ask(window)).toEqual([`${id}_20260312T130000Z`, `${id}_20260313T130000Z`])
    expect(await ask({ originalStart: '2026-03-13T10:00:00-03:00' })).toEqual([`${id}_20260313T130000Z`])
    const { data: first } = await run.api.events.instances({
      calendarId: 'primary',
      eventId: id,
      maxResults: 3,
    })
    expect(first.items).toHaveLength(3)
    expect(await ask({ maxResults: 3, pageToken: first.nextPageToken })).toEqual([
      `${id}_20260313T130000Z`,
      `${id}_20260314T130000Z`,
    ])
  })

  test('timeMin includes an instance that ends then, as that of a list does not', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const window = { timeMin: '2026-03-14T14:00:00Z' }
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: id, ...window })
    expect(idsOf(data)).toEqual([`${id}_20260314T130000Z`])
    expect(idsOf(await run.list({ ...window, singleEvents: true }))).toEqual([])
  })

  test('of an event that does not recur are none', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    expect(await startsOf(run, id)).toEqual([])
  })
})

describe('clock changes', () => {
  test('the wall clock stays, so the UTC suffix of the ids differs on both sides', async () => {
    await using run = await connected()
    const { id } = await run.insert(BERLIN_WEEKLY)
    const { data } = await run.api.events.instances({ calendarId: 'primary', eventId: id, timeZone: BERLIN })
    expect(data.items?.map((item) => [item.id, item.start?.dateTime])).toEqual([
      [`${id}_20260316T090000Z`, '2026-03-16T10:00:00+01:00'],
      [`${id}_20260323T090000Z`, '2026-03-23T10:00:00+01:00'],
      [`${id}_20260330T080000Z`, '2026-03-30T10:00:00+02:00'],
      [`${id}_20260406T080000Z`, '2026-04-06T10:00:00+02:00'],
    ])
  })

  test('an hour that is skipped moves on by the gap; one that repeats is the first of the two', async () => {
    expect(
      await expanded(['RRULE:FREQ=DAILY;COUNT=3'], {
        start: { dateTime: '2026-03-28T02:30:00+01:00', timeZone: BERLIN },
        end: { dateTime: '2026-03-28T03:00:00+01:00', timeZone: BERLIN },
      }),
    ).toEqual(['2026-03-27T22:30:00-03:00', '2026-03-28T22:30:00-03:00', '2026-03-29T21:30:00-03:00'])
    expect(
      await expanded(['RRULE:FREQ=DAILY;COUNT=3'], {
        start: { dateTime: '2026-10-24T02:30:00+02:00', timeZone: BERLIN },
        end: { dateTime: '2026-10-24T03:00:00+02:00', timeZone: BERLIN },
      }),
    ).toEqual(['2026-10-23T21:30:00-03:00', '2026-10-24T21:30:00-03:00', '2026-10-25T22:30:00-03:00'])
  })

  test('a series that begins in the second of two equal hours begins there', async () => {
    expect(
      await expanded(['RRULE:FREQ=DAILY;COUNT=2'], {
        start: { dateTime: '2026-10-25T02:30:00+01:00', timeZone: BERLIN },
        end: { dateTime: '2026-10-25T03:00:00+01:00', timeZone: BERLIN },
      }),
    ).toEqual(['2026-10-24T22:30:00-03:00', '2026-10-25T22:30:00-03:00'])
  })

  test('UNTIL is an instant, inclusive, whatever the offset of the day is', async () => {
    const start = { dateTime: '2026-03-28T10:00:00+01:00', timeZone: BERLIN }
    const end = { dateTime: '2026-03-28T11:00:00+01:00', timeZone: BERLIN }
    const count = async (until: string): Promise<number> =>
      (await expanded([`RRULE:FREQ=DAILY;UNTIL=${until}`], { start, end })).length
    expect(await count('20260330T080000Z')).toBe(3)
    expect(await count('20260330T075959Z')).toBe(2)
    expect(await count('20260330')).toBe(3)
  })
})

describe('recurrence lines', () => {
  test('EXDATE takes out, RDATE adds, in UTC, with TZID, and as a date', async () => {
    expect(
      await expanded([
        'RRULE:FREQ=DAILY;COUNT=5',
        'EXDATE:20260311T130000Z',
        `EXDATE;TZID=${SAO_PAULO}:20260312T100000,20260313T100000`,
        'RDATE:20260320T180000Z',
        `RDATE;TZID=${BERLIN}:20260321T180000`,
      ]),
    ).toEqual([
      '2026-03-10T10:00:00-03:00',
      '2026-03-14T10:00:00-03:00',
      '2026-03-20T15:00:00-03:00',
      '2026-03-21T14:00:00-03:00',
    ])
    expect(
      await expanded(['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;VALUE=DATE:20260311'], {
        start: { date: '2026-03-10' },
        end: { date: '2026-03-11' },
      }),
    ).toEqual(['2026-03-10', '2026-03-12'])
  })

  test('EXRULE takes out what a rule names; several rules add up', async () => {
    expect(await expanded(['RRULE:FREQ=DAILY;COUNT=7', 'EXRULE:FREQ=WEEKLY;BYDAY=SA,SU;COUNT=10'])).toEqual(
      ['10', '11', '12', '13', '16'].map((day) => `2026-03-${day}T10:00:00-03:00`),
    )
    expect(await expanded(['RRULE:FREQ=WEEKLY;COUNT=2', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=15;COUNT=1'])).toEqual(
      ['10', '15', '17'].map((day) => `2026-03-${day}T10:00:00-03:00`),
    )
  })

  test('the first start is an occurrence even when the rule does not name it, unless told otherwise', async () => {
    const sundays = ['RRULE:FREQ=WEEKLY;BYDAY=SU;COUNT=3']
    expect(await expanded(sundays)).toEqual(['10', '15', '22'].map((day) => `2026-03-${day}T10:00:00-03:00`))
    await using run = await connected({ seriesStart: 'rule' })
    const { id } = await run.insert({ ...DAILY, recurrence: sundays })
    expect(await startsOf(run, id)).toEqual(['15', '22', '29'].map((day) => `2026-03-${day}T10:00:00-03:00`))
  })

  test.each([
    ['no RRULE at all', 'FREQ=DAILY'],
    ['an unknown frequency', 'RRULE:FREQ=FORTNIGHTLY'],
    ['a frequency below a day', 'RRULE:FREQ=SECONDLY'],
    ['a missing frequency', 'RRULE:COUNT=3'],
    ['COUNT beside UNTIL', 'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260401T000000Z'],
    ['COUNT zero', 'RRULE:FREQ=DAILY;COUNT=0'],
    ['an interval of zero', 'RRULE:FREQ=DAILY;INTERVAL=0'],
    ['an unknown part', 'RRULE:FREQ=DAILY;FOO=1'],
    ['a part twice', 'RRULE:FREQ=DAILY;COUNT=1;COUNT=2'],
    ['an unknown weekday', 'RRULE:FREQ=WEEKLY;BYDAY=XX'],
    ['a month that is none', 'RRULE:FREQ=YEARLY;BYMONTH=13'],
    ['a day that never comes', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
    [
      'more occurrences a day than a calendar has',
      `RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=${[...Array(60).keys()].join(',')}`,
    ],
    ['UNTIL that is no date', 'RRULE:FREQ=DAILY;UNTIL=20261399'],
    ['DTSTART', 'DTSTART:20260310T130000Z'],
    ['an EXDATE that is no date', 'EXDATE:tomorrow'],
    ['an unknown zone', 'EXDATE;TZID=Mars/Olympus:20260310T100000'],
  ])('%s is 400 and nothing is stored', async (_name, line) => {
    await using run = await connected()
    expect(await refused(run.insert({ ...DAILY, recurrence: [line] }))).toMatchObject({
      status: 400,
      reason: 'invalid',
      message: 'Invalid recurrence rule.',
    })
    expect(run.hand.events()).toEqual([])
  })
})

describe('lists', () => {
  test('without singleEvents a series is its parent; with it, its instances and no parent', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    expect(idsOf(await run.list())).toEqual([id])
    const list = await run.list({ singleEvents: true, orderBy: 'startTime' })
    expect(idsOf(list)).toHaveLength(5)
    expect(idsOf(list)).not.toContain(id)
  })

  test('a window finds a series by any of its instances, long after its beginning', async () => {
    await using run = await connected()
    const { id } = await run.insert({ ...DAILY, recurrence: ['RRULE:FREQ=WEEKLY'] })
    const window = { timeMin: '2027-06-01T00:00:00Z', timeMax: '2027-06-08T00:00:00Z' }
    expect(idsOf(await run.list(window))).toEqual([id])
    expect(idsOf(await run.list({ ...window, singleEvents: true }))).toEqual([`${id}_20270601T130000Z`])
    const between = { timeMin: '2027-06-02T00:00:00Z', timeMax: '2027-06-03T00:00:00Z' }
    expect(idsOf(await run.list(between))).toEqual([])
  })

  test('a long instance that began before the window is in it', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      start: { date: '2026-03-10' },
      end: { date: '2026-03-15' },
      recurrence: ['RRULE:FREQ=MONTHLY'],
    })
    const window = { timeMin: '2026-05-14T12:00:00Z', timeMax: '2026-05-14T13:00:00Z', singleEvents: true }
    expect(idsOf(await run.list(window))).toEqual([`${id}_20260510`])
  })

  test('a series and its exceptions page like any other events', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    for (const day of [13, 11, 12]) run.hand.patch(`${id}_202603${day}T130000Z`, { summary: String(day) })
    const seen: (string | null | undefined)[] = []
    let pageToken: string | null | undefined
    do {
      const page = await run.list({ maxResults: 1, ...(pageToken ? { pageToken } : {}) })
      seen.push(...idsOf(page))
      pageToken = page.nextPageToken
    } while (pageToken)
    expect(seen).toEqual([id, ...[13, 11, 12].map((day) => `${id}_202603${day}T130000Z`)])
  })

  test('instances of several series and single events come in the order of their starts', async () => {
    await using run = await connected()
    await run.insert({ ...DAILY, summary: 'a' })
    await run.insert({
      summary: 'b',
      start: { dateTime: '2026-03-11T08:00:00-03:00' },
      end: { dateTime: '2026-03-11T09:00:00-03:00' },
    })
    const pages: string[] = []
    let pageToken: string | null | undefined
    do {
      const { items, nextPageToken } = await run.list({
        singleEvents: true,
        orderBy: 'startTime',
        maxResults: 2,
        ...(pageToken ? { pageToken } : {}),
      })
      pages.push((items ?? []).map(({ summary }) => summary).join(''))
      pageToken = nextPageToken
    } while (pageToken)
    expect(pages).toEqual(['ab', 'aa', 'aa'])
  })

  test('an endless series without a window is followed for two years, not for ever', async () => {
    await using run = await connected()
    await run.insert({ ...DAILY, recurrence: ['RRULE:FREQ=DAILY'] })
    const { items = [] } = await run.list({ singleEvents: true, maxResults: 2500 })
    expect(items.length).toBeGreaterThan(700)
    expect(items.length).toBeLessThan(760)
  })

  test('free/busy counts every instance, exceptions where they are now, cancelled ones not', async () => {
    await using run = await connected()
    const { id } = await run.insert({ ...DAILY, recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] })
    run.hand.delete(`${id}_20260311T130000Z`)
    await patchInstance(run, `${id}_20260312T130000Z`, {
      start: { dateTime: '2026-03-12T15:00:00-03:00' },
      end: { dateTime: '2026-03-12T16:00:00-03:00' },
    })
    const { data } = await run.api.freebusy.query({
      requestBody: {
        timeMin: '2026-03-01T00:00:00Z',
        timeMax: '2026-04-01T00:00:00Z',
        items: [{ id: 'primary' }],
      },
    })
    expect(data.calendars?.primary?.busy).toEqual([
      { start: '2026-03-10T13:00:00Z', end: '2026-03-10T14:00:00Z' },
      { start: '2026-03-12T18:00:00Z', end: '2026-03-12T19:00:00Z' },
    ])
  })
})

describe('exceptions', () => {
  test('an edited instance keeps its id, its place in the series, and what it has of its own', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const instance = `${id}_20260311T130000Z`
    const changed = await patchInstance(run, instance, {
      summary: 'Corte e barba',
      start: { dateTime: '2026-03-11T16:00:00-03:00' },
      end: { dateTime: '2026-03-11T17:00:00-03:00' },
    })
    expect(changed).toMatchObject({
      id: instance,
      recurringEventId: id,
      originalStartTime: { dateTime: '2026-03-11T10:00:00-03:00' },
      start: { dateTime: '2026-03-11T16:00:00-03:00' },
      sequence: 1,
    })
    expect(await startsOf(run, id)).toEqual([
      '2026-03-10T10:00:00-03:00',
      '2026-03-11T16:00:00-03:00',
      '2026-03-12T10:00:00-03:00',
      '2026-03-13T10:00:00-03:00',
      '2026-03-14T10:00:00-03:00',
    ])
    expect(idsOf(await run.list())).toEqual([id, instance])
    const day = { timeMin: '2026-03-11T18:30:00Z', timeMax: '2026-03-11T19:30:00Z', singleEvents: true }
    expect(idsOf(await run.list(day))).toEqual([instance])
  })

  test('a delta after an edit carries the parent and the exception', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const { nextSyncToken } = await run.list()
    await patchInstance(run, `${id}_20260311T130000Z`, { summary: 'outro' })
    const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(items?.map((item) => [item.id, item.status])).toEqual([
      [id, 'confirmed'],
      [`${id}_20260311T130000Z`, 'confirmed'],
    ])
  })

  test('an instance edited twice is one instance; a cancelled one is told only when asked for', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const instance = `${id}_20260311T130000Z`
    await patchInstance(run, instance, { summary: 'um' })
    await patchInstance(run, instance, { summary: 'dois' })
    const ids = async (showDeleted: boolean): Promise<unknown[]> =>
      idsOf((await run.api.events.instances({ calendarId: 'primary', eventId: id, showDeleted })).data)
    expect(await ids(false)).toHaveLength(5)
    run.hand.delete(instance)
    expect(await ids(false)).toHaveLength(4)
    expect(await ids(true)).toHaveLength(5)
  })

  test('an instance patched with a rule of its own stays an instance', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const changed = await patchInstance(run, `${id}_20260311T130000Z`, {
      recurrence: ['RRULE:FREQ=DAILY;COUNT=9'],
      summary: 'x',
    })
    expect(changed.recurrence).toBeUndefined()
    expect(await startsOf(run, id)).toHaveLength(5)
  })

  test('If-Match on an untouched instance is the etag of its series', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const instance = `${id}_20260311T130000Z`
    const { data } = await run.api.events.get({ calendarId: 'primary', eventId: instance })
    const write = (etag: string): Promise<unknown> =>
      run.api.events.patch(
        { calendarId: 'primary', eventId: instance, requestBody: { summary: 'x' } },
        { headers: { 'If-Match': etag } },
      )
    await write(data.etag ?? '')
    expect(await refused(write(data.etag ?? ''))).toMatchObject({ status: 412, reason: 'conditionNotMet' })
  })

  test('what an exception has in common with its series follows it; what it has of its own stays', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const instance = `${id}_20260311T130000Z`
    await patchInstance(run, instance, { summary: 'próprio' })
    await patchInstance(run, id, { summary: 'da série', location: 'Rua A' })
    const { data } = await run.api.events.get({ calendarId: 'primary', eventId: instance })
    expect([data.summary, data.location]).toEqual(['próprio', 'Rua A'])
  })

  test('a longer series makes its exceptions longer unless they were moved', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const kept = `${id}_20260311T130000Z`
    const moved = `${id}_20260312T130000Z`
    await patchInstance(run, kept, { summary: 'x' })
    await patchInstance(run, moved, {
      start: { dateTime: '2026-03-12T16:00:00-03:00' },
      end: { dateTime: '2026-03-12T16:30:00-03:00' },
    })
    await patchInstance(run, id, { end: { dateTime: '2026-03-10T12:00:00-03:00', timeZone: SAO_PAULO } })
    const ends = run.hand.events().map((event) => [event.id, event.end])
    expect(ends).toEqual([
      [id, expect.objectContaining({ dateTime: '2026-03-10T12:00:00-03:00' })],
      [kept, expect.objectContaining({ dateTime: '2026-03-11T12:00:00-03:00' })],
      [moved, expect.objectContaining({ dateTime: '2026-03-12T16:30:00-03:00' })],
    ])
  })

  test('a series at another hour drops the exceptions of the old one, and counts on', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    await patchInstance(run, `${id}_20260311T130000Z`, { summary: 'x' })
    const { nextSyncToken } = await run.list()
    await patchInstance(run, id, {
      start: { dateTime: '2026-03-10T14:00:00-03:00', timeZone: SAO_PAULO },
      end: { dateTime: '2026-03-10T15:00:00-03:00', timeZone: SAO_PAULO },
    })
    expect(await startsOf(run, id)).toEqual(
      ['10', '11', '12', '13', '14'].map((day) => `2026-03-${day}T14:00:00-03:00`),
    )
    const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(items?.map((item) => [item.id, item.status, item.recurringEventId])).toEqual([
      [id, 'confirmed', undefined],
      [`${id}_20260311T130000Z`, 'cancelled', undefined],
    ])
  })
})

describe('“this and following”', () => {
  test('the parent ends by UNTIL, a new series begins, exceptions past the end are bare tombstones', async () => {
    await using run = await connected()
    const { id } = await run.insert({ ...DAILY, recurrence: ['RRULE:FREQ=DAILY'] })
    await patchInstance(run, `${id}_20260314T130000Z`, { summary: 'depois' })
    const { nextSyncToken } = await run.list()
    await patchInstance(run, id, { recurrence: ['RRULE:FREQ=DAILY;UNTIL=20260313T025959Z'] })
    const next = await run.insert({
      start: { dateTime: '2026-03-13T10:00:00-03:00', timeZone: SAO_PAULO },
      end: { dateTime: '2026-03-13T11:00:00-03:00', timeZone: SAO_PAULO },
      recurrence: ['RRULE:FREQ=DAILY;COUNT=2'],
    })
    expect(await startsOf(run, id)).toEqual(['10', '11', '12'].map((day) => `2026-03-${day}T10:00:00-03:00`))
    expect(await startsOf(run, next.id)).toHaveLength(2)
    const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(items?.map((item) => item.id)).toEqual([id, `${id}_20260314T130000Z`, next.id])
    expect(items?.[1]).toEqual({
      kind: 'calendar#event',
      etag: expect.any(String),
      id: `${id}_20260314T130000Z`,
      status: 'cancelled',
    })
  })

  test('a series made longer again has the instance back that was cut off', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    await patchInstance(run, `${id}_20260314T130000Z`, { summary: 'depois' })
    await patchInstance(run, id, { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] })
    await patchInstance(run, id, { recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] })
    expect(await startsOf(run, id)).toHaveLength(5)
    const { data } = await run.api.events.get({ calendarId: 'primary', eventId: `${id}_20260314T130000Z` })
    expect([data.status, data.summary]).toEqual(['confirmed', 'Corte de Cabelo'])
  })
})

describe('becoming a series and ceasing to be one', () => {
  test('an event patched with a rule is a series, and without it an event of one time again', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    await patchInstance(run, id, { recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] })
    expect(await startsOf(run, id)).toHaveLength(3)
    await patchInstance(run, `${id}_20260311T130000Z`, { summary: 'x' })
    await patchInstance(run, id, { recurrence: null })
    expect(idsOf(await run.list())).toEqual([id])
    expect(idsOf(await run.list({ singleEvents: true }))).toEqual([id])
  })

  test('a series needs a zone', async () => {
    await using run = await connected()
    const at = (dateTime: string): calendar_v3.Schema$EventDateTime => ({ dateTime })
    const body = { start: at('2026-03-10T10:00:00-03:00'), end: at('2026-03-10T11:00:00-03:00') }
    expect(await refused(run.insert({ ...body, recurrence: ['RRULE:FREQ=DAILY'] }))).toMatchObject({
      status: 400,
      message: 'Missing time zone definition for start time.',
    })
  })

  test('a moved series takes its exceptions along; an instance alone cannot move', async () => {
    await using run = await connected()
    const other = run.google.user('pro@example.com').addCalendar({ summary: 'Filial' })
    const { id } = await run.insert(DAILY)
    const instance = `${id}_20260311T130000Z`
    await patchInstance(run, instance, { summary: 'próprio' })
    const move = (eventId: string): Promise<unknown> =>
      run.api.events.move({ calendarId: 'primary', eventId, destination: other })
    expect(await refused(move(instance))).toMatchObject({
      status: 400,
      reason: 'cannotChangeOrganizerOfInstance',
    })
    const { nextSyncToken } = await run.list()
    await move(id)
    const there = run.google.user('pro@example.com').calendar(other)
    expect(there.instances(id).map(({ summary }) => summary)).toEqual([
      'Corte de Cabelo',
      'próprio',
      'Corte de Cabelo',
      'Corte de Cabelo',
      'Corte de Cabelo',
    ])
    const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(items?.map((item) => [item.id, item.status, item.recurringEventId]).toSorted()).toEqual([
      [id, 'cancelled', undefined],
      [instance, 'cancelled', undefined],
    ])
  })
})
