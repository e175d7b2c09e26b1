import type { Backend } from '../backend.ts'
import { randomAccessToken, randomRefreshToken } from '../random.ts'
import { isSignInScope } from '../scopes.ts'
import { grantKey, type AccessTokenRecord, type RefreshTokenRecord } from '../state/oauth-records.ts'
import type { GoogleState } from '../state/state.ts'

/** Live refresh tokens one account may hold per client; the next one kills the oldest, without a word. */
const MAX_REFRESH_TOKENS = 100
/** A refresh token dies when it was not used for six months. */
const UNUSED_MS = 183 * 86_400_000
const TESTING_TTL_MS = 7 * 86_400_000

/** A refresh token and how long it lives, in seconds, when its life is limited. */
export interface IssuedRefreshToken {
  readonly token: string
  readonly expiresInSeconds: number | null
}

/** Issues a refresh token and evicts the oldest beyond Google's limit of 100 per account and client. */
export function issueRefreshToken(
  backend: Backend,
  owner: Pick<RefreshTokenRecord, 'clientId' | 'email' | 'scopes' | 'combined'>,
): IssuedRefreshToken {
  const { state, clock } = backend
  const testing = state.clients.get(owner.clientId)?.testing === true
  const limited = testing && owner.scopes.some((scope) => !isSignInScope(scope))
  const token = randomRefreshToken(state.random)
  const expiresAt = limited ? clock.now() + TESTING_TTL_MS : null
  state.refreshTokens.set(token, { ...owner, expiresAt, usedAt: clock.now() })
  const siblings = [...state.refreshTokens].filter(
    ([, other]) => other.clientId === owner.clientId && other.email === owner.email,
  )
  for (const [oldest] of siblings.slice(0, Math.max(0, siblings.length - MAX_REFRESH_TOKENS))) {
    state.refreshTokens.delete(oldest)
  }
  return { token, expiresInSeconds: limited ? Math.floor(TESTING_TTL_MS / 1000) - 1 : null }
}

/** Issues an access token. */
export function issueAccessToken(
  backend: Backend,
  owner: Omit<AccessTokenRecord, 'expiresAt'>,
): { token: string; expiresInSeconds: number } {
  const token = randomAccessToken(backend.state.random)
  const ttlMs = backend.faults.accessTokenTtlMs ?? backend.settings.accessTokenTtlMs
  backend.state.accessTokens.set(token, { ...owner, expiresAt: backend.clock.now() + ttlMs })
  return { token, expiresInSeconds: Math.floor(ttlMs / 1000) }
}

/** The record of a refresh token that still works. */
export function liveRefreshToken(backend: Backend, token: string): RefreshTokenRecord | null {
  const record = backend.state.refreshTokens.get(token)
  if (!record) return null
  const now = backend.clock.now()
  const idle = now - record.usedAt > UNUSED_MS
  return idle || (record.expiresAt !== null && record.expiresAt <= now) ? null : record
}

/** The record of an access token that still works. */
export function liveAccessToken(backend: Backend, token: string): AccessTokenRecord | null {
  const record = backend.state.accessTokens.get(token)
  return record && record.expiresAt > backend.clock.now() ? record : null
}

/** The token in an `Authorization: Bearer` header, or null. */
export function bearerToken(headers: Headers): string | null {
  return /^Bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null
}

/** Kills every grant of an account: refresh tokens, access tokens, unspent codes and remembered consent. */
export function revokeAccount(state: GoogleState, email: string, clientId?: string): void {
  const hit = (owner: { email: string; clientId: string }): boolean =>
    owner.email === email && (clientId === undefined || owner.clientId === clientId)
  for (const tokens of [state.refreshTokens, state.accessTokens, state.codes]) {
    for (const [token, record] of tokens) if (hit(record)) tokens.delete(token)
  }
  for (const client of clientId === undefined ? state.clients.keys() : [clientId]) {
    state.grants.delete(grantKey(email, client))
  }
}

/**
 * Revokes one token: an access token takes its refresh token along, a refresh token its access tokens; a
 * combined one (`include_granted_scopes`) takes the whole grant. Without a live token left the consent is
 * forgotten, so the next authorization shows it again.
 * @returns false when the token is unknown or dead.
 */
export function revokeToken(backend: Backend, token: string): boolean {
  const { state } = backend
  const access = liveAccessToken(backend, token)
  const refresh = access ? null : liveRefreshToken(backend, token)
  const owner = access ?? refresh
  if (!owner) return false
  if (owner.combined) {
    revokeAccount(state, owner.email, owner.clientId)
    return true
  }
  const refreshToken = access ? access.refreshToken : token
  state.accessTokens.delete(token)
  if (refreshToken !== null) {
    state.refreshTokens.delete(refreshToken)
    for (const [other, record] of state.accessTokens) {
      if (record.refreshToken === refreshToken) state.accessTokens.delete(other)
    }
  }
  const left = [...state.refreshTokens.values()].some(
    (other) => other.email === owner.email && other.clientId === owner.clientId,
  )
  if (!left) state.grants.delete(grantKey(owner.email, owner.clientId))
  return true
}
