import { describe, expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { batch, batchBody, postBatch, readAnswers, type PartCall } from './batch-message.ts'
import { connected } from './connected.ts'
import { connect, standingClock, timed } from './official-client.ts'
import { allowStrays } from './discovery/watched-traffic.ts'

const EVENTS = '/calendar/v3/calendars/primary/events'
const insertOf = (id: string, more: Partial<PartCall> = {}): PartCall => ({
  line: `POST ${EVENTS}`,
  body: timed({ id }),
  ...more,
})
const IDS = ['aaaaa', 'bbbbb', 'ccccc', 'ddddd', 'eeeee', 'fffff', 'ggggg', 'hhhhh']

describe('the answer', () => {
  test('each part is a full response: status line, headers, body and its length, under response-<id>', async () => {
    await using run = await connected()
    const answers = await batch(run, [
      insertOf('aaaaa', { id: '<item1:12930812@barnyard.example.com>' }),
      { line: `GET ${EVENTS}/neverwas`, id: '<item2>' },
      { line: 'GET /calendar/v3/colors' },
    ])
    expect(answers.map(({ statusLine }) => statusLine)).toEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 404 Not Found',
      'HTTP/1.1 200 OK',
    ])
    expect(answers.map(({ id }) => id)).toEqual([
      '<response-item1:12930812@barnyard.example.com>',
      '<response-item2>',
      null,
    ])
    const [first] = answers
    expect(first?.json).toEqual(run.hand.get('aaaaa'))
    expect(first?.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    expect(first?.headers.get('content-length')).toBe(String(Buffer.byteLength(first?.text ?? '')))
    expect(first?.headers.get('etag')).toBe(run.hand.get('aaaaa').etag)
  })

  test('the outer answer is 200 multipart whatever the parts say', async () => {
    await using run = await connected()
    const response = await postBatch(run, batchBody([{ line: `GET ${EVENTS}/neverwas` }]))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^multipart\/mixed; boundary=batch_\S+$/)
  })

  test('lengths are in bytes, and header names are written as Google writes them', async () => {
    await using run = await connected()
    run.hand.insert(timed({ id: 'aaaaa', summary: 'Depilação 💈' }))
    const response = await postBatch(run, batchBody([{ line: `GET ${EVENTS}/aaaaa?fields=summary` }]))
    const body = '{"summary":"Depilação 💈"}'
    expect((await response.text()).split('\r\n').slice(1, -2)).toEqual([
      'Content-Type: application/http',
      '',
      'HTTP/1.1 200 OK',
      'Content-Type: application/json; charset=UTF-8',
      `ETag: ${run.hand.get('aaaaa').etag}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ])
  })

  test('a delete answers 204 without a body', async () => {
    await using run = await connected()
    const { id } = await run.insert()
    const [answer] = await batch(run, [{ line: `DELETE ${EVENTS}/${id}` }])
    expect(answer).toMatchObject({ statusLine: 'HTTP/1.1 204 No Content', text: '' })
    expect(answer?.headers.get('content-length')).toBe('0')
  })

  test('an unknown path and a wrong method are refused in their own part', async () => {
    await using run = await connected()
    const answers = await batch(run, [
      { line: 'GET /calendar/v3/nonsense' },
      { line: `PUT ${EVENTS}` },
      { line: 'GET /drive/v3/files' },
      { line: 'POST /token' },
      { line: 'GET /calendar/v3/colors' },
    ])
    expect(answers.map(({ status }) => status)).toEqual([404, 405, 404, 404, 200])
    expect(answers[0]?.json).toMatchObject({ error: { errors: [{ reason: 'notFound' }] } })
    const names = run.google.requests.map(({ calendarMethod }) => calendarMethod)
    expect(names).toEqual(['calendar.batch', ...Array(4).fill('unknown'), 'calendar.colors.get'])
  })

  test('a batch inside a batch is refused and not carried out; its neighbours are', async () => {
    await using run = await connected()
    const inner = batchBody([insertOf('aaaaa')], 'inner')
    const body = [
      '--batch_frontier',
      'Content-Type: application/http',
      '',
      'POST /batch/calendar/v3 HTTP/1.1',
      'Content-Type: multipart/mixed; boundary=inner',
      '',
      inner,
      batchBody([insertOf('bbbbb')]),
    ].join('\r\n')
    const answers = await readAnswers(await postBatch(run, body))
    expect(answers.map(({ status }) => status)).toEqual([400, 200])
    expect(run.hand.events().map(({ id }) => id)).toEqual(['bbbbb'])
  })
})

describe('the request', () => {
  const plain = 'batch_frontier'
  const lf = (body: string): string => body.replaceAll('\r\n', '\n')
  test.each([
    ['a bare boundary', 'multipart/mixed; boundary=batch_frontier', (body: string) => body],
    [
      'a quoted boundary',
      'Multipart/Mixed; charset=utf-8; boundary="batch_frontier"',
      (body: string) => body,
    ],
    ['LF line ends', `multipart/mixed; boundary=${plain}`, lf],
    [
      'text before the first and after the last delimiter',
      `multipart/mixed; boundary=${plain}`,
      (body: string) => `This is a message in parts.\r\n\r\n${body}Nobody reads this.\r\n--${plain}\r\n`,
    ],
    [
      'blanks after a delimiter',
      `multipart/mixed; boundary=${plain}`,
      (body: string) => body.replace(`--${plain}\r\n`, `--${plain}  \r\n`),
    ],
    [
      'no version in the request line',
      `multipart/mixed; boundary=${plain}`,
      (body: string) => body.replaceAll(' HTTP/1.1', ''),
    ],
    [
      'no line end after the closing delimiter',
      `multipart/mixed; boundary=${plain}`,
      (body: string) => body.trimEnd(),
    ],
  ])('may have %s', async (_name, type, change) => {
    // The check of the traffic counts every delimiter, also one that nobody reads.
    allowStrays(/2 parts for 3 calls/)
    await using run = await connected()
    const body = change(batchBody([insertOf('aaaaa'), insertOf('bbbbb')]))
    const answers = await readAnswers(await postBatch(run, body, { headers: { 'content-type': type } }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(
      run.hand
        .events()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['aaaaa', 'bbbbb'])
  })

  test('is read as the Python client writes it', async () => {
    await using run = await connected()
    const body = [
      '--===============7330845974216740156==',
      'Content-Type: application/http',
      'MIME-Version: 1.0',
      'Content-Transfer-Encoding: binary',
      'Content-ID: <b29c5de2-0db4-490b-b421-6a51b598bd22 + 1>',
      '',
      `POST ${EVENTS}?alt=json HTTP/1.1`,
      'Content-Type: application/json',
      'MIME-Version: 1.0',
      'accept: application/json',
      'user-agent: (gzip)',
      'content-length: 120',
      'Host: www.googleapis.com',
      '',
      JSON.stringify(timed({ id: 'aaaaa' })),
      '--===============7330845974216740156==--',
    ].join('\n')
    const type = 'multipart/mixed; boundary="===============7330845974216740156=="'
    const [answer] = await readAnswers(await postBatch(run, body, { headers: { 'content-type': type } }))
    expect(answer).toMatchObject({ status: 200, id: '<response-b29c5de2-0db4-490b-b421-6a51b598bd22 + 1>' })
  })

  test('may name a full URL of this host or of Google’s, and of no other', async () => {
    await using run = await connected()
    const [own, google] = await batch(run, [
      { line: `GET ${run.google.endpoints.apiRootUrl}calendar/v3/colors` },
      { line: 'GET https://www.googleapis.com/calendar/v3/colors' },
    ])
    expect([own?.status, google?.status]).toEqual([200, 200])
    const stray = await postBatch(run, batchBody([{ line: 'GET https://example.com/calendar/v3/colors' }]))
    expect(stray.status).toBe(400)
  })

  test('a boundary is a delimiter only where it fills a line of its own', async () => {
    await using run = await connected()
    const summary = 'x --batch_frontier-- y'
    const headers = { 'x-note': '--batch_frontier--' }
    const [answer] = await batch(run, [{ line: `POST ${EVENTS}`, headers, body: timed({ summary }) }])
    expect(answer?.json).toMatchObject({ summary })
  })

  test('a boundary may have 70 characters', async () => {
    await using run = await connected()
    const boundary = 'x'.repeat(70)
    const body = batchBody([{ line: 'GET /calendar/v3/colors' }], boundary)
    const type = `multipart/mixed; boundary=${boundary}`
    const answers = await readAnswers(await postBatch(run, body, { headers: { 'content-type': type } }))
    expect(answers.map(({ status }) => status)).toEqual([200])
  })

  test('a header may be folded', async () => {
    await using run = await connected()
    const { etag } = await run.insert({ id: 'aaaaa' })
    const headers = { 'if-match': `\r\n  ${etag}` }
    const [answer] = await batch(run, [{ line: `DELETE ${EVENTS}/aaaaa`, headers }])
    expect(answer?.status).toBe(204)
  })

  test('goes to the address of the discovery document or to the one all APIs shared', async () => {
    await using run = await connected()
    const [answer] = await batch(run, [{ line: 'GET /calendar/v3/colors' }], { path: 'batch' })
    expect(answer?.status).toBe(200)
  })

  test('the outer headers hold for each part, but for Content-*, unless the part has its own', async () => {
    await using run = await connected({ users: [{ email: 'pro@example.com' }, { email: 'b@example.com' }] })
    const other = await connect(run.google, { email: 'b@example.com' })
    const [mine, theirs, none] = await batch(
      run,
      [
        insertOf('aaaaa'),
        insertOf('bbbbb', { headers: { authorization: `Bearer ${other.credentials.access_token}` } }),
        { line: `GET ${EVENTS}/aaaaa`, headers: { authorization: 'Bearer nobody' } },
      ],
      { headers: { 'content-language': 'pt', 'x-goog-request-reason': 'test' } },
    )
    expect(mine?.json).toMatchObject({ creator: { email: 'pro@example.com' } })
    expect(theirs?.json).toMatchObject({ creator: { email: 'b@example.com' } })
    expect(none?.status).toBe(401)
    const [, logged] = run.google.requests.slice(-4)
    expect(logged?.requestHeaders).toMatchObject({ 'x-goog-request-reason': 'test' })
    expect(logged?.requestHeaders).not.toHaveProperty('content-language')
  })

  test('without any Authorization each part is 401 Login Required.', async () => {
    await using run = await connected()
    const response = await run.google.fetch(`${run.google.endpoints.apiRootUrl}batch/calendar/v3`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/mixed; boundary=batch_frontier' },
      body: batchBody([{ line: 'GET /calendar/v3/colors' }]),
    })
    const [answer] = await readAnswers(response)
    expect(answer?.json).toMatchObject({ error: { code: 401, message: 'Login Required.' } })
    expect(answer?.headers.has('www-authenticate')).toBe(true)
  })

  test('the outer query holds for each part unless the part has its own', async () => {
    await using run = await connected()
    await run.insert({ id: 'aaaaa' })
    const answers = await batch(
      run,
      [{ line: `GET ${EVENTS}/aaaaa` }, { line: `GET ${EVENTS}/aaaaa?fields=id,summary` }],
      { path: 'batch/calendar/v3?fields=id' },
    )
    expect(answers.map(({ json }) => json)).toEqual([
      { id: 'aaaaa' },
      { id: 'aaaaa', summary: 'Corte de Cabelo' },
    ])
  })

  test('If-Match holds for its own part', async () => {
    await using run = await connected()
    const [first, second] = [await run.insert({ id: 'aaaaa' }), await run.insert({ id: 'bbbbb' })]
    const patch = (id: string, etag: string): PartCall => ({
      line: `PATCH ${EVENTS}/${id}?sendUpdates=none`,
      headers: { 'if-match': etag },
      body: { summary: 'Barba' },
    })
    const answers = await batch(run, [patch('aaaaa', first.etag), patch('bbbbb', first.etag)])
    expect(answers.map(({ status }) => status)).toEqual([200, 412])
    expect(run.hand.get('bbbbb').etag).toBe(second.etag)
  })

  test('a method override in a part means the method it names', async () => {
    await using run = await connected()
    await run.insert({ id: 'aaaaa' })
    const headers = { 'x-http-method-override': 'PATCH' }
    await batch(run, [{ line: `POST ${EVENTS}/aaaaa`, headers, body: { summary: 'Barba' } }])
    expect(run.hand.get('aaaaa').summary).toBe('Barba')
  })

  test('calendar ids may be percent-encoded in the inner paths', async () => {
    await using run = await connected()
    const [answer] = await batch(run, [{ line: 'GET /calendar/v3/calendars/pro%40example.com/events' }])
    expect(answer?.status).toBe(200)
  })
})

describe('what is no batch is 400, and the emulator lives on', () => {
  const whole = batchBody([{ line: 'GET /calendar/v3/colors' }])
  test.each([
    ['no boundary', whole, 'multipart/mixed'],
    ['an empty boundary', whole, 'multipart/mixed; boundary=""'],
    ['another boundary', whole, 'multipart/mixed; boundary=other'],
    [
      'a boundary that is too long',
      batchBody([{ line: 'GET /calendar/v3/colors' }], 'x'.repeat(71)),
      `multipart/mixed; boundary=${'x'.repeat(71)}`,
    ],
    ['another content type', whole, 'application/json'],
    ['an empty body', '', undefined],
    ['no parts', '--batch_frontier--\r\n', undefined],
    ['no closing delimiter', whole.replace('--batch_frontier--', ''), undefined],
    [
      'two parts and no closing delimiter',
      whole.replace('--batch_frontier--\r\n', whole).replace(/--\r\n$/, ''),
      undefined,
    ],
    ['an empty part', '--batch_frontier\r\n--batch_frontier--\r\n', undefined],
    ['a part without a request line', whole.replace('GET /calendar/v3/colors HTTP/1.1', ''), undefined],
    ['a request line without a path', whole.replace('GET /calendar/v3/colors', 'GET'), undefined],
    ['a path that is none', whole.replace('/calendar/v3/colors', 'colors'), undefined],
    ['a part of another type', whole.replace('application/http', 'text/plain'), undefined],
    ['a part without a type', whole.replace('Content-Type: application/http', 'X: y'), undefined],
    ['headers that are none', whole.replace('content-type: application/json', 'nonsense'), undefined],
    ['a header no HTTP allows', whole.replace('content-type: application/json', 'a b: c'), undefined],
    ['part headers no HTTP allows', whole.replace('Content-Type: application/http', 'a b: c'), undefined],
  ])('%s', async (_name, body, type) => {
    await using run = await connected()
    const response = await postBatch(
      run,
      body,
      type === undefined ? {} : { headers: { 'content-type': type } },
    )
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    const message = `Failed to parse batch request, error:  0 items. Received batch body: (${Buffer.byteLength(body)}) bytes redacted`
    expect(await response.json()).toEqual({
      error: {
        code: 400,
        message,
        errors: [{ message, domain: 'global', reason: 'badRequest' }],
        status: 'INVALID_ARGUMENT',
      },
    })
    expect((await run.list()).items).toEqual([])
  })

  test('another method than POST is 405', async () => {
    await using run = await connected()
    const response = await run.google.fetch(`${run.google.endpoints.apiRootUrl}batch/calendar/v3`)
    expect(response.status).toBe(405)
  })

  test('a body that is no UTF-8 does not reach an event', async () => {
    await using run = await connected()
    const text = batchBody([insertOf('aaaaa')])
    const body = Buffer.from(text.replace('Corte', 'C\u00ffrte'), 'latin1')
    const response = await run.google.fetch(`${run.google.endpoints.apiRootUrl}batch/calendar/v3`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${run.oauth.credentials.access_token}`,
        'content-type': 'multipart/mixed; boundary=batch_frontier',
      },
      body,
    })
    const [answer] = await readAnswers(response)
    expect(answer).toMatchObject({ status: 400, json: { error: { errors: [{ reason: 'parseError' }] } } })
    expect(run.hand.events()).toEqual([])
  })

  test('bad JSON in one part is 400 in that part', async () => {
    await using run = await connected()
    const body = batchBody([insertOf('aaaaa'), insertOf('bbbbb')]).replace('{"summary"', '{"summary')
    const answers = await readAnswers(await postBatch(run, body))
    expect(answers.map(({ status }) => status)).toEqual([400, 200])
  })
})

describe('how many', () => {
  const colors = (count: number): PartCall[] =>
    Array.from({ length: count }, () => ({ line: 'GET /calendar/v3/colors?fields=kind' }))

  test('1000 calls go, 1001 are 400', async () => {
    await using run = await connected()
    expect(await batch(run, colors(1000))).toHaveLength(1000)
    run.google.requests.length = 0
    const response = await postBatch(run, batchBody(colors(1001)))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 400, errors: [{ reason: 'badRequest' }], status: 'INVALID_ARGUMENT' },
    })
    expect(run.google.requests).toHaveLength(1)
  })

  test('maxBatchCalls: 50, as older pages say', async () => {
    await using run = await connected({ maxBatchCalls: 50 })
    expect((await postBatch(run, batchBody(colors(50)))).status).toBe(200)
    expect((await postBatch(run, batchBody(colors(51)))).status).toBe(400)
    await expect(createGoogleEmulator({ maxBatchCalls: 0 })).rejects.toThrow('maxBatchCalls')
  })
})

describe('order', () => {
  const inOrderOfCreation = async (options: object): Promise<{ made: string[]; answered: string[] }> => {
    await using run = await connected(options)
    const answers = await batch(
      run,
      IDS.map((id) => insertOf(id)),
    )
    const made = run.hand.events().map(({ id }) => id)
    return { made, answered: answers.map(({ json }) => (json as { id: string }).id) }
  }

  test('the calls are carried out in any order and answered in the order they were sent', async () => {
    const { made, answered } = await inOrderOfCreation({})
    expect(answered).toEqual(IDS)
    expect(made.toSorted()).toEqual(IDS)
    expect(made).not.toEqual(IDS)
  })

  test('the order comes from the seed', async () => {
    const again = async (seed: number): Promise<string[]> => (await inOrderOfCreation({ seed })).made
    expect(await again(5)).toEqual(await again(5))
    expect(await again(6)).not.toEqual(await again(5))
  })

  test('batchOrder: as-sent switches that off', async () => {
    expect((await inOrderOfCreation({ batchOrder: 'as-sent' })).made).toEqual(IDS)
  })
})

describe('faults', () => {
  test('batchConflicts: a call gets 409 conflict because of its neighbours; alone it goes through', async () => {
    await using run = await connected()
    run.google.faults.batchConflicts(2)
    const first = await batch(run, [insertOf('aaaaa'), insertOf('bbbbb'), insertOf('ccccc')])
    expect(first.map(({ status }) => status)).toEqual([409, 409, 200])
    expect(first[0]?.json).toEqual({
      error: {
        errors: [{ domain: 'global', reason: 'conflict', message: 'Conflict' }],
        code: 409,
        message: 'Conflict',
      },
    })
    run.google.faults.batchConflicts()
    await run.insert({ id: 'aaaaa' })
    run.google.faults.clear()
    expect((await batch(run, [insertOf('bbbbb')]))[0]?.status).toBe(200)
  })

  test('parts are matched by their own method and path, in the order they were sent', async () => {
    await using run = await connected()
    run.google.faults.failNext({ match: { method: 'DELETE', path: /\/aaaaa$/ }, status: 503 })
    run.google.faults.failNext({
      match: { method: 'POST', path: '/events' },
      status: 500,
      applied: true,
      after: 1,
    })
    const answers = await batch(run, [
      ...['bbbbb', 'ccccc', 'ddddd'].map((id) => insertOf(id)),
      { line: `DELETE ${EVENTS}/aaaaa` },
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 200, 503])
    expect(run.hand.get('ccccc').status).toBe('confirmed')
  })

  test('the batch itself is matched by /batch, or with batched: false', async () => {
    await using run = await connected()
    run.google.faults.failNext({ match: { path: '/batch' }, status: 503 })
    expect((await postBatch(run, batchBody([insertOf('aaaaa')]))).status).toBe(503)
    expect(run.hand.events()).toEqual([])
    run.google.faults.failNext({ match: { batched: false }, status: 503, applied: true })
    expect((await postBatch(run, batchBody([insertOf('aaaaa')]))).status).toBe(503)
    expect(run.hand.events()).toHaveLength(1)
  })

  test('a lost call takes the whole answer with it, and the others have taken effect', async () => {
    await using run = await connected()
    run.google.faults.dropNext({ match: { batched: true }, after: 1 })
    const body = batchBody(['aaaaa', 'bbbbb', 'ccccc'].map((id) => insertOf(id)))
    await expect(postBatch(run, body)).rejects.toThrow('fetch failed')
    expect(
      run.hand
        .events()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['aaaaa', 'ccccc'])
    expect(run.google.requests.map(({ status }) => status)).toEqual([0, 200, 0, 200])
  })

  test('a held call holds the whole answer', async () => {
    await using run = await connected()
    const { promise: until, resolve: open } = Promise.withResolvers<void>()
    run.google.faults.delayNext({ match: { batched: true }, until, applied: false })
    const held = batch(run, [insertOf('aaaaa'), insertOf('bbbbb')])
    expect((await run.list()).items).toMatchObject([{ id: 'bbbbb' }])
    open()
    expect((await held).map(({ status }) => status)).toEqual([200, 200])
  })

  test('an abort lets go of a batch with a call that is never answered', async () => {
    await using run = await connected()
    run.google.faults.hangNext({ match: { batched: true } })
    const caller = new AbortController()
    const lost = postBatch(run, batchBody([insertOf('aaaaa')]), { signal: caller.signal })
    const outcome = expect(lost).rejects.toThrow('gave up')
    await run.list()
    caller.abort(new Error('gave up'))
    await outcome
  })
})

describe('the log', () => {
  test('each part has its own line and its own cost; the batch costs nothing', async () => {
    await using run = await connected()
    await run.insert({ id: 'aaaaa' })
    run.google.requests.length = 0
    await batch(run, [
      { line: `PATCH ${EVENTS}/aaaaa`, body: { summary: 'Barba' } },
      { line: 'GET /calendar/v3/nonsense' },
    ])
    await run.list()
    const lines = run.google.requests
    expect(lines.map(({ calendarMethod, units, status }) => [calendarMethod, units, status])).toEqual([
      ['calendar.batch', 0, 200],
      ['calendar.events.patch', 3, 200],
      ['unknown', 1, 404],
      ['calendar.events.list', 1, 200],
    ])
    const [outer, patch, unknown, list] = lines
    expect(outer?.batch).toMatch(/^batch_/)
    expect([patch?.batch, unknown?.batch, list?.batch]).toEqual([outer?.batch, outer?.batch, undefined])
    expect(patch).toMatchObject({
      method: 'PATCH',
      path: `${EVENTS}/aaaaa`,
      requestBody: { summary: 'Barba' },
      requestHeaders: { authorization: '[redacted]' },
    })
    expect(outer).not.toHaveProperty('requestBody')
  })

  test('observe sees each part as an exchange of its own, then the batch', async () => {
    const seen: string[] = []
    const observe = ({
      calendarMethod,
      request,
      response,
    }: {
      calendarMethod: string
      request: { method: string }
      response: { status: number }
    }): void => void seen.push(`${request.method} ${calendarMethod} ${response.status}`)
    await using run = await connected({ batchOrder: 'as-sent', observe })
    seen.length = 0
    await batch(run, [insertOf('aaaaa'), { line: `GET ${EVENTS}/neverwas` }])
    expect(seen).toEqual([
      'POST calendar.events.insert 200',
      'GET calendar.events.get 404',
      'POST calendar.batch 200',
    ])
  })

  test('latency is waited for once', async () => {
    const waits: number[] = []
    await using run = await connected({
      sleep: async (ms) => {
        waits.push(ms)
      },
    })
    run.google.faults.latencyMs(40)
    await batch(run, [insertOf('aaaaa'), insertOf('bbbbb')])
    expect(waits).toEqual([40])
  })
})

test('over a port the same batch goes to the same place', async () => {
  await using google = await createGoogleEmulator({ port: 0, clock: standingClock() })
  const oauth = await connect(google, { wire: true })
  const response = await fetch(`${google.endpoints.apiRootUrl}batch/calendar/v3`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${oauth.credentials.access_token}`,
      'content-type': 'multipart/mixed; boundary=batch_frontier',
    },
    body: batchBody(IDS.map((id) => insertOf(id))),
  })
  expect((await readAnswers(response)).map(({ status }) => status)).toEqual(IDS.map(() => 200))
})
