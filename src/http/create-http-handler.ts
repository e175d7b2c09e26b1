import {
  AppointmentSyncError,
  type AppointmentSync,
  isAbort,
  isAppointmentSyncError,
  type Owner,
  ownerSchema,
} from '../index.ts'
import { isCrossSiteChange } from './cross-site.ts'
import { type HttpHandlerOptions, type HttpSettings, readHttpOptions } from './http-options.ts'
import { HttpRefusal } from './http-refusal.ts'
import { matchRoute, type RouteMatch } from './match-route.ts'
import { openApiRoute } from './open-api.ts'
import { problemResponse, statusOf } from './problem-response.ts'
import { readJson } from './read-json.ts'
import { finish } from './respond.ts'
import type { Route } from './route.ts'
import { availabilityRoutes } from './routes/availability.ts'
import { calendarRoutes } from './routes/calendars.ts'
import { conflictRoutes } from './routes/conflicts.ts'
import { integrationRoutes } from './routes/integration.ts'
import { monitoringRoutes } from './routes/monitoring.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { oauthRoutes } from './routes/oauth.ts'
import { syncLogRoutes } from './routes/sync-logs.ts'
import { syncRoutes } from './routes/sync.ts'
import { templateRoutes } from './routes/templates.ts'

/** Nobody reads it: the caller is gone. The number is the one that proxies log for that. */
const CLIENT_CLOSED_REQUEST = 499

/** The routes as one function over Web-standard requests. Never rejects: every failure is an answer. */
export interface HttpHandler {
  (request: Request): Promise<Response>
  /** Where the routes hang, without a slash at the end; lets a bridge pass other paths on. */
  readonly basePath: string
}

function allRoutes(settings: HttpSettings): Route[] {
  const routes: Route[] = [
    ...oauthRoutes(settings.returnTo, settings.failureReturnTo),
    ...integrationRoutes(),
    ...calendarRoutes(),
    ...syncRoutes(),
    ...syncLogRoutes(),
    ...conflictRoutes(),
    ...availabilityRoutes(),
    ...templateRoutes(),
    ...monitoringRoutes(settings.publicHealth),
    ...notificationRoutes(),
  ]
  routes.push(openApiRoute(() => routes, settings.basePath))
  return routes
}

async function whoCalls(settings: HttpSettings, request: Request): Promise<Owner> {
  const owner: unknown = await settings.authenticate(request)
  if (owner === null || owner === undefined) {
    throw new HttpRefusal({ code: 'UNAUTHENTICATED', message: 'The host did not recognise who is calling.' })
  }
  const checked = ownerSchema.safeParse(owner)
  if (checked.success) return checked.data
  throw new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message: 'authenticate answered something that is no owner: return { tenantId, userId } or null.',
  })
}

async function answer(
  sync: AppointmentSync,
  settings: HttpSettings,
  { route, params }: RouteMatch,
  request: Request,
): Promise<Response> {
  if (!route.crossSite && isCrossSiteChange(request, settings.allowedOrigins)) {
    throw new HttpRefusal({
      code: 'INVALID_REQUEST',
      status: 403,
      message: 'A page of another site may not change anything here.',
    })
  }
  const owner = route.access === 'owner' ? await whoCalls(settings, request) : null
  return route.answer({
    sync,
    request,
    owner,
    params,
    readJson: () => readJson(request, settings.maxBodyBytes),
  })
}

/** Where an unforeseen error came from. Its message may hold anything, so it is left out. */
function originOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames.slice(0, 5).map((line) => line.trim())].join(' ')
}

function logFailure(settings: HttpSettings, error: unknown, method: string, route: string | null): void {
  const status = statusOf(error)
  if (status < 500) return
  const code = isAppointmentSyncError(error) ? error.code : 'INTERNAL'
  const origin = isAppointmentSyncError(error) ? null : originOf(error)
  settings.logger?.error({ method, route, status, code, origin }, 'An HTTP request failed.')
}

/**
 * Makes the HTTP face of the SDK: `GET auth-url`, `GET status`, `POST sync/manual` and the others, listed in
 * `docs/guide/http.md`. Runs wherever there are Web-standard requests; `adapters/http-node` bridges to Node.
 *
 * Failures are `application/problem+json` with a stable `code`. The caller's disconnect aborts the call.
 * Throws `INVALID_CONFIGURATION` naming every problem of the options, a missing `authenticate` among them.
 */
export function createHttpHandler(sync: AppointmentSync, options: HttpHandlerOptions): HttpHandler {
  const settings = readHttpOptions(options)
  const { basePath } = settings
  const routes = allRoutes(settings)
  const handle = async (request: Request): Promise<Response> => {
    const { method } = request
    let match: RouteMatch | null = null
    try {
      match = matchRoute(routes, basePath, { method, pathname: new URL(request.url).pathname })
      return finish(await answer(sync, settings, match, request), method)
    } catch (error) {
      if (isAbort(error, request.signal)) {
        return finish(new Response(null, { status: CLIENT_CLOSED_REQUEST }), method)
      }
      logFailure(settings, error, method, match?.route.path ?? null)
      return finish(problemResponse(error), method)
    }
  }
  return Object.assign(handle, { basePath })
}
