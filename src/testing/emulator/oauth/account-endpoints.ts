import type { Backend } from '../backend.ts'
import { oauthErrorResponse } from '../errors.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import { isSignInScope } from '../scopes.ts'
import { bearerToken, liveAccessToken, revokeToken } from './tokens.ts'

/** A parameter from the query string or from a form body: Google's own library uses the query string. */
function parameter(request: EmulatedRequest, name: string): string | null {
  return request.url.searchParams.get(name) ?? new URLSearchParams(request.body).get(name)
}

/** The revocation endpoint; an unknown or dead token is 400 `invalid_token`. */
export function revokeEndpoint(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  if (request.method !== 'POST' && request.method !== 'GET') return emptyResponse(405, { allow: 'POST' })
  const token = parameter(request, 'token')
  if (!token) return oauthErrorResponse(400, 'invalid_request', 'Missing required parameter: token')
  return revokeToken(backend, token)
    ? jsonResponse(200, {})
    : oauthErrorResponse(400, 'invalid_token', 'Token expired or revoked')
}

/** What a token is good for; the token comes as `access_token` or as a bearer header. */
export function tokenInfoEndpoint(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  if (request.method !== 'POST' && request.method !== 'GET') return emptyResponse(405, { allow: 'GET, POST' })
  const token = parameter(request, 'access_token') ?? bearerToken(request.headers)
  const record = token === null ? null : liveAccessToken(backend, token)
  if (!record) return oauthErrorResponse(400, 'invalid_token', 'Invalid Value')
  const seesEmail = record.scopes.some((scope) => scope.endsWith('/userinfo.email'))
  return jsonResponse(200, {
    azp: record.clientId,
    aud: record.clientId,
    ...(record.scopes.some(isSignInScope)
      ? { sub: backend.state.users.get(record.email)?.subject ?? record.email }
      : {}),
    scope: record.scopes.join(' '),
    exp: String(Math.floor(record.expiresAt / 1000)),
    expires_in: String(Math.floor((record.expiresAt - backend.clock.now()) / 1000)),
    ...(seesEmail ? { email: record.email, email_verified: 'true' } : {}),
    access_type: record.offline ? 'offline' : 'online',
  })
}

/** The OpenID userinfo endpoint. */
export function userInfoEndpoint(backend: Backend, request: EmulatedRequest): EmulatedResponse {
  if (request.method !== 'POST' && request.method !== 'GET') return emptyResponse(405, { allow: 'GET, POST' })
  const token = bearerToken(request.headers)
  const record = token === null ? null : liveAccessToken(backend, token)
  if (!record || !record.scopes.some(isSignInScope)) {
    return oauthErrorResponse(401, 'invalid_request', 'Invalid Credentials')
  }
  const seesEmail = record.scopes.some((scope) => scope.endsWith('/userinfo.email'))
  return jsonResponse(200, {
    sub: backend.state.users.get(record.email)?.subject ?? record.email,
    ...(seesEmail ? { email: record.email, email_verified: true } : {}),
  })
}
