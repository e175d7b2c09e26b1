import type { JsonValue } from './json.ts'
import { readJsonBody } from './json-body.ts'
import type { EmulatedRequest } from './messages.ts'
import { unitsOf } from './quota/method-units.ts'
import type { RequestTarget } from './request-target.ts'

/** One request the emulator received, in the order of arrival. */
export interface LoggedRequest {
  /** The method, after any `X-HTTP-Method-Override`. */
  readonly method: string
  readonly path: string
  /** Query parameters; a repeated one is joined by commas. Secrets are redacted. */
  readonly query: Readonly<Record<string, string>>
  /** The answer's status; 0 while it is pending and for a lost connection. */
  status: number
  /** What the call costs of the quota: patch 3, other Calendar calls 1, OAuth calls and a batch itself 0. */
  readonly units: number
  /** `calendar.events.insert`, `calendar.batch`, `oauth.token`, … or `unknown`. */
  readonly calendarMethod: string
  /** The name of a batch, on the batch and on each of its calls, which follow it; absent outside batches. */
  readonly batch?: string
  /** When it arrived, in milliseconds of the emulator's clock. */
  readonly at: number
  /** Header names in lower case; `authorization` is redacted. */
  readonly requestHeaders: Readonly<Record<string, string>>
  /** The JSON body of a Calendar call; absent for other calls and other bodies. */
  readonly requestBody?: JsonValue
}

const REDACTED = '[redacted]'
const SECRET_PARAMETERS = new Set([
  'token',
  'code',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'code_verifier',
])

function loggedQuery(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => [
      name,
      SECRET_PARAMETERS.has(name) ? REDACTED : query.getAll(name).join(','),
    ]),
  )
}

/**
 * The log entry of a request that has just arrived.
 * @param batch the batch that it is, or that it came in.
 */
export function describeRequest(
  request: EmulatedRequest,
  target: RequestTarget,
  now: number,
  batch: string | null,
): LoggedRequest {
  const { method, path, calendarMethod } = target
  const requestHeaders: Record<string, string> = {}
  for (const [name, value] of request.headers) {
    requestHeaders[name] = name === 'authorization' || name === 'cookie' ? REDACTED : value
  }
  const isCalendarCall = target.kind === 'calendar'
  const body = isCalendarCall && request.body !== '' ? readJsonBody(request.body) : null
  return {
    method,
    path,
    query: loggedQuery(request.url.searchParams),
    status: 0,
    units: isCalendarCall ? unitsOf(calendarMethod) : 0,
    calendarMethod,
    ...(batch === null ? {} : { batch }),
    at: now,
    requestHeaders,
    ...(body ? { requestBody: body.value } : {}),
  }
}
