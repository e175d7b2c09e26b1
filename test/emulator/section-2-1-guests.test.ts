import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import type { CalendarHand, GoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { calendarClient, connect, refused, timed } from './official-client.ts'

const PRO = 'pro@example.com'
const ANA = 'ana@example.com'
const BIA = 'bia@example.com'

interface Clinic extends Connected {
  readonly ana: calendar_v3.Calendar
  readonly anaHand: CalendarHand
}

/** The professional organizes; Ana and Bia have accounts and may be invited. */
async function clinic(): Promise<Clinic> {
  const run = await connected({ users: [{ email: PRO }, { email: ANA }, { email: BIA }] })
  const ana = calendarClient(run.google, await connect(run.google, { email: ANA }))
  return Object.assign(run, { ana, anaHand: handOf(run.google, ANA) })
}

function handOf(google: GoogleEmulator, email: string): CalendarHand {
  return google.user(email).calendar()
}

const guests = (...emails: string[]): calendar_v3.Schema$Event => ({
  attendees: emails.map((email) => ({ email })),
})

async function patchAs(
  api: calendar_v3.Calendar,
  eventId: string,
  requestBody: calendar_v3.Schema$Event,
): Promise<calendar_v3.Schema$Event> {
  return (await api.events.patch({ calendarId: 'primary', eventId, requestBody })).data
}

function answers(event: calendar_v3.Schema$Event | object): unknown[] {
  const { attendees = [] } = event as calendar_v3.Schema$Event
  return attendees.map(({ email, responseStatus }) => [email, responseStatus])
}

describe('an invitation', () => {
  test('puts a copy into the guest’s calendar: same id, same iCalUID, the organizer’s marks', async () => {
    await using run = await clinic()
    const event = await run.insert(guests(ANA))
    const { data: copy } = await run.ana.events.get({ calendarId: 'primary', eventId: event.id })
    expect(copy).toMatchObject({
      iCalUID: event.iCalUID,
      summary: 'Corte de Cabelo',
      organizer: { email: PRO },
      creator: { email: PRO },
      attendees: [{ email: ANA, self: true, responseStatus: 'needsAction' }],
    })
    expect(copy.organizer?.self).toBeUndefined()
    expect(event.organizer?.self).toBe(true)
    expect(copy.etag).not.toBe(event.etag)
  })

  test('keeps what is private to each copy apart: reminders, colour, transparency, private properties', async () => {
    await using run = await clinic()
    const { id } = await run.insert({
      ...guests(ANA),
      colorId: '3',
      transparency: 'transparent',
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
      extendedProperties: { private: { ours: '1' }, shared: { both: '2' } },
    })
    expect(run.anaHand.get(id)).toMatchObject({
      reminders: { useDefault: true },
      extendedProperties: { shared: { both: '2' } },
    })
    expect(run.anaHand.get(id)).not.toHaveProperty('colorId')
    expect(run.anaHand.get(id)).not.toHaveProperty('transparency')
    await patchAs(run.ana, id, { colorId: '7', extendedProperties: { private: { hers: '3' } } })
    expect(run.hand.get(id)).toMatchObject({
      colorId: '3',
      extendedProperties: { private: { ours: '1' }, shared: { both: '2' } },
    })
    await patchAs(run.api, id, { summary: 'Novo' })
    expect(run.anaHand.get(id)).toMatchObject({
      summary: 'Novo',
      colorId: '7',
      extendedProperties: { private: { hers: '3' }, shared: { both: '2' } },
    })
  })

  test('a guest who is taken off the list, or whose event is deleted, has a tombstone', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA, BIA))
    const bia = handOf(run.google, BIA)
    await patchAs(run.api, id, guests(ANA))
    expect(bia.get(id).status).toBe('cancelled')
    expect(run.anaHand.get(id).status).toBe('confirmed')
    run.hand.delete(id)
    expect(run.anaHand.get(id).status).toBe('cancelled')
  })

  test('shows in the guest’s delta once, and an equal second write does not', async () => {
    await using run = await clinic()
    const list = async (syncToken?: string | null): Promise<calendar_v3.Schema$Events> =>
      (await run.ana.events.list({ calendarId: 'primary', ...(syncToken ? { syncToken } : {}) })).data
    const before = await list()
    const { id } = await run.insert(guests(ANA))
    const told = await list(before.nextSyncToken)
    expect(told.items?.map((item) => item.id)).toEqual([id])
    await patchAs(run.api, id, { colorId: '5' })
    expect((await list(told.nextSyncToken)).items).toEqual([])
  })

  test('does not touch another event that has the same id in the guest’s calendar', async () => {
    await using run = await clinic()
    run.anaHand.insert({ ...timed({ summary: 'Da Ana' }), id: 'mesmo0id', iCalUID: 'dela@example.com' })
    await run.insert({ ...guests(ANA), id: 'mesmo0id' })
    run.hand.delete('mesmo0id')
    expect(run.anaHand.get('mesmo0id')).toMatchObject({ summary: 'Da Ana', status: 'confirmed' })
  })

  test('moving the event to another calendar of the organizer keeps the guest’s copy', async () => {
    await using run = await clinic()
    const other = run.google.user(PRO).addCalendar({ summary: 'Filial' })
    const { id } = await run.insert(guests(ANA))
    await run.api.events.move({ calendarId: 'primary', eventId: id, destination: other })
    expect(run.anaHand.get(id)).toMatchObject({ status: 'confirmed', organizer: { email: other } })
  })
})

describe('an answer', () => {
  test('travels to the organizer and to the other guests', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA, BIA))
    await patchAs(run.ana, id, { attendees: [{ email: ANA, responseStatus: 'accepted' }, { email: BIA }] })
    const expected = [
      [ANA, 'accepted'],
      [BIA, 'needsAction'],
    ]
    expect(answers(run.hand.get(id))).toEqual(expected)
    expect(answers(handOf(run.google, BIA).get(id))).toEqual(expected)
  })

  test('of a guest who deletes the event is “declined”, and a later change does not bring the copy back', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA))
    await run.ana.events.delete({ calendarId: 'primary', eventId: id })
    expect(answers(run.hand.get(id))).toEqual([[ANA, 'declined']])
    expect(run.hand.get(id).status).toBe('confirmed')
    await patchAs(run.api, id, { summary: 'Novo' })
    expect(run.anaHand.get(id).status).toBe('cancelled')
  })

  test('is reset for everybody when the organizer sends the guests without their answers', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA, BIA))
    run.anaHand.respond(id, 'accepted')
    expect(answers(run.hand.get(id))).toEqual([
      [ANA, 'accepted'],
      [BIA, 'needsAction'],
    ])
    await patchAs(run.api, id, guests(ANA, BIA))
    expect(answers(run.anaHand.get(id))).toEqual([
      [ANA, 'needsAction'],
      [BIA, 'needsAction'],
    ])
  })

  test('with attendeesOmitted changes the writer’s own alone', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA, BIA))
    await patchAs(run.ana, id, {
      attendeesOmitted: true,
      attendees: [{ email: ANA, responseStatus: 'tentative' }],
    })
    expect(answers(run.hand.get(id))).toEqual([
      [ANA, 'tentative'],
      [BIA, 'needsAction'],
    ])
  })

  test('above 200 guests stays in the guest’s own copy', async () => {
    await using run = await clinic()
    const crowd = Array.from({ length: 200 }, (_, index) => `guest${index}@example.com`)
    const { id } = await run.insert(guests(ANA, ...crowd))
    run.anaHand.respond(id, 'accepted')
    expect(answers(run.anaHand.get(id))[0]).toEqual([ANA, 'accepted'])
    expect(answers(run.hand.get(id))[0]).toEqual([ANA, 'needsAction'])
  })

  test('declined frees the guest’s time in free/busy', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA))
    const busy = async (): Promise<number | undefined> => {
      const { data } = await run.ana.freebusy.query({
        requestBody: {
          timeMin: '2026-03-10T00:00:00Z',
          timeMax: '2026-03-11T00:00:00Z',
          items: [{ id: 'primary' }],
        },
      })
      return data.calendars?.primary?.busy?.length
    }
    expect(await busy()).toBe(1)
    run.anaHand.respond(id, 'declined')
    expect(await busy()).toBe(0)
  })
})

describe('what only the organizer may change', () => {
  const forbidden = { status: 403, reason: 'forbiddenForNonOrganizer' }

  test.each([
    ['the title', { summary: 'x' }],
    [
      'the time',
      { start: { dateTime: '2026-03-10T12:00:00-03:00' }, end: { dateTime: '2026-03-10T13:00:00-03:00' } },
    ],
    ['the place', { location: 'x' }],
    ['shared properties', { extendedProperties: { shared: { x: '1' } } }],
    ['the guests’ rights', { guestsCanModify: true }],
    [
      'the answer of another guest',
      { attendees: [{ email: ANA }, { email: BIA, responseStatus: 'accepted' }] },
    ],
    ['the list of guests', { attendees: [{ email: ANA }] }],
  ])('a guest’s change of %s is 403', async (_name, body) => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA, BIA))
    expect(await refused(patchAs(run.ana, id, body))).toMatchObject(forbidden)
    expect(run.anaHand.get(id).summary).toBe('Corte de Cabelo')
  })

  test('a PUT on a copy is 403 when it leaves out what is shared, since that clears it', async () => {
    await using run = await clinic()
    const { id } = await run.insert({ ...guests(ANA), guestsCanInviteOthers: false })
    const { kind: _kind, etag: _etag, ...copy } = run.anaHand.get(id) as calendar_v3.Schema$Event
    const put = async (requestBody: calendar_v3.Schema$Event): Promise<unknown> =>
      run.ana.events.update({ calendarId: 'primary', eventId: id, requestBody })
    const { guestsCanInviteOthers: _flag, ...without } = copy
    expect(await refused(put(without))).toMatchObject(forbidden)
    await put({ ...copy, colorId: '4' })
    expect(run.anaHand.get(id)).toMatchObject({ colorId: '4', guestsCanInviteOthers: false })
  })

  test('guestsCanModify opens everything, and the change is the organizer’s too', async () => {
    await using run = await clinic()
    const { id } = await run.insert({ ...guests(ANA), guestsCanModify: true })
    await patchAs(run.ana, id, { summary: 'Da Ana' })
    expect(run.hand.get(id).summary).toBe('Da Ana')
  })

  test('a guest may invite others, unless the event forbids it', async () => {
    await using run = await clinic()
    const { id } = await run.insert(guests(ANA))
    await patchAs(run.ana, id, guests(ANA, BIA))
    expect(answers(run.hand.get(id)).map((answer) => (answer as string[])[0])).toEqual([ANA, BIA])
    expect(handOf(run.google, BIA).get(id).status).toBe('confirmed')
    const closed = await run.insert({ ...guests(ANA), guestsCanInviteOthers: false })
    expect(await refused(patchAs(run.ana, closed.id, guests(ANA, BIA)))).toMatchObject(forbidden)
  })

  test('a guest who may not see the others sees herself and the organizer', async () => {
    await using run = await clinic()
    const { id } = await run.insert({ ...guests(PRO, ANA, BIA), guestsCanSeeOtherGuests: false })
    expect(run.anaHand.get(id)).toMatchObject({ attendeesOmitted: true })
    expect(answers(run.anaHand.get(id)).map((answer) => (answer as string[])[0])).toEqual([PRO, ANA])
    run.anaHand.respond(id, 'accepted')
    expect(answers(run.hand.get(id))).toEqual([
      [PRO, 'needsAction'],
      [ANA, 'accepted'],
      [BIA, 'needsAction'],
    ])
  })

  test('a guest’s copy does not move to another calendar', async () => {
    await using run = await clinic()
    const other = run.google.user(ANA).addCalendar({ summary: 'Outra' })
    const { id } = await run.insert(guests(ANA))
    expect(
      await refused(run.ana.events.move({ calendarId: 'primary', eventId: id, destination: other })),
    ).toMatchObject(forbidden)
  })
})

describe('series with guests', () => {
  const weekly = { ...guests(ANA), recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] }

  test('a changed and a cancelled instance are so in every copy', async () => {
    await using run = await clinic()
    const { id } = await run.insert(weekly)
    await patchAs(run.api, `${id}_20260317T130000Z`, { summary: 'outra' })
    run.hand.delete(`${id}_20260324T130000Z`)
    expect(run.anaHand.instances(id).map((instance) => instance.summary)).toEqual([
      'Corte de Cabelo',
      'outra',
    ])
  })

  test('an answer to one instance is an exception for both', async () => {
    await using run = await clinic()
    const { id } = await run.insert(weekly)
    run.anaHand.respond(`${id}_20260317T130000Z`, 'declined')
    expect(run.hand.instances(id).map((instance) => answers(instance)[0])).toEqual([
      [ANA, 'needsAction'],
      [ANA, 'declined'],
      [ANA, 'needsAction'],
    ])
  })

  test('a guest invited to one instance has that instance alone', async () => {
    await using run = await clinic()
    const { id } = await run.insert(weekly)
    const instance = `${id}_20260317T130000Z`
    await patchAs(run.api, instance, guests(ANA, BIA))
    const bia = handOf(run.google, BIA)
    expect(bia.events().map((event) => event.id)).toEqual([instance])
    const api = calendarClient(run.google, await connect(run.google, { email: BIA }))
    const { data } = await api.events.list({ calendarId: 'primary', singleEvents: true })
    expect(data.items?.map((item) => item.id)).toEqual([instance])
  })
})

describe('events.import', () => {
  const body = (overrides: calendar_v3.Schema$Event = {}): calendar_v3.Schema$Event => ({
    ...timed(),
    iCalUID: 'visita-1@outra.example.com',
    ...overrides,
  })
  const importAs = async (
    run: Connected,
    requestBody: calendar_v3.Schema$Event,
  ): Promise<calendar_v3.Schema$Event> =>
    (await run.api.events.import({ calendarId: 'primary', requestBody })).data

  test('keeps a foreign organizer, and invites nobody', async () => {
    await using run = await clinic()
    const event = await importAs(run, body({ organizer: { email: 'fora@example.org' }, ...guests(ANA) }))
    expect(event).toMatchObject({
      iCalUID: 'visita-1@outra.example.com',
      organizer: { email: 'fora@example.org' },
    })
    expect(run.anaHand.events()).toEqual([])
  })

  test('of an event that one organizes oneself invites nobody either, nor does a later change', async () => {
    await using run = await clinic()
    const { id } = await importAs(run, body(guests(ANA)))
    await patchAs(run.api, id ?? '', { summary: 'Novo' })
    expect(run.anaHand.events()).toEqual([])
  })

  test('needs an iCalUID and the default type', async () => {
    await using run = await clinic()
    expect(await refused(importAs(run, body({ iCalUID: null })))).toMatchObject({
      status: 400,
      reason: 'required',
    })
    expect(await refused(importAs(run, body({ eventType: 'focusTime' })))).toMatchObject({
      status: 400,
      reason: 'eventTypeRestriction',
    })
  })

  test('of an iCalUID that is there changes the copy instead of making a second', async () => {
    await using run = await clinic()
    const first = await importAs(run, body())
    const second = await importAs(run, body({ summary: 'Novo' }))
    expect(second.id).toBe(first.id)
    expect(run.hand.events().map(({ summary }) => summary)).toEqual(['Novo'])
  })
})
