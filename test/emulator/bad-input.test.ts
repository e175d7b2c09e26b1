import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected, type Connected } from './connected.ts'
import { allowStrays } from './discovery/watched-traffic.ts'
import { connect, standingClock, timed } from './official-client.ts'
import { abandon, exchange, requestHead } from './raw-socket.ts'

const EVENTS = 'calendar/v3/calendars/primary/events'

async function ask(run: Connected, path: string, init: RequestInit = {}): Promise<Response> {
  return run.google.fetch(`${run.google.endpoints.apiRootUrl}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${run.oauth.credentials.access_token}`,
      ...Object.fromEntries(new Headers(init.headers)),
    },
  })
}

async function reasonOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { errors: { reason: string }[] } }
  return `${response.status} ${error.errors[0]?.reason}`
}

async function stillWorks(google: GoogleEmulator): Promise<void> {
  expect((await fetch(`${google.endpoints.apiRootUrl}calendar/v3/colors`)).status).toBe(401)
}

describe('addresses', () => {
  test.each([
    ['calendar/v3/calendars/%E0%A4%A/events', '400 badRequest'],
    ['calendar/v3/calendars/%/events', '400 badRequest'],
    ['calendar/v3/calendars/primary/events/%00', '404 notFound'],
    ['calendar/v3/calendars/%00%FF/events', '400 badRequest'],
    ['calendar/v3/calendars/..%2F..%2Fetc/events', '404 notFound'],
    ['calendar/v3/calendars/__proto__/events', '404 notFound'],
    ['calendar/v3/calendars/constructor', '404 notFound'],
    ['calendar/v3/', '404 notFound'],
    ['calendar/v3', '404 notFound'],
    ['calendar/v4/colors', '404 notFound'],
    ['/calendar/v3/colors', '404 notFound'],
    [`${EVENTS}?maxResults=-1`, '400 invalid'],
    [`${EVENTS}?maxResults=1e3`, '400 invalid'],
    [`${EVENTS}?timeMin=%zz`, '400 badRequest'],
    [`${EVENTS}?timeMin=%00`, '400 badRequest'],
    [`${EVENTS}?pageToken=%F0%9F`, '400 invalid'],
    [`${EVENTS}?fields=(((((`, '400 invalid'],
    ['calendar/v3/colors?alt=xml', '400 invalid'],
    ['calendar/v3/colors?alt=media', '400 invalid'],
    ['calendar/v3/colors?prettyPrint=perhaps', '400 invalid'],
  ])('%s is %s', async (path, outcome) => {
    await using run = await connected()
    expect(await reasonOf(await ask(run, path))).toBe(outcome)
    expect((await run.list()).items).toEqual([])
  })

  test.each(['alt=json', 'prettyPrint=false', 'prettyPrint=true', 'alt=json&prettyPrint=false&key=AIza'])(
    '?%s is taken',
    async (query) => {
      await using run = await connected()
      expect((await ask(run, `calendar/v3/colors?${query}`)).status).toBe(200)
    },
  )

  test('an address of absurd length is 414, a page of the edge', async () => {
    allowStrays(/content type text\/html|not JSON|must be/)
    await using run = await connected()
    const answer = await ask(run, `${EVENTS}?q=${'x'.repeat(9000)}`)
    expect(answer.status).toBe(414)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    expect((await ask(run, `${EVENTS}?q=${'x'.repeat(7000)}`)).status).toBe(200)
  })

  test('a field mask of absurd depth is refused, not followed', async () => {
    await using run = await connected()
    const deep = `${'a('.repeat(3500)}a${')'.repeat(3500)}`
    for (const fields of [deep.slice(0, 7900), 'a/'.repeat(3900), '('.repeat(7900)]) {
      expect((await ask(run, `${EVENTS}?fields=${fields}`)).status).toBeLessThan(500)
    }
  })
})

describe('methods', () => {
  test.each(['OPTIONS', 'HEAD', 'PURGE'])('%s on a method of the API is 405', async (method) => {
    allowStrays(/.*/)
    await using run = await connected()
    const answer = await ask(run, EVENTS, { method })
    expect(answer.status).toBe(405)
    const text = await answer.text()
    if (method === 'HEAD') expect(text).toBe('')
    else expect(text).toContain('httpMethodNotAllowed')
  })

  test.each(['token', 'revoke', 'tokeninfo', 'v1/userinfo', 'oauth2/v3/certs', 'o/oauth2/v2/auth'])(
    'DELETE on /%s is 405 and changes nothing',
    async (path) => {
      await using run = await connected()
      expect((await ask(run, path, { method: 'DELETE' })).status).toBe(405)
      expect((await run.list()).items).toEqual([])
    },
  )
})

describe('bodies', () => {
  test.each([
    ['no JSON', '{"summary":'],
    ['an array', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['two values', '{}{}'],
    ['nesting without end', '['.repeat(50_000)],
    ['deep objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
    [
      'a deep member',
      `{"summary":"x","extendedProperties":${'{"private":'.repeat(2000)}1${'}'.repeat(2000)}}`,
    ],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a gzip file', new Uint8Array([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0])],
  ])('%s is 400 parseError', async (_name, body) => {
    await using run = await connected()
    expect(await reasonOf(await ask(run, EVENTS, { method: 'POST', body }))).toBe('400 parseError')
    expect(run.hand.events()).toEqual([])
  })

  test('half a character in a string becomes a replacement character, as on the wire', async () => {
    await using run = await connected()
    const body = JSON.stringify(timed({ summary: 'x' })).replace('"x"', '"\ud800"')
    const answer = await ask(run, EVENTS, { method: 'POST', body })
    expect(await answer.json()).toMatchObject({ summary: '\ufffd' })
  })

  test('form bodies that are no UTF-8 are refused by OAuth, not by a crash', async () => {
    await using run = await connected()
    const body = new Uint8Array([0x67, 0x3d, 0xff, 0x25, 0x25, 0x26, 0x3d])
    const answer = await ask(run, 'token', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  test('exactly 5 MB are read, one byte more is 413', async () => {
    await using run = await connected()
    const frame = JSON.stringify(timed({ id: 'aaaaa', description: '' }))
    const body = frame.replace(
      '"description":""',
      `"description":"${'x'.repeat(5 * 1024 * 1024 - frame.length)}"`,
    )
    expect((await ask(run, EVENTS, { method: 'POST', body })).status).not.toBe(413)
    expect(await reasonOf(await ask(run, EVENTS, { method: 'POST', body: `${body} ` }))).toBe(
      '413 uploadTooLarge',
    )
  })

  test('20 MB are not held: in the process the rest of a stream is not even asked for', async () => {
    await using run = await connected()
    let asked = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        asked += 1
        if (asked > 320) controller.close()
        else controller.enqueue(new Uint8Array(65_536))
      },
      cancel() {
        cancelled = true
      },
    })
    const answer = await ask(run, EVENTS, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(answer.status).toBe(413)
    expect(asked).toBeLessThan(100)
    expect(cancelled).toBe(true)
  })

  test('a body that breaks off is the caller’s own failure', async () => {
    await using run = await connected()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"summary"'))
        controller.error(new Error('the disk is gone'))
      },
    })
    const lost = ask(run, EVENTS, { method: 'POST', body, duplex: 'half' } as RequestInit)
    await expect(lost).rejects.toThrow('the disk is gone')
    expect((await run.list()).items).toEqual([])
  })
})

describe('over a port', () => {
  test('20 MB are 413 and the connection is good for another request', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const size = 20 * 1024 * 1024
    const host = new URL(google.url).host
    const answers = await exchange(
      google,
      `POST /${EVENTS} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${size}\r\n\r\n`,
      Buffer.alloc(size, 'x'),
      requestHead(google, 'GET /calendar/v3/colors'),
    )
    expect(answers).toMatch(/^HTTP\/1\.1 413 /)
    expect(answers).toContain('"reason":"uploadTooLarge"')
    expect(answers).toContain('HTTP/1.1 401 ')
  })

  test('a body without end is cut off with the same answer', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(1024 * 1024, 'x'),
      Buffer.from('\r\n'),
    ])
    const head = requestHead(google, `POST /${EVENTS}`, 'transfer-encoding: chunked')
    const answer = await exchange(google, head, ...Array.from({ length: 70 }, () => chunk))
    expect(answer === '' || answer.startsWith('HTTP/1.1 413 ')).toBe(true)
    await stillWorks(google)
  })

  test.each([
    ['no HTTP at all', 'NONSENSE\r\n\r\n', '400'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0, 1, 0, 1, 0xfc, 3, 3, 13, 10, 13, 10]), '400'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nnonsense\r\n\r\n', '400'],
    ['a null byte in a header', 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: a\0b\r\n\r\n', '400'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, '413'],
    ['an address without end', `GET /${'y'.repeat(100_000)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`, '413'],
    [
      'two lengths',
      'POST /token HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      '400',
    ],
    [
      'a length that is none',
      'POST /token HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: many\r\n\r\n',
      '400',
    ],
    [
      'chunks that are none',
      'POST /token HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      '400',
    ],
  ])('%s ends one connection with a page of the edge', async (_name, bytes, status) => {
    await using google = await createGoogleEmulator({ port: 0 })
    const answer = await exchange(google, bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*content-type: text/html`))
    expect(answer).toContain('connection: close')
    await stillWorks(google)
  })

  test.each([
    ['a proxy’s address', (google: GoogleEmulator) => requestHead(google, 'GET http://%%%')],
    ['the address *', (google: GoogleEmulator) => requestHead(google, 'OPTIONS *')],
    ['no host', () => 'GET /calendar/v3/colors HTTP/1.0\r\n\r\n'],
    [
      'an upgrade',
      (google: GoogleEmulator) => requestHead(google, 'GET /calendar/v3/colors', 'upgrade: websocket'),
    ],
    [
      'a header of foreign bytes',
      (google: GoogleEmulator) =>
        requestHead(google, 'GET /calendar/v3/colors', 'authorization: B\u00e9arer \u00ff'),
    ],
  ])('%s is answered with a refusal', async (_name, head) => {
    await using google = await createGoogleEmulator({ port: 0 })
    expect(await exchange(google, Buffer.from(head(google), 'latin1'))).toMatch(/^HTTP\/1\.1 4\d\d /)
    await stillWorks(google)
  })

  test('CONNECT and an upload that breaks off end their own connection only', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    await exchange(google, 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n')
    await abandon(google, requestHead(google, `POST /${EVENTS}`, 'content-length: 1000'), '{"summary":')
    await abandon(google, requestHead(google, 'POST /token', 'transfer-encoding: chunked'), '5\r\nabc')
    await stillWorks(google)
  })

  test('HEAD has the headers and no body', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const answer = await exchange(google, requestHead(google, `HEAD /${EVENTS}`))
    expect(answer).toMatch(/^HTTP\/1\.1 405 /)
    expect(answer.endsWith('\r\n\r\n')).toBe(true)
  })

  test('many slow connections do not keep others from being answered', async () => {
    await using google = await createGoogleEmulator({ port: 0, clock: standingClock() })
    const slow = Array.from({ length: 100 }, async () =>
      exchange(google, requestHead(google, `POST /${EVENTS}`, 'content-length: 1000'), '{'),
    )
    const oauth = await connect(google, { wire: true })
    const headers = { authorization: `Bearer ${oauth.credentials.access_token}` }
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => fetch(google.endpoints.apiRootUrl + EVENTS, { headers })),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await google.close()
    expect(await Promise.all(slow)).toEqual(slow.map(() => ''))
  })
})

describe('gzip', () => {
  async function answered(headers: string[]): Promise<{ head: string; body: Buffer }> {
    await using google = await createGoogleEmulator({ port: 0 })
    const text = await exchange(google, requestHead(google, 'GET /calendar/v3/colors', ...headers))
    const split = text.indexOf('\r\n\r\n')
    return { head: text.slice(0, split).toLowerCase(), body: Buffer.from(text.slice(split + 4), 'latin1') }
  }

  test('an answer is compressed only when both headers ask for it', async () => {
    for (const headers of [
      [],
      ['accept-encoding: gzip'],
      ['user-agent: app (gzip)'],
      ['accept-encoding: br', 'user-agent: gzip'],
    ]) {
      const { head, body } = await answered(headers)
      expect(head).not.toContain('content-encoding')
      expect(body.toString()).toContain('Login Required.')
    }
    const { head, body } = await answered(['accept-encoding: deflate, gzip', 'user-agent: app (gzip)'])
    expect(head).toContain('content-encoding: gzip')
    const chunk = body.subarray(body.indexOf('\r\n') + 2)
    expect(
      gunzipSync(
        head.includes('chunked') ? chunk.subarray(0, chunk.lastIndexOf('\r\n0\r\n')) : body,
      ).toString(),
    ).toContain('Login Required.')
  })

  test('the official client, which asks for it, reads it', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const oauth = await connect(google, { wire: true })
    const answer = await fetch(google.endpoints.apiRootUrl + EVENTS, {
      headers: {
        authorization: `Bearer ${oauth.credentials.access_token}`,
        'accept-encoding': 'gzip',
        'user-agent': 'google-api-nodejs-client/8.0.0 (gzip)',
      },
    })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(await answer.json()).toMatchObject({ kind: 'calendar#events' })
  })
})
