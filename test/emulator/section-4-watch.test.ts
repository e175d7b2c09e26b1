import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { calendar_v3 } from '@googleapis/calendar'
import { describe, expect, test } from 'vitest'
import { DEFAULT_CLIENT, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { calendarClient, connect, FULL, oauthClient, refused, scope, timed } from './official-client.ts'
import { ADDRESS, watching, type Watching } from './watching.ts'

const DAY = 86_400_000
const TWO_USERS = [{ email: 'pro@example.com' }, { email: 'colleague@example.com' }]

type Channel = calendar_v3.Schema$Channel

async function refusedWatch(run: Watching, channel: Channel): ReturnType<typeof refused> {
  return refused(run.watch({ id: 'one', ...channel }))
}

/** How long a channel lives, in milliseconds. */
async function lifeOf(run: Watching, channel: Channel): Promise<number> {
  const { expiration } = await run.watch(channel)
  return Number(expiration) - run.google.now()
}

describe('the watch response', () => {
  test('carries id, resource, token and the expiration as text', async () => {
    await using run = await watching()
    const channel = await run.watch({ id: 'one', token: 'secret' })
    expect(channel).toEqual({
      kind: 'api#channel',
      id: 'one',
      resourceId: expect.stringMatching(/^[\w-]{27}$/),
      resourceUri: 'https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json',
      token: 'secret',
      expiration: String(run.google.now() + 7 * DAY),
    })
  })

  test('has no token when none was given', async () => {
    await using run = await watching()
    expect(await run.watch({ id: 'one' })).not.toHaveProperty('token')
  })

  test('the resource id is the same for every channel on one calendar, and another for another', async () => {
    await using run = await watching()
    const salon = run.google.user('pro@example.com').addCalendar({ summary: 'Salon' })
    const first = await run.watch({ id: 'one' })
    const second = await run.watch({ id: 'two' }, { calendarId: 'pro@example.com' })
    const third = await run.watch({ id: 'three' }, { calendarId: salon })
    expect(second.resourceId).toBe(first.resourceId)
    expect(third.resourceId).not.toBe(first.resourceId)
  })

  test('the resource id is another for another user of the same calendar', async () => {
    const calendars = [{ id: 'pro@example.com', summary: 'Pro', accessRole: 'reader' as const }]
    await using run = await watching({
      users: [{ email: 'pro@example.com' }, { email: 'colleague@example.com', calendars }],
    })
    const oauth = await connect(run.google, { email: 'colleague@example.com' })
    const theirs = await calendarClient(run.google, oauth).events.watch({
      calendarId: 'pro@example.com',
      requestBody: { id: 'two', type: 'web_hook', address: ADDRESS },
    })
    expect(theirs.data.resourceId).not.toBe((await run.watch({ id: 'one' })).resourceId)
  })

  test('`primary` in the resource URI is resolved when the option says so', async () => {
    await using run = await watching({ primaryResourceUri: 'resolved' })
    const { resourceUri } = await run.watch({ id: 'one' })
    expect(resourceUri).toBe(
      'https://www.googleapis.com/calendar/v3/calendars/pro@example.com/events?alt=json',
    )
  })

  test('every watchable resource has its own URI', async () => {
    await using run = await watching()
    const body = (id: string): Channel => ({ id, type: 'web_hook', address: ADDRESS })
    const channels = [
      await run.api.acl.watch({ calendarId: 'primary', requestBody: body('acl') }),
      await run.api.calendarList.watch({ requestBody: body('list') }),
      await run.api.settings.watch({ requestBody: body('settings') }),
    ]
    expect(channels.map(({ data }) => data.resourceUri)).toEqual([
      'https://www.googleapis.com/calendar/v3/calendars/primary/acl?alt=json',
      'https://www.googleapis.com/calendar/v3/users/me/calendarList?alt=json',
      'https://www.googleapis.com/calendar/v3/users/me/settings?alt=json',
    ])
    expect(new Set(channels.map(({ data }) => data.resourceId)).size).toBe(3)
    expect(await run.told()).toEqual(['acl sync', 'list sync', 'settings sync'])
  })

  test('a calendar id with other signs is escaped in it', async () => {
    await using run = await watching()
    const id = 'a#b@group.calendar.google.com'
    run.google.user('pro@example.com').addCalendar({ id, summary: 'Odd' })
    const { resourceUri } = await run.watch({ id: 'one' }, { calendarId: id })
    expect(resourceUri).toContain('/calendars/a%23b@group.calendar.google.com/events')
  })
})

describe('the life of a channel', () => {
  test('is seven days without a wish', async () => {
    await using run = await watching()
    expect(await lifeOf(run, { id: 'one' })).toBe(7 * DAY)
  })

  test('is what `params.ttl` (seconds) or `expiration` (milliseconds) ask for, whichever ends first', async () => {
    await using run = await watching()
    const inTwoHours = String(run.google.now() + 7_200_000)
    expect(await lifeOf(run, { id: 'ttl', params: { ttl: '3600' } })).toBe(3_600_000)
    expect(await lifeOf(run, { id: 'expiration', expiration: inTwoHours })).toBe(7_200_000)
    const both = { expiration: inTwoHours, params: { ttl: '3600' } }
    expect(await lifeOf(run, { id: 'both', ...both })).toBe(3_600_000)
    expect(await lifeOf(run, { id: 'other', ...both, params: { ttl: '86400' } })).toBe(7_200_000)
  })

  test('is cut to the maximum: 7 days, or 30 where the option says so', async () => {
    await using week = await watching()
    const wish = { params: { ttl: '99999999' } }
    expect(await lifeOf(week, { id: 'one', ...wish })).toBe(7 * DAY)
    await using month = await watching({ maxChannelTtlMs: 30 * DAY })
    expect(await lifeOf(month, { id: 'one', ...wish })).toBe(30 * DAY)
    expect(await lifeOf(month, { id: 'two' })).toBe(7 * DAY)
    const expiration = String(month.google.now() + 20 * DAY)
    expect(await lifeOf(month, { id: 'three', expiration })).toBe(20 * DAY)
  })

  test('ends at a whole second', async () => {
    await using run = await watching()
    run.google.advance(1)
    const { expiration } = await run.watch({ id: 'one', params: { ttl: '60' } })
    expect(Number(expiration)).toBe(run.google.now() - 1 + 60_000)
  })

  test.each([
    ['in the past', { expiration: '1000' }],
    ['not a number', { expiration: 'tomorrow' }],
    ['a ttl of nothing', { params: { ttl: '0' } }],
    ['a ttl that is no number', { params: { ttl: '1h' } }],
    ['params that are no object', { params: 'ttl' as unknown as Record<string, string> }],
  ])('%s is 400', async (_name, wish) => {
    await using run = await watching()
    expect(await refusedWatch(run, wish)).toMatchObject({ status: 400, reason: 'invalid' })
  })
})

describe('the watch request', () => {
  test('both names of the type are taken', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', type: 'web_hook' })
    await run.watch({ id: 'two', type: 'webhook' })
    expect(await refusedWatch(run, { id: 'three', type: 'email' })).toMatchObject({ reason: 'invalid' })
  })

  test.each(['id', 'type', 'address'])('without `%s` it is 400 required', async (name) => {
    await using run = await watching()
    expect(await refusedWatch(run, { [name]: '' })).toMatchObject({ status: 400, reason: 'required' })
  })

  test.each([['a'.repeat(65)], ['with space'], ['ä'], ['a.b'], ['a:b']])(
    'the id %s is 400 push.channelIdInvalid',
    async (id) => {
      await using run = await watching()
      expect(await refusedWatch(run, { id })).toMatchObject({
        status: 400,
        reason: 'push.channelIdInvalid',
      })
    },
  )

  test('an id may have 64 characters of letters, digits and -_+/=', async () => {
    await using run = await watching()
    const id = 'aZ09-_+/='.padEnd(64, 'x')
    expect((await run.watch({ id })).id).toBe(id)
  })

  test('an id is unique in the project for ever, also after its channel was stopped or has expired', async () => {
    const other = { ...DEFAULT_CLIENT, clientId: 'other-client' }
    await using run = await watching({ clients: [DEFAULT_CLIENT, other], users: TWO_USERS })
    const { resourceId } = await run.watch({ id: 'one' })
    const taken = {
      status: 400,
      reason: 'channelIdNotUnique',
      message: 'Channel id one not unique',
    }
    expect(await refusedWatch(run, {})).toMatchObject(taken)
    await run.api.channels.stop({ requestBody: { id: 'one', resourceId: resourceId ?? '' } })
    expect(await refusedWatch(run, {})).toMatchObject(taken)
    run.google.advance(8 * DAY)
    expect(await refusedWatch(run, {})).toMatchObject(taken)
    const colleague = calendarClient(
      run.google,
      await connect(run.google, { email: 'colleague@example.com' }),
    )
    const requestBody = { id: 'one', type: 'web_hook', address: ADDRESS }
    expect(await refused(colleague.events.watch({ calendarId: 'primary', requestBody }))).toMatchObject(taken)
  })

  test('a refused request does not use up its id', async () => {
    await using run = await watching()
    await refusedWatch(run, { address: 'http://app.example.com/' })
    expect((await run.watch({ id: 'one' })).id).toBe('one')
  })

  test('a plain HTTP address is 400 push.webhookUrlNotHttps with Google’s words, also on this machine', async () => {
    await using run = await watching()
    for (const address of ['http://app.example.com/n', 'http://127.0.0.1:3000/n', 'ftp://example.com/']) {
      expect(await refusedWatch(run, { address })).toMatchObject({
        status: 400,
        reason: 'push.webhookUrlNotHttps',
        message: `WebHook callback must be HTTPS: ${address}`,
      })
    }
    expect(await refusedWatch(run, { address: 'nowhere' })).toMatchObject({
      status: 400,
      reason: 'push.webhookUrlNoHostOrAddress',
    })
  })

  test('an option lets plain HTTP through to this machine and to no other', async () => {
    await using run = await watching({ webhookAddresses: 'https-or-loopback' })
    for (const host of ['127.0.0.1:3000', 'localhost', '[::1]:8080']) {
      await run.watch({ id: `at-${host.length}`, address: `http://${host}/n` })
    }
    for (const address of ['http://app.example.com/', 'http://localhost.example.com/', 'ftp://localhost/']) {
      expect(await refusedWatch(run, { address })).toMatchObject({ reason: 'push.webhookUrlNotHttps' })
    }
  })

  test('with a list of origins, other addresses are 401 push.webhookUrlUnauthorized', async () => {
    await using run = await watching({ webhookOrigins: ['https://app.example.com/'] })
    await run.watch({ id: 'ours' })
    const address = 'https://app.example.com.evil.example/n'
    expect(await refusedWatch(run, { address })).toMatchObject({
      status: 401,
      reason: 'push.webhookUrlUnauthorized',
      message: `Unauthorized WebHook callback channel: ${address}`,
    })
  })

  test('a token has at most 256 characters that fit a header', async () => {
    await using run = await watching()
    const longest = 'x'.repeat(256)
    expect((await run.watch({ id: 'one', token: longest })).token).toBe(longest)
    for (const token of [`${longest}x`, 'two\nlines', '€']) {
      expect(await refusedWatch(run, { id: 'two', token })).toMatchObject({ status: 400, reason: 'invalid' })
    }
  })

  test('a calendar that cannot be watched is 400 pushNotSupportedForRequestedResource', async () => {
    await using run = await watching()
    const user = run.google.user('pro@example.com')
    const holidays = user.addCalendar({ summary: 'Holidays', accessRole: 'reader', watchable: false })
    expect(await refused(run.watch({ id: 'one' }, { calendarId: holidays }))).toMatchObject({
      status: 400,
      reason: 'pushNotSupportedForRequestedResource',
      message: 'Push notifications are not supported by this resource.',
    })
  })

  test('an account without Calendar is 403 notACalendarUser', async () => {
    await using run = await watching({ users: [{ email: 'pro@example.com', calendar: false }] })
    const requestBody = { id: 'one', type: 'web_hook', address: ADDRESS }
    expect(await refused(run.api.calendarList.watch({ requestBody }))).toMatchObject({
      status: 403,
      reason: 'notACalendarUser',
    })
  })

  test('a calendar the user cannot see is 404; the access list of one they may only read is 403', async () => {
    const calendars = [{ id: 'pro@example.com', summary: 'Pro', accessRole: 'reader' as const }]
    await using run = await watching({
      users: [{ email: 'pro@example.com' }, { email: 'colleague@example.com', calendars }],
    })
    expect(await refused(run.watch({ id: 'one' }, { calendarId: 'colleague@example.com' }))).toMatchObject({
      status: 404,
      reason: 'notFound',
    })
    const api = calendarClient(run.google, await connect(run.google, { email: 'colleague@example.com' }))
    const requestBody = { id: 'one', type: 'web_hook', address: ADDRESS }
    const acl = await refused(api.acl.watch({ calendarId: 'pro@example.com', requestBody }))
    expect(acl.status).toBe(403)
    await api.events.watch({ calendarId: 'pro@example.com', requestBody })
  })

  test('an event type that Google does not have is 400', async () => {
    await using run = await watching()
    const wrong = run.watch({ id: 'one' }, { eventTypes: ['default', 'party'] })
    expect(await refused(wrong)).toMatchObject({ status: 400, reason: 'invalid' })
  })
})

describe('the scopes', () => {
  const methods = [
    ['events.watch', 'calendar.events.readonly', 'calendar.acls'],
    ['acl.watch', 'calendar.acls.readonly', 'calendar.readonly'],
    ['calendarList.watch', 'calendar.calendarlist.readonly', 'calendar.app.created'],
    ['settings.watch', 'calendar.settings.readonly', 'calendar.events'],
    ['channels.stop', 'calendar.settings.readonly', 'calendar.freebusy'],
  ] as const

  async function call(run: Watching, method: string, scopes: readonly string[]): Promise<unknown> {
    const api = calendarClient(run.google, await connect(run.google, { scopes }))
    const requestBody = { id: 'new', type: 'web_hook', address: ADDRESS }
    const calendarId = 'primary'
    if (method === 'events.watch') return api.events.watch({ calendarId, requestBody })
    if (method === 'acl.watch') return api.acl.watch({ calendarId, requestBody })
    if (method === 'calendarList.watch') return api.calendarList.watch({ requestBody })
    if (method === 'settings.watch') return api.settings.watch({ requestBody })
    const { data } = await run.api.settings.watch({ requestBody })
    return api.channels.stop({ requestBody: { id: 'new', resourceId: data.resourceId ?? '' } })
  }

  test.each(methods)('%s is open to %s and closed to %s', async (method, enough, other) => {
    await using open = await watching()
    await call(open, method, [scope(enough)])
    await using closed = await watching()
    const refusal = await refused(call(closed, method, [scope(other)]))
    expect(refusal).toMatchObject({ status: 403, reason: 'insufficientPermissions' })
  })

  const file = fileURLToPath(new URL('../../../shared/fixtures/calendar.v3.discovery.json', import.meta.url))
  const present = existsSync(file)
  if (!present) console.info('skipped: no ../shared/fixtures, so scopes are not compared with Google’s')

  interface Discovery {
    readonly resources: Readonly<
      Record<string, { readonly methods: Readonly<Record<string, { readonly scopes: readonly string[] }>> }>
    >
    readonly auth: { readonly oauth2: { readonly scopes: Readonly<Record<string, unknown>> } }
  }

  test.skipIf(!present)('are those of Google’s discovery document, every one', async () => {
    const document = JSON.parse(readFileSync(file, 'utf8')) as Discovery
    for (const [name] of methods) {
      const [resource = '', method = ''] = name.split('.')
      const accepted = document.resources[resource]?.methods[method]?.scopes ?? []
      for (const asked of Object.keys(document.auth.oauth2.scopes)) {
        await using run = await watching()
        const opens = await call(run, name, [asked]).then(
          () => true,
          (error: { response?: { data?: { error?: { errors?: { reason?: string }[] } } } }) =>
            error.response?.data?.error?.errors?.[0]?.reason !== 'insufficientPermissions',
        )
        expect([name, asked, opens]).toEqual([name, asked, accepted.includes(asked)])
      }
    }
  })
})

describe('channels.stop', () => {
  test('answers 204 and may be repeated; nothing is told any more', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one' })
    const requestBody = { id: 'one', resourceId: resourceId ?? '' }
    expect(await run.told()).toEqual(['one sync'])
    expect((await run.api.channels.stop({ requestBody })).status).toBe(204)
    await run.insert()
    expect(await run.told()).toEqual([])
    expect((await run.api.channels.stop({ requestBody })).status).toBe(204)
  })

  test('a stopped channel is told for a while longer when the option says so', async () => {
    await using run = await watching({ stoppedChannelLagMs: 5000 })
    const { resourceId } = await run.watch({ id: 'one' })
    await run.api.channels.stop({ requestBody: { id: 'one', resourceId: resourceId ?? '' } })
    run.google.advance(4999)
    await run.insert()
    expect(await run.told()).toEqual(['one sync', 'one exists'])
    // A second stop does not start the time anew.
    await run.api.channels.stop({ requestBody: { id: 'one', resourceId: resourceId ?? '' } })
    run.google.advance(1)
    await run.insert()
    expect(await run.told()).toEqual([])
  })

  test('an unknown channel, another resource and no resource are 404 with the id in Google’s words', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one' })
    for (const requestBody of [
      { id: 'two', resourceId: resourceId ?? '' },
      { id: 'one', resourceId: 'other' },
      { id: 'one' },
    ]) {
      const refusal = await refused(run.api.channels.stop({ requestBody }))
      expect(refusal).toMatchObject({ status: 404, reason: 'notFound' })
      expect(refusal.message).toMatch(
        new RegExp(`^Channel '${requestBody.id}' not found for project '\\d+'$`),
      )
    }
    await run.insert()
    expect(await run.told()).toEqual(['one sync', 'one exists'])
  })

  test('without an id it is 400 required', async () => {
    await using run = await watching()
    const refusal = await refused(run.api.channels.stop({ requestBody: {} }))
    expect(refusal).toMatchObject({ status: 400, reason: 'required' })
  })

  test('an expired channel is 404', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one' })
    run.google.advance(7 * DAY)
    const requestBody = { id: 'one', resourceId: resourceId ?? '' }
    expect((await refused(run.api.channels.stop({ requestBody }))).status).toBe(404)
  })

  test('only the same user may, through the same OAuth client', async () => {
    const other = { ...DEFAULT_CLIENT, clientId: 'other-client' }
    await using run = await watching({ clients: [DEFAULT_CLIENT, other], users: TWO_USERS })
    const { resourceId } = await run.watch({ id: 'one' })
    const requestBody = { id: 'one', resourceId: resourceId ?? '' }
    const colleague = await connect(run.google, { email: 'colleague@example.com' })
    const stop = calendarClient(run.google, colleague).channels.stop({ requestBody })
    expect(await refused(stop)).toMatchObject({ status: 404, reason: 'notFound' })
    const { credentials } = await connectThrough(run.google, other.clientId)
    const elsewhere = calendarClient(run.google, credentials.access_token ?? '')
    expect((await refused(elsewhere.channels.stop({ requestBody }))).status).toBe(404)
    await run.insert()
    expect(await run.told()).toEqual(['one sync', 'one exists'])
  })

  test('a revoked grant stops no channel, and its credentials can stop none', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one' })
    await run.oauth.revokeToken(run.oauth.credentials.refresh_token ?? '')
    run.hand.insert(timed())
    expect(await run.told()).toEqual(['one sync', 'one exists'])
    const requestBody = { id: 'one', resourceId: resourceId ?? '' }
    const direct = calendarClient(run.google, run.oauth.credentials.access_token ?? '')
    expect((await refused(direct.channels.stop({ requestBody }))).status).toBe(401)
  })
})

/** Takes `pro@example.com` through consent of another client of the project. */
async function connectThrough(
  google: GoogleEmulator,
  clientId: string,
): Promise<{ credentials: { access_token?: string | null } }> {
  const official = oauthClient(google)
  const url = new URL(official.generateAuthUrl({ access_type: 'offline', scope: [FULL] }))
  url.searchParams.set('client_id', clientId)
  const redirect = google.authorize(url.href, { email: 'pro@example.com', grant: 'all' })
  const answer = await google.fetch(google.endpoints.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(redirect).searchParams.get('code') ?? '',
      client_id: clientId,
      client_secret: DEFAULT_CLIENT.clientSecret,
      redirect_uri: url.searchParams.get('redirect_uri') ?? '',
    }),
  })
  return { credentials: (await answer.json()) as { access_token: string } }
}
