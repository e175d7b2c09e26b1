import { describe, expect, test } from 'vitest'
import { refused, timed } from './official-client.ts'
import { people } from './people.ts'

const OWNER = 'owner@example.com'
const GUEST = 'guest@example.com'
const user = (value: string) => ({ type: 'user', value })

describe('acl.list and get', () => {
  test('a primary calendar has the rule of its owner; a secondary one also that of its own address', async () => {
    await using run = await people({ owner: {} })
    const { data } = await run.api('owner').acl.list({ calendarId: 'primary' })
    expect(data).toEqual({
      kind: 'calendar#acl',
      etag: expect.any(String),
      nextSyncToken: expect.any(String),
      items: [
        {
          kind: 'calendar#aclRule',
          etag: expect.stringMatching(/^"\d{20}"$/),
          id: `user:${OWNER}`,
          scope: user(OWNER),
          role: 'owner',
        },
      ],
    })
    const { data: made } = await run.api('owner').calendars.insert({ requestBody: { summary: 'x' } })
    const rules = await run.api('owner').acl.list({ calendarId: made.id ?? '' })
    expect(rules.data.items?.map(({ id, role }) => [id, role])).toEqual([
      [`user:${made.id}`, 'owner'],
      [`user:${OWNER}`, 'owner'],
    ])
  })

  test('a deleted rule has the role none, stands in a list with showDeleted only and in every delta', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const { acl } = run.api('owner')
    const calendarId = 'primary'
    const requestBody = { role: 'reader', scope: user(GUEST) }
    await acl.insert({ calendarId, requestBody })
    const syncToken = (await acl.list({ calendarId })).data.nextSyncToken ?? ''
    await acl.delete({ calendarId, ruleId: `user:${GUEST}` })
    const rolesIn = async (parameters: object): Promise<unknown> =>
      (await acl.list({ calendarId, ...parameters })).data.items?.map(({ id, role }) => [id, role])
    expect(await rolesIn({})).toEqual([[`user:${OWNER}`, 'owner']])
    expect(await rolesIn({ showDeleted: true })).toEqual([
      [`user:${OWNER}`, 'owner'],
      [`user:${GUEST}`, 'none'],
    ])
    expect(await rolesIn({ syncToken })).toEqual([[`user:${GUEST}`, 'none']])
    expect(await refused(acl.list({ calendarId, syncToken, showDeleted: false }))).toMatchObject({
      status: 400,
      reason: 'syncTokenWithRequestRestrictions',
    })
    expect((await refused(acl.get({ calendarId, ruleId: `user:${GUEST}` }))).status).toBe(404)
  })

  test('pages page, and dead or foreign sync tokens are 410', async () => {
    await using run = await people({ owner: {} })
    const { acl, calendars } = run.api('owner')
    const calendarId = 'primary'
    const hand = run.google.user(OWNER)
    for (const name of ['a', 'b', 'c']) hand.share('primary', { with: `${name}@example.com`, role: 'reader' })
    const first = (await acl.list({ calendarId, maxResults: 3 })).data
    expect(first.items).toHaveLength(3)
    expect(first).not.toHaveProperty('nextSyncToken')
    const last = (await acl.list({ calendarId, maxResults: 3, pageToken: first.nextPageToken ?? '' })).data
    expect(last.items?.map(({ id }) => id)).toEqual(['user:c@example.com'])
    const syncToken = last.nextSyncToken ?? ''
    const other = (await calendars.insert({ requestBody: { summary: 'x' } })).data.id ?? ''
    expect((await refused(acl.list({ calendarId: other, syncToken }))).status).toBe(410)
    run.google.faults.expireSyncTokens()
    expect((await refused(acl.list({ calendarId, syncToken }))).status).toBe(410)
  })
})

describe('acl.insert, patch, update and delete', () => {
  test.each([
    [{ type: 'default' }, 'default', 'reader'],
    [{ type: 'user', value: 'Guest@Example.com' }, `user:${GUEST}`, 'writerWithoutPrivateAccess'],
    [{ type: 'group', value: 'all@example.com' }, 'group:all@example.com', 'freeBusyReader'],
    [{ type: 'domain', value: 'example.com' }, 'domain:example.com', 'writer'],
  ])('the scope %j makes the rule %s', async (scope, id, role) => {
    await using run = await people({ owner: {} })
    const calendarId = 'primary'
    const { data } = await run.api('owner').acl.insert({ calendarId, requestBody: { scope, role } })
    const value = 'value' in scope ? { value: scope.value.toLowerCase() } : {}
    expect(data).toMatchObject({ id, role })
    expect(data.scope).toEqual({ type: scope.type, ...value })
    expect((await run.api('owner').acl.get({ calendarId, ruleId: id })).data).toEqual(data)
  })

  test('inserting a scope that has a rule changes its role', async () => {
    await using run = await people({ owner: {} })
    const { acl } = run.api('owner')
    const insert = (role: string) =>
      acl.insert({ calendarId: 'primary', requestBody: { scope: user(GUEST), role } })
    await insert('reader')
    expect((await insert('writer')).data.role).toBe('writer')
    expect((await acl.list({ calendarId: 'primary' })).data.items).toHaveLength(2)
    expect((await insert('none')).data.role).toBe('none')
    expect((await acl.list({ calendarId: 'primary' })).data.items).toHaveLength(1)
  })

  test('patch and update give another role, delete takes it away with 204', async () => {
    await using run = await people({ owner: {} })
    const { acl } = run.api('owner')
    const at = { calendarId: 'primary', ruleId: `user:${GUEST}` }
    run.google.user(OWNER).share('primary', { with: GUEST, role: 'reader' })
    expect((await acl.patch({ ...at, requestBody: { role: 'writer' } })).data.role).toBe('writer')
    const requestBody = { role: 'freeBusyReader', scope: user(GUEST) }
    const updated = await acl.update({ ...at, requestBody, sendNotifications: false })
    expect(updated.data.role).toBe('freeBusyReader')
    expect((await refused(acl.update({ ...at, requestBody: { role: 'reader' } }))).reason).toBe('required')
    const elsewhere = { role: 'reader', scope: user('x@example.com') }
    expect((await refused(acl.update({ ...at, requestBody: elsewhere }))).status).toBe(400)
    expect((await acl.delete(at)).status).toBe(204)
    for (const call of [
      () => acl.delete(at),
      () => acl.patch({ ...at, requestBody }),
      () => acl.update({ ...at, requestBody }),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 404, reason: 'notFound' })
    }
  })

  test.each([
    ['no role', { scope: user(GUEST) }, 'required'],
    ['no scope', { role: 'reader' }, 'required'],
    ['an unknown role', { role: 'king', scope: user(GUEST) }, 'invalid'],
    ['an unknown type', { role: 'reader', scope: { type: 'planet', value: 'x' } }, 'invalid'],
    ['a user without an address', { role: 'reader', scope: { type: 'user' } }, 'invalidScopeValue'],
    ['an address that is none', { role: 'reader', scope: user('guest') }, 'invalidScopeValue'],
    ['everybody as writers', { role: 'writer', scope: { type: 'default' } }, 'illegalAccessRoleForDefault'],
  ])('%s is 400', async (_name, requestBody, reason) => {
    await using run = await people({ owner: {} })
    const call = run.api('owner').acl.insert({ calendarId: 'primary', requestBody })
    expect(await refused(call)).toMatchObject({ status: 400, reason })
  })

  test('If-Match on an old version is 412, If-None-Match on the current one 304', async () => {
    await using run = await people({ owner: {} })
    const { acl } = run.api('owner')
    const at = { calendarId: 'primary', ruleId: `user:${GUEST}` }
    run.google.user(OWNER).share('primary', { with: GUEST, role: 'reader' })
    const old = { headers: { 'If-Match': (await acl.get(at)).data.etag ?? '' } }
    const { etag } = (await acl.patch({ ...at, requestBody: { role: 'writer' } })).data
    const requestBody = { role: 'reader', scope: user(GUEST) }
    for (const call of [
      () => acl.patch({ ...at, requestBody }, old),
      () => acl.update({ ...at, requestBody }, old),
      () => acl.delete(at, old),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 412, reason: 'conditionNotMet' })
    }
    expect((await acl.get(at, { headers: { 'If-None-Match': etag ?? '' } })).status).toBe(304)
    await acl.delete(at, { headers: { 'If-Match': etag ?? '' } })
  })

  test('nobody changes the own role, and nobody that of the data owner or of the calendar itself', async () => {
    await using run = await people({ owner: {}, manager: {} })
    const calendarId =
      (await run.api('owner').calendars.insert({ requestBody: { summary: 'x' } })).data.id ?? ''
    run.google.user(OWNER).share(calendarId, { with: 'manager@example.com', role: 'owner' })
    const { acl } = run.api('manager')
    const ruleId = (email: string) => ({ calendarId, ruleId: `user:${email}` })
    const requestBody = { role: 'reader' }
    expect(await refused(acl.patch({ ...ruleId('manager@example.com'), requestBody }))).toMatchObject({
      status: 403,
      reason: 'cannotChangeOwnAcl',
      message: 'Cannot change your own access level.',
    })
    expect(await refused(acl.delete(ruleId(OWNER)))).toMatchObject({
      status: 403,
      reason: 'cannotModifyAclOfCalendarOwner',
    })
    expect(await refused(acl.delete(ruleId(calendarId)))).toMatchObject({
      status: 403,
      reason: 'cannotChangeOwnerAcl',
    })
    expect((await refused(run.api('owner').acl.delete(ruleId(OWNER)))).reason).toBe('cannotChangeOwnAcl')
    expect((await acl.patch({ ...ruleId(OWNER), requestBody: { role: 'owner' } })).status).toBe(200)
  })
})

describe('what each role may do', () => {
  const calendarId = 'primary'
  const roles = {
    freeBusyReader: { read: true, write: false, readRules: false, manage: false },
    reader: { read: true, write: false, readRules: false, manage: false },
    writerWithoutPrivateAccess: { read: true, write: true, readRules: false, manage: false },
    writer: { read: true, write: true, readRules: true, manage: false },
    owner: { read: true, write: true, readRules: true, manage: true },
  } as const

  test.each(Object.entries(roles))('%s: %o', async (role, allowed) => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.user(OWNER).share(calendarId, { with: GUEST, role: role as keyof typeof roles })
    const api = run.api('guest')
    const at = { calendarId: OWNER }
    const rule = { role: 'reader', scope: user('new@example.com') }
    const calls = {
      read: [() => api.calendars.get(at), () => api.events.list(at)],
      write: [() => api.events.insert({ ...at, requestBody: timed() })],
      readRules: [() => api.acl.list(at), () => api.acl.get({ ...at, ruleId: `user:${OWNER}` })],
      manage: [
        () => api.acl.insert({ ...at, requestBody: rule }),
        () => api.calendars.patch({ ...at, requestBody: { location: 'Porto' } }),
        () => api.calendars.clear(at),
      ],
    }
    for (const [purpose, attempts] of Object.entries(calls)) {
      for (const attempt of attempts) {
        if (allowed[purpose as keyof typeof allowed]) expect((await attempt()).status).toBeLessThan(300)
        else expect((await refused(attempt())).status).toBe(403)
      }
    }
  })

  test('the refusal names the role that is needed', async () => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.user(OWNER).share(calendarId, { with: GUEST, role: 'reader' })
    const at = { calendarId: OWNER }
    const needs = (role: string) => ({
      status: 403,
      reason: 'requiredAccessLevel',
      message: `You need to have ${role} access to this calendar.`,
    })
    expect(await refused(run.api('guest').acl.list(at))).toMatchObject(needs('writer'))
    expect(await refused(run.api('guest').events.insert({ ...at, requestBody: timed() }))).toMatchObject(
      needs('writer'),
    )
    const requestBody = { summary: 'x' }
    expect(await refused(run.api('guest').calendars.patch({ ...at, requestBody }))).toMatchObject(
      needs('owner'),
    )
  })

  test('for a stranger the calendar does not exist', async () => {
    await using run = await people({ owner: {}, stranger: {} })
    const api = run.api('stranger')
    const at = { calendarId: OWNER }
    for (const call of [
      () => api.calendars.get(at),
      () => api.events.list(at),
      () => api.acl.list(at),
      () => api.calendarList.get(at),
      () => api.calendars.clear(at),
    ]) {
      expect(await refused(call())).toMatchObject({ status: 404, reason: 'notFound' })
    }
  })
})

describe('sharing', () => {
  test('it gives access, but does not put the calendar on the list of the other', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const requestBody = { role: 'writer', scope: user(GUEST) }
    await run.api('owner').acl.insert({ calendarId: 'primary', requestBody })
    const api = run.api('guest')
    expect((await api.calendars.get({ calendarId: OWNER })).data.id).toBe(OWNER)
    expect((await api.calendarList.list()).data.items?.map(({ id }) => id)).toEqual([GUEST])
    expect((await refused(api.calendarList.get({ calendarId: OWNER }))).status).toBe(404)
    run.google.user(GUEST).subscribe(OWNER)
    expect((await api.calendarList.get({ calendarId: OWNER })).data.accessRole).toBe('writer')
  })

  test('with everybody or with a domain it reaches whom it covers, and the strongest role counts', async () => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.addUsers([{ email: 'far@elsewhere.example' }])
    const owner = run.google.user(OWNER)
    owner.share('primary', { with: { domain: 'Example.com' }, role: 'reader' })
    expect((await run.api('guest').events.list({ calendarId: OWNER })).data.accessRole).toBe('reader')
    expect(() => run.google.user('far@elsewhere.example').calendar(OWNER)).toThrow('has no calendar')
    owner.share('primary', { with: 'default', role: 'freeBusyReader' })
    run.google.user('far@elsewhere.example').calendar(OWNER)
    expect((await run.api('guest').events.list({ calendarId: OWNER })).data.accessRole).toBe('reader')
    owner.share('primary', { with: GUEST, role: 'writer' })
    expect((await run.api('guest').events.list({ calendarId: OWNER })).data.accessRole).toBe('writer')
    owner.unshare('primary', GUEST)
    owner.unshare('primary', { domain: 'example.com' })
    expect((await run.api('guest').events.list({ calendarId: OWNER })).data.accessRole).toBe('freeBusyReader')
  })

  test('a rule about a group is shown and opens nothing', async () => {
    await using run = await people({ owner: {}, guest: {} })
    run.google.user(OWNER).share('primary', { with: { group: 'all@example.com' }, role: 'reader' })
    const { data } = await run.api('owner').acl.list({ calendarId: 'primary' })
    expect(data.items?.at(-1)?.id).toBe('group:all@example.com')
    expect((await refused(run.api('guest').calendars.get({ calendarId: OWNER }))).status).toBe(404)
  })

  test('who loses the last access loses the calendar from the list; a delta tells it', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const owner = run.google.user(OWNER)
    owner.share('primary', { with: GUEST, role: 'reader' })
    run.google.user(GUEST).subscribe(OWNER)
    const { calendarList } = run.api('guest')
    const syncToken = (await calendarList.list()).data.nextSyncToken ?? ''
    owner.share('primary', { with: GUEST, role: 'writer' })
    expect((await calendarList.list({ syncToken })).data.items).toEqual([])
    owner.unshare('primary', GUEST)
    owner.unshare('primary', GUEST)
    const delta = (await calendarList.list({ syncToken })).data
    expect(delta.items?.map(({ id, deleted }) => [id, deleted])).toEqual([[OWNER, true]])
    expect((await refused(run.api('guest').events.list({ calendarId: OWNER }))).status).toBe(404)
  })

  test('another role kills the sync tokens of the calendar’s events; a first share leaves them alone', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const owner = run.google.user(OWNER)
    const at = { calendarId: OWNER }
    const owners = (await run.api('owner').events.list(at)).data.nextSyncToken ?? ''
    owner.share('primary', { with: GUEST, role: 'reader' })
    expect((await run.api('owner').events.list({ ...at, syncToken: owners })).status).toBe(200)
    const guests = (await run.api('guest').events.list(at)).data.nextSyncToken ?? ''
    owner.share('primary', { with: GUEST, role: 'reader' })
    expect((await run.api('guest').events.list({ ...at, syncToken: guests })).status).toBe(200)
    owner.share('primary', { with: GUEST, role: 'writer' })
    expect(await refused(run.api('guest').events.list({ ...at, syncToken: guests }))).toMatchObject({
      status: 410,
      reason: 'fullSyncRequired',
    })
  })

  test('by hand: what this user may not, or Google refuses, is said', async () => {
    await using run = await people({ owner: {}, guest: {} })
    const [owner, guest] = [run.google.user(OWNER), run.google.user(GUEST)]
    expect(() => guest.subscribe(OWNER)).toThrow('has no calendar')
    expect(() => guest.share(OWNER, { with: 'x@example.com', role: 'reader' })).toThrow('has no access')
    owner.share('primary', { with: GUEST, role: 'writer' })
    expect(() => guest.share(OWNER, { with: 'x@example.com', role: 'reader' })).toThrow('has the role writer')
    expect(() => owner.share('primary', { with: OWNER, role: 'reader' })).toThrow(
      'Cannot change your own access level.',
    )
    owner.unshare('primary', 'never@example.com')
    owner.share('primary', { with: 'Some@Example.com', role: 'reader' })
    const { data } = await run.api('owner').acl.list({ calendarId: 'primary', showDeleted: true })
    expect(data.items?.map(({ id }) => id)).toEqual([
      `user:${OWNER}`,
      `user:${GUEST}`,
      'user:some@example.com',
    ])
  })

  test('who lists a calendar as its owner in the options is its data owner, whoever comes first', async () => {
    const team = { id: 'team@group.calendar.google.com', summary: 'Team' }
    await using run = await people({
      guest: { calendars: [{ ...team, accessRole: 'writer' }] },
      owner: { calendars: [team] },
    })
    const { data } = await run.api('guest').calendars.get({ calendarId: 'team@group.calendar.google.com' })
    expect(data.dataOwner).toBe(OWNER)
  })
})
