import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { StoredTokens } from '../ports/index.ts'
import type { OAuthOptions } from './oauth-options.ts'
import type { TokenReply } from './token-endpoint.ts'

const MAX_TRIES = 10

/** A fresh grant to store. */
export interface FreshGrant {
  readonly ref: IntegrationRef
  readonly reply: TokenReply
  /** What was asked for; it is what was granted when the reply does not say. */
  readonly askedScopes: readonly string[]
  /** Whether the tokens stored before, if any, are of the same Google account. */
  readonly sameAccount: boolean
}

/**
 * Stores the tokens of a fresh grant over whatever is there: a reconnect wins against a refresh under way.
 * Without a refresh token in the reply the stored one is kept, if it is of the same account; otherwise
 * `OAUTH_NO_REFRESH_TOKEN`. Returns the tokens that were replaced, or `null`.
 */
export async function storeGrant(
  options: Pick<OAuthOptions, 'tokenStore' | 'random' | 'logger'>,
  grant: FreshGrant,
): Promise<StoredTokens | null> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const stored = await readable(options, grant.ref)
    const kept = grant.sameAccount ? stored : null
    const refreshToken = grant.reply.refreshToken ?? kept?.refreshToken
    if (refreshToken === undefined) throw noRefreshToken()
    const tokens: StoredTokens = {
      accessToken: grant.reply.accessToken,
      refreshToken,
      expiresAtMs: grant.reply.expiresAtMs,
      refreshTokenExpiresAtMs:
        grant.reply.refreshToken === null
          ? (kept?.refreshTokenExpiresAtMs ?? null)
          : grant.reply.refreshTokenExpiresAtMs,
      scopes: grant.reply.scopes ?? grant.askedScopes,
      version: stored === null ? firstVersion(options) : stored.version + 1,
    }
    if (await options.tokenStore.replace(grant.ref, tokens, stored?.version ?? null)) return stored
  }
  throw tokensContended(grant.ref)
}

/** The stored tokens kept changing while they were being written. */
export function tokensContended(ref: IntegrationRef): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'TOKEN_STORE_CONFLICT',
    message:
      `The tokens of integration ${ref.integrationId} changed ${MAX_TRIES} times while they were being written. ` +
      'Check that the token store compares versions; then call again.',
    retryable: true,
  })
}

/** The stored tokens. Those that no key opens are given up here: a reconnect is the way out for them. */
async function readable(
  { tokenStore, logger }: Pick<OAuthOptions, 'tokenStore' | 'logger'>,
  ref: IntegrationRef,
): Promise<StoredTokens | null> {
  try {
    return await tokenStore.find(ref)
  } catch (error) {
    if (!isAppointmentSyncError(error, 'TOKEN_UNDECRYPTABLE')) throw error
    logger.warn({ ...ref, code: error.code }, 'tokens that cannot be opened give way to a fresh grant')
    await tokenStore.erase(ref)
    return null
  }
}

/**
 * A random start, so that a refresh that began before a disconnect cannot take the tokens of the next connection
 * for the ones it knows. Small enough for a 32-bit column.
 */
function firstVersion({ random }: Pick<OAuthOptions, 'random'>): number {
  return 1 + (Buffer.from(random.bytes(4)).readUInt32BE() >>> 2)
}

function noRefreshToken(): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_NO_REFRESH_TOKEN',
    message:
      'Google gave no refresh token, and none of this account was stored before. Nothing was stored; have the ' +
      'person remove the app at https://myaccount.google.com/permissions and connect again.',
  })
}
