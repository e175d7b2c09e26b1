import { existsSync, readFileSync } from 'node:fs'
import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { FIXTURES } from './discovery/document.ts'
import { calendarClient, connect, FULL, refused, scope, timed } from './official-client.ts'

type Call = (api: calendar_v3.Calendar) => Promise<unknown>

const at = { calendarId: 'primary' }
const event = { ...at, eventId: 'absent' }
const rule = { ...at, ruleId: 'user:x@example.com' }
const newRule = { role: 'reader', scope: { type: 'user', value: 'x@example.com' } }
const imported = { ...timed(), iCalUID: 'x@example.com' }
const window = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-03-02T00:00:00Z' }
const heir = { newDataOwner: 'x@example.com', useAdminAccess: true }
const channel = (id: string) => ({
  requestBody: { id, type: 'web_hook', address: 'https://app.example.com/notifications' },
})

/** One call of each of the 38 methods. */
const CALLS: Readonly<Record<string, Call>> = {
  'acl.delete': (api) => api.acl.delete(rule),
  'acl.get': (api) => api.acl.get(rule),
  'acl.insert': (api) => api.acl.insert({ ...at, requestBody: newRule }),
  'acl.list': (api) => api.acl.list(at),
  'acl.patch': (api) => api.acl.patch({ ...rule, requestBody: {} }),
  'acl.update': (api) => api.acl.update({ ...rule, requestBody: newRule }),
  'acl.watch': (api) => api.acl.watch({ ...at, ...channel('acl') }),
  'calendarList.delete': (api) => api.calendarList.delete(at),
  'calendarList.get': (api) => api.calendarList.get(at),
  'calendarList.insert': (api) => api.calendarList.insert({ requestBody: { id: 'primary' } }),
  'calendarList.list': (api) => api.calendarList.list(),
  'calendarList.patch': (api) => api.calendarList.patch({ ...at, requestBody: {} }),
  'calendarList.update': (api) => api.calendarList.update({ ...at, requestBody: {} }),
  'calendarList.watch': (api) => api.calendarList.watch(channel('list')),
  'calendars.clear': (api) => api.calendars.clear(at),
  'calendars.delete': (api) => api.calendars.delete(at),
  'calendars.get': (api) => api.calendars.get(at),
  'calendars.insert': (api) => api.calendars.insert({ requestBody: { summary: 'x' } }),
  'calendars.patch': (api) => api.calendars.patch({ ...at, requestBody: {} }),
  'calendars.transferOwnership': (api) => api.calendars.transferOwnership({ ...at, ...heir }),
  'calendars.update': (api) => api.calendars.update({ ...at, requestBody: { summary: 'x' } }),
  'channels.stop': (api) => api.channels.stop({ requestBody: { id: 'x', resourceId: 'y' } }),
  'colors.get': (api) => api.colors.get(),
  'events.delete': (api) => api.events.delete(event),
  'events.get': (api) => api.events.get(event),
  'events.import': (api) => api.events.import({ ...at, requestBody: imported }),
  'events.insert': (api) => api.events.insert({ ...at, requestBody: timed() }),
  'events.instances': (api) => api.events.instances(event),
  'events.list': (api) => api.events.list(at),
  'events.move': (api) => api.events.move({ ...event, destination: 'primary' }),
  'events.patch': (api) => api.events.patch({ ...event, requestBody: {} }),
  'events.quickAdd': (api) => api.events.quickAdd({ ...at, text: 'Dinner' }),
  'events.update': (api) => api.events.update({ ...event, requestBody: timed() }),
  'events.watch': (api) => api.events.watch({ ...at, ...channel('events') }),
  'freebusy.query': (api) => api.freebusy.query({ requestBody: { ...window, items: [] } }),
  'settings.get': (api) => api.settings.get({ setting: 'locale' }),
  'settings.list': (api) => api.settings.list(),
  'settings.watch': (api) => api.settings.watch(channel('settings')),
}

const WRITE_EVENTS = ['app.created', 'events', 'events.owned']
const READ_EVENTS = [
  ...WRITE_EVENTS,
  'events.readonly',
  'events.owned.readonly',
  'events.freebusy',
  'events.public.readonly',
  'readonly',
]
const READ_LIST = ['calendarlist', 'calendarlist.readonly', 'readonly']
const WRITE_LIST = ['app.created', 'calendarlist']
const WRITE_CALENDARS = ['app.created', 'calendars']
const READ_RULES = ['acls', 'acls.readonly']
const READ_SETTINGS = ['readonly', 'settings.readonly']
const COLORS = [
  'app.created',
  'calendarlist',
  'calendarlist.readonly',
  'events.owned',
  'events.owned.readonly',
  'events.freebusy',
  'events.public.readonly',
  'readonly',
]

/** The table of the reference page; `calendar` itself opens everything. */
const OPENS: Readonly<Record<string, readonly string[]>> = {
  'acl.delete': ['acls'],
  'acl.get': [...READ_RULES, 'readonly'],
  'acl.insert': ['acls'],
  'acl.list': READ_RULES,
  'acl.patch': ['acls'],
  'acl.update': ['acls'],
  'acl.watch': READ_RULES,
  'calendarList.delete': WRITE_LIST,
  'calendarList.get': [...READ_LIST, 'app.created'],
  'calendarList.insert': ['calendarlist'],
  'calendarList.list': READ_LIST,
  'calendarList.patch': WRITE_LIST,
  'calendarList.update': WRITE_LIST,
  'calendarList.watch': READ_LIST,
  'calendars.clear': ['calendars'],
  'calendars.delete': WRITE_CALENDARS,
  'calendars.get': [...WRITE_CALENDARS, 'calendars.readonly', 'readonly'],
  'calendars.insert': WRITE_CALENDARS,
  'calendars.patch': WRITE_CALENDARS,
  'calendars.transferOwnership': ['calendars'],
  'calendars.update': WRITE_CALENDARS,
  'channels.stop': [...COLORS, ...READ_RULES, 'events', 'events.readonly', 'settings.readonly'],
  'colors.get': COLORS,
  'events.delete': WRITE_EVENTS,
  'events.get': READ_EVENTS,
  'events.import': WRITE_EVENTS,
  'events.insert': WRITE_EVENTS,
  'events.instances': READ_EVENTS,
  'events.list': READ_EVENTS,
  'events.move': ['events', 'events.owned'],
  'events.patch': WRITE_EVENTS,
  'events.quickAdd': WRITE_EVENTS,
  'events.update': WRITE_EVENTS,
  'events.watch': READ_EVENTS,
  'freebusy.query': ['freebusy', 'events.freebusy', 'readonly'],
  'settings.get': READ_SETTINGS,
  'settings.list': READ_SETTINGS,
  'settings.watch': READ_SETTINGS,
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

/** Whether the answer refuses for want of a scope; any other outcome is fine here. */
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

describe('the discovery document', () => {
  interface Method {
    readonly id: string
    readonly scopes: readonly string[]
  }
  const file = `${FIXTURES}calendar.v3.discovery.json`
  const present = existsSync(file)
  if (!present)
    console.info('skipped: no ../shared/fixtures, so the scope table is not compared with Google’s')

  function documentedMethods(): Method[] {
    const { resources } = JSON.parse(readFileSync(file, 'utf8')) as {
      resources: Record<string, { methods: Record<string, Method> }>
    }
    return Object.values(resources).flatMap(({ methods }) => Object.values(methods))
  }
  const rows = present ? documentedMethods().map((method) => [method.id, method.scopes] as const) : []

  test.skipIf(!present)('has the methods of the table, no more and no fewer', () => {
    const names = rows.map(([id]) => id.replace(/^calendar\./, '')).sort()
    expect(names).toEqual(Object.keys(CALLS).sort())
    expect(Object.keys(OPENS)).toEqual(Object.keys(CALLS))
  })

  test.skipIf(!present).each(rows)('opens %s with the scopes of the table', (id, scopes) => {
    const row = OPENS[id.replace(/^calendar\./, '')] ?? []
    expect([...scopes].sort()).toEqual([FULL, ...row.map((name) => scope(`calendar.${name}`))].sort())
  })
})

describe('scopes that narrow which calendars work', () => {
  const TEAM = 'team@group.calendar.google.com'
  const users = [
    { email: 'pro@example.com', calendars: [{ id: TEAM, summary: 'Team', accessRole: 'writer' as const }] },
    { email: 'other@example.com' },
  ]

  test.each(['events.owned', 'events.owned.readonly'])('%s reaches owned calendars only', async (name) => {
    await using google = await createGoogleEmulator({ users })
    const api = calendarClient(google, await connect(google, { scopes: [scope(`calendar.${name}`)] }))
    expect((await api.events.list({ calendarId: 'primary' })).status).toBe(200)
    expect((await refused(api.events.list({ calendarId: TEAM }))).status).toBe(403)
  })

  test('the refusal of an off-limits calendar is a knob', async () => {
    await using google = await createGoogleEmulator({ users, offLimitsCalendarStatus: 404 })
    const api = calendarClient(google, await connect(google, { scopes: [scope('calendar.events.owned')] }))
    expect((await refused(api.events.list({ calendarId: TEAM }))).status).toBe(404)
  })

  test('app.created reaches only calendars this client made, with every method it opens', async () => {
    await using google = await createGoogleEmulator()
    const api = calendarClient(google, await connect(google, { scopes: [scope('calendar.app.created')] }))
    const requestBody = { summary: 'x' }
    for (const call of [
      () => api.events.list(at),
      () => api.calendars.get(at),
      () => api.calendars.patch({ ...at, requestBody }),
      () => api.calendars.delete(at),
      () => api.calendarList.get(at),
      () => api.calendarList.patch({ ...at, requestBody: {} }),
      () => api.calendarList.delete(at),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 403, reason: 'forbidden' })
    }
    const { data } = await api.calendars.insert({ requestBody })
    const own = { calendarId: data.id ?? '' }
    expect((await api.events.insert({ ...own, requestBody: timed() })).status).toBe(200)
    expect((await api.calendarList.patch({ ...own, requestBody: { summaryOverride: 'y' } })).status).toBe(200)
    expect((await api.calendars.delete(own)).status).toBe(204)
  })

  test('events.public.readonly reaches calendars whose events everybody may read', async () => {
    await using google = await createGoogleEmulator({ users })
    const scopes = [scope('calendar.events.public.readonly')]
    const api = calendarClient(google, await connect(google, { scopes }))
    const other = google.user('other@example.com')
    const list = () => api.events.list({ calendarId: 'other@example.com' })
    expect((await refused(api.events.list(at))).status).toBe(403)
    expect((await refused(list())).status).toBe(404)
    other.share('primary', { with: 'default', role: 'freeBusyReader' })
    expect((await refused(list())).status).toBe(403)
    other.share('primary', { with: 'default', role: 'reader' })
    expect((await list()).data.accessRole).toBe('reader')
    other.unshare('primary', 'default')
    other.share('primary', { with: 'pro@example.com', role: 'reader' })
    expect((await refused(list())).status).toBe(403)
  })

  test('a wider scope beside it reaches everything again', async () => {
    await using google = await createGoogleEmulator({ users })
    const scopes = [scope('calendar.events.owned'), scope('calendar.events.readonly')]
    const api = calendarClient(google, await connect(google, { scopes }))
    expect((await api.events.list({ calendarId: TEAM })).status).toBe(200)
    const insert = api.events.insert({ calendarId: TEAM, requestBody: timed() })
    expect((await refused(insert)).status).toBe(403)
  })
})
