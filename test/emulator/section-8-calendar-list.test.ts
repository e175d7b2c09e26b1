import { describe, expect, test } from 'vitest'
import { connected } from './connected.ts'
import { refused } from './official-client.ts'
import { people } from './people.ts'

const TEAM = 'team@group.calendar.google.com'
const users = [
  {
    email: 'pro@example.com',
    calendars: [
      { id: TEAM, summary: 'Team', accessRole: 'reader' as const },
      { summary: 'Salon', timeZone: 'Europe/Lisbon' },
    ],
  },
]
const SALON = 'salon-pro-example-com@group.calendar.google.com'

describe('calendarList.list', () => {
  test('it lists each calendar with role and zone; primary stands on one only', async () => {
    await using run = await connected({ users })
    const { data } = await run.api.calendarList.list()
    const rows = data.items?.map(({ summary, accessRole, timeZone, primary, dataOwner }) => [
      summary,
      accessRole,
      timeZone,
      primary,
      dataOwner,
    ])
    expect(rows).toEqual([
      ['pro@example.com', 'owner', 'America/Sao_Paulo', true, undefined],
      ['Salon', 'owner', 'Europe/Lisbon', undefined, 'pro@example.com'],
      ['Team', 'reader', 'America/Sao_Paulo', undefined, 'owner@example.com'],
    ])
    expect(data.nextSyncToken).toBeTruthy()
  })

  test('what is false is left out: primary, hidden, deleted, selected', async () => {
    await using run = await connected({ users })
    await run.api.calendarList.patch({ calendarId: TEAM, requestBody: { selected: false } })
    const { data } = await run.api.calendarList.get({ calendarId: TEAM })
    for (const name of [
      'primary',
      'hidden',
      'deleted',
      'selected',
      'summaryOverride',
      'notificationSettings',
    ]) {
      expect(data).not.toHaveProperty(name)
    }
    expect(data.defaultReminders).toEqual([])
  })

  test('the primary calendar has a popup reminder and the four notifications that were recorded', async () => {
    await using run = await connected()
    const { data } = await run.api.calendarList.get({ calendarId: 'primary' })
    expect(data.defaultReminders).toEqual([{ method: 'popup', minutes: 30 }])
    expect(data.notificationSettings?.notifications?.map(({ type }) => type)).toEqual([
      'eventCreation',
      'eventChange',
      'eventCancellation',
      'eventResponse',
    ])
    expect(data).toMatchObject({ colorId: '14', backgroundColor: '#9fe1e7', foregroundColor: '#000000' })
  })

  test('minAccessRole filters, and an unknown role is 400', async () => {
    await using run = await connected({ users })
    const owned = await run.api.calendarList.list({ minAccessRole: 'writer' })
    expect(owned.data.items?.map(({ summary }) => summary)).toEqual(['pro@example.com', 'Salon'])
    expect((await refused(run.api.calendarList.list({ minAccessRole: 'king' }))).status).toBe(400)
  })

  test('pages page, of a hundred by default and of 250 at most', async () => {
    const calendars = Array.from({ length: 260 }, (_, index) => ({ summary: `c${index}` }))
    await using run = await connected({ users: [{ email: 'pro@example.com', calendars }] })
    const sizes: (number | undefined)[] = []
    for (const parameters of [{}, { maxResults: 250 }, { maxResults: 1000 }]) {
      sizes.push((await run.api.calendarList.list(parameters)).data.items?.length)
    }
    expect(sizes).toEqual([100, 250, 250])
    const first = (await run.api.calendarList.list()).data
    expect(first).not.toHaveProperty('nextSyncToken')
    const second = (await run.api.calendarList.list({ pageToken: first.nextPageToken ?? '' })).data
    const third = (await run.api.calendarList.list({ pageToken: second.nextPageToken ?? '' })).data
    expect(third).not.toHaveProperty('nextPageToken')
    expect(third.nextSyncToken).toBeTruthy()
    const all = [first, second, third].flatMap(({ items }) => items ?? [])
    expect(new Set(all.map(({ id }) => id)).size).toBe(261)
  })

  test('a page token goes with its parameters, its list and its account only', async () => {
    await using run = await people({ one: { calendars: [{ summary: 'a' }] }, two: {} })
    const { data } = await run.api('one').calendarList.list({ maxResults: 1 })
    const pageToken = data.nextPageToken ?? ''
    for (const call of [
      () => run.api('one').calendarList.list({ maxResults: 2, pageToken }),
      () => run.api('one').settings.list({ maxResults: 1, pageToken }),
      () => run.api('two').calendarList.list({ maxResults: 1, pageToken }),
    ]) {
      expect((await refused(call())).status).toBe(400)
    }
  })

  test('an entry changed between two pages stands once in the list and in the next delta', async () => {
    await using run = await connected({ users })
    const first = (await run.api.calendarList.list({ maxResults: 1 })).data
    await run.api.calendarList.patch({ calendarId: 'primary', requestBody: { summaryOverride: 'Me' } })
    const rest = (await run.api.calendarList.list({ maxResults: 1, pageToken: first.nextPageToken ?? '' }))
      .data
    expect(rest.items?.map(({ id }) => id)).toEqual([SALON])
    const pageToken = rest.nextPageToken ?? ''
    const last = (await run.api.calendarList.list({ maxResults: 1, pageToken })).data
    const delta = await run.api.calendarList.list({ syncToken: last.nextSyncToken ?? '' })
    expect(delta.data.items?.map(({ id }) => id)).toEqual(['pro@example.com'])
  })

  test('hidden entries need showHidden, removed ones showDeleted', async () => {
    await using run = await connected({ users })
    await run.api.calendarList.patch({ calendarId: SALON, requestBody: { hidden: true } })
    await run.api.calendarList.delete({ calendarId: TEAM })
    const idsWith = async (parameters: object): Promise<unknown> =>
      (await run.api.calendarList.list(parameters)).data.items?.map(({ id, hidden, deleted }) => [
        id,
        hidden ?? deleted ?? false,
      ])
    expect(await idsWith({})).toEqual([['pro@example.com', false]])
    expect(await idsWith({ showHidden: true })).toEqual([
      ['pro@example.com', false],
      [SALON, true],
    ])
    expect(await idsWith({ showDeleted: true })).toEqual([
      ['pro@example.com', false],
      [TEAM, true],
    ])
  })

  test('with emptyPages armed every page with entries is preceded by an empty one', async () => {
    await using run = await connected({ users })
    run.google.faults.emptyPages(true)
    run.google.faults.maxPageSize(2)
    const pages: number[] = []
    let page = (await run.api.calendarList.list()).data
    for (
      ;
      page.nextPageToken;
      page = (await run.api.calendarList.list({ pageToken: page.nextPageToken })).data
    ) {
      pages.push(page.items?.length ?? -1)
    }
    expect([...pages, page.items?.length]).toEqual([0, 2, 0, 1])
    expect(page.nextSyncToken).toBeTruthy()
  })

  test('a known etag of the list is 304 until an entry changes', async () => {
    await using run = await connected({ users })
    const etag = (await run.api.calendarList.list()).data.etag ?? ''
    const list = () => run.api.calendarList.list({}, { headers: { 'If-None-Match': etag } })
    expect((await list()).status).toBe(304)
    await run.api.calendarList.patch({ calendarId: TEAM, requestBody: { colorId: '3' } })
    expect((await list()).data.etag).not.toBe(etag)
  })
})

describe('sync tokens of calendarList.list', () => {
  test('a delta tells what was added, hidden and taken off, in pages too', async () => {
    await using run = await connected({ users })
    const syncToken = (await run.api.calendarList.list()).data.nextSyncToken ?? ''
    const user = run.google.user('pro@example.com')
    user.removeCalendar(TEAM)
    const added = user.addCalendar({ summary: 'New' })
    await run.api.calendarList.patch({ calendarId: SALON, requestBody: { hidden: true } })
    const first = (await run.api.calendarList.list({ syncToken, maxResults: 2 })).data
    expect(first.items?.map(({ id, deleted }) => [id, deleted])).toEqual([
      [TEAM, true],
      [added, undefined],
    ])
    expect(first).not.toHaveProperty('nextSyncToken')
    const pageToken = first.nextPageToken ?? ''
    const second = (await run.api.calendarList.list({ syncToken, maxResults: 2, pageToken })).data
    expect(second.items?.map(({ id, hidden }) => [id, hidden])).toEqual([[SALON, true]])
    const empty = await run.api.calendarList.list({ syncToken: second.nextSyncToken ?? '' })
    expect(empty.data.items).toEqual([])
    expect((await refused(run.list({ calendarId: TEAM }))).status).toBe(404)
  })

  test('an entry changed between two pages of a delta is told once there and once in the next', async () => {
    await using run = await connected({ users })
    const syncToken = (await run.api.calendarList.list()).data.nextSyncToken ?? ''
    const patch = async (calendarId: string, summaryOverride: string): Promise<unknown> =>
      run.api.calendarList.patch({ calendarId, requestBody: { summaryOverride } })
    await patch(TEAM, 'a')
    await patch(SALON, 'b')
    const first = (await run.api.calendarList.list({ syncToken, maxResults: 1 })).data
    expect(first.items?.map(({ id }) => id)).toEqual([TEAM])
    await patch(TEAM, 'c')
    const pageToken = first.nextPageToken ?? ''
    const last = (await run.api.calendarList.list({ syncToken, maxResults: 1, pageToken })).data
    expect(last.items?.map(({ id }) => id)).toEqual([SALON])
    const next = (await run.api.calendarList.list({ syncToken: last.nextSyncToken ?? '' })).data
    expect(next.items?.map(({ id, summaryOverride }) => [id, summaryOverride])).toEqual([[TEAM, 'c']])
  })

  test.each([
    { minAccessRole: 'owner' },
    { showOwnOrganizationOnly: true },
    { showDeleted: false },
    { showHidden: false },
  ])('%o cannot stand beside one', async (parameters) => {
    await using run = await connected()
    const syncToken = (await run.api.calendarList.list()).data.nextSyncToken ?? ''
    expect(await refused(run.api.calendarList.list({ syncToken, ...parameters }))).toMatchObject({
      status: 400,
      reason: 'syncTokenWithRequestRestrictions',
    })
    const allowed = { syncToken, showDeleted: true, showHidden: true }
    expect((await run.api.calendarList.list(allowed)).status).toBe(200)
  })

  test('one that was invalidated, is too old or is of another account is 410; text that is none is 400', async () => {
    await using run = await people({ one: {}, two: {} }, { syncTokenTtlMs: 60_000 })
    const tokenOf = async (): Promise<string> =>
      (await run.api('one').calendarList.list()).data.nextSyncToken ?? ''
    const use = async (name: string, syncToken: string) =>
      refused(run.api(name).calendarList.list({ syncToken }))
    const gone = { status: 410, reason: 'fullSyncRequired' }
    expect(await use('two', await tokenOf())).toMatchObject(gone)
    const early = await tokenOf()
    run.google.faults.expireSyncTokens()
    expect(await use('one', early)).toMatchObject(gone)
    const late = await tokenOf()
    run.google.advance(60_001)
    expect(await use('one', late)).toMatchObject(gone)
    expect(await use('one', 'x')).toMatchObject({ status: 400, reason: 'invalid' })
    const settings = (await run.api('one').settings.list()).data.nextSyncToken ?? ''
    expect(await use('one', settings)).toMatchObject({ status: 400, reason: 'invalid' })
  })
})

describe('calendarList.insert and delete', () => {
  test('a calendar one has access to goes on the list, with what the body says; without access it is 404', async () => {
    await using run = await people({ owner: {}, guest: {}, stranger: {} })
    const owner = run.google.user('owner@example.com')
    owner.share('primary', { with: 'guest@example.com', role: 'reader' })
    const requestBody = { id: 'owner@example.com', summaryOverride: 'Boss', hidden: true }
    const { data } = await run.api('guest').calendarList.insert({ requestBody })
    expect(data).toMatchObject({ ...requestBody, summary: 'owner@example.com', accessRole: 'reader' })
    expect(data).not.toHaveProperty('primary')
    expect(data).not.toHaveProperty('selected')
    expect((await run.api('guest').calendarList.get({ calendarId: 'owner@example.com' })).data).toEqual(data)
    const stranger = run.api('stranger').calendarList.insert({ requestBody })
    expect(await refused(stranger)).toMatchObject({ status: 404, reason: 'notFound' })
    expect(await refused(run.api('guest').calendarList.insert({ requestBody: {} }))).toMatchObject({
      status: 400,
      reason: 'required',
    })
  })

  test('inserting what is on the list already changes the entry', async () => {
    await using run = await connected({ users })
    const requestBody = { id: TEAM, summaryOverride: 'Mine' }
    const { data } = await run.api.calendarList.insert({ requestBody })
    expect(data).toMatchObject({ summaryOverride: 'Mine', selected: true })
    expect((await run.api.calendarList.list()).data.items).toHaveLength(3)
  })

  test('by hand: subscribing to what is on the list leaves the entry as it is', async () => {
    await using run = await connected({ users })
    await run.api.calendarList.patch({ calendarId: TEAM, requestBody: { summaryOverride: 'Mine' } })
    run.google.user('pro@example.com').subscribe(TEAM)
    const { data } = await run.api.calendarList.get({ calendarId: TEAM })
    expect(data.summaryOverride).toBe('Mine')
  })

  test('by hand: a calendar shared with everybody leaves the list, and stays readable', async () => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.user('owner@example.com').share('primary', { with: 'default', role: 'reader' })
    const guest = run.google.user('guest@example.com')
    guest.subscribe('owner@example.com')
    guest.removeCalendar('owner@example.com')
    const { data } = await run.api('guest').calendarList.list()
    expect(data.items?.map(({ id }) => id)).toEqual(['guest@example.com'])
    expect((await run.api('guest').events.list({ calendarId: 'owner@example.com' })).status).toBe(200)
  })

  test('taking a calendar off the list does not end the access; it can be put back', async () => {
    await using run = await connected({ users })
    expect((await run.api.calendarList.delete({ calendarId: TEAM })).status).toBe(204)
    expect((await refused(run.api.calendarList.get({ calendarId: TEAM }))).status).toBe(404)
    expect((await refused(run.api.calendarList.delete({ calendarId: TEAM }))).status).toBe(404)
    expect((await run.list({ calendarId: TEAM })).accessRole).toBe('reader')
    expect((await run.api.calendarList.insert({ requestBody: { id: TEAM } })).data.accessRole).toBe('reader')
  })

  test('neither the primary calendar nor one whose data owner one is can be taken off', async () => {
    await using run = await connected({ users })
    expect(await refused(run.api.calendarList.delete({ calendarId: 'primary' }))).toMatchObject({
      status: 403,
      reason: 'cannotChangeOwnPrimarySubscription',
    })
    expect(await refused(run.api.calendarList.delete({ calendarId: SALON }))).toMatchObject({
      status: 403,
      reason: 'cannotUnsubscribeFromOwnedCalendar',
      message: 'The data owner of a calendar cannot remove such a calendar from their calendar list.',
    })
  })
})

describe('calendarList.get, patch and update', () => {
  test('get answers the alias primary and refuses a stranger', async () => {
    await using run = await connected()
    const { data } = await run.api.calendarList.get({ calendarId: 'primary' })
    expect(data).toMatchObject({ id: 'pro@example.com', primary: true, accessRole: 'owner' })
    expect((await refused(run.api.calendarList.get({ calendarId: 'x@example.com' }))).status).toBe(404)
  })

  test('patch keeps what it does not name, null clears, and update gives defaults', async () => {
    await using run = await connected({ users })
    const notificationSettings = { notifications: [{ type: 'agenda', method: 'email' }] }
    const defaultReminders = [{ method: 'email', minutes: 0 }]
    const requestBody = { summaryOverride: 'Mine', defaultReminders, notificationSettings }
    const first = (await run.api.calendarList.patch({ calendarId: TEAM, requestBody })).data
    expect(first).toMatchObject({ ...requestBody, selected: true, summary: 'Team' })
    const clear = { summaryOverride: null, hidden: true }
    const second = (await run.api.calendarList.patch({ calendarId: TEAM, requestBody: clear })).data
    expect(second).toMatchObject({ defaultReminders, notificationSettings, hidden: true })
    expect(second).not.toHaveProperty('summaryOverride')
    const third = (await run.api.calendarList.update({ calendarId: TEAM, requestBody: { colorId: '5' } }))
      .data
    expect(third).toMatchObject({ colorId: '5', backgroundColor: '#ff7537', defaultReminders: [] })
    for (const name of ['hidden', 'selected', 'notificationSettings']) expect(third).not.toHaveProperty(name)
  })

  test('the default reminders are those of the account, and stand in the envelope of events.list', async () => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.user('owner@example.com').share('primary', { with: 'guest@example.com', role: 'reader' })
    const requestBody = { id: 'owner@example.com', defaultReminders: [{ method: 'popup', minutes: 7 }] }
    await run.api('guest').calendarList.insert({ requestBody })
    const list = await run.api('guest').events.list({ calendarId: 'owner@example.com' })
    expect(list.data.defaultReminders).toEqual([{ method: 'popup', minutes: 7 }])
    expect((await run.api('owner').events.list({ calendarId: 'primary' })).data.defaultReminders).toEqual([
      { method: 'popup', minutes: 30 },
    ])
  })

  test('colours by RGB need colorRgbFormat and choose the nearest id; an id brings the palette back', async () => {
    await using run = await connected({ users })
    const rgb = { backgroundColor: '#FA583D', foregroundColor: '#ffffff' }
    const patch = async (requestBody: object, colorRgbFormat?: boolean) =>
      (
        await run.api.calendarList.patch({
          calendarId: TEAM,
          requestBody,
          ...(colorRgbFormat === undefined ? {} : { colorRgbFormat }),
        })
      ).data
    expect(await patch(rgb)).toMatchObject({ colorId: '7', backgroundColor: '#42d692' })
    expect(await patch(rgb, true)).toMatchObject({
      colorId: '4',
      backgroundColor: '#fa583d',
      foregroundColor: '#ffffff',
    })
    expect(await patch({ foregroundColor: '#112233' }, true)).toMatchObject({
      backgroundColor: '#fa583d',
      foregroundColor: '#112233',
    })
    expect(await patch({ colorId: '1' })).toMatchObject({
      colorId: '1',
      backgroundColor: '#ac725e',
      foregroundColor: '#000000',
    })
  })

  test.each([
    { colorId: '25' },
    { colorId: 'x' },
    { selected: 'yes' },
    { defaultReminders: [{ method: 'sms', minutes: 5 }] },
    { defaultReminders: [{ method: 'popup', minutes: 40_321 }] },
    { defaultReminders: Array.from({ length: 6 }, () => ({ method: 'popup', minutes: 5 })) },
    { notificationSettings: { notifications: [{ type: 'eventCreation', method: 'sms' }] } },
    { notificationSettings: { notifications: [{ type: 'nothing', method: 'email' }] } },
  ])('%j is 400', async (body) => {
    await using run = await connected()
    const response = await run.google.fetch(`${run.google.url}/calendar/v3/users/me/calendarList/primary`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${run.oauth.credentials.access_token}` },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(400)
  })

  test('a colour that is none is 400', async () => {
    await using run = await connected()
    const requestBody = { backgroundColor: 'red' }
    const call = run.api.calendarList.patch({ calendarId: 'primary', requestBody, colorRgbFormat: true })
    expect(await refused(call)).toMatchObject({ status: 400, reason: 'invalid' })
  })

  test('If-Match on an old version is 412 for patch, update and delete', async () => {
    await using run = await connected({ users })
    const { data } = await run.api.calendarList.get({ calendarId: TEAM })
    const changed = await run.api.calendarList.patch({ calendarId: TEAM, requestBody: { hidden: true } })
    const old = { headers: { 'If-Match': data.etag ?? '' } }
    const requestBody = { hidden: false }
    for (const call of [
      () => run.api.calendarList.patch({ calendarId: TEAM, requestBody }, old),
      () => run.api.calendarList.update({ calendarId: TEAM, requestBody }, old),
      () => run.api.calendarList.delete({ calendarId: TEAM }, old),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 412, reason: 'conditionNotMet' })
    }
    const current = { headers: { 'If-Match': changed.data.etag ?? '' } }
    expect((await run.api.calendarList.delete({ calendarId: TEAM }, current)).status).toBe(204)
  })

  test('a known etag is 304 until the entry, the calendar or the own role changes', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const owner = run.google.user('owner@example.com')
    owner.share('primary', { with: 'guest@example.com', role: 'reader' })
    run.google.user('guest@example.com').subscribe('owner@example.com')
    const get = async (etag: string) =>
      run
        .api('guest')
        .calendarList.get({ calendarId: 'owner@example.com' }, { headers: { 'If-None-Match': etag } })
    const first = (await get('"none"')).data.etag ?? ''
    expect((await get(first)).status).toBe(304)
    owner.share('primary', { with: 'other@example.com', role: 'reader' })
    expect((await get(first)).status).toBe(304)
    owner.share('primary', { with: 'guest@example.com', role: 'writer' })
    const second = (await get(first)).data
    expect(second.accessRole).toBe('writer')
    await run.api('owner').calendars.patch({ calendarId: 'primary', requestBody: { summary: 'Boss' } })
    expect((await get(second.etag ?? '')).data.summary).toBe('Boss')
  })

  test('a patch that changes nothing is in no delta', async () => {
    await using run = await connected({ users })
    const syncToken = (await run.api.calendarList.list()).data.nextSyncToken ?? ''
    await run.api.calendarList.patch({ calendarId: TEAM, requestBody: { selected: true } })
    expect((await run.api.calendarList.list({ syncToken })).data.items).toEqual([])
  })
})
