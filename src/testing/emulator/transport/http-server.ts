import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { refusal } from '../errors.ts'
import type { Service } from '../service.ts'
import { BodyCollector, type ReceivedBody } from './body.ts'
import { refuseBytes, sendAnswer } from './wire-answer.ts'

/** A listening emulator. */
export interface HttpEdge {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

/** How much of a body is read and thrown away, so that the 413 still reaches a client that is sending. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

interface WireBody extends ReceivedBody {
  /** The client has not finished sending and will not be listened to: the connection ends with the answer. */
  readonly unfinished: boolean
}

async function readBody(message: IncomingMessage): Promise<WireBody> {
  const collector = new BodyCollector()
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    if (chunk instanceof Uint8Array) collector.add(chunk)
    if (collector.received > MAX_DISCARDED_BYTES) return { ...collector.body(), unfinished: true }
  }
  return { ...collector.body(), unfinished: false }
}

function readHeaders(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '')
  }
  return headers
}

function readAddress(message: IncomingMessage, origin: string): URL | null {
  const target = message.url ?? '/'
  return target.startsWith('/') && URL.canParse(origin + target) ? new URL(origin + target) : null
}

/** A page of another site must not reach the emulator through a name that resolves to this machine. */
function isLoopbackHost(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host ?? '')
}

async function handle(
  service: Service,
  origin: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = message.headers
  if (!isLoopbackHost(asked.host)) {
    sendAnswer(response, refusal('forbidden').toResponse(), asked)
    return
  }
  const url = readAddress(message, origin)
  if (!url) {
    sendAnswer(response, refusal('badRequest').toResponse(), asked)
    return
  }
  const { unfinished, ...body } = await readBody(message)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const request = {
    method: (message.method ?? 'GET').toUpperCase(),
    url,
    headers: readHeaders(message),
    ...body,
  }
  const outcome = await service.serve(request, gone.signal)
  if (outcome === 'dropped') message.socket.destroy()
  else if (!response.destroyed) {
    if (unfinished) response.once('finish', () => message.socket.destroySoon())
    sendAnswer(response, outcome, asked)
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

/**
 * Serves the emulator on 127.0.0.1.
 * @param port 0 for a free one.
 * @throws the listen error, such as EADDRINUSE.
 */
export async function openHttpEdge(service: Service, port: number): Promise<HttpEdge> {
  let origin = ''
  const server = createServer((message, response) => {
    handle(service, origin, message, response).catch(() => {
      // Either the client has gone or the handler broke; both end this one connection and nothing else.
      if (response.headersSent || response.destroyed) message.socket.destroy()
      else sendAnswer(response, refusal('backendError').toResponse(), message.headers)
    })
  })
  server.on('clientError', refuseBytes)
  origin = `http://127.0.0.1:${await listen(server, port)}`
  return {
    url: origin,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
