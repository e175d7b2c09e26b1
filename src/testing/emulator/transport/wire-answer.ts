import { STATUS_CODES, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { htmlErrorResponse } from '../front-end-errors.ts'
import type { EmulatedResponse } from '../messages.ts'

/**
 * Google compresses for a client that accepts gzip and has `gzip` in its User-Agent
 * (https://developers.google.com/workspace/calendar/api/guides/performance#gzip).
 */
function asksForGzip(headers: IncomingHttpHeaders): boolean {
  const accepted = headers['accept-encoding'] ?? ''
  return /\bgzip\b/i.test(accepted) && /gzip/i.test(headers['user-agent'] ?? '')
}

/** Sends an answer to a request with these headers. */
export function sendAnswer(
  response: ServerResponse,
  answer: EmulatedResponse,
  asked: IncomingHttpHeaders,
): void {
  const { status, headers, body } = answer
  if (body && asksForGzip(asked)) {
    response.writeHead(status, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    response.end(gzipSync(body))
    return
  }
  response.writeHead(status, { ...headers })
  response.end(body ?? undefined)
}

const PARSE_FAILURES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Answers bytes that are no HTTP request with a page of Google's edge, and ends the connection. */
export function refuseBytes(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = PARSE_FAILURES[error.code ?? ''] ?? 400
  const { headers, body } = htmlErrorResponse(status)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body ?? '')}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}
