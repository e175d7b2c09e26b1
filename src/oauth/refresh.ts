import type { IntegrationRef } from '../domain/index.ts'
import type { StoredTokens } from '../ports/index.ts'
import { tokensContended } from './grant-tokens.ts'
import { underLease } from './lease.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { markGrantRevoked } from './revoked-grant.ts'
import { grantRevoked, isInvalidGrant, refreshError, refreshFailed } from './token-endpoint-errors.ts'
import { refreshGrant, type TokenReply } from './token-endpoint.ts'

/** Tokens are refreshed when they have less than this to live, in milliseconds: five minutes. */
const REFRESH_AHEAD_MS = 300_000

/** What a lease must outlast besides the request itself: reads and writes of the stores. */
const LEASE_MARGIN_MS = 10_000
const MAX_TRIES = 10

/** Whether the stored access token has to be replaced: it is about to expire, or Google refused this very one. */
export function needsRefresh(tokens: StoredTokens, rejected: string | undefined, nowMs: number): boolean {
  return tokens.accessToken === rejected || tokens.expiresAtMs - nowMs <= REFRESH_AHEAD_MS
}

/**
 * Replaces the access token, with one request over all processes: by lease, and by compare-and-swap should a
 * lease run out under a slow one. Returns an access token that is good now.
 *
 * Throws `OAUTH_GRANT_REVOKED`, `OAUTH_CLIENT_REJECTED` or `OAUTH_REFRESH_FAILED`; only the first changes the
 * integration, and none loses the refresh token.
 */
export function refreshAccessToken(
  options: OAuthOptions,
  ref: IntegrationRef,
  rejected: string | undefined,
): Promise<string> {
  return underLease(options, {
    key: `refresh:${ref.integrationId}`,
    ttlMs: options.timeoutMs + LEASE_MARGIN_MS,
    settled: async () => {
      const tokens = await storedTokens(options, ref)
      return needsRefresh(tokens, rejected, options.clock.now()) ? null : tokens.accessToken
    },
    work: async () => refreshTokens(options, ref, await storedTokens(options, ref)),
    busy: () => refreshFailed(ref, 'another process is refreshing it and does not finish'),
  })
}

/** The stored tokens; throws `OAUTH_GRANT_REVOKED` when there are none. */
export async function storedTokens(options: OAuthOptions, ref: IntegrationRef): Promise<StoredTokens> {
  const tokens = await options.tokenStore.find(ref)
  if (tokens === null) throw grantRevoked(ref, 'no tokens are stored')
  return tokens
}

async function refreshTokens(
  options: OAuthOptions,
  ref: IntegrationRef,
  tokens: StoredTokens,
): Promise<string> {
  const startedAtMs = options.clock.now()
  let reply: TokenReply
  try {
    reply = await refreshGrant(options, tokens.refreshToken)
  } catch (failure) {
    if (!isInvalidGrant(failure)) throw refreshError(failure, ref)
    const { subtype } = failure
    const error = grantRevoked(ref, subtype === null ? 'invalid_grant' : `invalid_grant, ${subtype}`, failure)
    const refused = tokens.refreshToken
    if (await markGrantRevoked(options, ref, { refused, error, startedAtMs })) throw error
    return successor(options, ref, tokens)
  }
  return storeRefreshed(options, ref, tokens, reply)
}

/**
 * Stores what the refresh brought. The same grant under a newer version (re-sealed, or refreshed by a process
 * whose lease ran out) is written over; another grant came from a reconnect and wins.
 */
async function storeRefreshed(
  options: OAuthOptions,
  ref: IntegrationRef,
  refreshed: StoredTokens,
  reply: TokenReply,
): Promise<string> {
  let stored = refreshed
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const next: StoredTokens = {
      accessToken: reply.accessToken,
      // Google does not rotate refresh tokens; where it sends one it takes the old one's place.
      refreshToken: reply.refreshToken ?? stored.refreshToken,
      expiresAtMs: reply.expiresAtMs,
      refreshTokenExpiresAtMs: reply.refreshTokenExpiresAtMs ?? stored.refreshTokenExpiresAtMs,
      scopes: reply.scopes ?? stored.scopes,
      version: stored.version + 1,
    }
    if (await options.tokenStore.replace(ref, next, stored.version)) return next.accessToken
    stored = await storedTokens(options, ref)
    if (stored.refreshToken !== refreshed.refreshToken) return successor(options, ref, refreshed)
  }
  throw tokensContended(ref)
}

/** The access token of the grant that took this one's place during the refresh. */
async function successor(
  options: OAuthOptions,
  ref: IntegrationRef,
  replaced: StoredTokens,
): Promise<string> {
  const tokens = await storedTokens(options, ref)
  const usable = tokens.accessToken !== replaced.accessToken && tokens.expiresAtMs > options.clock.now()
  if (!usable) throw refreshFailed(ref, 'the stored tokens changed during the refresh')
  return tokens.accessToken
}
