import { createHash, timingSafeEqual } from 'node:crypto'
import type { Backend } from '../backend.ts'
import { oauthErrorResponse } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { emptyResponse, jsonResponse, type EmulatedRequest, type EmulatedResponse } from '../messages.ts'
import type { ClientRecord, CodeRecord } from '../state/oauth-records.ts'
import type { IdTokenSigner } from './id-token.ts'
import { issueAccessToken, issueRefreshToken, liveRefreshToken } from './tokens.ts'

/** A refusal of the token endpoint, as `{error, error_description}`. */
class TokenRefusal extends Error {
  readonly response: EmulatedResponse

  constructor(status: number, error: string, description: string) {
    super(description)
    this.name = 'TokenRefusal'
    this.response = oauthErrorResponse(status, error, description)
  }
}

const invalidGrant = (description: string): TokenRefusal =>
  new TokenRefusal(400, 'invalid_grant', description)

function needed(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value) return value
  throw new TokenRefusal(400, 'invalid_request', `Missing required parameter: ${name}`)
}

function basicCredentials(headers: Headers): { id: string; secret: string } | null {
  const encoded = /^Basic\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (!encoded) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const split = text.indexOf(':')
  if (split < 0) return null
  try {
    return { id: decodeURIComponent(text.slice(0, split)), secret: decodeURIComponent(text.slice(split + 1)) }
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

function authenticateClient(backend: Backend, request: EmulatedRequest, form: URLSearchParams): ClientRecord {
  const basic = basicCredentials(request.headers)
  const clientId = basic?.id ?? form.get('client_id')
  if (!clientId) {
    throw new TokenRefusal(400, 'invalid_request', 'Could not determine client ID from request.')
  }
  const client = backend.state.clients.get(clientId)
  if (!client) throw new TokenRefusal(401, 'invalid_client', 'The OAuth client was not found.')
  if (client.deleted) throw new TokenRefusal(401, 'deleted_client', 'The OAuth client was deleted.')
  const secret = basic?.secret ?? form.get('client_secret')
  if (!secret) throw new TokenRefusal(400, 'invalid_request', 'client_secret is missing.')
  if (!sameText(secret, client.clientSecret)) throw new TokenRefusal(401, 'invalid_client', 'Unauthorized')
  return client
}

function checkVerifier(code: CodeRecord, verifier: string | null): void {
  if (!code.challenge) return
  if (!verifier) throw invalidGrant('Missing code verifier.')
  const { value, method } = code.challenge
  const derived = method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  if (!sameText(derived, value)) throw invalidGrant('Invalid code verifier.')
}

function redeemCode(backend: Backend, client: ClientRecord, form: URLSearchParams): CodeRecord {
  const code = needed(form, 'code')
  const redirectUri = needed(form, 'redirect_uri')
  // A code still URL-encoded (4%2F…) is the commonest mistake; Google names it.
  if (!code.startsWith('4/')) throw invalidGrant('Malformed auth code.')
  const record = backend.state.codes.get(code)
  const dead = !record || record.used || record.expiresAt <= backend.clock.now()
  if (dead || record.clientId !== client.clientId) throw invalidGrant('Bad Request')
  if (record.redirectUri !== redirectUri) {
    throw new TokenRefusal(400, 'redirect_uri_mismatch', 'Bad Request')
  }
  checkVerifier(record, form.get('code_verifier'))
  record.used = true
  return record
}

async function idToken(
  backend: Backend,
  signer: IdTokenSigner,
  owner: { clientId: string; email: string; scopes: readonly string[]; nonce: string | null },
): Promise<JsonObject> {
  if (!owner.scopes.includes('openid')) return {}
  const issuedAt = Math.floor(backend.clock.now() / 1000)
  const claims = {
    iss: 'https://accounts.google.com',
    azp: owner.clientId,
    aud: owner.clientId,
    sub: backend.state.users.get(owner.email)?.subject ?? owner.email,
    ...(owner.scopes.some((scope) => scope.endsWith('/userinfo.email'))
      ? { email: owner.email, email_verified: true }
      : {}),
    ...(owner.nonce === null ? {} : { nonce: owner.nonce }),
    iat: issuedAt,
    exp: issuedAt + 3600,
  }
  return { id_token: await signer.sign(claims) }
}

async function exchangeCode(
  backend: Backend,
  signer: IdTokenSigner,
  client: ClientRecord,
  form: URLSearchParams,
): Promise<JsonObject> {
  const code = redeemCode(backend, client, form)
  const owner = {
    clientId: code.clientId,
    email: code.email,
    scopes: code.scopes,
    combined: code.combined,
  }
  // Only a consent that was really shown yields a refresh token; a silent pass gives none.
  const refresh = code.offline && code.consentShown ? issueRefreshToken(backend, owner) : null
  const access = issueAccessToken(backend, {
    ...owner,
    offline: code.offline,
    refreshToken: refresh?.token ?? null,
  })
  return {
    access_token: access.token,
    expires_in: access.expiresInSeconds,
    ...(refresh ? { refresh_token: refresh.token } : {}),
    ...(refresh && refresh.expiresInSeconds !== null
      ? { refresh_token_expires_in: refresh.expiresInSeconds }
      : {}),
    scope: code.scopes.join(' '),
    token_type: 'Bearer',
    ...(await idToken(backend, signer, { ...owner, nonce: code.nonce })),
  }
}

async function refreshAccess(
  backend: Backend,
  signer: IdTokenSigner,
  client: ClientRecord,
  form: URLSearchParams,
): Promise<JsonObject> {
  const refreshToken = needed(form, 'refresh_token')
  const record = liveRefreshToken(backend, refreshToken)
  if (!record) throw invalidGrant('Token has been expired or revoked.')
  if (record.clientId !== client.clientId) throw invalidGrant('Bad Request')
  record.usedAt = backend.clock.now()
  const { clientId, email, scopes, combined } = record
  const access = issueAccessToken(backend, { clientId, email, scopes, combined, offline: true, refreshToken })
  return {
    access_token: access.token,
    expires_in: access.expiresInSeconds,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    ...(await idToken(backend, signer, { clientId, email, scopes, nonce: null })),
  }
}

/**
 * The token endpoint: code exchange and refresh, client authentication by body or HTTP Basic
 * (https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code).
 * Refresh tokens are not rotated.
 */
export async function tokenEndpoint(
  backend: Backend,
  signer: IdTokenSigner,
  request: EmulatedRequest,
): Promise<EmulatedResponse> {
  if (request.method !== 'POST') return emptyResponse(405, { allow: 'POST' })
  const form = new URLSearchParams(request.body)
  const noStore = { 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache' }
  try {
    const grantType = needed(form, 'grant_type')
    if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
      throw new TokenRefusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`)
    }
    const client = authenticateClient(backend, request, form)
    const answer = grantType === 'refresh_token' ? refreshAccess : exchangeCode
    return jsonResponse(200, await answer(backend, signer, client, form), noStore)
  } catch (error) {
    if (error instanceof TokenRefusal) return error.response
    throw error
  }
}
