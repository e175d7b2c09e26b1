import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { calendarClient, connect, FULL, refused, scope, timed } from './official-client.ts'

type Call = (api: calendar_v3.Calendar) => Promise<unknown>

const at = { calendarId: 'primary', eventId: 'absent' }
const window = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-03-02T00:00:00Z' }
const CALLS: Readonly<Record<string, Call>> = {
  'events.insert': (api) => api.events.insert({ calendarId: 'primary', requestBody: timed() }),
  'events.patch': (api) => api.events.patch({ ...at, requestBody: {} }),
  'events.update': (api) => api.events.update({ ...at, requestBody: timed() }),
  'events.delete': (api) => api.events.delete(at),
  'events.move': (api) => api.events.move({ ...at, destination: 'primary' }),
  'events.get': (api) => api.events.get(at),
  'events.list': (api) => api.events.list({ calendarId: 'primary' }),
  'freebusy.query': (api) => api.freebusy.query({ requestBody: { ...window, items: [] } }),
  'calendarList.list': (api) => api.calendarList.list(),
  'calendarList.get': (api) => api.calendarList.get({ calendarId: 'primary' }),
  'calendars.get': (api) => api.calendars.get({ calendarId: 'primary' }),
  'calendars.insert': (api) => api.calendars.insert({ requestBody: { summary: 'x' } }),
  'colors.get': (api) => api.colors.get(),
}

const WRITE = ['app.created', 'events', 'events.owned']
const READ = [
  ...WRITE,
  'events.readonly',
  'events.owned.readonly',
  'events.freebusy',
  'events.public.readonly',
  'readonly',
]
/** The table of the reference page; `calendar` itself opens everything. */
const OPENS: Readonly<Record<string, readonly string[]>> = {
  'events.insert': WRITE,
  'events.patch': WRITE,
  'events.update': WRITE,
  'events.delete': WRITE,
  'events.move': ['events', 'events.owned'],
  'events.get': READ,
  'events.list': READ,
  'freebusy.query': ['freebusy', 'events.freebusy', 'readonly'],
  'calendarList.list': ['calendarlist', 'calendarlist.readonly', 'readonly'],
  'calendarList.get': ['calendarlist', 'calendarlist.readonly', 'readonly', 'app.created'],
  'calendars.get': ['app.created', 'calendars', 'calendars.readonly', 'readonly'],
  'calendars.insert': ['app.created', 'calendars'],
  'colors.get': [
    'app.created',
    'calendarlist',
    'calendarlist.readonly',
    'events.owned',
    'events.owned.readonly',
    'events.freebusy',
    'events.public.readonly',
    'readonly',
  ],
}
const ALL = [
  'readonly',
  'events',
  'events.readonly',
  'events.owned',
  'events.owned.readonly',
  'events.public.readonly',
  'events.freebusy',
  'freebusy',
  'app.created',
  'calendarlist',
  'calendarlist.readonly',
  'calendars',
  'calendars.readonly',
  'acls',
  'acls.readonly',
  'settings.readonly',
]

async function lacksScope(api: calendar_v3.Calendar, call: Call): Promise<boolean> {
  const outcome = await call(api).then(
    () => null,
    (error: unknown) => error as { response?: { data?: unknown } },
  )
  return JSON.stringify(outcome?.response?.data ?? null).includes('insufficientPermissions')
}

test.each(ALL)('calendar.%s opens exactly the methods of the table', async (name) => {
  await using google = await createGoogleEmulator()
  const api = calendarClient(google, await connect(google, { scopes: [scope(`calendar.${name}`)] }))
  const open: string[] = []
  for (const [method, call] of Object.entries(CALLS)) if (!(await lacksScope(api, call))) open.push(method)
  const expected = Object.keys(CALLS).filter((method) => OPENS[method]?.includes(name))
  expect(open).toEqual(expected)
})

test('the full calendar scope opens everything', async () => {
  await using google = await createGoogleEmulator()
  const api = calendarClient(google, await connect(google, { scopes: [FULL] }))
  for (const call of Object.values(CALLS)) expect(await lacksScope(api, call)).toBe(false)
})

describe('scopes that narrow which calendars work', () => {
  const users = [
    {
      email: 'pro@example.com',
      calendars: [{ id: 'team@group.calendar.google.com', summary: 'Team', accessRole: 'writer' as const }],
    },
  ]

  test('events.owned reaches owned calendars only', async () => {
    await using google = await createGoogleEmulator({ users })
    const api = calendarClient(google, await connect(google, { scopes: [scope('calendar.events.owned')] }))
    expect((await api.events.list({ calendarId: 'primary' })).status).toBe(200)
    const shared = api.events.list({ calendarId: 'team@group.calendar.google.com' })
    expect((await refused(shared)).status).toBe(403)
  })

  test('the refusal of an off-limits calendar is a knob', async () => {
    await using google = await createGoogleEmulator({ users, offLimitsCalendarStatus: 404 })
    const api = calendarClient(google, await connect(google, { scopes: [scope('calendar.events.owned')] }))
    const shared = api.events.list({ calendarId: 'team@group.calendar.google.com' })
    expect((await refused(shared)).status).toBe(404)
  })

  test('app.created reaches only calendars this client made', async () => {
    await using google = await createGoogleEmulator()
    const api = calendarClient(google, await connect(google, { scopes: [scope('calendar.app.created')] }))
    expect((await refused(api.events.list({ calendarId: 'primary' }))).status).toBe(403)
    const { data } = await api.calendars.insert({ requestBody: { summary: 'Bookings' } })
    const own = { calendarId: data.id ?? '', requestBody: timed() }
    expect((await api.events.insert(own)).status).toBe(200)
  })
})
