import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected, idsOf, type Connected } from './connected.ts'
import { calendarClient, refused, standingClock } from './official-client.ts'

type Parameters = calendar_v3.Params$Resource$Events$List

const FULL_SYNC_REQUIRED = {
  error: {
    errors: [
      {
        domain: 'calendar',
        reason: 'fullSyncRequired',
        message: 'Sync token is no longer valid, a full sync is required.',
        locationType: 'parameter',
        location: 'syncToken',
      },
    ],
    code: 410,
    message: 'Sync token is no longer valid, a full sync is required.',
  },
}

async function tokenOf(run: Connected, parameters: Parameters = {}): Promise<string> {
  return (await run.list(parameters)).nextSyncToken ?? ''
}

describe('a delta', () => {
  test('it holds what changed since the token and nothing else', async () => {
    await using run = await connected()
    const [kept, edited, removed] = [await run.insert(), await run.insert(), await run.insert()]
    const syncToken = await tokenOf(run)
    run.hand.patch(edited.id, { summary: 'x' })
    run.hand.delete(removed.id)
    const added = await run.insert()
    const delta = await run.list({ syncToken })
    expect(idsOf(delta)).toEqual([edited.id, removed.id, added.id])
    expect(idsOf(delta)).not.toContain(kept.id)
  })

  test('an old token can be used again and gives the same, plus what came since', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    const first = await run.insert()
    expect(idsOf(await run.list({ syncToken }))).toEqual([first.id])
    const second = await run.insert()
    expect(idsOf(await run.list({ syncToken }))).toEqual([first.id, second.id])
  })

  test('its pages repeat the sync token and end in a new one', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run, { maxResults: 2 })
    const ids = [(await run.insert()).id, (await run.insert()).id, (await run.insert()).id]
    const first = await run.list({ maxResults: 2, syncToken })
    expect(first).not.toHaveProperty('nextSyncToken')
    const pageToken = first.nextPageToken ?? ''
    expect((await refused(run.list({ maxResults: 2, pageToken }))).status).toBe(400)
    const second = await run.list({ maxResults: 2, syncToken, pageToken })
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids)
    expect((await run.list({ syncToken: second.nextSyncToken ?? '' })).items).toEqual([])
  })

  test('a change between its pages is in the next delta, never lost', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    const [a, b] = [await run.insert(), await run.insert()]
    const first = await run.list({ maxResults: 1, syncToken })
    expect(idsOf(first)).toEqual([a.id])
    run.hand.patch(b.id, { summary: 'late' })
    const second = await run.list({ maxResults: 1, syncToken, pageToken: first.nextPageToken ?? '' })
    const next = await run.list({ syncToken: second.nextSyncToken ?? '' })
    expect([idsOf(second), idsOf(next)]).toEqual([[], [b.id]])
  })

  test('the window of the first list is not in the token', async () => {
    await using run = await connected()
    const march = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-04-01T00:00:00Z' }
    const syncToken = await tokenOf(run, march)
    const start = { dateTime: '2030-01-01T10:00:00Z' }
    const outside = await run.insert({ start, end: { dateTime: '2030-01-01T11:00:00Z' } })
    expect(idsOf(await run.list({ syncToken }))).toEqual([outside.id])
  })
})

describe('what a sync token forbids', () => {
  const restricted = 'syncTokenWithRequestRestrictions'
  test.each<[Parameters, string]>([
    [{ timeMin: '2026-03-01T00:00:00Z' }, restricted],
    [{ timeMax: '2026-03-01T00:00:00Z' }, restricted],
    [{ updatedMin: '2026-03-01T00:00:00Z' }, restricted],
    [{ q: 'x' }, restricted],
    [{ iCalUID: 'x' }, restricted],
    [{ privateExtendedProperty: ['a=1'] }, restricted],
    [{ sharedExtendedProperty: ['a=1'] }, restricted],
    [{ showDeleted: false }, restricted],
    [{ orderBy: 'updated' }, 'syncTokenWithNonDefaultOrdering'],
  ])('%j beside it is 400 %s', async (parameters, reason) => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    expect(await refused(run.list({ ...parameters, syncToken }))).toMatchObject({ status: 400, reason })
  })

  test('showDeleted=true is allowed, and deletions are bare all the same', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    const { id } = await run.insert()
    run.hand.delete(id)
    const { items } = await run.list({ syncToken, showDeleted: true })
    expect(items).toEqual([{ kind: 'calendar#event', etag: expect.any(String), id, status: 'cancelled' }])
  })

  test('another singleEvents than in the first list is refused', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    expect((await refused(run.list({ syncToken, singleEvents: true }))).status).toBe(400)
  })

  test.each<[string, Parameters]>([
    ['q', { q: 'x' }],
    ['iCalUID', { iCalUID: 'x' }],
    ['a property filter', { privateExtendedProperty: ['a=1'] }],
  ])('a full list with %s gives no token at all', async (_name, parameters) => {
    await using run = await connected()
    expect(await run.list(parameters)).not.toHaveProperty('nextSyncToken')
  })
})

describe('a dead token', () => {
  test('a malformed one is 400 invalid', async () => {
    await using run = await connected()
    for (const syncToken of ['x', 'WyJwYWdlIl0', '{}', 'a'.repeat(500)]) {
      expect((await refused(run.list({ syncToken }))).body).toEqual({
        error: {
          errors: [{ domain: 'global', reason: 'invalid', message: 'Invalid Value' }],
          code: 400,
          message: 'Invalid Value',
        },
      })
    }
  })

  test('one of another calendar is 410 fullSyncRequired', async () => {
    await using run = await connected()
    const calendarId = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    const syncToken = await tokenOf(run)
    expect((await refused(run.list({ calendarId, syncToken }))).body).toEqual(FULL_SYNC_REQUIRED)
  })

  test('expireSyncTokens kills those issued so far, also between the pages of a delta', async () => {
    await using run = await connected()
    const syncToken = await tokenOf(run)
    await run.insert()
    await run.insert()
    const { nextPageToken } = await run.list({ syncToken, maxResults: 1 })
    run.google.faults.expireSyncTokens()
    const page = run.list({ syncToken, maxResults: 1, pageToken: nextPageToken ?? '' })
    expect((await refused(page)).status).toBe(410)
    expect((await refused(run.list({ syncToken }))).body).toEqual(FULL_SYNC_REQUIRED)
    expect((await run.list({ syncToken: await tokenOf(run) })).items).toEqual([])
  })

  test('a change of the own role kills it', async () => {
    await using run = await connected()
    const user = run.google.user('pro@example.com')
    const calendarId = user.addCalendar({ id: 'team@group.calendar.google.com', summary: 'Team' })
    const syncToken = await tokenOf(run, { calendarId })
    user.addCalendar({ id: calendarId, summary: 'Team', accessRole: 'writer' })
    expect((await refused(run.list({ calendarId, syncToken }))).status).toBe(410)
  })

  test('age kills it when a life is set', async () => {
    await using run = await connected({ syncTokenTtlMs: 60_000 })
    const syncToken = await tokenOf(run)
    run.google.advance(60_001)
    expect((await refused(run.list({ syncToken }))).status).toBe(410)
  })
})

test('tokens of every kind survive a restart: a snapshot restored in another emulator', async () => {
  await using run = await connected()
  const { id } = await run.insert()
  const syncToken = await tokenOf(run)
  run.hand.delete(id)
  const snapshot = run.google.snapshot()
  await run.google.close()
  await using second = await createGoogleEmulator({ clock: standingClock() })
  second.restore(snapshot)
  const api = calendarClient(second, run.oauth.credentials.access_token ?? '')
  const { data } = await api.events.list({ calendarId: 'primary', syncToken })
  expect(idsOf(data)).toEqual([id])
})
