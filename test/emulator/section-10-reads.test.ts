import { describe, expect, test } from 'vitest'
import { connected, idsOf } from './connected.ts'
import { refused } from './official-client.ts'

describe('read-after-write lag', () => {
  test('get, list, delta and free/busy do not see a change before the lag is over', async () => {
    await using run = await connected()
    const first = await run.insert()
    const { nextSyncToken } = await run.list()
    run.google.advance(60_000)
    run.google.faults.readLag(5000)
    await run.api.events.patch({ calendarId: 'primary', eventId: first.id, requestBody: { summary: 'novo' } })
    const second = await run.insert()
    const summary = async (): Promise<unknown> =>
      (await run.api.events.get({ calendarId: 'primary', eventId: first.id })).data.summary
    const delta = async (): Promise<unknown> => idsOf(await run.list({ syncToken: nextSyncToken ?? '' }))
    expect(await summary()).toBe('Corte de Cabelo')
    expect(idsOf(await run.list())).toEqual([first.id])
    expect(await delta()).toEqual([])
    expect((await refused(run.api.events.get({ calendarId: 'primary', eventId: second.id }))).status).toBe(
      404,
    )
    run.google.advance(5000)
    expect(await summary()).toBe('novo')
    expect(await delta()).toEqual([first.id, second.id])
  })

  test('of an event changed twice meanwhile the version before both is seen', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    run.google.advance(60_000)
    run.google.faults.readLag(5000)
    run.hand.patch(id, { summary: 'um' })
    run.google.advance(1000)
    run.hand.patch(id, { summary: 'dois' })
    const summary = async (): Promise<unknown> =>
      (await run.api.events.get({ calendarId: 'primary', eventId: id })).data.summary
    expect(await summary()).toBe('Corte de Cabelo')
    run.google.advance(4000)
    expect(await summary()).toBe('um')
    run.google.advance(1000)
    expect(await summary()).toBe('dois')
  })

  test('a sync token taken meanwhile misses nothing', async () => {
    await using run = await connected()
    run.google.faults.readLag(5000)
    const { id } = await run.insert()
    const { items, nextSyncToken } = await run.list()
    expect(items).toEqual([])
    run.google.advance(5000)
    expect(idsOf(await run.list({ syncToken: nextSyncToken ?? '' }))).toEqual([id])
  })

  test('writes see the truth: a second insert of an id is 409 at once', async () => {
    await using run = await connected()
    run.google.faults.readLag(5000)
    await run.insert({ id: 'abcde' })
    expect(await refused(run.insert({ id: 'abcde' }))).toMatchObject({ status: 409 })
  })

  test('a lag that is no time is refused', async () => {
    await using run = await connected()
    expect(() => run.google.faults.readLag(-1)).toThrow(RangeError)
  })
})

describe('the trash', () => {
  test('emptied: a deleted event is still a tombstone, and cannot be revived any more', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const { nextSyncToken } = await run.list()
    run.hand.delete(id)
    run.google.faults.emptyTrash()
    expect(idsOf(await run.list({ syncToken: nextSyncToken ?? '' }))).toEqual([id])
    const revive = run.api.events.patch({
      calendarId: 'primary',
      eventId: id,
      requestBody: { status: 'confirmed' },
    })
    expect(await refused(revive)).toMatchObject({ status: 403, reason: 'forbidden' })
  })

  test('events deleted afterwards can be revived', async () => {
    await using run = await connected()
    run.google.faults.emptyTrash()
    const { id } = await run.insert()
    run.hand.delete(id)
    expect(run.hand.patch(id, { status: 'confirmed' }).status).toBe('confirmed')
  })
})

test('a conference that fails says so and has no link', async () => {
  await using run = await connected()
  run.google.faults.failConferences()
  const meet = (requestId: string): object => ({
    conferenceData: { createRequest: { requestId, conferenceSolutionKey: { type: 'hangoutsMeet' } } },
  })
  const make = async (requestId: string): Promise<string> => {
    const { data } = await run.api.events.insert({
      calendarId: 'primary',
      conferenceDataVersion: 1,
      requestBody: { ...meet(requestId), start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
    })
    expect(data.conferenceData?.createRequest?.status?.statusCode).toBe('pending')
    return data.id ?? ''
  }
  const failed = run.hand.get(await make('a'))
  expect(failed).toMatchObject({ conferenceData: { createRequest: { status: { statusCode: 'failure' } } } })
  expect(failed).not.toHaveProperty('hangoutLink')
  expect(run.hand.get(await make('b'))).toHaveProperty('hangoutLink')
})

test('a failed conference stays failed, for its own event: after clear, and in a restored snapshot', async () => {
  await using run = await connected()
  const make = (): string =>
    run.hand.insert({
      start: { date: '2026-03-10' },
      end: { date: '2026-03-11' },
      conferenceData: { createRequest: { requestId: 'same' } },
    }).id
  run.google.faults.failConferences()
  const [failed, made] = [make(), make()]
  run.google.faults.clear()
  const code = (hand: typeof run.hand, id: string): unknown =>
    (hand.get(id) as { conferenceData?: { createRequest?: { status?: object } } }).conferenceData
      ?.createRequest?.status
  expect([code(run.hand, failed), code(run.hand, made)]).toEqual([
    { statusCode: 'failure' },
    { statusCode: 'success' },
  ])
  await using other = await connected()
  other.google.restore(run.google.snapshot())
  expect(code(other.hand, failed)).toEqual({ statusCode: 'failure' })
})
