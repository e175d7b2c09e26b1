import { findRoute } from './api/routes.ts'
import type { Route } from './api/routing.ts'
import { CalendarApiError } from './errors.ts'
import type { FaultTarget } from './faults/fault-match.ts'
import type { EmulatedRequest } from './messages.ts'

/** The path all Calendar methods live under. */
const API_PREFIX = '/calendar/v3/'

/** Where batches go: the address of the discovery document, and the one all Google APIs once shared. */
const BATCH_PATHS: ReadonlySet<string> = new Set(['/batch/calendar/v3', '/batch'])

const OAUTH_METHODS: ReadonlyMap<string, string> = new Map([
  ['/o/oauth2/v2/auth', 'oauth.authorize'],
  ['/token', 'oauth.token'],
  ['/revoke', 'oauth.revoke'],
  ['/tokeninfo', 'oauth.tokeninfo'],
  ['/v1/userinfo', 'oauth.userinfo'],
  ['/oauth2/v3/certs', 'oauth.certs'],
  ['/oauth2/v1/certs', 'oauth.certs'],
])

/** The Calendar method a request names, with the parameters of its path. */
export interface CalendarTarget {
  readonly route: Route
  readonly parameters: Readonly<Record<string, string>>
}

/** What a request is for; found once, on arrival. */
export interface RequestTarget extends FaultTarget {
  readonly kind: 'calendar' | 'batch' | 'other'
  /** The Calendar method, or why there is none; null outside the API. */
  readonly call: CalendarTarget | CalendarApiError | null
}

/** The method a request means: POST with `X-HTTP-Method-Override` means the method named there. */
function effectiveMethod(request: EmulatedRequest): string {
  if (request.method !== 'POST') return request.method
  const override = request.headers.get('x-http-method-override')?.toUpperCase()
  const overridable = ['PATCH', 'PUT', 'DELETE', 'GET']
  return override && overridable.includes(override) ? override : request.method
}

function findCall(method: string, path: string): CalendarTarget | CalendarApiError {
  try {
    return findRoute(method, path)
  } catch (error) {
    if (error instanceof CalendarApiError) return error
    throw error
  }
}

/** Finds out what a request is for. @param batched it came inside a batch. */
export function locate(request: EmulatedRequest, batched: boolean): RequestTarget {
  const method = effectiveMethod(request)
  const path = request.url.pathname
  const place = { method, path, batched }
  if (path.startsWith(API_PREFIX)) {
    const call = findCall(method, path)
    const calendarMethod = call instanceof CalendarApiError ? 'unknown' : call.route.calendarMethod
    return { ...place, kind: 'calendar', calendarMethod, call }
  }
  if (BATCH_PATHS.has(path)) return { ...place, kind: 'batch', calendarMethod: 'calendar.batch', call: null }
  // A batch of the Calendar API reaches nothing else.
  const calendarMethod = (batched ? undefined : OAUTH_METHODS.get(path)) ?? 'unknown'
  return { ...place, kind: 'other', calendarMethod, call: null }
}
