import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected } from './connected.ts'
import { calendarClient, connect, standingClock, timed } from './official-client.ts'

describe('the user’s hand', () => {
  test('what the user does is in the next delta, with a new etag', async () => {
    await using run = await connected()
    const { id, etag } = await run.insert()
    const { nextSyncToken } = await run.list()
    const start = { dateTime: '2026-03-12T09:00:00-03:00' }
    const moved = run.hand.patch(id, { start, end: { dateTime: '2026-03-12T10:00:00-03:00' } })
    const own = run.hand.insert(timed({ summary: 'Dentist' }))
    expect(moved.etag).not.toBe(etag)
    const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(items).toEqual([moved, own])
    expect(items?.[0]?.start?.dateTime).toBe('2026-03-12T09:00:00-03:00')
  })

  test('events lists the live ones whole, get also shows a deleted one', async () => {
    await using run = await connected()
    const [first, second] = [await run.insert(), await run.insert()]
    run.hand.delete(first.id)
    expect(run.hand.events()).toEqual([second])
    expect(run.hand.get(first.id).status).toBe('cancelled')
    expect(() => run.hand.get('neverwas')).toThrow('Not Found')
    expect(() => run.hand.delete(first.id)).toThrow('Resource has been deleted')
  })

  test('respond sets one attendee’s answer and leaves the others', async () => {
    await using run = await connected()
    const attendees = [{ email: 'joao@example.com' }, { email: 'pro@example.com' }]
    const { id } = await run.insert({ attendees })
    run.hand.respond(id, 'accepted')
    const event = run.hand.respond(id, 'declined', 'Joao@example.com')
    expect(event.attendees).toMatchObject([{ responseStatus: 'declined' }, { responseStatus: 'accepted' }])
    expect(() => run.hand.respond(id, 'accepted', 'ana@example.com')).toThrow('not an attendee')
  })

  test('move takes the event to another calendar of the user', async () => {
    await using run = await connected()
    const user = run.google.user('pro@example.com')
    const salon = user.addCalendar({ summary: 'Salon' })
    const { id } = await run.insert()
    expect(run.hand.move(id, salon).organizer).toMatchObject({ email: salon })
    expect(run.hand.events()).toEqual([])
    expect(user.calendar(salon).get(id).status).toBe('confirmed')
  })

  test('it shares nothing with what the test holds', async () => {
    await using run = await connected()
    const focusTimeProperties = { chatStatus: 'available' }
    const event = run.hand.insert(timed({ focusTimeProperties }))
    focusTimeProperties.chatStatus = 'changed outside'
    Object.assign(event.reminders as object, { useDefault: false })
    expect(run.hand.get(event.id)).toMatchObject({
      focusTimeProperties: { chatStatus: 'available' },
      reminders: { useDefault: true },
    })
  })

  test('an account or calendar that is not there is named in the error', async () => {
    await using run = await connected()
    expect(() => run.google.user('who@example.com')).toThrow('who@example.com; it has pro@example.com')
    expect(() => run.google.user('pro@example.com').calendar('x')).toThrow('has no calendar x')
  })
})

describe('snapshot, restore and reset', () => {
  test('restore brings back events, tokens and the id sequence; handles stay good', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const snapshot = run.google.snapshot()
    const after = await run.insert()
    run.hand.delete(id)
    run.google.faults.revokeGrants()
    run.google.restore(snapshot)
    expect(run.hand.events().map((event) => event.id)).toEqual([id])
    expect((await run.insert()).id).toBe(after.id)
    run.google.restore(snapshot)
    expect(run.hand.events()).toHaveLength(1)
  })

  test('reset goes back to how it was made', async () => {
    await using run = await connected()
    await run.insert()
    run.google.faults.failNext({ status: 500 })
    run.google.reset()
    expect(run.google.requests).toEqual([])
    const api = calendarClient(run.google, await connect(run.google))
    expect((await api.events.list({ calendarId: 'primary' })).data.items).toEqual([])
  })
})

test('the same seed and the same calls give the same ids and tokens, another seed gives others', async () => {
  const play = async (seed: number): Promise<unknown[]> => {
    await using google = await createGoogleEmulator({ seed, clock: standingClock() })
    const oauth = await connect(google)
    const event = google.user('pro@example.com').calendar().insert(timed())
    return [oauth.credentials.access_token, oauth.credentials.refresh_token, event]
  }
  expect(await play(7)).toEqual(await play(7))
  expect(await play(8)).not.toEqual(await play(7))
})

describe('time', () => {
  test('advance moves a clock of its own beside real time', async () => {
    await using google = await createGoogleEmulator({ clock: { now: () => 1000 } })
    google.advance(500)
    expect(google.now()).toBe(1500)
    expect(() => google.advance(-1)).toThrow(RangeError)
  })

  test('a clock that can be moved is moved, so that both sides see it', async () => {
    const clock = standingClock()
    const before = clock.now()
    await using google = await createGoogleEmulator({ clock })
    google.advance(60_000)
    expect(clock.now()).toBe(before + 60_000)
    expect(google.now()).toBe(before + 60_000)
  })
})
