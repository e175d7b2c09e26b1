import type { Backend } from '../backend.ts'
import { CalendarApiError, loginRequired, refusal } from '../errors.ts'
import {
  accessNotConfiguredResponse,
  insufficientScopeResponse,
  unauthenticatedResponse,
} from '../front-end-errors.ts'
import { readJsonBody } from '../json-body.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import { bearerToken, liveAccessToken } from '../oauth/tokens.ts'
import { chargeCall } from '../quota/charge.ts'
import { checkUseLimits, recordUse } from '../quota/use-limits.ts'
import type { RequestTarget } from '../request-target.ts'
import { rpcName, scopesOpening } from '../scopes.ts'
import { requireCalendarService, type Caller } from './access.ts'
import { selectFields } from './partial-response.ts'
import type { Route } from './routing.ts'
import { checkStandardParameters } from './standard-parameters.ts'

function authenticate(backend: Backend, request: EmulatedRequest, route: Route): Caller | EmulatedResponse {
  if (!request.headers.get('authorization')) throw loginRequired()
  const token = bearerToken(request.headers)
  const record = token === null ? null : liveAccessToken(backend, token)
  const user = record ? backend.state.users.get(record.email) : undefined
  if (!record || !user) throw refusal('authError')
  const opening = scopesOpening(route.calendarMethod, record.scopes)
  if (opening.length === 0) return insufficientScopeResponse(rpcName(route.calendarMethod))
  requireCalendarService(user)
  return { user, clientId: record.clientId, opening }
}

function readBody(request: EmulatedRequest): JsonObject {
  if (request.bodyIsText === false) throw refusal('parseError')
  if (request.body.trim() === '') return {}
  const { value } = readJsonBody(request.body) ?? {}
  if (isJsonObject(value)) return value
  throw refusal('parseError')
}

function render(request: EmulatedRequest, method: string, resource: JsonObject | null): EmulatedResponse {
  if (resource === null) return emptyResponse(204)
  const etag = typeof resource.etag === 'string' ? { etag: resource.etag } : {}
  const known = request.headers.get('if-none-match')
  if (method === 'GET' && known !== null && (known === '*' || known === resource.etag)) {
    return emptyResponse(304, etag)
  }
  const mask = request.url.searchParams.get('fields')
  return jsonResponse(200, mask ? selectFields(resource, mask) : resource, etag)
}

function refusalResponse(backend: Backend, error: CalendarApiError): EmulatedResponse {
  if (error.status !== 401) return error.toResponse()
  const front = backend.settings.authErrorEnvelope === 'front-end'
  const answer = front ? unauthenticatedResponse(error.entry) : error.toResponse()
  const challenge = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

/** Answers one Calendar API request; every refusal has Google's body, nothing is thrown for bad input. */
export function calendarApi(
  backend: Backend,
  request: EmulatedRequest,
  target: RequestTarget,
): EmulatedResponse {
  const { method, call } = target
  try {
    if (call === null) throw refusal('notFound')
    if (call instanceof CalendarApiError) throw call
    const { route, parameters } = call
    const query = request.url.searchParams
    checkStandardParameters(query)
    const caller = authenticate(backend, request, route)
    if ('status' in caller) return caller
    if (backend.faults.apiDisabled) return accessNotConfiguredResponse()
    const { calendarMethod } = route
    const exceeded = chargeCall(backend, { calendarMethod, method, parameters, request, caller })
    if (exceeded) return exceeded
    const body = (): JsonObject => readBody(request)
    const use = checkUseLimits(backend, { calendarMethod, caller, query, body })
    const resource = route.handle({ backend, caller, parameters, query, headers: request.headers, body })
    recordUse(backend, use)
    return render(request, method, resource)
  } catch (error) {
    if (error instanceof CalendarApiError) return refusalResponse(backend, error)
    throw error
  }
}
