import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulatorOptions } from 'appointment-sync/testing/emulator'
import { calendarClient, connect, refused, standingClock, timed } from './official-client.ts'
import { ADDRESS, gate, numberOf, watching, type Watching } from './watching.ts'

const outcomes = (run: Watching): unknown[] =>
  run.google.deliveries.map(({ attempt, outcome, status }) => [attempt, outcome, status])

/** A watching emulator with one channel, its sync delivered and forgotten. */
async function withChannel(options: GoogleEmulatorOptions = {}): Promise<Watching> {
  const run = await watching(options)
  await run.watch({ id: 'one' })
  await run.told()
  run.google.deliveries.length = 0
  return run
}

describe('the receiver’s answer', () => {
  test.each([200, 201, 202, 204, 102])('%i is success', async (status) => {
    await using run = await withChannel()
    run.answer = () => ({ status })
    await run.insert()
    await run.told()
    run.google.advance(86_400_000)
    expect(await run.told()).toEqual([])
    expect(outcomes(run)).toEqual([[1, 'delivered', status]])
  })

  test.each([500, 502, 503, 504])('%i is tried again after 1, 2, 4 … seconds', async (status) => {
    await using run = await withChannel()
    run.answer = () => ({ status })
    await run.insert()
    expect(await run.told()).toEqual(['one exists'])
    const number = run.google.deliveries[0]?.messageNumber
    for (const seconds of [1, 2, 4]) {
      run.google.advance(seconds * 1000 - 1)
      expect(await run.told()).toEqual([])
      run.google.advance(1)
      expect(await run.told()).toEqual(['one exists'])
    }
    run.answer = () => ({ status: 200 })
    run.google.advance(8000)
    await run.told()
    expect(run.google.deliveries.every(({ messageNumber }) => messageNumber === number)).toBe(true)
    expect(outcomes(run)).toEqual([
      [1, 'retrying', status],
      [2, 'retrying', status],
      [3, 'retrying', status],
      [4, 'retrying', status],
      [5, 'delivered', 200],
    ])
  })

  test('the attempts come to an end', async () => {
    await using run = await withChannel({ maxDeliveryAttempts: 3 })
    run.answer = () => ({ status: 503 })
    await run.insert()
    for (let waited = 0; waited < 10; waited += 1) {
      await run.told()
      run.google.advance(64_000)
    }
    expect(outcomes(run)).toEqual([
      [1, 'retrying', 503],
      [2, 'retrying', 503],
      [3, 'failed', 503],
    ])
  })

  test('without an option they end 31 seconds after the first, with the sixth', async () => {
    await using run = await withChannel()
    run.answer = () => ({ status: 503 })
    await run.insert()
    await run.told()
    for (const seconds of [1, 2, 4, 8, 16, 64, 64]) {
      run.google.advance(seconds * 1000)
      await run.told()
    }
    expect(run.google.deliveries).toHaveLength(6)
    expect(run.google.deliveries.at(-1)).toMatchObject({ attempt: 6, outcome: 'failed' })
  })

  test('the wait never exceeds 64 seconds', async () => {
    await using run = await withChannel({ maxDeliveryAttempts: 12 })
    run.answer = () => ({ status: 500 })
    await run.insert()
    await run.told()
    for (let waited = 0; waited < 11; waited += 1) {
      run.google.advance(64_000)
      await run.told()
    }
    expect(run.google.deliveries.at(-1)).toMatchObject({ attempt: 12, outcome: 'failed' })
  })

  test.each([203, 205, 301, 302, 400, 401, 404, 410, 429, 501, 505])(
    '%i is failure, and final',
    async (status) => {
      await using run = await withChannel()
      run.answer = () => ({ status })
      await run.insert()
      await run.told()
      run.google.advance(86_400_000)
      expect(await run.told()).toEqual([])
      expect(outcomes(run)).toEqual([[1, 'failed', status]])
    },
  )

  test('no answer is failure, and final; the record says why', async () => {
    await using run = await withChannel()
    run.answer = () => {
      const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      throw new TypeError('fetch failed', { cause })
    }
    await run.insert()
    await run.told()
    run.google.advance(86_400_000)
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries).toMatchObject([
      { outcome: 'failed', status: null, error: 'fetch failed: ECONNREFUSED' },
    ])
    run.answer = () => ({ status: 200 })
    await run.insert()
    expect(await run.told()).toEqual(['one exists'])
  })

  test('an address that no request can have fails like a dead server', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', address: 'https://user:password@app.example.com/' })
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries).toMatchObject([{ outcome: 'failed', status: null }])
  })

  test('the record names channel, message, address and time, and no token', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', token: 'secret' })
    await run.told()
    expect(run.google.deliveries).toEqual([
      {
        channelId: 'one',
        state: 'sync',
        messageNumber: 1,
        address: ADDRESS,
        attempt: 1,
        outcome: 'delivered',
        status: 200,
        error: null,
        at: run.google.now(),
      },
    ])
    expect(JSON.stringify(run.google.deliveries)).not.toContain('secret')
  })
})

describe('the moment', () => {
  test('a message leaves by itself: after the user’s hand, after an advance', async () => {
    await using run = await withChannel()
    const next = async (): Promise<string> => {
      const { promise, resolve } = Promise.withResolvers<string>()
      run.answer = () => {
        resolve('arrived')
        return { status: 200 }
      }
      return promise
    }
    // By now nothing of the channel's opening is left that would look at the queue.
    await run.google.settled()
    const first = next()
    run.hand.insert(timed())
    expect(await first).toBe('arrived')
    run.google.faults.delayNotifications(1000)
    run.hand.insert(timed())
    await run.google.settled()
    const second = next()
    run.google.advance(1000)
    expect(await second).toBe('arrived')
  })

  test('a clock that was moved elsewhere is seen by `settled`', async () => {
    const clock = standingClock()
    await using run = await withChannel({ clock })
    run.google.faults.delayNotifications(1000)
    await run.insert()
    expect(await run.told()).toEqual([])
    clock.advance(1000)
    expect(await run.told()).toEqual(['one exists'])
  })
})

describe('the order', () => {
  test('the sync message leaves after the watch response and before any other', async () => {
    await using run = await watching()
    const answered = gate()
    run.google.faults.delayNext({ match: { path: '/watch' }, until: answered.opened })
    const opening = run.watch({ id: 'one' })
    await run.google.settled()
    run.hand.insert(timed())
    expect(await run.told()).toEqual([])
    answered.open()
    await opening
    expect(await run.told()).toEqual(['one sync', 'one exists'])
  })

  test('a channel opened in a batch is told after the answer of the batch', async () => {
    await using run = await watching()
    const answered = gate()
    const arrived = gate()
    run.answer = () => {
      arrived.open()
      return { status: 200 }
    }
    run.google.faults.delayNext({ match: { path: '/batch/' }, until: answered.opened })
    const body = [
      '--b',
      'content-type: application/http',
      '',
      'POST /calendar/v3/calendars/primary/events/watch',
      'content-type: application/json',
      '',
      JSON.stringify({ id: 'one', type: 'web_hook', address: ADDRESS }),
      '--b--',
    ].join('\r\n')
    const batch = run.google.fetch(`${run.google.endpoints.apiRootUrl}batch/calendar/v3`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${run.oauth.credentials.access_token}`,
        'content-type': 'multipart/mixed; boundary=b',
      },
      body,
    })
    expect(await run.told()).toEqual([])
    answered.open()
    expect(await (await batch).text()).toContain('api#channel')
    await arrived.opened
    expect(await run.told()).toEqual(['one sync'])
  })

  test('a watch whose response is lost has its channel all the same', async () => {
    await using run = await watching()
    run.google.faults.dropNext({ applied: true })
    await expect(run.watch({ id: 'one' })).rejects.toThrow()
    expect(await run.told()).toEqual(['one sync'])
  })

  test('messages of one channel wait for each other, also for a retry', async () => {
    await using run = await withChannel()
    run.answer = () => ({ status: 503 })
    await run.insert()
    await run.insert()
    expect(await run.told()).toHaveLength(1)
    run.answer = () => ({ status: 200 })
    run.google.advance(1000)
    await run.google.settled()
    const [first = 0, second = 0] = run.received.map((request) => numberOf(request))
    expect(run.received).toHaveLength(2)
    expect(first).toBeLessThan(second)
  })

  test('a channel does not wait for another', async () => {
    await using run = await watching()
    await run.watch({ id: 'slow' })
    await run.watch({ id: 'fast' })
    await run.told()
    const slow = gate()
    run.answer = async (request) => {
      if (request.headers.get('x-goog-channel-id') === 'slow') await slow.opened
      else if (run.received.length === 3) slow.open()
      return { status: 200 }
    }
    await run.insert()
    await run.insert()
    // The slow receiver answers its first message only after the fast one has had both of its own.
    expect(await run.told()).toEqual(['slow exists', 'fast exists', 'fast exists', 'slow exists'])
  })

  test('a stopped channel gets nothing of what was waiting', async () => {
    await using run = await watching()
    const { resourceId } = await run.watch({ id: 'one' })
    await run.told()
    run.answer = () => ({ status: 503 })
    await run.insert()
    await run.told()
    await run.api.channels.stop({ requestBody: { id: 'one', resourceId: resourceId ?? '' } })
    run.google.advance(60_000)
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries.at(-1)).toMatchObject({ outcome: 'discarded', attempt: 1, status: null })
  })

  test('a message that was waiting when its channel expired is discarded', async () => {
    await using run = await watching()
    await run.watch({ id: 'one', params: { ttl: '60' } })
    await run.told()
    run.google.faults.delayNotifications(60_000)
    await run.insert()
    run.google.advance(60_000)
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries.at(-1)).toMatchObject({ outcome: 'discarded', attempt: 0 })
  })
})

describe('sync before the response', () => {
  test('is delivered and answered before the watch request is', async () => {
    await using run = await watching()
    run.google.faults.syncBeforeResponse(true)
    let answered = false
    const receiver = gate()
    const arrived = gate()
    run.answer = async () => {
      arrived.open()
      await receiver.opened
      return { status: 200 }
    }
    const opening = run.watch({ id: 'one' }).finally(() => {
      answered = true
    })
    await arrived.opened
    await run.list()
    expect(answered).toBe(false)
    receiver.open()
    await opening
    expect(await run.told()).toEqual(['one sync'])
  })

  test('a receiver that answers 503 does not hold the response back', async () => {
    await using run = await watching()
    run.google.faults.syncBeforeResponse(true)
    run.answer = () => ({ status: 503 })
    await run.watch({ id: 'one' })
    expect(outcomes(run)).toEqual([[1, 'retrying', 503]])
    run.answer = () => ({ status: 200 })
    run.google.advance(1000)
    expect(await run.told()).toEqual(['one sync', 'one sync'])
  })

  test('a client that gives up is let go', async () => {
    await using run = await watching()
    run.google.faults.syncBeforeResponse(true)
    const controller = new AbortController()
    run.answer = async () => {
      controller.abort(new Error('gave up'))
      return new Promise(() => undefined)
    }
    const url = `${run.google.endpoints.apiRootUrl}calendar/v3/calendars/primary/events/watch`
    const call = run.google.fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${run.oauth.credentials.access_token}` },
      body: JSON.stringify({ id: 'one', type: 'web_hook', address: ADDRESS }),
      signal: controller.signal,
    })
    await expect(call).rejects.toThrow('gave up')
  })

  test('a delay of notifications does not keep it', async () => {
    await using run = await watching()
    run.google.faults.syncBeforeResponse(true)
    run.google.faults.delayNotifications(60_000)
    await run.watch({ id: 'one' })
    expect(run.received).toHaveLength(1)
  })
})

describe('restore, reset and close', () => {
  test('an answer that comes after a restore does not touch what was restored', async () => {
    await using run = await withChannel()
    const snapshot = run.google.snapshot()
    const answer = gate()
    const arrived = gate()
    run.answer = async () => {
      arrived.open()
      await answer.opened
      return { status: 503 }
    }
    await run.insert()
    await arrived.opened
    const ended = new Promise((resolve) => {
      run.received[0]?.signal.addEventListener('abort', resolve)
    })
    run.google.restore(snapshot)
    await ended
    answer.open()
    run.answer = () => ({ status: 200 })
    run.google.advance(60_000)
    await run.google.settled()
    expect(run.google.deliveries).toEqual([])
    expect(run.received).toHaveLength(1)
    await run.insert()
    await run.google.settled()
    expect(run.google.deliveries).toMatchObject([{ outcome: 'delivered', attempt: 1 }])
  })

  test('a message under way in a snapshot is sent again from it', async () => {
    await using run = await withChannel()
    const arrived = gate()
    run.answer = async () => {
      arrived.open()
      return new Promise(() => undefined)
    }
    await run.insert()
    await arrived.opened
    const snapshot = run.google.snapshot()
    run.answer = () => ({ status: 200 })
    run.google.restore(snapshot)
    await run.google.settled()
    const [first, second] = run.received.map((request) => numberOf(request))
    expect(second).toBe(first)
    expect(run.google.deliveries).toMatchObject([{ outcome: 'delivered', attempt: 1, messageNumber: first }])
  })

  test('a snapshot carries channels, numbers and what waits, into another emulator too', async () => {
    await using run = await withChannel()
    run.google.faults.delayNotifications(5000)
    await run.insert()
    const snapshot = run.google.snapshot()
    await using other = await watching()
    other.google.restore(structuredClone(snapshot))
    expect(await other.told()).toEqual([])
    other.google.advance(5000)
    expect(await other.told()).toEqual(['one exists'])
    other.hand.insert(timed())
    expect(await other.told()).toEqual(['one exists'])
  })

  test('what one process left unsent leaves from its state file in the next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emulator-'))
    const stateFile = join(folder, 'state.json')
    {
      await using run = await watching({ stateFile })
      await run.watch({ id: 'one', token: 'secret' })
      run.answer = () => ({ status: 503 })
      await run.told()
      expect(outcomes(run)).toEqual([[1, 'retrying', 503]])
    }
    const arrived = Promise.withResolvers<Request>()
    const clock = standingClock('2026-03-01T13:00:00Z')
    const deliver = async (request: Request): Promise<Response> => {
      arrived.resolve(request)
      return new Response()
    }
    const next = await createGoogleEmulator({ stateFile, clock, deliver })
    const { headers } = await arrived.promise
    expect(headers.get('x-goog-channel-token')).toBe('secret')
    await next.close()
    await rm(folder, { recursive: true })
  })

  test('reset ends the channels and clears the record', async () => {
    await using run = await watching()
    await run.watch({ id: 'one' })
    expect(await run.told()).toEqual(['one sync'])
    run.google.faults.delayNotifications(1000)
    await run.insert()
    run.google.reset()
    run.google.advance(5000)
    run.hand.insert(timed())
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries).toEqual([])
  })

  test('close ends what is under way, and nothing is sent after it', async () => {
    await using run = await withChannel()
    const arrived = gate()
    run.answer = async () => {
      arrived.open()
      return new Promise(() => undefined)
    }
    await run.insert()
    await arrived.opened
    const settled = run.google.settled()
    await run.google.close()
    await settled
    expect(run.received[0]?.signal.aborted).toBe(true)
    run.received.length = 0
    run.hand.insert(timed())
    run.google.advance(60_000)
    expect(await run.told()).toEqual([])
    expect(run.google.deliveries).toEqual([])
  })
})

/** A receiver on a real port. */
async function receiver(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: string; readonly server: Server }> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    server,
    url: `http://127.0.0.1:${port}/notifications`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

describe('over the network', () => {
  const LOCAL = { webhookAddresses: 'https-or-loopback', deliver: undefined } as const

  test('a back end on this machine is told over its port', async () => {
    const seen: { method: string | undefined; headers: string[]; body: string }[] = []
    await using app = await receiver((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += String(chunk)
      })
      request.on('end', () => {
        seen.push({ method: request.method, headers: request.rawHeaders, body })
        response.writeHead(204).end()
      })
    })
    await using google = await createGoogleEmulator({ port: 0, ...LOCAL })
    const api = calendarClient(google, await connect(google, { wire: true }), { wire: true })
    const requestBody = { id: 'one', type: 'web_hook', address: app.url, token: 'sécret' }
    await api.events.watch({ calendarId: 'primary', requestBody })
    await google.settled()
    expect(google.deliveries).toMatchObject([{ state: 'sync', outcome: 'delivered', status: 204 }])
    const [{ method, headers, body } = { method: '', headers: [], body: '' }] = seen
    expect([method, body]).toEqual(['POST', ''])
    const values = (name: string): string[] =>
      headers.filter((_value, index) => headers[index - 1]?.toLowerCase() === name && index % 2 === 1)
    expect(values('content-length')).toEqual(['0'])
    expect(values('user-agent').join()).toMatch(/^APIs-Google/)
    expect(values('x-goog-channel-token')).toEqual(['sécret'])
    expect(values('x-goog-resource-state')).toEqual(['sync'])
    expect(values('transfer-encoding')).toEqual([])
  })

  test('a redirect is not followed', async () => {
    let asked = 0
    await using app = await receiver((_request, response) => {
      asked += 1
      response.writeHead(307, { location: '/elsewhere' }).end('moved')
    })
    await using run = await watching(LOCAL)
    await run.watch({ id: 'one', address: app.url })
    await run.google.settled()
    expect(run.google.deliveries).toMatchObject([{ outcome: 'failed', status: 307 }])
    expect(asked).toBe(1)
  })

  test('a dead port and a port without TLS are failures that say why', async () => {
    let url = ''
    {
      await using gone = await receiver((_request, response) => response.end())
      url = gone.url
    }
    await using plain = await receiver((_request, response) => response.end())
    await using run = await watching(LOCAL)
    await run.watch({ id: 'dead', address: url })
    await run.watch({ id: 'plain', address: plain.url.replace('http:', 'https:') })
    await run.google.settled()
    expect(run.google.deliveries).toMatchObject([
      { outcome: 'failed', status: null },
      { outcome: 'failed', status: null },
    ])
    expect(run.google.deliveries.map(({ error }) => error)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      expect.stringContaining('fetch failed'),
    ])
  })

  test('close lets go of a receiver that never answers', async () => {
    const arrived = gate()
    await using app = await receiver(() => arrived.open())
    const run = await watching(LOCAL)
    await run.watch({ id: 'one', address: app.url })
    await arrived.opened
    await run.google.close()
    await run.google.settled()
    expect(run.google.deliveries).toEqual([])
  })

  test('in real time a timer sends what becomes due', async () => {
    const arrived = gate()
    await using google = await createGoogleEmulator({
      deliver: async () => {
        arrived.open()
        return { status: 200 }
      },
    })
    const api = calendarClient(google, await connect(google))
    google.faults.delayNotifications(50)
    const requestBody = { id: 'one', type: 'web_hook', address: ADDRESS }
    await api.events.watch({ calendarId: 'primary', requestBody })
    await arrived.opened
    await google.settled()
    expect(google.deliveries).toMatchObject([{ state: 'sync', outcome: 'delivered' }])
  })

  test('over a port, a refused watch opens no channel', async () => {
    await using google = await createGoogleEmulator({ port: 0, ...LOCAL })
    const api = calendarClient(google, await connect(google, { wire: true }), { wire: true })
    const requestBody = { id: 'one', type: 'web_hook', address: 'http://app.example.com/' }
    expect((await refused(api.events.watch({ calendarId: 'primary', requestBody }))).status).toBe(400)
    await google.settled()
    expect(google.deliveries).toEqual([])
  })
})
