import { describe, expect, test } from 'vitest'
import { calendarClient, connect, timed } from './official-client.ts'
import { ADDRESS, numberOf, watching } from './watching.ts'

const DAY = 86_400_000
const SHARED = 'pro@example.com'
const TWO_USERS = [
  { email: 'pro@example.com' },
  {
    email: 'colleague@example.com',
    calendars: [{ id: SHARED, summary: 'Pro', accessRole: 'writer' as const }],
  },
]

describe('a message', () => {
  test('is an empty POST with the headers of its channel', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one', token: 'secret' })
    await run.google.settled()
    const [request] = run.received
    expect(request?.method).toBe('POST')
    expect(request?.url).toBe(ADDRESS)
    expect(await request?.text()).toBe('')
    const headers = Object.fromEntries(request?.headers ?? [])
    expect(headers['user-agent']).toMatch(/^APIs-Google/)
    expect(headers).toEqual({
      'content-length': '0',
      'user-agent': headers['user-agent'],
      'x-goog-channel-id': 'one',
      'x-goog-channel-token': 'secret',
      'x-goog-channel-expiration': 'Sun, 08 Mar 2026 12:00:00 GMT',
      'x-goog-resource-id': resourceId,
      'x-goog-resource-uri': 'https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json',
      'x-goog-resource-state': 'sync',
      'x-goog-message-number': '1',
    })
  })

  test('has no token header when the channel has no token', async () => {
    await using run = await watching()
    await run.watch({ id: 'one' })
    await run.google.settled()
    expect(run.received[0]?.headers.has('x-goog-channel-token')).toBe(false)
  })

  test('is numbered 1 for sync, then upwards and never in a row', async () => {
    await using run = await watching()
    await run.watch({ id: 'one' })
    for (let made = 0; made < 20; made += 1) await run.insert()
    await run.google.settled()
    const numbers = run.received.map((request) => numberOf(request))
    expect(numbers).toHaveLength(21)
    expect(numbers[0]).toBe(1)
    const gaps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(1)
    expect(new Set(gaps).size).toBeGreaterThan(1)
  })
})

describe('the channels of an emulator', () => {
  test('change no id it gives out', async () => {
    const idsWith = async (channels: number): Promise<string[]> => {
      await using run = await watching({ seed: 5 })
      for (let made = 0; made < channels; made += 1) await run.watch({ id: `c${made}` })
      return [(await run.insert()).id, (await run.insert()).id]
    }
    expect(await idsWith(2)).toEqual(await idsWith(0))
  })
})

describe('who is told', () => {
  test('every change is told as `exists`: insert, patch, update, move, delete, also one’s own', async () => {
    await using run = await watching()
    const salon = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    await run.watch({ id: 'one' })
    await run.watch({ id: 'salon' }, { calendarId: salon })
    expect(await run.told()).toEqual(['one sync', 'salon sync'])
    const at = { calendarId: 'primary', eventId: (await run.insert()).id }
    expect(await run.told()).toEqual(['one exists'])
    await run.api.events.patch({ ...at, requestBody: { summary: 'Barba' } })
    expect(await run.told()).toEqual(['one exists'])
    await run.api.events.update({ ...at, requestBody: timed({ summary: 'Cabelo' }) })
    expect(await run.told()).toEqual(['one exists'])
    await run.api.events.delete(at)
    expect(await run.told()).toEqual(['one exists'])
    const { id } = await run.insert()
    await run.told()
    await run.api.events.move({ calendarId: 'primary', eventId: id, destination: salon })
    expect((await run.told()).toSorted()).toEqual(['one exists', 'salon exists'])
  })

  test('reading and a refused write tell nobody', async () => {
    await using run = await watching()
    const { id } = await run.insert()
    await run.watch({ id: 'one' })
    await run.told()
    await run.list()
    await run.api.events.get({ calendarId: 'primary', eventId: id })
    await expect(run.insert({ id })).rejects.toThrow()
    expect(await run.told()).toEqual([])
  })

  test('a write whose answer was lost is told; one that never took effect is not', async () => {
    await using run = await watching()
    await run.watch({ id: 'one' })
    await run.told()
    run.google.faults.failNext({ status: 503, applied: true })
    await expect(run.insert()).rejects.toThrow()
    expect(await run.told()).toEqual(['one exists'])
    run.google.faults.failNext({ status: 503 })
    await expect(run.insert()).rejects.toThrow()
    expect(await run.told()).toEqual([])
  })

  test('what the user does in their own page is told', async () => {
    await using run = await watching()
    await run.watch({ id: 'one' })
    await run.told()
    const { id } = run.hand.insert(timed())
    expect(await run.told()).toEqual(['one exists'])
    run.hand.delete(id)
    expect(await run.told()).toEqual(['one exists'])
  })

  test('every channel of a calendar is told, each with its own token and numbers', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', token: 'first' })
    await run.watch({ id: 'two', token: 'second' })
    await run.told()
    await run.insert()
    await run.google.settled()
    const seen = run.received.map(({ headers }) => [
      headers.get('x-goog-channel-id'),
      headers.get('x-goog-channel-token'),
    ])
    expect(seen).toEqual([
      ['one', 'first'],
      ['two', 'second'],
    ])
    expect(numberOf(run.received[0] as Request)).not.toBe(numberOf(run.received[1] as Request))
  })

  test('a change in another calendar is not told', async () => {
    await using run = await watching()
    const user = run.google.user('pro@example.com')
    const salon = user.addCalendar({ summary: 'Salon' })
    await run.watch({ id: 'one' })
    await run.told()
    user.calendar(salon).insert(timed())
    expect(await run.told()).toEqual([])
  })

  test('both users of a shared calendar are told of what either does', async () => {
    await using run = await watching({ users: TWO_USERS })
    const api = calendarClient(run.google, await connect(run.google, { email: 'colleague@example.com' }))
    await run.watch({ id: 'mine' })
    const requestBody = { id: 'theirs', type: 'web_hook', address: ADDRESS }
    await api.events.watch({ calendarId: SHARED, requestBody })
    expect(await run.told()).toEqual(['mine sync', 'theirs sync'])
    await run.insert()
    expect(await run.told()).toEqual(['mine exists', 'theirs exists'])
    await api.events.insert({ calendarId: SHARED, requestBody: timed() })
    expect(await run.told()).toEqual(['mine exists', 'theirs exists'])
  })

  test('a user who lost the calendar is told nothing more, the others are', async () => {
    await using run = await watching({ users: TWO_USERS })
    const api = calendarClient(run.google, await connect(run.google, { email: 'colleague@example.com' }))
    await run.watch({ id: 'mine' })
    const requestBody = { id: 'theirs', type: 'web_hook', address: ADDRESS }
    await api.events.watch({ calendarId: SHARED, requestBody })
    await run.told()
    run.google.faults.delayNotifications(1000)
    await run.insert()
    run.google.faults.clear()
    run.google.user('colleague@example.com').removeCalendar(SHARED)
    // What was under way when the calendar was taken does not arrive either.
    run.google.advance(1000)
    expect(await run.told()).toEqual(['mine exists'])
    const theirs = run.google.deliveries.filter(({ channelId }) => channelId === 'theirs')
    expect(theirs).toMatchObject([{ state: 'sync' }, { outcome: 'discarded', attempt: 0 }])
    await run.insert()
    expect(await run.told()).toEqual(['mine exists'])
  })

  test('`eventTypes` keeps other types away', async () => {
    await using run = await watching()
    await run.watch({ id: 'all' })
    await run.watch({ id: 'plain' }, { eventTypes: ['default'] })
    await run.watch({ id: 'focus' }, { eventTypes: ['focusTime', 'outOfOffice'] })
    await run.told()
    await run.insert()
    expect(await run.told()).toEqual(['all exists', 'plain exists'])
    run.hand.insert(timed({ eventType: 'focusTime', focusTimeProperties: {} }))
    expect(await run.told()).toEqual(['all exists', 'focus exists'])
  })

  test('one change may make several messages, each with its own number', async () => {
    await using run = await watching({ messagesPerChange: 3 })
    await run.watch({ id: 'one' })
    await run.insert()
    await run.google.settled()
    expect(new Set(run.received.map((request) => numberOf(request))).size).toBe(4)
    expect(await run.told()).toEqual(['one sync', 'one exists', 'one exists', 'one exists'])
  })

  test('a channel on the access list is told of rules and not of events', async () => {
    await using run = await watching()
    const requestBody = { id: 'acl', type: 'web_hook', address: ADDRESS }
    await run.api.acl.watch({ calendarId: 'primary', requestBody })
    await run.told()
    await run.insert()
    expect(await run.told()).toEqual([])
    await run.api.acl.insert({
      calendarId: 'primary',
      requestBody: { role: 'reader', scope: { type: 'user', value: 'friend@example.com' } },
    })
    expect(await run.told()).toContain('acl exists')
  })

  test('a channel on the calendar list is told of its entries, and only its own user’s', async () => {
    await using run = await watching({ users: TWO_USERS })
    const requestBody = { id: 'list', type: 'web_hook', address: ADDRESS }
    await run.api.calendarList.watch({ requestBody })
    await run.told()
    run.google.user('colleague@example.com').addCalendar({ summary: 'Theirs' })
    expect(await run.told()).toEqual([])
    run.google.user('pro@example.com').addCalendar({ summary: 'Mine' })
    expect(await run.told()).toContain('list exists')
  })

  test('a channel on the settings is told of them, and only of its own user’s', async () => {
    await using run = await watching({ users: TWO_USERS })
    const requestBody = { id: 'settings', type: 'web_hook', address: ADDRESS }
    await run.api.settings.watch({ requestBody })
    await run.api.calendarList.watch({ requestBody: { ...requestBody, id: 'list' } })
    await run.told()
    run.google.user('colleague@example.com').setSetting('weekStart', '1')
    expect(await run.told()).toEqual([])
    run.google.user('pro@example.com').setSetting('weekStart', '1')
    expect(await run.told()).toEqual(['settings exists'])
  })

  test('a channel on the access list is told nothing more to a user who may only read by now', async () => {
    const owning = { id: SHARED, summary: 'Pro', accessRole: 'owner' as const }
    const colleague = { email: 'colleague@example.com', calendars: [owning] }
    await using run = await watching({ users: [{ email: SHARED }, colleague] })
    const api = calendarClient(run.google, await connect(run.google, { email: 'colleague@example.com' }))
    const channel = (id: string): object => ({ id, type: 'web_hook', address: ADDRESS })
    await api.acl.watch({ calendarId: SHARED, requestBody: channel('acl') })
    await api.events.watch({ calendarId: SHARED, requestBody: channel('events') })
    await run.told()
    run.google.user(SHARED).share(SHARED, { with: 'colleague@example.com', role: 'reader' })
    expect(await run.told()).not.toContain('acl exists')
    await run.insert()
    expect(await run.told()).toEqual(['events exists'])
  })
})

describe('the end of a channel', () => {
  test('comes at its expiration, without a word', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', params: { ttl: '60' } })
    run.google.advance(59_999)
    await run.insert()
    expect(await run.told()).toEqual(['one sync', 'one exists'])
    run.google.advance(1)
    await run.insert()
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries).toHaveLength(2)
  })

  test('a new channel overlaps the old one: both are told until the old one ends', async () => {
    await using run = await watching()
    await run.watch({ id: 'old' })
    run.google.advance(6 * DAY)
    await run.watch({ id: 'new' })
    await run.told()
    await run.insert()
    expect(await run.told()).toEqual(['old exists', 'new exists'])
    run.google.advance(1 * DAY)
    await run.insert()
    expect(await run.told()).toEqual(['new exists'])
  })
})
