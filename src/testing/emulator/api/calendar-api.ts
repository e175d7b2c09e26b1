import type { Backend } from '../backend.ts'
import { CalendarApiError, insufficientScopeResponse, loginRequired, refusal } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import { bearerToken, liveAccessToken } from '../oauth/tokens.ts'
import { rpcName, scopesOpening } from '../scopes.ts'
import type { Caller } from './access.ts'
import { selectFields } from './partial-response.ts'
import { findRoute } from './routes.ts'
import type { Route } from './routing.ts'

/** The path all Calendar methods live under. */
export const API_PREFIX = '/calendar/v3/'

/** The method a request means: POST with `X-HTTP-Method-Override` means the method named there. */
export function effectiveMethod(request: EmulatedRequest): string {
  const override = request.headers.get('x-http-method-override')?.toUpperCase()
  const overridable = ['PATCH', 'PUT', 'DELETE', 'GET']
  return request.method === 'POST' && override && overridable.includes(override) ? override : request.method
}

function authenticate(backend: Backend, request: EmulatedRequest, route: Route): Caller | EmulatedResponse {
  if (!request.headers.get('authorization')) throw loginRequired()
  const token = bearerToken(request.headers)
  const record = token === null ? null : liveAccessToken(backend, token)
  const user = record ? backend.state.users.get(record.email) : undefined
  if (!record || !user) throw refusal('authError')
  const opening = scopesOpening(route.calendarMethod, record.scopes)
  if (opening.length === 0) return insufficientScopeResponse(rpcName(route.calendarMethod))
  return { user, clientId: record.clientId, opening }
}

function readBody(request: EmulatedRequest): JsonObject {
  if (request.body.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(request.body)
    if (isJsonObject(value)) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
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

function unauthorizedHeaders(error: CalendarApiError): EmulatedResponse {
  const answer = error.toResponse()
  if (error.status !== 401) return answer
  const challenge = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

/** Answers one Calendar API request; every refusal has Google's body, nothing is thrown for bad input. */
export function calendarApi(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  const method = effectiveMethod(request)
  try {
    const { route, parameters } = findRoute(method, request.url.pathname)
    const caller = authenticate(backend, request, route)
    if ('status' in caller) return caller
    const resource = route.handle({
      backend,
      caller,
      parameters,
      query: request.url.searchParams,
      headers: request.headers,
      body: () => readBody(request),
    })
    return render(request, method, resource)
  } catch (error) {
    if (error instanceof CalendarApiError) return unauthorizedHeaders(error)
    throw error
  }
}
