import { CalendarApiError } from './errors.ts'
import type { JsonValue } from './json.ts'
import type { EmulatedRequest } from './messages.ts'
import { API_PREFIX, effectiveMethod } from './api/calendar-api.ts'
import { findRoute } from './api/routes.ts'

/** One request the emulator received, in the order of arrival. */
export interface LoggedRequest {
  /** The method, after any `X-HTTP-Method-Override`. */
  readonly method: string
  readonly path: string
  /** Query parameters; a repeated one is joined by commas. Secrets are redacted. */
  readonly query: Readonly<Record<string, string>>
  /** The answer's status; 0 while it is pending and for a lost connection. */
  status: number
  /** What the call costs of the quota: patch 3, other Calendar calls 1, OAuth calls 0. */
  readonly units: number
  /** `calendar.events.insert`, `oauth.token`, … or `unknown`. */
  readonly calendarMethod: string
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
const OAUTH_METHODS: Readonly<Record<string, string>> = {
  '/o/oauth2/v2/auth': 'oauth.authorize',
  '/token': 'oauth.token',
  '/revoke': 'oauth.revoke',
  '/tokeninfo': 'oauth.tokeninfo',
  '/v1/userinfo': 'oauth.userinfo',
  '/oauth2/v3/certs': 'oauth.certs',
}

function methodName(method: string, pathname: string): string {
  const oauth = OAUTH_METHODS[pathname]
  if (oauth !== undefined || !pathname.startsWith(API_PREFIX)) return oauth ?? 'unknown'
  try {
    return findRoute(method, pathname).route.calendarMethod
  } catch (error) {
    if (error instanceof CalendarApiError) return 'unknown'
    throw error
  }
}

function loggedQuery(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => [
      name,
      SECRET_PARAMETERS.has(name) ? REDACTED : query.getAll(name).join(','),
    ]),
  )
}

function loggedBody(request: EmulatedRequest): { requestBody?: JsonValue } {
  if (!request.url.pathname.startsWith(API_PREFIX) || request.body === '') return {}
  try {
    return { requestBody: JSON.parse(request.body) as JsonValue }
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** The log entry of a request that has just arrived. */
export function describeRequest(request: EmulatedRequest, now: number): LoggedRequest {
  const method = effectiveMethod(request)
  const calendarMethod = methodName(method, request.url.pathname)
  const headers = [...request.headers].map(([name, value]) => [
    name,
    name === 'authorization' || name === 'cookie' ? REDACTED : value,
  ])
  const isCalendarCall = request.url.pathname.startsWith(API_PREFIX)
  return {
    method,
    path: request.url.pathname,
    query: loggedQuery(request.url.searchParams),
    status: 0,
    units: isCalendarCall ? (calendarMethod === 'calendar.events.patch' ? 3 : 1) : 0,
    calendarMethod,
    at: now,
    requestHeaders: Object.fromEntries(headers),
    ...loggedBody(request),
  }
}
