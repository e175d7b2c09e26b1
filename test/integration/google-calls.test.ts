import { describe, expect, it } from 'vitest'
import { isAppointmentSyncError } from '../../src/errors/index.ts'
import { verdictOf } from '../../src/google/index.ts'
import { allowStrays } from '../emulator/discovery/watched-traffic.ts'
import { CALENDAR, fieldsOn, type GoogleRoom, idOf, openRoom, refOf } from './google-room.ts'

const ref = refOf()
const SALON = 'salon@group.calendar.google.com'
const HOUR = 3_600_000
const channel = {
  ref,
  calendarId: CALENDAR,
  channelId: 'channel-1',
  token: 'a token of high entropy',
  address: 'https://app.example.com/hook',
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (isAppointmentSyncError(error)) return error.code
    throw error
  }
  throw new Error('the call was expected to fail')
}

async function withSalon(): Promise<GoogleRoom> {
  const users = [{ email: 'pro@example.com', calendars: [{ id: SALON, summary: 'Salon' }] }]
  return openRoom({ users })
}

describe('moving an event', () => {
  const address = { ref, calendarId: CALENDAR, eventId: idOf(1) }

  it('puts it into the other calendar, under its iCalUID', async () => {
    await using room = await withSalon()
    const before = await room.calendar.insertEvent({ ...address, fields: fieldsOn(), mark: 'm' })
    const moved = await room.calendar.moveEvent({ ...address, destination: SALON })
    if (before.cancelled || moved.cancelled) throw new Error('a live event was expected')
    expect(moved.iCalUID).toBe(before.iCalUID)
    const found = await room.calendar.findByICalUID({
      ref,
      calendarId: SALON,
      iCalUID: before.iCalUID ?? '',
    })
    expect(found).toMatchObject([{ id: moved.id, mark: 'm', fields: { title: 'Corte' } }])
    expect(room.hand.events()).toEqual([])
  })

  it('of an event or to a calendar that is not there is refused', async () => {
    await using room = await withSalon()
    expect(await codeOf(room.calendar.moveEvent({ ...address, destination: SALON }))).toBe('GOOGLE_NOT_FOUND')
    await room.calendar.insertEvent({ ...address, fields: fieldsOn(), mark: 'm' })
    const nowhere = { ...address, destination: 'lost@group.calendar.google.com' }
    expect(await codeOf(room.calendar.moveEvent(nowhere))).toBe('GOOGLE_NOT_FOUND')
  })

  it('whose answer is lost may have happened, and is not repeated', async () => {
    await using room = await withSalon()
    await room.calendar.insertEvent({ ...address, fields: fieldsOn(), mark: 'm' })
    room.travelled()
    room.google.faults.dropNext({ applied: true })
    const failure = await room.calendar.moveEvent({ ...address, destination: SALON }).catch((e: unknown) => e)
    expect(verdictOf(failure)?.applied).toBe('unknown')
    expect(room.travelled()).toHaveLength(1)
  })
})

describe('looking for an iCalUID', () => {
  const find = (room: GoogleRoom, iCalUID: string): Promise<readonly { id: string }[]> =>
    room.calendar.findByICalUID({ ref, calendarId: CALENDAR, iCalUID })

  it('finds live events alone', async () => {
    await using room = await openRoom()
    for (const number of [1, 2]) {
      const eventId = idOf(number)
      await room.calendar.insertEvent({ ref, calendarId: CALENDAR, eventId, fields: fieldsOn(), mark: 'm' })
    }
    expect((await find(room, `${idOf(1)}@google.com`)).map(({ id }) => id)).toEqual([idOf(1)])
    room.hand.delete(idOf(1))
    expect(await find(room, `${idOf(1)}@google.com`)).toEqual([])
    expect(await find(room, 'nobody@example.com')).toEqual([])
  })

  it('turns the pages, empty ones too', async () => {
    await using room = await openRoom()
    const time = {
      start: { dateTime: '2026-05-05T12:00:00Z', timeZone: 'UTC' },
      end: { dateTime: '2026-05-05T12:30:00Z', timeZone: 'UTC' },
    }
    const { id } = room.hand.insert({ ...time, recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] })
    room.google.faults.maxPageSize(1)
    room.google.faults.emptyPages(true)
    expect((await find(room, `${id}@google.com`)).map((event) => event.id)).toEqual([id])
  })
})

describe('watching', () => {
  it('gives the resource and the end that Google granted', async () => {
    await using room = await openRoom()
    const week = await room.calendar.watchEvents(channel)
    expect(week).toEqual({
      resourceId: expect.stringMatching(/^[\w-]+$/) as string,
      expiresAtMs: room.clock.now() + 7 * 24 * HOUR,
    })
    const hour = await room.calendar.watchEvents({ ...channel, channelId: 'channel-2', ttlSeconds: 3600 })
    expect(hour.expiresAtMs).toBe(room.clock.now() + HOUR)
    expect(room.google.requests.at(-1)?.requestBody).toMatchObject({
      id: 'channel-2',
      type: 'web_hook',
      token: channel.token,
      params: { ttl: '3600' },
    })
  })

  it('ends when it is stopped; stopping again, or what nobody opened, is no failure', async () => {
    await using room = await openRoom()
    const { resourceId } = await room.calendar.watchEvents(channel)
    const stop = { ref, channelId: channel.channelId, resourceId }
    await room.calendar.stopChannel(stop)
    await room.calendar.stopChannel(stop)
    await room.calendar.stopChannel({ ...stop, channelId: 'never-opened' })
    expect(room.travelled().filter((path) => path.endsWith('/channels/stop'))).toHaveLength(3)
  })

  it('a stop that failed is said to have failed', async () => {
    await using room = await openRoom()
    const { resourceId } = await room.calendar.watchEvents(channel)
    room.google.faults.failNext({ status: 403, reason: 'forbidden' })
    const stop = { ref, channelId: channel.channelId, resourceId }
    expect(await codeOf(room.calendar.stopChannel(stop))).toBe('GOOGLE_FORBIDDEN')
  })

  it('tells apart why it is refused', async () => {
    // What is refused here is refused for being against the document.
    allowStrays(/./)
    await using room = await openRoom({
      users: [
        { email: 'pro@example.com', calendars: [{ id: SALON, summary: 'Holidays', watchable: false }] },
      ],
      webhookOrigins: ['https://app.example.com'],
    })
    const refusedWith = (changes: Partial<typeof channel>): Promise<string> =>
      codeOf(room.calendar.watchEvents({ ...channel, ...changes }))
    expect(await refusedWith({ calendarId: SALON })).toBe('GOOGLE_WATCH_UNSUPPORTED')
    expect(await refusedWith({ address: 'http://app.example.com/hook' })).toBe('INVALID_CONFIGURATION')
    room.travelled()
    // Answered with a 401, which is no word about the token.
    expect(await refusedWith({ address: 'https://other.example.com/hook' })).toBe('INVALID_CONFIGURATION')
    expect(room.travelled()).toHaveLength(1)
    expect(await refusedWith({ channelId: 'no good id' })).toBe('GOOGLE_REJECTED')
    await room.calendar.watchEvents(channel)
    expect(await refusedWith({})).toBe('GOOGLE_REJECTED')
  })

  it('whose answer is lost leaves a channel that may live: nothing is repeated', async () => {
    await using room = await openRoom()
    room.google.faults.dropNext({ applied: true })
    const failure = await room.calendar.watchEvents(channel).catch((error: unknown) => error)
    expect(verdictOf(failure)?.applied).toBe('unknown')
    expect(room.travelled()).toHaveLength(1)
  })
})

describe('the instances of a series', () => {
  const window = { fromMs: Date.parse('2026-05-01T00:00:00Z'), toMs: Date.parse('2026-06-01T00:00:00Z') }
  const weekly = {
    start: { dateTime: '2026-05-05T09:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    end: { dateTime: '2026-05-05T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    summary: 'Team',
    description: 'of no concern',
    recurrence: ['RRULE:FREQ=WEEKLY'],
  }

  it('are those of the window, over all pages, with titles only when asked for', async () => {
    await using room = await openRoom()
    const { id } = room.hand.insert(weekly)
    room.google.faults.maxPageSize(2)
    const address = { ref, calendarId: CALENDAR, eventId: id }
    const found = await room.calendar.listInstances({ ...address, window, withTitles: false })
    expect(found.map((event) => (event.cancelled ? null : event.fields.title))).toEqual(['', '', '', ''])
    const titled = await room.calendar.listInstances({ ...address, window, withTitles: true })
    expect(titled).toMatchObject(
      titled.map(() => ({
        takesTime: true,
        recurrence: [],
        recurringEventId: id,
        fields: { description: '' },
      })),
    )
    expect(titled.every((event) => !event.cancelled && event.fields.title === 'Team')).toBe(true)
  })

  it('of a series that is not there are a failure, not none', async () => {
    await using room = await openRoom()
    const nothing = { ref, calendarId: CALENDAR, eventId: idOf(7), window, withTitles: false }
    expect(await codeOf(room.calendar.listInstances(nothing))).toBe('GOOGLE_NOT_FOUND')
  })
})
