import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, idsOf, type Connected } from './connected.ts'
import { calendarClient, connect } from './official-client.ts'

const DAILY: calendar_v3.Schema$Event = { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] }
const instanceOf = (id: string, day: number): string => `${id}_202603${day}T130000Z`

async function startSync(run: Connected): Promise<string> {
  const { nextSyncToken } = await run.list({ singleEvents: true, maxResults: 2500 })
  return nextSyncToken ?? ''
}

async function changes(run: Connected, syncToken: string): Promise<calendar_v3.Schema$Event[]> {
  return (await run.list({ singleEvents: true, syncToken })).items ?? []
}

describe('a delta of single events', () => {
  test('tells a changed series by all its instances, whatever the window of the first list was', async () => {
    await using run = await connected()
    const { id } = await run.insert({ recurrence: ['RRULE:FREQ=DAILY'] })
    const { nextSyncToken } = await run.list({ singleEvents: true, timeMax: '2026-03-12T00:00:00Z' })
    run.hand.patch(id, { summary: 'novo' })
    const { items = [] } = await run.list({
      singleEvents: true,
      syncToken: nextSyncToken ?? '',
      maxResults: 2500,
    })
    expect(items.length).toBeGreaterThan(700)
    expect(items.every((item) => item.recurringEventId === id && item.summary === 'novo')).toBe(true)
  })

  test('of a changed instance tells every instance once', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const token = await startSync(run)
    run.hand.patch(instanceOf(id, 11), { summary: 'outra' })
    expect((await changes(run, token)).map((item) => [item.id, item.summary])).toEqual([
      [instanceOf(id, 10), 'Corte de Cabelo'],
      [instanceOf(id, 11), 'outra'],
      [instanceOf(id, 12), 'Corte de Cabelo'],
      [instanceOf(id, 13), 'Corte de Cabelo'],
    ])
  })

  test('of a cancelled instance says where it stood', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    const token = await startSync(run)
    run.hand.delete(instanceOf(id, 12))
    expect(await changes(run, token)).toContainEqual({
      kind: 'calendar#event',
      etag: expect.any(String),
      id: instanceOf(id, 12),
      status: 'cancelled',
      recurringEventId: id,
      originalStartTime: { dateTime: '2026-03-12T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    })
  })

  test('of a deleted series tells the cancelled instances of about half a year', async () => {
    await using run = await connected()
    const { id } = await run.insert({ recurrence: ['RRULE:FREQ=DAILY'] })
    const token = await startSync(run)
    run.hand.delete(id)
    const { items = [] } = await run.list({ singleEvents: true, syncToken: token, maxResults: 2500 })
    expect(items.every((item) => item.status === 'cancelled' && item.recurringEventId === id)).toBe(true)
    expect(items.length).toBeGreaterThan(150)
    expect(items.length).toBeLessThan(190)
  })

  test('pages through one series without losing or repeating an instance', async () => {
    await using run = await connected()
    const { id } = await run.insert({ recurrence: ['RRULE:FREQ=DAILY;COUNT=7'] })
    const token = await startSync(run)
    run.hand.patch(id, { summary: 'novo' })
    const seen: (string | null | undefined)[] = []
    let pageToken: string | null | undefined
    do {
      const page = await run.list({
        singleEvents: true,
        syncToken: token,
        maxResults: 3,
        ...(pageToken ? { pageToken } : {}),
      })
      seen.push(...idsOf(page))
      pageToken = page.nextPageToken
    } while (pageToken)
    expect(seen).toEqual([10, 11, 12, 13, 14, 15, 16].map((day) => instanceOf(id, day)))
  })
})

describe('a full list of single events', () => {
  test('leaves cancelled instances out, and shows them with showDeleted', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    run.hand.delete(instanceOf(id, 11))
    expect(idsOf(await run.list({ singleEvents: true }))).not.toContain(instanceOf(id, 11))
    expect(idsOf(await run.list({ singleEvents: true, showDeleted: true }))).toContain(instanceOf(id, 11))
  })

  test('without expansion a cancelled instance of a living series is listed even so', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    run.hand.delete(instanceOf(id, 11))
    expect((await run.list()).items?.map((item) => [item.id, item.status])).toEqual([
      [id, 'confirmed'],
      [instanceOf(id, 11), 'cancelled'],
    ])
    run.hand.delete(id)
    expect((await run.list()).items).toEqual([])
  })

  test('of a deleted series shows single instances, not the series, when both flags are set', async () => {
    await using run = await connected()
    const { id } = await run.insert(DAILY)
    run.hand.patch(instanceOf(id, 11), { summary: 'x' })
    run.hand.delete(id)
    const { items = [] } = await run.list({ singleEvents: true, showDeleted: true })
    expect(items.every((item) => item.status === 'cancelled' && item.id !== id)).toBe(true)
    expect(items.length).toBeGreaterThan(0)
    expect(idsOf(await run.list({ singleEvents: true }))).toEqual([])
  })
})

describe('readers', () => {
  async function readerOf(accessRole: 'freeBusyReader' | 'reader' | 'writer'): Promise<{
    run: Connected
    reader: calendar_v3.Calendar
  }> {
    const calendars = [{ id: 'pro@example.com', summary: 'x', accessRole }]
    const run = await connected({
      users: [{ email: 'pro@example.com' }, { email: 'ana@example.com', calendars }],
    })
    return {
      run,
      reader: calendarClient(run.google, await connect(run.google, { email: 'ana@example.com' })),
    }
  }

  test('of free and busy alone get single events without details, whatever they ask', async () => {
    const { run, reader } = await readerOf('freeBusyReader')
    await using _run = run
    const { id } = await run.insert(DAILY)
    const { data } = await reader.events.list({ calendarId: 'pro@example.com' })
    expect(data.accessRole).toBe('freeBusyReader')
    expect(idsOf(data)).toEqual([10, 11, 12, 13].map((day) => instanceOf(id, day)))
    expect(data.items?.some((item) => 'summary' in item || 'creator' in item)).toBe(false)
  })

  test.each([
    ['reader', undefined],
    ['writer', 'Corte de Cabelo'],
  ] as const)('a private event shows a %s the title %s', async (role, summary) => {
    const { run, reader } = await readerOf(role)
    await using _run = run
    const { id } = await run.insert({ visibility: 'private' })
    const { data } = await reader.events.get({ calendarId: 'pro@example.com', eventId: id })
    expect([data.summary, data.visibility]).toEqual([summary, 'private'])
  })
})

test('a calendar that changes ten thousand times keeps a log of what it holds, and deltas stay right', async () => {
  await using run = await connected()
  const { id } = await run.insert()
  const { nextSyncToken } = await run.list()
  for (let round = 0; round < 10_000; round += 1) run.hand.patch(id, { summary: String(round) })
  const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
  expect(items?.map(({ summary }) => summary)).toEqual(['9999'])
  const { state } = run.google.snapshot() as { state: { calendars: Map<string, { changes: unknown[] }> } }
  expect(state.calendars.get('pro@example.com')?.changes.length).toBeLessThan(2000)
})
