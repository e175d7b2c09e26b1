import type { Backend } from './backend.ts'
import { calendarApi } from './api/calendar-api.ts'
import { answerBatch } from './batch/batch.ts'
import { refusal } from './errors.ts'
import { takeFault } from './faults.ts'
import type { DelayNext, FaultPlan } from './faults/request-faults.ts'
import { takeDelay } from './faults/take-fault.ts'
import { htmlErrorResponse } from './front-end-errors.ts'
import {
  MAX_URL_LENGTH,
  emptyResponse,
  jsonResponse,
  type EmulatedRequest,
  type EmulatedResponse,
} from './messages.ts'
import { revokeEndpoint, tokenInfoEndpoint, userInfoEndpoint } from './oauth/account-endpoints.ts'
import { authorizationEndpoint } from './oauth/consent-page.ts'
import type { IdTokenSigner } from './oauth/id-token.ts'
import { tokenEndpoint } from './oauth/token-endpoint.ts'
import { randomBatchBoundary } from './random.ts'
import { describeRequest, type LoggedRequest } from './request-log.ts'
import { locate, type RequestTarget } from './request-target.ts'

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

/** A request and its answer, as they travelled. Each call of a batch is one of its own, shown before the batch. */
export interface Exchange {
  /** `calendar.events.insert`, `calendar.batch`, `oauth.token`, … or `unknown`. */
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
  [
    '/oauth2/v1/certs',
    async ({ signer }, request) =>
      request.method === 'GET' ? jsonResponse(200, await signer.pemKeys()) : emptyResponse(405),
  ],
])

/** A request that has arrived: it is in the log, and what will go wrong with it is settled. */
interface Arrival {
  readonly request: EmulatedRequest
  readonly target: RequestTarget
  readonly logged: LoggedRequest
  /** The batch that it is, or that it came in. */
  readonly batch: string | null
  readonly delay: DelayNext | null
  readonly fault: FaultPlan | null
}

function receive(parts: ServiceParts, request: EmulatedRequest, outerBatch: string | null): Arrival {
  const { requests, backend } = parts
  const { faults, clock, state } = backend
  const target = locate(request, outerBatch !== null)
  const batch = outerBatch ?? (target.kind === 'batch' ? randomBatchBoundary(state.random) : null)
  const logged = describeRequest(request, target, clock.now(), batch)
  requests.push(logged)
  // Taken on arrival, so that a fault hits the request it was armed for even when others overtake it.
  const delay = takeDelay(faults.delays, target)
  return { request, target, logged, batch, delay, fault: takeFault(faults, target) }
}

async function dispatch(parts: ServiceParts, arrival: Arrival, signal?: AbortSignal): Promise<Outcome> {
  const { request, target, batch } = arrival
  const { backend } = parts
  if (request.bodyTooLarge) return refusal('uploadTooLarge').toResponse()
  if (request.url.href.length > MAX_URL_LENGTH) return htmlErrorResponse(414)
  if (target.kind === 'calendar') return calendarApi(backend, request, target)
  if (target.kind === 'batch' && batch !== null && !target.batched) {
    return answerBatch(backend, request, batch, (call) => {
      const arrived = receive(parts, call, batch)
      return async () => answer(parts, arrived, signal)
    })
  }
  if (target.kind === 'batch') return refusal('badRequest').toResponse()
  const oauth = target.batched ? undefined : OAUTH.get(target.path)
  return oauth ? oauth(parts, request) : refusal('notFound').toResponse()
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

async function carryOut(parts: ServiceParts, arrival: Arrival, signal?: AbortSignal): Promise<Outcome> {
  const { delay, fault, target } = arrival
  const { latencyMs } = parts.backend.faults
  // The calls of a batch share its way to Google and back.
  if (latencyMs > 0 && !target.batched) await untilAborted(parts.sleep(latencyMs), signal)
  if (delay?.applied === false) await untilAborted(delay.until, signal)
  const real = fault === null || fault.applied ? await dispatch(parts, arrival, signal) : null
  if (delay && delay.applied !== false) await untilAborted(delay.until, signal)
  if (fault?.kind === 'hang') await untilAborted(new Promise<never>(() => undefined), signal)
  if (fault?.kind === 'drop') return 'dropped'
  if (fault?.kind === 'fail') return fault.response
  return real ?? refusal('backendError').toResponse()
}

async function answer(parts: ServiceParts, arrival: Arrival, signal?: AbortSignal): Promise<Outcome> {
  const outcome = await carryOut(parts, arrival, signal)
  const { logged, request } = arrival
  logged.status = outcome === 'dropped' ? 0 : outcome.status
  if (outcome !== 'dropped') {
    parts.observe?.({ calendarMethod: logged.calendarMethod, request, response: outcome })
  }
  return outcome
}

/** The service over its parts. */
export function createService(parts: ServiceParts): Service {
  return { serve: async (request, signal) => answer(parts, receive(parts, request, null), signal) }
}
