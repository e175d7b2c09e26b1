import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { refusal } from '../errors.ts'
import { MAX_BODY_BYTES, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import type { Service } from '../service.ts'

/** A listening emulator. */
export interface HttpEdge {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

async function readBody(message: IncomingMessage): Promise<{ body: string; tooLarge: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  // The rest of a body that is too large is read and thrown away, so that the answer can still be delivered.
  for await (const chunk of message) {
    const bytes = Buffer.from(chunk as Uint8Array)
    size += bytes.byteLength
    if (size <= MAX_BODY_BYTES) chunks.push(bytes)
  }
  const tooLarge = size > MAX_BODY_BYTES
  return { body: tooLarge ? '' : Buffer.concat(chunks).toString('utf8'), tooLarge }
}

function readHeaders(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '')
  }
  return headers
}

async function readRequest(message: IncomingMessage, origin: string): Promise<EmulatedRequest | null> {
  const target = message.url ?? '/'
  if (!target.startsWith('/') || !URL.canParse(origin + target)) return null
  const { body, tooLarge } = await readBody(message)
  return {
    method: (message.method ?? 'GET').toUpperCase(),
    url: new URL(origin + target),
    headers: readHeaders(message),
    body,
    bodyTooLarge: tooLarge,
  }
}

function send(response: ServerResponse, answer: EmulatedResponse): void {
  response.writeHead(answer.status, { ...answer.headers })
  response.end(answer.body ?? undefined)
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
  if (!isLoopbackHost(message.headers.host)) {
    send(response, refusal('forbidden').toResponse())
    return
  }
  const request = await readRequest(message, origin)
  if (!request) {
    send(response, refusal('badRequest').toResponse())
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const outcome = await service.serve(request, gone.signal)
  if (outcome === 'dropped') message.socket.destroy()
  else if (!response.destroyed) send(response, outcome)
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
      else send(response, refusal('backendError').toResponse())
    })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
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
