import type { Backend } from '../backend.ts'
import { randomAuthorizationCode } from '../random.ts'
import { canonicalScope, isSignInScope, longScope } from '../scopes.ts'
import { BLOCKED_PAGES } from './blocked-consent.ts'
import { grantKey, type ClientRecord } from '../state/oauth-records.ts'

const CODE_TTL_MS = 600_000

/** An authorization request Google would go on with. */
export interface AuthorizationRequest {
  readonly client: ClientRecord
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | null
  readonly offline: boolean
  readonly prompts: ReadonlySet<string>
  readonly includeGranted: boolean
  readonly loginHint: string | null
  readonly nonce: string | null
  readonly challenge: { value: string; method: 'S256' | 'plain' } | null
}

/** Google refused on its own page: the redirect URI is never called. */
export class GoogleErrorPageError extends Error {
  /** The HTTP status of the page. */
  readonly status: number
  /** Google's error code, such as `redirect_uri_mismatch`. */
  readonly code: string

  constructor(status: number, code: string, explanation: string) {
    super(`Google shows an error page (${status} ${code}): ${explanation}`)
    this.name = 'GoogleErrorPageError'
    this.status = status
    this.code = code
  }
}

function refuse(explanation: string, code = 'invalid_request', status = 400): GoogleErrorPageError {
  return new GoogleErrorPageError(status, code, explanation)
}

function readChallenge(query: URLSearchParams): AuthorizationRequest['challenge'] {
  const value = query.get('code_challenge')
  const method = query.get('code_challenge_method') ?? 'plain'
  if (!value) {
    if (query.has('code_challenge_method')) throw refuse('Missing required parameter: code_challenge')
    return null
  }
  if (method !== 'S256' && method !== 'plain') throw refuse('Invalid code_challenge_method.')
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(value)) throw refuse('Invalid code_challenge.')
  return { value, method }
}

function readPrompts(query: URLSearchParams): ReadonlySet<string> {
  const prompts = new Set((query.get('prompt') ?? '').split(' ').filter(Boolean))
  const unknown = [...prompts].find((prompt) => !['none', 'consent', 'select_account'].includes(prompt))
  if (unknown !== undefined) throw refuse(`Invalid parameter value for prompt: ${unknown}`)
  if (prompts.has('none') && prompts.size > 1) throw refuse('prompt=none cannot be combined.')
  return prompts
}

function readScopes(query: URLSearchParams): string[] {
  const asked = (query.get('scope') ?? '').split(' ').filter(Boolean)
  if (asked.length === 0) throw refuse('Missing required parameter: scope')
  const known = asked.map((scope) => [scope, canonicalScope(scope)] as const)
  const unknown = known.flatMap(([scope, canonical]) => (canonical === null ? [scope] : []))
  if (unknown.length > 0) {
    throw refuse(`Some requested scopes were invalid: ${unknown.join(', ')}`, 'invalid_scope')
  }
  return [...new Set(known.flatMap(([, canonical]) => canonical ?? []))]
}

/**
 * Reads an authorization request
 * (https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient).
 * @throws GoogleErrorPageError for what Google reports on its own page.
 */
export function readAuthorizationRequest(backend: Backend, query: URLSearchParams): AuthorizationRequest {
  const { blockedConsent } = backend.faults
  if (blockedConsent !== null) {
    const { status, why } = BLOCKED_PAGES[blockedConsent]
    throw refuse(why, blockedConsent, status)
  }
  const clientId = query.get('client_id')
  if (!clientId) throw refuse('Missing required parameter: client_id')
  const client = backend.state.clients.get(clientId)
  if (!client) throw refuse('The OAuth client was not found.', 'invalid_client', 401)
  if (client.deleted) throw refuse('The OAuth client was deleted.', 'deleted_client', 401)
  const redirectUri = query.get('redirect_uri')
  if (!redirectUri) throw refuse('Missing required parameter: redirect_uri')
  if (!client.redirectUris.includes(redirectUri)) {
    throw refuse('The redirect URI is not registered for this client.', 'redirect_uri_mismatch')
  }
  const responseType = query.get('response_type')
  if (!responseType) throw refuse('Missing required parameter: response_type')
  if (responseType !== 'code') throw refuse('Invalid response_type.', 'unsupported_response_type')
  const accessType = query.get('access_type') ?? 'online'
  if (accessType !== 'online' && accessType !== 'offline') throw refuse('Invalid access_type.')
  return {
    client,
    redirectUri,
    scopes: readScopes(query),
    state: query.get('state'),
    offline: accessType === 'offline',
    prompts: readPrompts(query),
    includeGranted: query.get('include_granted_scopes') === 'true',
    loginHint: query.get('login_hint'),
    nonce: query.get('nonce'),
    challenge: readChallenge(query),
  }
}

/** Whether Google shows the consent page to this account, rather than passing straight through. */
export function needsConsent(backend: Backend, request: AuthorizationRequest, email: string): boolean {
  const grant = backend.state.grants.get(grantKey(email, request.client.clientId))
  if (!grant || request.prompts.has('consent')) return true
  return request.scopes.some((scope) => !grant.scopes.includes(scope))
}

function redirectTo(request: AuthorizationRequest, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(request.redirectUri)
  if (request.state !== null) url.searchParams.set('state', request.state)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** The redirect after the person cancelled, or after Google could not pass silently. */
export function redirectWithError(request: AuthorizationRequest, error: string): string {
  return redirectTo(request, { error })
}

/** The boxes that are ticked when the page opens: all, but for those a fault unticks. One scope alone has no box. */
export function tickedScopes({ faults }: Backend, request: AuthorizationRequest): string[] {
  const data = request.scopes.filter((scope) => !isSignInScope(scope))
  return data.length > 1 ? data.filter((scope) => !faults.untickedScopes.has(scope)) : data
}

/** The scopes an account ends up granting; sign-in scopes are approved on a page of their own. */
function grantedScopes(request: AuthorizationRequest, choice: 'all' | readonly string[]): string[] {
  if (choice === 'all') return [...request.scopes]
  const ticked = new Set(choice.map(longScope))
  return request.scopes.filter((scope) => isSignInScope(scope) || ticked.has(scope))
}

/** A Testing app is for its testers alone. */
function refuseStrangers({ clientId, testing, testers }: ClientRecord, email: string): void {
  if (!testing || testers === null || testers.includes(email)) return
  throw refuse(`${clientId} is being tested and ${email} is none of its testers.`, 'access_denied', 403)
}

/**
 * Plays the end of the consent page: remembers the consent and returns the redirect with a code, or with
 * `access_denied` when nothing was granted.
 * @param choice everything, nothing, or the scopes that stay ticked.
 */
export function completeAuthorization(
  backend: Backend,
  request: AuthorizationRequest,
  email: string,
  choice: 'all' | 'none' | readonly string[],
): string {
  const { state, clock } = backend
  refuseStrangers(request.client, email)
  const consentShown = needsConsent(backend, request, email)
  const granted = choice === 'none' ? [] : grantedScopes(request, consentShown ? choice : 'all')
  if (granted.length === 0) return redirectWithError(request, 'access_denied')
  const key = grantKey(email, request.client.clientId)
  const before = state.grants.get(key)?.scopes ?? []
  const everything = [...new Set([...before, ...granted])]
  state.grants.set(key, { scopes: everything })
  const scopes = request.includeGranted ? everything : granted
  const code = randomAuthorizationCode(state.random)
  state.codes.set(code, {
    clientId: request.client.clientId,
    email,
    redirectUri: request.redirectUri,
    scopes,
    challenge: request.challenge,
    offline: request.offline,
    consentShown,
    combined: request.includeGranted,
    nonce: request.nonce,
    expiresAt: clock.now() + CODE_TTL_MS,
    used: false,
  })
  return redirectTo(request, { code, scope: scopes.join(' ') })
}
