import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { toNodeHandler, type NodeHandlerOptions, type WebHandler } from 'appointment-sync/adapters/http-node'
import { createHttpHandler } from 'appointment-sync/http'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { ANA, fakeSync, type FakeCalls, type RecordedCall } from '../unit/http-fake-sync.ts'

const BASE = '/api/v1/google-calendar'
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

async function listen(listener: Parameters<typeof createServer>[1]): Promise<{ url: string; port: number }> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

function aHandler(over: Partial<FakeCalls> = {}): { handler: WebHandler; calls: RecordedCall[] } {
  const { sync, calls } = fakeSync(over)
  return { handler: createHttpHandler(sync, { authenticate: () => ANA }), calls }
}

/** Sends a request byte by byte as given and returns the answer's head. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString('utf8')
}

const put = (body: BodyInit, type = 'application/json'): RequestInit => ({
  method: 'PUT',
  body,
  headers: { 'content-type': type },
})

const inExpress = (handler: WebHandler, ...parsers: express.RequestHandler[]): express.Express => {
  const app = express()
  if (parsers.length > 0) app.use(...parsers)
  app.use(toNodeHandler(handler))
  app.use((_req, res) => {
    res.status(418).send('the host itself')
  })
  return app
}

const bridges: [string, (handler: WebHandler) => Parameters<typeof createServer>[1]][] = [
  ['node:http', (handler) => toNodeHandler(handler)],
  ['Express with a raw body', (handler) => inExpress(handler)],
  ['Express with express.json()', (handler) => inExpress(handler, express.json())],
  ['Express with express.text()', (handler) => inExpress(handler, express.text({ type: '*/*' }))],
  ['Express with express.raw()', (handler) => inExpress(handler, express.raw({ type: '*/*' }))],
]

describe.each(bridges)('%s', (_name, mount) => {
  it('answers a GET with its query', async () => {
    const { handler, calls } = aHandler()
    const { url } = await listen(mount(handler))
    const response = await fetch(`${url}${BASE}/sync-logs?limit=3`)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ next_cursor: 'next' })
    expect(calls).toMatchObject([{ name: 'listLogs', args: [{ ...ANA, limit: 3 }, {}] }])
  })

  it('hands over a JSON body', async () => {
    const { handler, calls } = aHandler()
    const { url } = await listen(mount(handler))
    const response = await fetch(`${url}${BASE}/integration/toggle`, put('{"active":false}'))
    expect(response.status).toBe(200)
    expect(calls).toMatchObject([{ name: 'setActive', args: [ANA, false, {}] }])
  })

  it('a change without a body is a change without a body', async () => {
    const { url } = await listen(mount(aHandler().handler))
    expect((await fetch(`${url}${BASE}/sync/manual`, { method: 'POST' })).status).toBe(200)
    expect((await fetch(`${url}${BASE}/integration`, { method: 'DELETE' })).status).toBe(200)
  })

  it('a form is refused', async () => {
    const { url } = await listen(mount(aHandler().handler))
    const form = put('active=false', 'application/x-www-form-urlencoded')
    expect((await fetch(`${url}${BASE}/integration/toggle`, form)).status).toBe(415)
  })

  it('an id with an encoded slash arrives whole', async () => {
    const { handler, calls } = aHandler()
    const { url } = await listen(mount(handler))
    await fetch(`${url}${BASE}/sync/appointment/a%2Fb`, { method: 'POST' })
    expect(calls).toMatchObject([{ args: [{ appointmentId: 'a/b' }, {}] }])
  })

  it('HEAD has no body', async () => {
    const { url } = await listen(mount(aHandler().handler))
    const response = await fetch(`${url}${BASE}/status`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

describe('over node:http', () => {
  it('a body over the limit gets its answer before its end, and the connection lives on', async () => {
    const { port } = await listen(toNodeHandler(aHandler().handler))
    const socket = connect(port, '127.0.0.1')
    const head = 'Host: here.example\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked'
    const size = 70_000
    const chunk = `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`
    socket.write(`PUT ${BASE}/integration/toggle HTTP/1.1\r\n${head}\r\n\r\n${chunk}`)
    const [refusal] = (await once(socket, 'data')) as [Buffer]
    expect(refusal.toString()).toMatch(/^HTTP\/1\.1 413 /)
    socket.write(`${chunk.repeat(10)}0\r\n\r\nGET ${BASE}/status HTTP/1.1\r\nHost: here.example\r\n\r\n`)
    const [next] = (await once(socket, 'data')) as [Buffer]
    expect(next.toString()).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('a caller that leaves aborts the call', async () => {
    const reached = Promise.withResolvers<undefined>()
    const aborted = Promise.withResolvers<unknown>()
    const status: FakeCalls['status'] = (_owner, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          aborted.resolve(options.signal?.reason)
          reject(options.signal?.reason as Error)
        })
        reached.resolve(undefined)
      })
    const { port } = await listen(toNodeHandler(aHandler({ status }).handler))
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET ${BASE}/status HTTP/1.1\r\nHost: here.example\r\n\r\n`)
    await reached.promise
    socket.destroy()
    expect(await aborted.promise).toMatchObject({ name: 'AbortError' })
  })

  it('a call that ended is not aborted afterwards', async () => {
    const { handler, calls } = aHandler()
    const { url } = await listen(toNodeHandler(handler))
    await (await fetch(`${url}${BASE}/status`, { headers: { connection: 'close' } })).text()
    expect(calls[0]?.args[1]).toMatchObject({ signal: { aborted: false } })
  })

  it('a handler that rejects is a 500 without a word of the error, which the host is told', async () => {
    const told: unknown[] = []
    const failure = new Error('ya29.secret')
    const options: NodeHandlerOptions = { onError: (error) => told.push(error) }
    const { url } = await listen(toNodeHandler(() => Promise.reject(failure), options))
    const response = await fetch(url)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(told).toEqual([failure])
  })

  it('a handler that throws at once is answered too', async () => {
    const handler = (): never => {
      throw new Error('ya29.secret')
    }
    const { url } = await listen(toNodeHandler(handler, { onError: () => undefined }))
    expect((await fetch(url)).status).toBe(500)
  })

  it('several cookies stay several', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2, 3'],
    ])
    const { url } = await listen(toNodeHandler(async () => new Response('x', { headers })))
    expect((await fetch(url)).headers.getSetCookie()).toEqual(['a=1', 'b=2, 3'])
  })

  const echo: WebHandler = async (request) => new Response(request.url)
  const forwarded = { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'public.example' }

  it('the address is that of the connection, whatever a caller forwards', async () => {
    const { url } = await listen(toNodeHandler(echo))
    expect(await (await fetch(`${url}/a?b=1`, { headers: forwarded })).text()).toBe(`${url}/a?b=1`)
  })

  it('the address is that of the proxy, where it is trusted', async () => {
    const { url } = await listen(toNodeHandler(echo, { trustProxy: true }))
    expect(await (await fetch(`${url}/a`, { headers: forwarded })).text()).toBe('https://public.example/a')
    expect(await (await fetch(`${url}/a`)).text()).toBe(`${url}/a`)
  })

  it.each([
    ['GET //evil.example/x HTTP/1.1\r\nHost: here.example', 'http://here.example//evil.example/x'],
    ['OPTIONS * HTTP/1.1\r\nHost: here.example', 'http://here.example/'],
    ['GET /x HTTP/1.0', 'http://localhost/x'],
  ])('%j is read as it is meant', async (head, address) => {
    const { port } = await listen(toNodeHandler(echo))
    expect(await raw(port, `${head}\r\n\r\n`)).toContain(address)
  })

  it.each([
    'GET /x HTTP/1.1\r\nHost: user@evil.example',
    'GET /x HTTP/1.1\r\nHost: a/b',
    'GET /x HTTP/1.1\r\nHost: a:99999',
    'TRACE /x HTTP/1.1\r\nHost: here.example',
  ])('%j is a bad request, and takes nothing down', async (head) => {
    const { port, url } = await listen(toNodeHandler(echo))
    expect(await raw(port, `${head}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('in Express', () => {
  it('paths beside the base path go on to the host', async () => {
    const { url } = await listen(inExpress(aHandler().handler))
    for (const path of ['/', '/book', `${BASE}x/status`]) {
      expect((await fetch(`${url}${path}`)).status).toBe(418)
    }
    expect((await fetch(`${url}${BASE}/nowhere`)).status).toBe(404)
  })

  it('mounted at a path, the base path is still the whole one', async () => {
    const app = express()
    app.use('/api', toNodeHandler(aHandler().handler))
    const { url } = await listen(app)
    expect((await fetch(`${url}${BASE}/status`)).status).toBe(200)
  })
})
