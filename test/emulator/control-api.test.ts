import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { call, controlled, listedCalls } from './control-calls.ts'
import { authUrlOf, calendarClient, codeOf, connect, oauthClient, timed } from './official-client.ts'

const PRIMARY = '/users/pro@example.com/calendars/primary'

describe('the control API', () => {
  test('is off unless asked for: its paths are Google’s 404', async () => {
    await using google = await createGoogleEmulator()
    const answer = await google.fetch(`${google.url}/_emulator/now`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { errors: [{ reason: 'notFound' }] } })
  })

  test('lives at the emulator’s address, not on Google’s hosts', async () => {
    await using google = await controlled()
    expect((await google.fetch('https://www.googleapis.com/_emulator/now')).status).toBe(404)
    expect((await google.fetch(`${google.url}/_emulator/now`)).status).toBe(200)
  })

  test('answers over a port too, and leaves no line in the log of requests', async () => {
    await using google = await controlled({ port: 0 })
    const answer = await fetch(`${google.url}/_emulator/now`)
    expect(await answer.json()).toEqual({ now: google.now(), iso: '2026-03-01T12:00:00.000Z' })
    expect(google.requests).toEqual([])
  })

  test.each([
    ['an origin of another site', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['an origin that is no URL', { origin: 'evil' }],
    ['a fetch of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a fetch of a neighbour on the same machine', { 'sec-fetch-site': 'same-site' }],
  ])('refuses %s, reading or writing', async (_case, headers) => {
    await using google = await controlled()
    for (const method of ['GET', 'POST']) {
      const path = method === 'GET' ? '/_emulator/requests' : '/_emulator/reset'
      const answer = await google.fetch(google.url + path, {
        method,
        headers: headers as Record<string, string>,
      })
      expect(answer.status).toBe(403)
    }
  })

  test('lets through programs, typed addresses and its own pages', async () => {
    await using google = await controlled()
    const own: Record<string, string>[] = [
      {},
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: 'null' },
      { origin: google.url },
    ]
    for (const headers of own) {
      expect((await google.fetch(`${google.url}/_emulator/now`, { headers })).status).toBe(200)
    }
  })

  test('can do all that a test can: every method of the emulator and of its hands has a call', async () => {
    await using google = await controlled()
    const user = google.user('pro@example.com')
    const inProcess = new Set(['url', 'endpoints', 'fetch', 'user', 'faults', 'close'])
    const methods = [
      ...Object.keys(google).filter((name) => !inProcess.has(name)),
      ...Object.keys(user)
        .filter((name) => name !== 'email' && name !== 'calendar')
        .map((name) => `user.${name}`),
      ...Object.keys(user.calendar()).map((name) => `calendar.${name}`),
      ...Object.keys(google.faults).map((name) => `faults.${name}`),
    ]
    const names = new Set((await listedCalls(google)).map(({ name }) => name))
    expect(methods.filter((name) => !names.has(name))).toEqual([])
  })

  test('refuses an argument it does not know, by its name, for every call that has a body', async () => {
    await using google = await controlled()
    const free = new Set(['calendar.insert', 'calendar.patch'])
    for (const { name, method, path } of await listedCalls(google)) {
      if (method === 'GET' || free.has(name)) continue
      const target = `${method} ${path.replace('/_emulator', '').replaceAll(/\{\w+\}/g, 'x')}`
      const { status, body } = await call(google, target, { nonsense: 1 })
      expect({ name, status }).toEqual({ name, status: 400 })
      expect(JSON.stringify(body)).toContain(name === 'restore' ? 'snapshot' : '"path":"nonsense"')
    }
  })

  test('says what there is when the name is wrong', async () => {
    await using google = await controlled()
    const unknown = await call(google, 'POST /faults/failNxt', {})
    expect(unknown.status).toBe(404)
    const { names } = (unknown.body as { error: { names: string[] } }).error
    expect(names).toContain('/_emulator/faults/failNext')
    expect(names.every((name) => name.startsWith('/_emulator/faults/'))).toBe(true)
    expect((await call(google, 'GET /wat')).body).toMatchObject({
      error: {
        message: 'there is no /_emulator/wat',
        names: expect.arrayContaining(['/_emulator/now']) as unknown,
      },
    })
    expect((await call(google, 'GET /users/%E0/calendars/x/events')).status).toBe(404)
    expect((await call(google, 'GET /users//calendars/primary/events')).status).toBe(404)
  })

  test('says which method a path takes', async () => {
    await using google = await controlled()
    const answer = await google.fetch(`${google.url}/_emulator/faults/failNext`)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
    expect((await google.fetch(`${google.url}/_emulator`, { method: 'DELETE' })).status).toBe(405)
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['a text', '"x"'],
  ])('refuses a body that is %s', async (_case, body) => {
    await using google = await controlled()
    const answer = await google.fetch(`${google.url}/_emulator/advance`, { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      error: { message: expect.stringContaining('JSON object') as unknown },
    })
  })

  test('refuses a body that is too large', async () => {
    await using google = await controlled()
    const body = JSON.stringify({ ms: 1, pad: 'x'.repeat(21 * 1024 * 1024) })
    const answer = await google.fetch(`${google.url}/_emulator/advance`, { method: 'POST', body })
    expect(answer.status).toBe(413)
  })
})

describe('time and state over HTTP', () => {
  test('advance moves the clock and says where it is', async () => {
    await using google = await controlled()
    const { body } = await call(google, 'POST /advance', { ms: 60_000 })
    expect(body).toEqual({ now: google.now(), iso: '2026-03-01T12:01:00.000Z' })
    const wrong = await call(google, 'POST /advance', { ms: -1 })
    expect(wrong).toMatchObject({ status: 400, body: { error: { problems: [{ path: 'ms' }] } } })
  })

  test.each([['id'], ['json']])('a snapshot as %s brings everything back', async (as) => {
    await using google = await controlled()
    const calendar = google.user('pro@example.com').calendar()
    const { id } = calendar.insert(timed({ summary: 'before' }))
    const taken = await call(google, 'POST /snapshot', { as })
    calendar.delete(id)
    expect((await call(google, 'POST /restore', taken.body)).status).toBe(204)
    expect(calendar.events().map(({ summary }) => summary)).toEqual(['before'])
  })

  test('a snapshot in JSON can be restored in another emulator', async () => {
    await using first = await controlled()
    await using second = await controlled({ users: [{ email: 'other@example.com' }] })
    first.user('pro@example.com').calendar().insert(timed())
    const taken = await call(first, 'POST /snapshot', { as: 'json' })
    await call(second, 'POST /restore', taken.body)
    expect(second.snapshot()).toEqual(first.snapshot())
  })

  test.each([
    [{ id: '99' }, 404],
    [{ snapshot: {} }, 400],
    [{ snapshot: null }, 400],
    [{ snapshot: { users: { $map: 1 } } }, 400],
    [{}, 400],
  ])('restore refuses %j with %s and changes nothing', async (given, status) => {
    await using google = await controlled()
    const before = google.snapshot()
    expect((await call(google, 'POST /restore', given)).status).toBe(status)
    expect(google.snapshot()).toEqual(before)
  })

  test('reset goes back to how it was made', async () => {
    await using google = await controlled()
    google.user('pro@example.com').calendar().insert(timed())
    expect((await call(google, 'POST /reset')).status).toBe(204)
    expect(google.user('pro@example.com').calendar().events()).toEqual([])
  })

  test('requests are listed as the process sees them, and cleared', async () => {
    await using google = await controlled()
    await google.fetch(`${google.endpoints.apiRootUrl}calendar/v3/colors`)
    expect((await call(google, 'GET /requests')).body).toEqual({ requests: google.requests })
    expect(google.requests).toHaveLength(1)
    expect((await call(google, 'DELETE /requests')).status).toBe(204)
    expect(google.requests).toEqual([])
  })

  test('deliveries are listed, waited for and cleared', async () => {
    await using google = await controlled({ deliver: async () => ({ status: 200 }) })
    const api = calendarClient(google, await connect(google))
    const channel = { id: 'c1', type: 'web_hook', address: 'https://app.example.com/hook' }
    await api.events.watch({ calendarId: 'primary', requestBody: channel })
    expect((await call(google, 'POST /settled')).status).toBe(204)
    expect((await call(google, 'GET /deliveries')).body).toMatchObject({
      deliveries: [{ channelId: 'c1', state: 'sync', outcome: 'delivered' }],
    })
    await call(google, 'DELETE /deliveries')
    expect(google.deliveries).toEqual([])
  })
})

describe('accounts and consent over HTTP', () => {
  test('authorize plays the consent page and gives a code that works', async () => {
    await using google = await controlled()
    const oauth = oauthClient(google)
    const choice = { authUrl: authUrlOf(oauth), email: 'pro@example.com', grant: 'all' }
    const { body } = await call(google, 'POST /authorize', choice)
    const { tokens } = await oauth.getToken(codeOf((body as { redirectUrl: string }).redirectUrl))
    expect(tokens.refresh_token).toEqual(expect.any(String))
  })

  test.each([
    [{ email: 'who@example.com' }, 404, 'who@example.com'],
    [{ grant: 'some' }, 400, 'a list of scopes'],
    [{ grant: ['calendar.nonsense'] }, 400, 'does not offer'],
    [{ authUrl: 'not a url' }, 400, 'authUrl'],
    [{ authUrl: 'http://google.emulator/o/oauth2/v2/auth?client_id=x' }, 400, 'invalid_client'],
  ])('authorize refuses %j with %s', async (change, status, words) => {
    await using google = await controlled()
    const choice = {
      authUrl: authUrlOf(oauthClient(google)),
      email: 'pro@example.com',
      grant: 'all',
      ...change,
    }
    const reply = await call(google, 'POST /authorize', choice)
    expect(reply.status).toBe(status)
    expect(JSON.stringify(reply.body)).toContain(words)
  })

  test('clients are registered and listed', async () => {
    await using google = await controlled()
    const client = { clientId: 'late', clientSecret: 's', redirectUris: ['http://localhost/cb'] }
    expect((await call(google, 'POST /clients', client)).status).toBe(204)
    const { body } = await call(google, 'GET /clients')
    expect(body).toEqual({ clients: google.clients() })
    expect(google.clients().map(({ clientId }) => clientId)).toEqual(['emulator-client', 'late'])
  })

  test('accounts and calendars are added, listed and taken away', async () => {
    await using google = await controlled()
    const added = await call(google, 'POST /users', { email: 'Ana@example.com', timeZone: 'Europe/Lisbon' })
    expect(added.body).toMatchObject({ email: 'ana@example.com', timeZone: 'Europe/Lisbon' })
    const calendar = { summary: 'Salon', events: [timed({ summary: 'Cut' })] }
    const { body } = await call(google, 'POST /users/ana@example.com/calendars', calendar)
    const { id } = body as { id: string }
    expect(google.user('ana@example.com').calendar(id).events()).toMatchObject([{ summary: 'Cut' }])
    expect((await call(google, 'GET /users')).body).toMatchObject({
      users: [
        { email: 'pro@example.com' },
        { email: 'ana@example.com', calendars: [{}, { id, summary: 'Salon' }] },
      ],
    })
    const path = `/users/ana@example.com/calendars/${encodeURIComponent(id)}`
    expect((await call(google, `POST ${path}/remove`)).status).toBe(204)
    expect(await call(google, `GET ${path}/events`)).toMatchObject({
      status: 404,
      body: { error: { names: ['primary', 'ana@example.com'] } },
    })
  })

  test('an account that is there already is refused, and stays as it is', async () => {
    await using google = await controlled()
    google.user('pro@example.com').calendar().insert(timed())
    const reply = await call(google, 'POST /users', { email: 'pro@example.com' })
    expect(reply).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('already') as unknown } },
    })
    expect(google.user('pro@example.com').calendar().events()).toHaveLength(1)
  })

  test('an account takes back its grants', async () => {
    await using google = await controlled()
    const api = calendarClient(google, await connect(google))
    expect((await call(google, 'POST /users/pro@example.com/revoke-access')).status).toBe(204)
    await expect(api.events.list({ calendarId: 'primary' })).rejects.toThrow()
  })

  test('a calendar is shared, subscribed to, unshared and deleted', async () => {
    await using google = await controlled({
      users: [{ email: 'pro@example.com' }, { email: 'ana@example.com' }],
    })
    const { body } = await call(google, 'POST /users/pro@example.com/calendars', { summary: 'Salon' })
    const id = encodeURIComponent((body as { id: string }).id)
    const [own, hers] = [`/users/pro@example.com/calendars/${id}`, `/users/ana@example.com/calendars/${id}`]
    expect((await call(google, `POST ${hers}/subscribe`)).status).toBe(404)
    await call(google, `POST ${own}/share`, { with: 'ana@example.com', role: 'reader' })
    expect((await call(google, `POST ${hers}/subscribe`)).status).toBe(204)
    expect((await call(google, `GET ${hers}/events`)).status).toBe(200)
    expect((await call(google, `POST ${own}/share`, { with: { group: 'x' }, role: 'boss' })).status).toBe(400)
    expect((await call(google, `DELETE ${hers}`)).body).toMatchObject({
      error: { message: expect.stringContaining('data owner') as unknown },
    })
    expect((await call(google, `POST ${hers}/remove`)).status).toBe(204)
    expect((await call(google, `GET ${hers}/events`)).status).toBe(404)
    expect((await call(google, `GET ${own}/events`)).status).toBe(200)
    await call(google, `POST ${own}/share`, { with: 'ana@example.com', role: 'reader' })
    expect((await call(google, `GET ${hers}/events`)).status).toBe(200)
    await call(google, `POST ${own}/unshare`, { with: 'ana@example.com' })
    expect((await call(google, `GET ${hers}/events`)).status).toBe(404)
    expect((await call(google, `DELETE ${own}`)).status).toBe(204)
    expect((await call(google, `GET ${own}/events`)).status).toBe(404)
  })

  test('settings are changed', async () => {
    await using google = await controlled()
    const api = calendarClient(google, await connect(google))
    const set = { id: 'locale', value: 'pt_BR' }
    expect((await call(google, 'POST /users/pro@example.com/settings', set)).status).toBe(204)
    expect((await api.settings.get({ setting: 'locale' })).data.value).toBe('pt_BR')
    expect((await call(google, 'POST /users/pro@example.com/settings', { ...set, id: 'mood' })).status).toBe(
      400,
    )
  })

  test('a whole seed is added at once', async () => {
    await using google = await controlled()
    const users = [{ email: 'ana@example.com', events: [timed()] }]
    expect((await call(google, 'POST /seed', { users })).status).toBe(204)
    expect(google.user('ana@example.com').calendar().events()).toHaveLength(1)
  })
})

describe('the hand over HTTP', () => {
  test('lists, inserts, reads, patches, answers, moves and deletes as in the process', async () => {
    await using google = await controlled()
    const user = google.user('pro@example.com')
    const hand = user.calendar()
    const attendees = [{ email: 'pro@example.com' }, { email: 'joao@example.com' }]
    const made = await call(google, `POST ${PRIMARY}/events`, timed({ attendees }))
    const { id } = made.body as { id: string }
    expect(made).toEqual({ status: 200, body: hand.get(id) })
    expect((await call(google, `GET ${PRIMARY}/events`)).body).toEqual({ events: hand.events() })
    expect((await call(google, `GET ${PRIMARY}/events/${id}`)).body).toEqual(hand.get(id))
    const patched = await call(google, `PATCH ${PRIMARY}/events/${id}`, { summary: 'Barba', location: null })
    expect(patched.body).toMatchObject({ summary: 'Barba' })
    await call(google, `POST ${PRIMARY}/events/${id}/respond`, { response: 'accepted' })
    const other = { response: 'declined', attendee: 'joao@example.com' }
    expect((await call(google, `POST ${PRIMARY}/events/${id}/respond`, other)).body).toMatchObject({
      attendees: [{ responseStatus: 'accepted' }, { responseStatus: 'declined' }],
    })
    const salon = user.addCalendar({ summary: 'Salon' })
    await call(google, `POST ${PRIMARY}/events/${id}/move`, { destination: salon })
    expect(user.calendar(salon).events()).toHaveLength(1)
    const path = `/users/pro@example.com/calendars/${encodeURIComponent(salon)}/events/${id}`
    expect(await call(google, `DELETE ${path}`)).toEqual({ status: 204, body: null })
    expect(user.calendar(salon).events()).toEqual([])
  })

  test('instances of a series are listed inside a window', async () => {
    await using google = await controlled()
    const hand = google.user('pro@example.com').calendar()
    const { id } = hand.insert(timed({ recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] }))
    const path = `POST ${PRIMARY}/events/${id}/instances`
    expect((await call(google, path)).body).toEqual({ events: hand.instances(id) })
    const window = { timeMin: '2026-03-11T00:00:00-03:00', timeMax: '2026-03-13T00:00:00-03:00' }
    const { events } = (await call(google, path, window)).body as { events: unknown[] }
    expect(events).toHaveLength(2)
    expect(await call(google, path, { timeMin: 'soon' })).toMatchObject({
      status: 400,
      body: { error: { problems: [{ path: 'timeMin' }] } },
    })
  })

  test.each([
    ['GET', `${PRIMARY}/events/neverwas`, undefined, 404],
    ['POST', `${PRIMARY}/events`, { summary: 'no times' }, 400],
    ['POST', `${PRIMARY}/events/neverwas/respond`, { response: 'maybe' }, 400],
    ['GET', '/users/who@example.com/calendars/primary/events', undefined, 404],
    ['GET', '/users/pro@example.com/calendars/nowhere/events', undefined, 404],
  ])('%s %s with %j is refused with %s', async (method, path, body, status) => {
    await using google = await controlled()
    expect((await call(google, `${method} ${path}`, body)).status).toBe(status)
  })

  test('an answer of somebody who is not invited, and a move to nowhere, are told in words', async () => {
    await using google = await controlled()
    const { id } = google.user('pro@example.com').calendar().insert(timed())
    const respond = await call(google, `POST ${PRIMARY}/events/${id}/respond`, { response: 'accepted' })
    expect(respond).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('not an attendee') as unknown } },
    })
    const move = await call(google, `POST ${PRIMARY}/events/${id}/move`, { destination: 'nowhere' })
    expect(move).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('no calendar nowhere') as unknown } },
    })
  })
})
