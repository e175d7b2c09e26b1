import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** A request of Node's, with what frameworks add to it. */
export type IncomingLike = IncomingMessage & {
  /** The body, where a framework parsed it already. */
  readonly body?: unknown
  /** The path before a framework cut off the part it is mounted at. */
  readonly originalUrl?: string | undefined
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim()
}

/** Put together as text: resolving `//other.example/` against a base would take it for a host. */
function urlOf(req: IncomingLike, trustProxy: boolean): URL | null {
  const { headers } = req
  const encrypted = (req.socket as Partial<TLSSocket>).encrypted === true
  const scheme =
    (trustProxy ? first(headers['x-forwarded-proto']) : undefined) ?? (encrypted ? 'https' : 'http')
  const host =
    (trustProxy ? first(headers['x-forwarded-host']) : undefined) ??
    headers.host ??
    first(headers[':authority'])
  const target = req.originalUrl ?? req.url ?? '/'
  if (!/^https?$/.test(scheme) || !/^[\w.:[\]-]+$/.test(host ?? 'localhost')) return null
  return URL.parse(`${scheme}://${host ?? 'localhost'}${target.startsWith('/') ? target : '/'}`)
}

function headersOf(req: IncomingLike): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] ?? ''
    // Pseudo-headers of HTTP/2 are no headers to the Web's Request.
    if (!name.startsWith(':')) headers.append(name, req.rawHeaders[index + 1] ?? '')
  }
  return headers
}

/** Reads on demand, and lets the rest drain on cancel: destroying the request would take the answer with it. */
function streamOf(req: IncomingLike): ReadableStream<Uint8Array> {
  const chunks = req.iterator({ destroyOnReturn: false })
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await chunks.return?.()
        req.resume()
      },
    },
    { highWaterMark: 0 },
  )
}

function bodyOf(req: IncomingLike): BodyInit | null {
  const { body } = req
  if (req.method === 'GET' || req.method === 'HEAD') return null
  if (body === undefined || body === null) return req.readableEnded ? null : streamOf(req)
  // Some parsers leave `{}` where there was no body, or none of theirs.
  if (req.headers['content-type'] === undefined) return null
  return typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body)
}

/** The Web-standard form of a request, or `null` when there is none: a wild target, host, method or header. */
export function requestOf(
  req: IncomingLike,
  options: { readonly trustProxy: boolean; readonly signal: AbortSignal },
): Request | null {
  const url = urlOf(req, options.trustProxy)
  if (url === null) return null
  const body = bodyOf(req)
  const method = req.method ?? 'GET'
  try {
    const headers = headersOf(req)
    return new Request(url, { method, headers, body, signal: options.signal, duplex: 'half' } as RequestInit)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
