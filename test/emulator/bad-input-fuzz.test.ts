import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { batchBody } from './batch-message.ts'
import { allowStrays } from './discovery/watched-traffic.ts'
import { connect, standingClock, timed } from './official-client.ts'
import { exchange } from './raw-socket.ts'

/** Printed by fast-check with the case that failed; the same seed and path replay it. */
const SEED = 20_260_301

const word = fc.oneof(
  fc.constantFrom(
    'primary',
    'events',
    'pro@example.com',
    'x',
    '%',
    '%00',
    '%ff',
    '..',
    '',
    '__proto__',
    'constructor',
    '1e309',
    '-1',
    'true',
    'null',
    '2026-03-10T10:00:00Z',
    '2026-13-45',
    '😀',
    '\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)

const segment = fc.oneof(
  fc.constantFrom(
    'calendars',
    'users',
    'me',
    'primary',
    'events',
    'calendarList',
    'acl',
    'settings',
    'colors',
    'freeBusy',
    'channels',
    'stop',
    'watch',
    'import',
    'move',
    'quickAdd',
    'instances',
    'clear',
    'aaaaa',
    'user:a@example.com',
  ),
  word.map((text) => encodeURIComponent(text.toWellFormed())),
  word.map((text) => text.replace(/[\s#?\\/]|[^\u0021-\u007e]/g, '')),
)

const place = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.array(segment, { maxLength: 5 }).map((parts) => `calendar/v3/${parts.join('/')}`),
  },
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      'calendar/v3/calendars/primary/events',
      'calendar/v3/calendars/primary/events',
      'calendar/v3/calendars/primary/events/aaaaa',
      'calendar/v3/calendars/primary/events/aaaaa',
      'calendar/v3/calendars/primary/events/aaaaa/instances',
      'calendar/v3/calendars/primary/events/aaaaa/move',
      'calendar/v3/calendars/primary/events/import',
      'calendar/v3/calendars/primary/events/quickAdd',
      'calendar/v3/calendars/primary/events/watch',
      'calendar/v3/freeBusy',
      'calendar/v3/channels/stop',
      'calendar/v3/calendars',
      'calendar/v3/calendars/primary/acl',
      'calendar/v3/users/me/calendarList',
      'calendar/v3/users/me/settings',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'token',
      'revoke',
      'tokeninfo',
      'v1/userinfo',
      'oauth2/v3/certs',
      'o/oauth2/v2/auth',
      'batch',
      'batch/calendar/v3',
    ),
  },
)

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'alt',
        'prettyPrint',
        'fields',
        'maxResults',
        'pageToken',
        'syncToken',
        'timeMin',
        'timeMax',
        'updatedMin',
        'timeZone',
        'orderBy',
        'singleEvents',
        'showDeleted',
        'q',
        'iCalUID',
        'eventTypes',
        'privateExtendedProperty',
        'sendUpdates',
        'conferenceDataVersion',
        'maxAttendees',
        'destination',
        'text',
        'originalStart',
        'quotaUser',
        'client_id',
        'redirect_uri',
        'token',
        'minAccessRole',
      ),
      word,
    ),
    { maxLength: 2 },
  )
  .map((pairs) =>
    new URLSearchParams(
      pairs.map(([name, value]): [string, string] => [name, value.toWellFormed()]),
    ).toString(),
  )

const member = fc.oneof(
  { weight: 2, arbitrary: word },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)
const times = fc.oneof(
  member,
  fc.record({ date: member, dateTime: member, timeZone: member }, { requiredKeys: [] }),
)

const members: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.oneof(member, fc.constant('aaaaa')),
  iCalUID: member,
  summary: member,
  start: times,
  end: times,
  recurrence: fc.oneof(
    member,
    fc.array(
      fc.oneof(
        word,
        fc.constantFrom('RRULE:FREQ=DAILY', 'RRULE:FREQ=SECONDLY', 'EXDATE:x', 'RDATE;VALUE=DATE:20260310'),
      ),
    ),
  ),
  attendees: fc.oneof(
    member,
    fc.array(fc.oneof(member, fc.record({ email: member, responseStatus: member }))),
  ),
  extendedProperties: fc.oneof(member, fc.record({ private: member, shared: fc.dictionary(word, member) })),
  reminders: fc.oneof(member, fc.record({ useDefault: member, overrides: member })),
  conferenceData: fc.oneof(member, fc.record({ createRequest: member })),
  status: member,
  colorId: member,
  sequence: member,
  timeMin: member,
  timeMax: member,
  items: fc.oneof(member, fc.array(fc.oneof(member, fc.record({ id: member })))),
  scope: fc.oneof(member, fc.record({ type: member, value: member })),
  role: member,
  type: member,
  address: member,
  params: member,
  defaultReminders: member,
  eventType: member,
  source: member,
}

/** An event in which a few members are not what they should be. */
const resource = fc
  .array(
    fc.constantFrom(...Object.entries(members)).chain(([name, value]) => fc.tuple(fc.constant(name), value)),
    {
      maxLength: 3,
    },
  )
  .map((wrong) => JSON.stringify({ summary: 'x', ...timed(), ...Object.fromEntries(wrong) }))

/** A batch with something cut out or put in. */
const brokenBatch = fc
  .tuple(
    fc.array(fc.tuple(place, query, resource), { minLength: 1, maxLength: 3 }),
    fc.nat(1500),
    fc.oneof(fc.constant(0), fc.nat(40)),
    fc.oneof(fc.constant(''), word),
  )
  .map(([calls, at, cut, put]) => {
    const whole = batchBody(
      calls.map(([path, search, body]) => ({
        line: `POST /${path}?${search}`,
        body: JSON.parse(body) as unknown,
      })),
    )
    return whole.slice(0, at) + put + whole.slice(at + cut)
  })

const body = fc.oneof(
  { weight: 4, arbitrary: resource },
  { weight: 1, arbitrary: brokenBatch },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constant(
      'grant_type=refresh_token&client_id=emulator-client&client_secret=emulator-secret&refresh_token=%00',
    ),
  },
)

const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
  place,
  query,
  body,
  type: fc.constantFrom(
    'application/json',
    'multipart/mixed; boundary=batch_frontier',
    'application/x-www-form-urlencoded',
    'text/plain',
  ),
  header: fc.tuple(
    fc.constantFrom('if-match', 'if-none-match', 'x-http-method-override', 'x-goog-quota-user', 'accept'),
    fc.constantFrom('*', '"1"', 'PATCH', 'DELETE', 'x'.repeat(50), '', '\u00ff'),
  ),
})

interface SentRequest {
  readonly method: string
  readonly place: string
  readonly query: string
  readonly body: BodyInit
  readonly type: string
  readonly header: readonly [string, string]
}

function send(
  google: GoogleEmulator,
  token: string,
  given: SentRequest,
  via: typeof fetch,
): Promise<Response> {
  const { method, place: path, query: search, body: content, type, header } = given
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return via(`${google.endpoints.apiRootUrl}${path}?${search}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, 'content-type': type, [header[0]]: header[1] },
    ...(hasBody ? { body: content } : {}),
  })
}

/** Fails for an answer that Google could not give. */
async function expectWellFormed(response: Response): Promise<void> {
  const { status } = response
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  // 500 is how the emulator says that it broke; nothing that is sent may bring it there.
  expect(status).toBeLessThan(500)
  if (text === '' || type.startsWith('text/html') || type.startsWith('multipart/mixed; boundary=batch_'))
    return
  expect(type).toBe('application/json; charset=UTF-8')
  const answer = JSON.parse(text) as { error?: { code?: number; errors?: { reason: string }[] } | string }
  if (status < 400) return
  if (typeof answer.error === 'string') return
  expect(answer.error?.code).toBe(status)
  expect(answer.error?.errors?.[0]?.reason).toMatch(/^[\w.]+$/)
}

async function expectAlive(google: GoogleEmulator, token: string, via: typeof fetch): Promise<void> {
  const answer = await via(`${google.endpoints.apiRootUrl}calendar/v3/calendars/primary/events?fields=kind`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect([answer.status, await answer.json()]).toEqual([200, { kind: 'calendar#events' }])
}

describe('whatever is sent, the answer is one that Google could give, and the emulator lives on', () => {
  test.each([
    ['as fetch', false, 1200],
    ['over a port', true, 800],
  ] as const)('%s', { timeout: 120_000 }, async (_name, wire, numRuns) => {
    allowStrays(/.*/)
    await using google = await createGoogleEmulator({ clock: standingClock(), ...(wire ? { port: 0 } : {}) })
    google
      .user('pro@example.com')
      .calendar()
      .insert(timed({ id: 'aaaaa' }))
    const token = (await connect(google)).credentials.access_token ?? ''
    const via = wire ? fetch : google.fetch
    const start = google.snapshot()
    const seen = new Map<string, number>()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        // What came before may have deleted the event, or shut the account out of its own calendar.
        if (runs % 10 === 0) google.restore(start)
        runs += 1
        await expectWellFormed(await send(google, token, given, via))
        for (const { calendarMethod, status } of google.requests.splice(0)) {
          const outcome = `${calendarMethod} ${Math.floor(status / 100)}`
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        }
      }),
      { seed: SEED, numRuns },
    )
    // Noise that is all refused at the door would prove little.
    for (const outcome of [
      'events.insert 2',
      'events.insert 4',
      'events.list 2',
      'events.list 4',
      'events.patch 2',
    ]) {
      expect(seen.get(`calendar.${outcome}`) ?? 0, outcome).toBeGreaterThan(0)
    }
    google.reset()
    await expectAlive(google, (await connect(google)).credentials.access_token ?? '', via)
  })

  test('broken batches', { timeout: 120_000 }, async () => {
    allowStrays(/.*/)
    await using google = await createGoogleEmulator({ clock: standingClock() })
    const token = (await connect(google)).credentials.access_token ?? ''
    const parts = new Set<number>()
    await fc.assert(
      fc.asyncProperty(brokenBatch, async (text) => {
        const type = 'multipart/mixed; boundary=batch_frontier'
        const given = { method: 'POST', place: 'batch/calendar/v3', query: '', body: text, type }
        await expectWellFormed(await send(google, token, { ...given, header: ['accept', '*'] }, google.fetch))
        for (const { status } of google.requests.splice(0)) parts.add(status)
      }),
      { seed: SEED, numRuns: 600 },
    )
    expect([...parts]).toEqual(expect.arrayContaining([200, 400, 404]))
    await expectAlive(google, token, google.fetch)
  })

  test('bytes on the wire', { timeout: 120_000 }, async () => {
    allowStrays(/.*/)
    await using google = await createGoogleEmulator({ port: 0, clock: standingClock() })
    const { host } = new URL(google.url)
    const line = fc.tuple(
      fc.constantFrom('GET', 'POST', 'BREW', ''),
      fc.string({ maxLength: 20 }),
      fc.constantFrom('HTTP/1.1', 'HTTP/9', ''),
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((raw) => Buffer.from(raw)),
      fc
        .tuple(line, fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }), fc.string({ maxLength: 30 }))
        .map(([[method, path, version], headers, rest]) =>
          Buffer.from(
            `${method} /${path} ${version}\r\nhost: ${host}\r\nconnection: close\r\n${headers.join('\r\n')}\r\n\r\n${rest}`,
          ),
        ),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        // The blank lines end what could still be a request, so that the server need not wait for more.
        const answer = await exchange(google, sent, '\r\n\r\n\u0000\r\n\r\n')
        expect(answer === '' || /^HTTP\/1\.1 [1-4]\d\d /.test(answer)).toBe(true)
      }),
      { seed: SEED, numRuns: 300 },
    )
    const token = (await connect(google, { wire: true })).credentials.access_token ?? ''
    await expectAlive(google, token, fetch)
  })
})
