import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { connected, idsOf } from './connected.ts'
import { refused, timed } from './official-client.ts'
import { people } from './people.ts'

const TEAM = 'team@group.calendar.google.com'

async function made(
  api: calendar_v3.Calendar,
  requestBody: calendar_v3.Schema$Calendar = { summary: 'Bookings' },
): Promise<{ id: string; etag: string }> {
  const { data } = await api.calendars.insert({ requestBody })
  return { id: data.id ?? '', etag: data.etag ?? '' }
}

describe('calendars.get and insert', () => {
  test('insert makes a calendar with everything given, owned by the caller, and lists it', async () => {
    await using run = await connected()
    const requestBody = {
      summary: 'Bookings',
      description: 'From the site',
      location: 'Porto',
      timeZone: 'Europe/Lisbon',
    }
    const { data } = await run.api.calendars.insert({ requestBody })
    expect(data).toEqual({
      kind: 'calendar#calendar',
      etag: expect.stringMatching(/^"\d+"$/),
      id: expect.stringMatching(/^[a-v0-9]{26}@group\.calendar\.google\.com$/),
      ...requestBody,
      conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
      dataOwner: 'pro@example.com',
    })
    expect((await run.api.calendars.get({ calendarId: data.id ?? '' })).data).toEqual(data)
    const list = await run.api.calendarList.list()
    expect(list.data.items?.at(-1)).toMatchObject({
      id: data.id,
      accessRole: 'owner',
      selected: true,
      description: 'From the site',
      location: 'Porto',
      dataOwner: 'pro@example.com',
    })
  })

  test('a title is required, the zone is UTC by default and must exist', async () => {
    await using run = await connected()
    const insert = (requestBody: object) => run.api.calendars.insert({ requestBody })
    expect(await refused(insert({}))).toMatchObject({ status: 400, reason: 'required' })
    expect((await insert({ summary: 'x' })).data.timeZone).toBe('UTC')
    expect(await refused(insert({ summary: 'x', timeZone: 'Mars/Olympus' }))).toMatchObject({
      status: 400,
      reason: 'invalid',
    })
  })

  test('the data owner stands on secondary calendars only', async () => {
    await using run = await connected()
    const { data } = await run.api.calendars.get({ calendarId: 'primary' })
    expect(data).not.toHaveProperty('dataOwner')
    expect(data.id).toBe('pro@example.com')
  })

  test('the conference types and labels are stored, and those that Google does not have are 400', async () => {
    await using run = await connected()
    const conferenceProperties = { allowedConferenceSolutionTypes: ['eventHangout'] }
    const labelProperties = { eventLabels: [{ name: 'Paid', backgroundColor: '#039be5' }] }
    const { data } = await run.api.calendars.insert({
      requestBody: { summary: 'x', conferenceProperties, labelProperties },
    })
    expect(data.conferenceProperties).toEqual(conferenceProperties)
    expect(data.labelProperties?.eventLabels).toEqual([
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'Paid', backgroundColor: '#039be5' },
    ])
    const calendarId = data.id ?? ''
    for (const requestBody of [
      { conferenceProperties: { allowedConferenceSolutionTypes: ['carrierPigeon'] } },
      { labelProperties: { eventLabels: [{ name: 'Paid', backgroundColor: 'blue' }] } },
      { labelProperties: { eventLabels: [{ name: 'x'.repeat(51), backgroundColor: '#039be5' }] } },
    ]) {
      expect((await refused(run.api.calendars.patch({ calendarId, requestBody }))).reason).toBe('invalid')
    }
  })

  test('a known etag is 304, and a change gives another', async () => {
    await using run = await connected()
    const { id: calendarId, etag } = await made(run.api)
    const get = () => run.api.calendars.get({ calendarId }, { headers: { 'If-None-Match': etag } })
    expect((await get()).status).toBe(304)
    await run.api.calendars.patch({ calendarId, requestBody: { summary: 'Other' } })
    expect((await get()).data.summary).toBe('Other')
  })
})

describe('calendars.patch and update', () => {
  test('patch keeps what it does not name and null clears', async () => {
    await using run = await connected()
    const { id: calendarId } = await made(run.api, { summary: 'a', description: 'b', location: 'c' })
    const requestBody = { description: null, timeZone: 'Europe/Lisbon' }
    const { data } = await run.api.calendars.patch({ calendarId, requestBody })
    expect(data).toMatchObject({ summary: 'a', location: 'c', timeZone: 'Europe/Lisbon' })
    expect(data).not.toHaveProperty('description')
    expect(
      (await refused(run.api.calendars.patch({ calendarId, requestBody: { summary: null } }))).reason,
    ).toBe('required')
  })

  test('update clears what it leaves out, but the zone, the conference types and the labels', async () => {
    await using run = await connected()
    const labelProperties = { eventLabels: [{ name: 'Paid', backgroundColor: '#039be5' }] }
    const requestBody = {
      summary: 'a',
      description: 'b',
      location: 'c',
      timeZone: 'Europe/Lisbon',
      labelProperties,
    }
    const { id: calendarId } = await made(run.api, requestBody)
    const { data } = await run.api.calendars.update({ calendarId, requestBody: { summary: 'z' } })
    expect(data).toMatchObject({ summary: 'z', timeZone: 'Europe/Lisbon' })
    expect(data.labelProperties?.eventLabels).toHaveLength(1)
    expect(data).not.toHaveProperty('description')
    expect(data).not.toHaveProperty('location')
    expect((await refused(run.api.calendars.update({ calendarId, requestBody: {} }))).reason).toBe('required')
  })

  test('a new title shows in the calendar list and in events.list, but not in a delta of the calendar list', async () => {
    await using run = await connected()
    const before = (await run.api.calendarList.list()).data
    await run.api.calendars.patch({ calendarId: 'primary', requestBody: { summary: 'Work' } })
    const delta = await run.api.calendarList.list({ syncToken: before.nextSyncToken ?? '' })
    expect(delta.data.items).toEqual([])
    const after = (await run.api.calendarList.list()).data
    expect(after.items?.[0]?.summary).toBe('Work')
    expect(after.items?.[0]?.etag).not.toBe(before.items?.[0]?.etag)
    expect(after.etag).not.toBe(before.etag)
    expect((await run.list()).summary).toBe('Work')
  })

  test('If-Match on an old version is 412 for patch, update and delete; the current one passes', async () => {
    await using run = await connected()
    const { id: calendarId, etag } = await made(run.api)
    const { data } = await run.api.calendars.patch({ calendarId, requestBody: { summary: 'b' } })
    const old = { headers: { 'If-Match': etag } }
    const requestBody = { summary: 'c' }
    for (const call of [
      () => run.api.calendars.patch({ calendarId, requestBody }, old),
      () => run.api.calendars.update({ calendarId, requestBody }, old),
      () => run.api.calendars.delete({ calendarId }, old),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 412, reason: 'conditionNotMet' })
    }
    const current = { headers: { 'If-Match': data.etag ?? '' } }
    expect((await run.api.calendars.update({ calendarId, requestBody }, current)).data.summary).toBe('c')
  })

  test('a patch that changes nothing leaves the etag', async () => {
    await using run = await connected()
    const { id: calendarId, etag } = await made(run.api)
    const { data } = await run.api.calendars.patch({ calendarId, requestBody: { summary: 'Bookings' } })
    expect(data.etag).toBe(etag)
  })
})

describe('calendars.delete', () => {
  test('the calendar is 404 everywhere, off every list, and a delta of the list tells it', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const { id: calendarId } = await made(run.api('owner'))
    run.google.user('owner@example.com').share(calendarId, { with: 'guest@example.com', role: 'reader' })
    run.google.user('guest@example.com').subscribe(calendarId)
    const tokens = new Map<string, string>()
    for (const name of ['owner', 'guest']) {
      tokens.set(name, (await run.api(name).calendarList.list()).data.nextSyncToken ?? '')
    }
    expect((await run.api('owner').calendars.delete({ calendarId })).status).toBe(204)
    for (const name of ['owner', 'guest']) {
      const api = run.api(name)
      const delta = await api.calendarList.list({ syncToken: tokens.get(name) ?? '' })
      expect(delta.data.items).toEqual([
        expect.objectContaining({ id: calendarId, deleted: true, timeZone: 'UTC' }),
      ])
      expect((await api.calendarList.list()).data.items?.map(({ id }) => id)).toEqual([`${name}@example.com`])
      for (const call of [
        () => api.calendars.get({ calendarId }),
        () => api.calendars.delete({ calendarId }),
        () => api.events.list({ calendarId }),
        () => api.acl.list({ calendarId }),
        () => api.calendarList.get({ calendarId }),
        () => api.calendarList.insert({ requestBody: { id: calendarId } }),
      ]) {
        expect(await refused(call())).toMatchObject({ status: 404, reason: 'notFound' })
      }
    }
  })

  test('a primary calendar cannot be deleted', async () => {
    await using run = await connected()
    expect(await refused(run.api.calendars.delete({ calendarId: 'primary' }))).toMatchObject({
      status: 403,
      reason: 'cannotDeletePrimaryCalendar',
    })
  })

  test('only the data owner can, another owner cannot', async () => {
    await using run = await people({ owner: {}, manager: {} })
    const { id: calendarId } = await made(run.api('owner'))
    run.google.user('owner@example.com').share(calendarId, { with: 'manager@example.com', role: 'owner' })
    expect(await refused(run.api('manager').calendars.delete({ calendarId }))).toMatchObject({
      status: 403,
      reason: 'forbidden',
    })
    await run.api('owner').calendars.delete({ calendarId })
  })

  test('by hand: the data owner can, and the id stays taken', async () => {
    await using run = await people({ owner: {}, manager: {} })
    const [owner, manager] = [run.google.user('owner@example.com'), run.google.user('manager@example.com')]
    const id = owner.addCalendar({ id: TEAM, summary: 'Team' })
    owner.share(id, { with: 'manager@example.com', role: 'owner' })
    expect(() => manager.deleteCalendar(id)).toThrow('only the data owner of a secondary calendar can')
    expect(() => owner.deleteCalendar('primary')).toThrow('only the data owner of a secondary calendar can')
    owner.deleteCalendar(id)
    expect(() => owner.calendar(id)).toThrow('has no calendar')
    expect(() => owner.addCalendar({ id: TEAM, summary: 'Again' })).toThrow('its id stays taken')
  })
})

describe('calendars.clear', () => {
  test('every event goes, and the delta has a tombstone for each', async () => {
    await using run = await connected()
    const single = await run.insert()
    const series = await run.insert({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] })
    const { nextSyncToken } = await run.list()
    expect((await run.api.calendars.clear({ calendarId: 'primary' })).status).toBe(204)
    expect((await run.list()).items).toEqual([])
    const delta = await run.list({ syncToken: nextSyncToken ?? '' })
    expect(new Set(idsOf(delta))).toEqual(new Set([single.id, series.id]))
    expect(delta.items?.every(({ status }) => status === 'cancelled')).toBe(true)
    expect((await refused(run.api.events.delete({ calendarId: 'primary', eventId: single.id }))).status).toBe(
      410,
    )
  })

  test('it is for primary calendars only, and only for who manages them', async () => {
    await using run = await people({ owner: {}, writer: {} })
    const { id: calendarId } = await made(run.api('owner'))
    expect(await refused(run.api('owner').calendars.clear({ calendarId }))).toMatchObject({
      status: 400,
      message: 'Cannot clear primary calendar.',
    })
    const owner = run.google.user('owner@example.com')
    owner.share('primary', { with: 'writer@example.com', role: 'writer' })
    expect(
      await refused(run.api('writer').calendars.clear({ calendarId: 'owner@example.com' })),
    ).toMatchObject({
      status: 403,
      reason: 'requiredAccessLevel',
      message: 'You need to have owner access to this calendar.',
    })
  })
})

describe('calendars.transferOwnership', () => {
  const accounts = { admin: { admin: true }, owner: {}, heir: {} }
  const transfer = (newDataOwner: string, useAdminAccess = true) => ({ newDataOwner, useAdminAccess })

  test('an administrator gives a calendar another data owner; the old one stays an owner', async () => {
    await using run = await people(accounts)
    const { id: calendarId } = await made(run.api('owner'))
    const { status } = await run.api('admin').calendars.transferOwnership({
      calendarId,
      ...transfer('Heir@example.com'),
    })
    expect(status).toBe(204)
    const { data } = await run.api('heir').calendarList.get({ calendarId })
    expect(data).toMatchObject({ dataOwner: 'heir@example.com', accessRole: 'owner' })
    expect((await run.api('owner').calendarList.get({ calendarId })).data.accessRole).toBe('owner')
    expect((await refused(run.api('owner').calendars.delete({ calendarId }))).status).toBe(403)
    expect((await run.api('heir').calendars.delete({ calendarId })).status).toBe(204)
  })

  test('anybody else is refused, and so is what cannot be transferred', async () => {
    await using run = await people(accounts)
    run.google.addUsers([{ email: 'far@elsewhere.example' }])
    const { id: calendarId } = await made(run.api('owner'))
    const [admin, owner] = [run.api('admin').calendars, run.api('owner').calendars]
    const heir = transfer('heir@example.com')
    for (const [status, call] of [
      [403, () => owner.transferOwnership({ calendarId, ...heir })],
      [400, () => admin.transferOwnership({ calendarId, ...transfer('heir@example.com', false) })],
      [400, () => admin.transferOwnership({ calendarId: 'owner@example.com', ...heir })],
      [403, () => admin.transferOwnership({ calendarId, ...transfer('far@elsewhere.example') })],
      [404, () => admin.transferOwnership({ calendarId, ...transfer('nobody@example.com') })],
      [404, () => admin.transferOwnership({ calendarId: 'nothing@group.calendar.google.com', ...heir })],
    ] as const) {
      expect((await refused(call())).status).toBe(status)
    }
    expect((await owner.get({ calendarId })).data.dataOwner).toBe('owner@example.com')
  })
})

test('colors.get has the eleven event colours and the twenty-four of calendars', async () => {
  await using run = await connected()
  const { data } = await run.api.colors.get()
  expect(data.kind).toBe('calendar#colors')
  expect(Object.keys(data.event ?? {})).toHaveLength(11)
  expect(Object.keys(data.calendar ?? {})).toHaveLength(24)
  expect(data.event?.['1']).toEqual({ background: '#a4bdfc', foreground: '#1d1d1d' })
})

test('every method of an account without the Calendar service is 403 notACalendarUser', async () => {
  await using run = await people({ off: { calendar: false } })
  const api = run.api('off')
  for (const call of [
    () => api.calendarList.list(),
    () => api.calendars.get({ calendarId: 'primary' }),
    () => api.events.insert({ calendarId: 'primary', requestBody: timed() }),
    () => api.settings.list(),
    () => api.colors.get(),
  ]) {
    expect(await refused(call())).toMatchObject({
      status: 403,
      body: {
        error: {
          errors: [
            {
              domain: 'calendar',
              reason: 'notACalendarUser',
              message: 'The user must be signed up for Google Calendar.',
            },
          ],
        },
      },
    })
  }
})
