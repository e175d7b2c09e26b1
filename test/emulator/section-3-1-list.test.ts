import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, idsOf, type Connected } from './connected.ts'
import { refused } from './official-client.ts'

type Parameters = calendar_v3.Params$Resource$Events$List

async function insertMany(run: Connected, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) ids.push((await run.insert({ summary: `n${index}` })).id)
  return ids
}

async function allPages(run: Connected, parameters: Parameters = {}): Promise<calendar_v3.Schema$Events[]> {
  const pages = [await run.list(parameters)]
  for (let token = pages[0]?.nextPageToken; token; token = pages.at(-1)?.nextPageToken) {
    pages.push(await run.list({ ...parameters, pageToken: token }))
  }
  return pages
}

test('the envelope carries zone, role and default reminders, and a sync token on the last page', async () => {
  await using run = await connected()
  expect(await run.list()).toEqual({
    kind: 'calendar#events',
    etag: expect.stringMatching(/^"p.+"$/),
    summary: 'pro@example.com',
    description: '',
    updated: expect.any(String),
    timeZone: 'America/Sao_Paulo',
    accessRole: 'owner',
    defaultReminders: [{ method: 'popup', minutes: 30 }],
    nextSyncToken: expect.any(String),
    items: [],
  })
})

describe('pages', () => {
  test('each event comes once, in a stable order, and only the last page has the sync token', async () => {
    await using run = await connected()
    const ids = await insertMany(run, 7)
    const pages = await allPages(run, { maxResults: 3 })
    expect(pages.map((page) => page.items?.length)).toEqual([3, 3, 1])
    expect(pages.flatMap(idsOf)).toEqual(ids)
    const ends = pages.map((page) => [Boolean(page.nextPageToken), Boolean(page.nextSyncToken)])
    expect(ends).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ])
  })

  test('a full last page ends the list', async () => {
    await using run = await connected()
    await insertMany(run, 4)
    expect(await allPages(run, { maxResults: 2 })).toHaveLength(2)
  })

  test('a page token with other parameters, of another calendar, or malformed is 400', async () => {
    await using run = await connected()
    const other = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    await insertMany(run, 3)
    const { nextPageToken } = await run.list({ maxResults: 1 })
    const pageToken = nextPageToken ?? ''
    const bad: Parameters[] = [
      { maxResults: 2, pageToken },
      { maxResults: 1, pageToken, q: 'x' },
      { maxResults: 1, pageToken, showDeleted: true },
      { maxResults: 1, pageToken, calendarId: other },
      { maxResults: 1, pageToken: 'x' },
    ]
    for (const parameters of bad) {
      expect(await refused(run.list(parameters))).toMatchObject({ status: 400, reason: 'invalid' })
    }
    expect((await run.list({ maxResults: 1, pageToken })).items).toHaveLength(1)
  })

  test('a page size cap and empty pages are knobs, and no event is lost to them', async () => {
    await using run = await connected()
    const ids = await insertMany(run, 3)
    run.google.faults.maxPageSize(1)
    run.google.faults.emptyPages(true)
    const pages = await allPages(run)
    expect(pages.map((page) => page.items?.length)).toEqual([0, 1, 0, 1, 0, 1])
    expect(pages.flatMap(idsOf)).toEqual(ids)
    expect(pages.at(-1)?.nextSyncToken).toBeTruthy()
    run.google.faults.clear()
    expect(await allPages(run)).toHaveLength(1)
  })

  test('what changes while pages are read is in the next delta', async () => {
    await using run = await connected()
    const [first = ''] = await insertMany(run, 3)
    const page1 = await run.list({ maxResults: 1 })
    run.hand.patch(first, { summary: 'moved on' })
    const page2 = await run.list({ maxResults: 1, pageToken: page1.nextPageToken ?? '' })
    const page3 = await run.list({ maxResults: 1, pageToken: page2.nextPageToken ?? '' })
    const delta = await run.list({ syncToken: page3.nextSyncToken ?? '' })
    expect(idsOf(delta)).toEqual([first])
  })
})

describe('the window', () => {
  test('timeMin is an exclusive bound on the end, timeMax on the start', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const found = async (parameters: Parameters): Promise<boolean> =>
      idsOf(await run.list(parameters)).includes(id)
    expect(await found({ timeMin: '2026-03-10T14:00:00Z' })).toBe(false)
    expect(await found({ timeMin: '2026-03-10T13:59:59Z' })).toBe(true)
    expect(await found({ timeMax: '2026-03-10T13:00:00Z' })).toBe(false)
    expect(await found({ timeMax: '2026-03-10T13:00:01Z' })).toBe(true)
    expect(await found({ timeMin: '2026-03-10T13:59:59.999Z' })).toBe(true)
  })

  test('an all-day event stands in the calendar’s zone', async () => {
    await using run = await connected()
    const { id } = await run.insert({ start: { date: '2026-03-10' }, end: { date: '2026-03-11' } })
    expect(idsOf(await run.list({ timeMax: '2026-03-10T03:00:00Z' }))).toEqual([])
    expect(idsOf(await run.list({ timeMax: '2026-03-10T03:00:01Z' }))).toEqual([id])
    expect(idsOf(await run.list({ timeMin: '2026-03-11T03:00:00Z' }))).toEqual([])
  })

  test.each<[string, Parameters, string]>([
    [
      'an empty range',
      { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-10T00:00:00Z' },
      'timeRangeEmpty',
    ],
    ['a bound without offset', { timeMin: '2026-03-10T00:00:00' }, 'badRequest'],
    ['a bound that is no time', { timeMax: 'soon' }, 'badRequest'],
    ['maxResults zero', { maxResults: 0 }, 'invalid'],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'invalid'],
    ['an unknown order', { orderBy: 'colour' }, 'invalid'],
    ['a property filter without a value', { privateExtendedProperty: ['key'] }, 'invalid'],
    ['an unreadable field mask', { fields: 'items(id' }, 'invalid'],
  ])('%s is 400', async (_name, parameters, reason) => {
    await using run = await connected()
    expect(await refused(run.list(parameters))).toMatchObject({ status: 400, reason })
  })
})

describe('order', () => {
  test('startTime without singleEvents is refused in Google’s words', async () => {
    await using run = await connected()
    expect(await refused(run.list({ orderBy: 'startTime' }))).toMatchObject({
      status: 400,
      reason: 'invalid',
      message: 'The requested ordering is not available for the particular query.',
    })
  })

  test('an ordered list has no sync token', async () => {
    await using run = await connected()
    const late = await run.insert({
      end: { dateTime: '2026-03-12T00:00:00Z' },
      start: { dateTime: '2026-03-11T00:00:00Z' },
    })
    const early = await run.insert()
    run.hand.patch(late.id, { summary: 'latest change' })
    const byStart = await run.list({ orderBy: 'startTime', singleEvents: true })
    expect(idsOf(byStart)).toEqual([early.id, late.id])
    const byUpdate = await run.list({ orderBy: 'updated' })
    expect(idsOf(byUpdate)).toEqual([early.id, late.id])
    for (const list of [byStart, byUpdate]) expect(list).not.toHaveProperty('nextSyncToken')
  })
})

describe('filters', () => {
  test('q finds words in title, description, place and guests, regardless of case', async () => {
    await using run = await connected()
    const { id } = await run.insert({
      summary: 'Corte',
      description: 'Tesoura',
      location: 'Rua A',
      attendees: [{ email: 'joao@example.com', displayName: 'João Silva' }],
    })
    await run.insert({ summary: 'Barba' })
    for (const q of ['CORTE', 'tesoura', 'rua', 'silva', 'joao@example.com', 'corte silva']) {
      expect(idsOf(await run.list({ q }))).toEqual([id])
    }
    expect(idsOf(await run.list({ q: 'corte barba' }))).toEqual([])
  })

  test('property filters of one kind must all match, or any of them by setting', async () => {
    const both = ['a=1', 'b=2']
    for (const [rule, expected] of [
      ['all', ['both']],
      ['any', ['both', 'one']],
    ] as const) {
      await using run = await connected({ extendedPropertyMatch: rule })
      await run.insert({ summary: 'both', extendedProperties: { private: { a: '1', b: '2' } } })
      await run.insert({ summary: 'one', extendedProperties: { private: { a: '1', b: '=' } } })
      await run.insert({ summary: 'shared', extendedProperties: { shared: { a: '1', b: '2' } } })
      const { items } = await run.list({ privateExtendedProperty: both })
      expect(items?.map(({ summary }) => summary)).toEqual(expected)
      const { items: signs } = await run.list({ privateExtendedProperty: ['b=='] })
      expect(signs?.map(({ summary }) => summary)).toEqual(['one'])
      const { items: shared } = await run.list({ sharedExtendedProperty: ['a=1'] })
      expect(shared?.map(({ summary }) => summary)).toEqual(['shared'])
    }
  })

  test('iCalUID and eventTypes filter', async () => {
    await using run = await connected()
    const { id, iCalUID } = await run.insert()
    const focus = await run.insert({ eventType: 'focusTime' })
    expect(idsOf(await run.list({ iCalUID: iCalUID ?? '' }))).toEqual([id])
    expect(idsOf(await run.list({ eventTypes: ['focusTime'] }))).toEqual([focus.id])
  })

  test('updatedMin includes deletions, and reaches back thirty days only', async () => {
    await using run = await connected()
    const old = await run.insert()
    const gone = await run.insert()
    run.google.advance(3_600_000)
    const since = new Date(run.google.now()).toISOString()
    const fresh = await run.insert()
    run.hand.delete(gone.id)
    expect(idsOf(await run.list({ updatedMin: since }))).toEqual([gone.id, fresh.id])
    expect(old.id).toBeTruthy()
    run.google.advance(31 * 86_400_000)
    expect(await refused(run.list({ updatedMin: since }))).toMatchObject({
      status: 410,
      reason: 'updatedMinTooLongAgo',
    })
  })

  test('fields returns the named members only', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const list = await run.list({ fields: 'items(id,start/dateTime),nextSyncToken' })
    expect(list).toEqual({
      nextSyncToken: expect.any(String),
      items: [{ id, start: { dateTime: '2026-03-10T10:00:00-03:00' } }],
    })
  })
})
