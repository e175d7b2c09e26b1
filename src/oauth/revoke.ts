import type { IntegrationRef } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { GOOGLE_REVOKE_URL } from './auth-client.ts'
import { createOAuthFetch } from './oauth-fetch.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { failureOf } from './token-endpoint-failure.ts'

/** `already_gone`: Google knew the grant no more, or no tokens were stored. `failed`: it may still be alive. */
export type Revocation = 'revoked' | 'already_gone' | 'failed'

type RevokeOptions = Pick<OAuthOptions, 'client' | 'clock' | 'timeoutMs' | 'logger'>

/**
 * Revokes an integration's grant; its tokens are left for the caller to erase. Google's refusal or silence is an
 * outcome and a log line, no error; only the token store's own failure and the caller's abort are thrown.
 */
export async function revokeGrant(
  options: OAuthOptions,
  ref: IntegrationRef,
  signal?: AbortSignal,
): Promise<Revocation> {
  signal?.throwIfAborted()
  try {
    const tokens = await options.tokenStore.find(ref)
    if (tokens === null) return 'already_gone'
    return await revokeToken(options, ref, tokens.refreshToken, signal)
  } catch (error) {
    // A disconnect must get through also when the key is lost.
    if (!isAppointmentSyncError(error, 'TOKEN_UNDECRYPTABLE')) throw error
    options.logger.warn({ ...ref, code: error.code }, 'a grant could not be revoked: its token does not open')
    return 'failed'
  }
}

/** Revokes one refresh token (RFC 7009); ids go to the log, the token does not. */
export async function revokeToken(
  options: RevokeOptions,
  ref: IntegrationRef,
  refreshToken: string,
  signal?: AbortSignal,
): Promise<Revocation> {
  const http = createOAuthFetch({ ...options, signal })
  try {
    // Not the official client's revoke: it puts the token into the address, where proxies log it, and repeats.
    await http.fetch(options.client.endpoints?.revokeUrl ?? GOOGLE_REVOKE_URL, {
      method: 'POST',
      body: new URLSearchParams({ token: refreshToken }),
    })
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    return notRevoked(options, ref, failureOf(null, error).message)
  }
  const reply = http.reply()
  if (reply !== null && reply.status >= 200 && reply.status < 300) return 'revoked'
  const failure = failureOf(reply, undefined)
  if (failure.status === 400 && failure.error === 'invalid_token') return 'already_gone'
  return notRevoked(options, ref, failure.message)
}

function notRevoked({ logger }: RevokeOptions, ref: IntegrationRef, reason: string): 'failed' {
  const { tenantId, userId, integrationId } = ref
  logger.warn({ tenantId, userId, integrationId, reason }, 'a grant could not be revoked at Google')
  return 'failed'
}
