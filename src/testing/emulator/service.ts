import type { Backend } from './backend.ts'
import { API_PREFIX, calendarApi, effectiveMethod } from './api/calendar-api.ts'
import { refusal } from './errors.ts'
import { takeDelay, takeFault } from './faults.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from './messages.ts'
import { revokeEndpoint, tokenInfoEndpoint, userInfoEndpoint } from './oauth/account-endpoints.ts'
import { authorizationEndpoint } from './oauth/consent-page.ts'
import type { IdTokenSigner } from './oauth/id-token.ts'
import { tokenEndpoint } from './oauth/token-endpoint.ts'
import { describeRequest, type LoggedRequest } from './request-log.ts'
import { userInterface } from './ui/pages.ts'

/** What a caller gets: an answer, or a connection that is lost. */
export type Outcome = EmulatedResponse | 'dropped'

/** The emulated Google as one function. */
export interface Service {
  /**
   * Answers one request; input never makes it throw.
   * @param signal ends the wait of a held answer; the promise then rejects with the signal's reason.
   */
  serve(request: EmulatedRequest, signal?: AbortSignal): Promise<Outcome>
}

/** A request and its answer, as they travelled. */
export interface Exchange {
  /** `calendar.events.insert`, `oauth.token`, … or `unknown`. */
  readonly calendarMethod: string
  readonly request: EmulatedRequest
  readonly response: EmulatedResponse
}

/** What the service is made of. */
export interface ServiceParts {
  readonly backend: Backend
  readonly signer: IdTokenSigner
  readonly requests: LoggedRequest[]
  /** Shown every request with its answer, the pages for people excepted. */
  readonly observe: ((exchange: Exchange) => void) | null
  /** Waits real milliseconds, for the latency fault. */
  readonly sleep: (ms: number) => Promise<void>
}

type OAuthHandler = (
  parts: ServiceParts,
  request: EmulatedRequest,
) => EmulatedResponse | Promise<EmulatedResponse>

const OAUTH: ReadonlyMap<string, OAuthHandler> = new Map<string, OAuthHandler>([
  ['/o/oauth2/v2/auth', ({ backend }, request) => authorizationEndpoint(backend, request)],
  ['/token', ({ backend, signer }, request) => tokenEndpoint(backend, signer, request)],
  ['/revoke', ({ backend }, request) => revokeEndpoint(backend, request)],
  ['/tokeninfo', ({ backend }, request) => tokenInfoEndpoint(backend, request)],
  ['/v1/userinfo', ({ backend }, request) => userInfoEndpoint(backend, request)],
  [
    '/oauth2/v3/certs',
    async ({ signer }, request) =>
      request.method === 'GET' ? jsonResponse(200, await signer.keySet()) : emptyResponse(405),
  ],
])

async function dispatch(parts: ServiceParts, request: EmulatedRequest): Promise<EmulatedResponse> {
  if (request.bodyTooLarge) return refusal('uploadTooLarge').toResponse()
  const { pathname } = request.url
  const oauth = OAUTH.get(pathname)
  if (oauth) return oauth(parts, request)
  if (pathname.startsWith(API_PREFIX)) return calendarApi(parts.backend, request)
  return refusal('notFound').toResponse()
}

/** Rejects when the signal fires, so that a caller who gave up is let go. */
async function untilAborted<T>(wait: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return wait
  signal.throwIfAborted()
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    wait.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

async function answer(parts: ServiceParts, request: EmulatedRequest, signal?: AbortSignal): Promise<Outcome> {
  const { faults } = parts.backend
  const method = effectiveMethod(request)
  const path = request.url.pathname
  // Taken on arrival, so that a fault hits the request it was armed for even when others overtake it.
  const delay = takeDelay(faults, method, path)
  const fault = takeFault(faults, method, path)
  if (faults.latencyMs > 0) await untilAborted(parts.sleep(faults.latencyMs), signal)
  if (delay?.applied === false) await untilAborted(delay.until, signal)
  const real = fault === null || fault.applied ? await dispatch(parts, request) : null
  if (delay && delay.applied !== false) await untilAborted(delay.until, signal)
  if (fault?.kind === 'drop') return 'dropped'
  if (fault?.kind === 'fail') return fault.response
  return real ?? refusal('backendError').toResponse()
}

/** The service over its parts. */
export function createService(parts: ServiceParts): Service {
  return {
    async serve(request, signal) {
      const { pathname } = request.url
      if (pathname === '/' || pathname.startsWith('/ui/')) return userInterface(parts.backend, request)
      const logged = describeRequest(request, parts.backend.clock.now())
      parts.requests.push(logged)
      const outcome = await answer(parts, request, signal)
      logged.status = outcome === 'dropped' ? 0 : outcome.status
      if (outcome !== 'dropped') {
        parts.observe?.({ calendarMethod: logged.calendarMethod, request, response: outcome })
      }
      return outcome
    },
  }
}
