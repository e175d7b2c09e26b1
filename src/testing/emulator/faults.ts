import { ERROR_CATALOGUE, calendarErrorResponse, oauthErrorResponse } from './errors.ts'
import type { JsonObject } from './json.ts'
import { jsonResponse, type EmulatedResponse } from './messages.ts'

/** Which requests a fault is for; absent members match everything. */
export interface FaultMatch {
  /** HTTP method, after any `X-HTTP-Method-Override`. */
  readonly method?: string | undefined
  /** The path: a part of it, or a pattern. */
  readonly path?: RegExp | string | undefined
}

/** An error answer to come. */
export interface FailNext {
  readonly match?: FaultMatch | undefined
  readonly status: number
  /** Google's reason, such as `rateLimitExceeded`; default: the usual one for the status. */
  readonly reason?: string | undefined
  /** The whole body, when Google's envelope is not wanted; a string is sent as HTML. */
  readonly body?: JsonObject | string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How many requests it hits; default 1. */
  readonly times?: number | undefined
  /** The request takes effect first and only its answer is replaced; default false. */
  readonly applied?: boolean | undefined
  /** How many matching requests pass unharmed first; default 0. */
  readonly after?: number | undefined
}

/** A connection lost. */
export interface DropNext {
  readonly match?: FaultMatch | undefined
  /** The request takes effect before the connection is lost; default false. */
  readonly applied?: boolean | undefined
  /** How many requests it hits; default 1. */
  readonly times?: number | undefined
  /** How many matching requests pass unharmed first; default 0. */
  readonly after?: number | undefined
}

/** An answer held back. */
export interface DelayNext {
  readonly match?: FaultMatch | undefined
  /** The answer leaves when this resolves. */
  readonly until: Promise<void>
  /** The request takes effect before the wait (default) or only after it (`false`). */
  readonly applied?: boolean | undefined
}

/** An error of the token endpoint to come. */
export interface TokenError {
  readonly error: string
  readonly error_description?: string | undefined
  /** Default 400. */
  readonly status?: number | undefined
  /** How many token requests it hits; default 1. */
  readonly times?: number | undefined
}

/** What a fault makes of one request. */
export type FaultPlan =
  | { readonly kind: 'fail'; readonly applied: boolean; readonly response: EmulatedResponse }
  | { readonly kind: 'drop'; readonly applied: boolean }

/** A fault waiting for its request. */
export type ArmedFault = { left: number; passing: number } & (
  | { readonly kind: 'fail'; readonly fault: FailNext }
  | { readonly kind: 'drop'; readonly fault: DropNext }
)

/** The faults armed at the moment, read by the handlers and set through `emulator.faults`. */
export interface FaultBoard {
  /** In the order they were armed. */
  armed: ArmedFault[]
  delays: DelayNext[]
  pageSizeCap: number | null
  emptyPagesOn: boolean
  latencyMs: number
}

/** A board with nothing armed. */
export function createFaultBoard(): FaultBoard {
  return {
    armed: [],
    delays: [],
    pageSizeCap: null,
    emptyPagesOn: false,
    latencyMs: 0,
  }
}

const USUAL_REASON: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'authError',
  403: 'rateLimitExceeded',
  404: 'notFound',
  405: 'httpMethodNotAllowed',
  409: 'duplicate',
  410: 'fullSyncRequired',
  412: 'conditionNotMet',
  413: 'uploadTooLarge',
  429: 'rateLimitExceeded',
}

/** The answer a fault gives: Google's envelope on API paths, OAuth's two members elsewhere. */
function failureResponse(fail: FailNext, path: string): EmulatedResponse {
  const headers = fail.headers ?? {}
  if (typeof fail.body === 'string') {
    const html = { 'content-type': 'text/html; charset=UTF-8', ...headers }
    return { status: fail.status, headers: html, body: fail.body }
  }
  if (fail.body) return jsonResponse(fail.status, fail.body, headers)
  if (!path.startsWith('/calendar/')) {
    const error = fail.reason ?? (fail.status >= 500 ? 'internal_failure' : 'invalid_request')
    const answer = oauthErrorResponse(fail.status, error, 'Bad Request')
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }
  const reason = fail.reason ?? USUAL_REASON[fail.status] ?? 'backendError'
  const known = ERROR_CATALOGUE[reason]
  const { status: _usual, ...entry } = known ?? {
    status: fail.status,
    domain: 'global',
    reason,
    message: reason,
  }
  return calendarErrorResponse(fail.status, entry, headers)
}

function matches(match: FaultMatch | undefined, method: string, path: string): boolean {
  if (match?.method && match.method.toUpperCase() !== method) return false
  if (match?.path === undefined) return true
  if (typeof match.path === 'string') return path.includes(match.path)
  // A global or sticky pattern keeps state between tests; search() ignores it.
  return path.search(match.path) >= 0
}

/** Takes the next failure or loss armed for this request, if any, in the order they were armed. */
export function takeFault(board: FaultBoard, method: string, path: string): FaultPlan | null {
  const found = board.armed.find((armed) => {
    if (armed.left === 0 || !matches(armed.fault.match, method, path)) return false
    armed.passing -= 1
    return armed.passing < 0
  })
  if (!found) return null
  found.left -= 1
  const applied = found.fault.applied ?? false
  return found.kind === 'drop'
    ? { kind: 'drop', applied }
    : { kind: 'fail', applied, response: failureResponse(found.fault, path) }
}

/** The failure that makes the token endpoint refuse. */
export function tokenFailure(error: TokenError): FailNext {
  const { error: code, error_description: description = 'Bad Request', status = 400, times } = error
  return {
    match: { path: /^\/token$/ },
    status,
    times,
    body: { error: code, error_description: description },
  }
}

/** Takes the next delay armed for this request, if any. */
export function takeDelay(board: FaultBoard, method: string, path: string): DelayNext | null {
  const index = board.delays.findIndex(({ match }) => matches(match, method, path))
  return index < 0 ? null : (board.delays.splice(index, 1)[0] ?? null)
}
