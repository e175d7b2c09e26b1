import { ERROR_CATALOGUE, calendarErrorResponse, oauthErrorResponse } from '../errors.ts'
import {
  accessNotConfiguredResponse,
  frontEndErrorResponse,
  htmlErrorResponse,
  insufficientScopeResponse,
} from '../front-end-errors.ts'
import { jsonResponse, type EmulatedResponse } from '../messages.ts'
import { rpcName } from '../scopes.ts'
import { isApiPath, type FaultTarget } from './fault-match.ts'
import type { FailNext } from './request-faults.ts'

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

/** Statuses whose answer cannot carry a body; a `Response` refuses to be made with one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

function calendarFailure(fail: FailNext, target: FaultTarget): EmulatedResponse {
  const { status } = fail
  const reason = fail.reason ?? USUAL_REASON[status] ?? 'backendError'
  const known = ERROR_CATALOGUE[reason]
  const { status: _usual, ...entry } = known ?? { status, domain: 'global', reason, message: reason }
  if (fail.envelope === 'back-end') return calendarErrorResponse(status, entry)
  if (reason === 'insufficientPermissions') return insufficientScopeResponse(rpcName(target.calendarMethod))
  if (reason === 'accessNotConfigured') return accessNotConfiguredResponse()
  const front = fail.envelope === 'front-end' || (fail.envelope === undefined && status === 429)
  return front ? frontEndErrorResponse(status, entry) : calendarErrorResponse(status, entry)
}

function envelope(fail: FailNext, target: FaultTarget): EmulatedResponse {
  const { status, body } = fail
  if (typeof body === 'string') {
    return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body }
  }
  if (body) return jsonResponse(status, body)
  if (fail.envelope === 'html') return htmlErrorResponse(status)
  if (isApiPath(target.path)) return calendarFailure(fail, target)
  const error = fail.reason ?? (status >= 500 ? 'internal_failure' : 'invalid_request')
  return oauthErrorResponse(status, error, 'Bad Request')
}

/** The answer a fault gives: Google's envelopes on API paths, OAuth's two members elsewhere. */
export function failureResponse(fail: FailNext, target: FaultTarget): EmulatedResponse {
  const answer = envelope(fail, target)
  return {
    status: fail.status,
    headers: { ...answer.headers, ...fail.headers },
    body: WITHOUT_BODY.has(fail.status) ? null : answer.body,
  }
}
