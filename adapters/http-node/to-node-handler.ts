import type { IncomingMessage, ServerResponse } from 'node:http'
import { type IncomingLike, requestOf } from './incoming-request.ts'

/** The handler of `appointment-sync/http`, or any function over Web-standard requests. */
export interface WebHandler {
  (request: Request): Promise<Response>
  /** Paths outside it go to `next`, where there is one. */
  readonly basePath?: string
}

/** Options of {@link toNodeHandler}. */
export interface NodeHandlerOptions {
  /**
   * Takes scheme and host from `x-forwarded-proto` and `x-forwarded-host`. Only behind a proxy that sets both:
   * anybody can send them. Default false.
   */
  readonly trustProxy?: boolean | undefined
  /** Told when the handler itself rejects, which is answered 500. Default a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Fits `http.createServer(…)` and `app.use(…)` of Express and its kin. */
export type NodeHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => void

const FAILURE = JSON.stringify({
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  code: 'INTERNAL',
})
const MALFORMED = JSON.stringify({
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  code: 'INVALID_REQUEST',
})

function warn(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error
  process.emitWarning(
    `The HTTP handler rejected with ${name}; the caller got a 500.`,
    'AppointmentSyncWarning',
  )
}

function refuse(res: ServerResponse, status: number, body: string): void {
  if (res.headersSent) res.destroy()
  else
    res
      .writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
      .end(body)
}

async function write(response: Response, res: ServerResponse): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer())
  if (res.destroyed) return
  res.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) res.setHeader('set-cookie', cookies)
  res.end(body)
}

/**
 * Bridges Node's `http` to a Web-standard handler. Takes the body raw or as a framework parsed it (`req.body`),
 * aborts the request's signal when the client disconnects, and answers 500 without a word about the error.
 */
export function toNodeHandler(handler: WebHandler, options: NodeHandlerOptions = {}): NodeHandler {
  const { trustProxy = false, onError = warn } = options
  return (req: IncomingLike, res, next) => {
    const target = req.originalUrl ?? req.url ?? '/'
    if (next !== undefined && !target.startsWith(`${handler.basePath ?? ''}/`)) return next()
    const gone = new AbortController()
    const request = requestOf(req, { trustProxy, signal: gone.signal })
    if (request === null) return refuse(res, 400, MALFORMED)
    res.once('close', () => {
      if (!res.writableFinished) gone.abort(new DOMException('The client disconnected.', 'AbortError'))
    })
    Promise.resolve(request)
      .then(handler)
      .then((response) => write(response, res))
      .catch((error: unknown) => {
        refuse(res, 500, FAILURE)
        onError(error)
      })
  }
}
