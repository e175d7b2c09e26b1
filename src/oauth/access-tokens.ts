import { lengthPrefixed, type IntegrationRef } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { AccessTokens, StoredTokens } from '../ports/index.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { needsRefresh, refreshAccessToken, storedTokens } from './refresh.ts'

/**
 * Access tokens from the store, refreshed when they have less than five minutes to live.
 *
 * Concurrent callers in this process share one refresh; one caller's abort ends its own waiting only. When a
 * refresh ahead of time fails for the moment, the token that is still valid is given out.
 */
export function createAccessTokens(options: OAuthOptions): AccessTokens {
  const flights = new Map<string, Promise<string>>()

  function sharedRefresh(ref: IntegrationRef, rejected: string | undefined): Promise<string> {
    const key = lengthPrefixed([ref.tenantId, ref.userId, ref.integrationId])
    const running = flights.get(key)
    if (running !== undefined) return running
    const flight = refreshAccessToken(options, ref, rejected).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  async function refreshed(ref: IntegrationRef, rejected: string | undefined): Promise<string> {
    const token = await sharedRefresh(ref, rejected)
    // A refresh begun for another caller may have found the very token that was refused to this one good enough.
    return token === rejected ? sharedRefresh(ref, rejected) : token
  }

  return {
    async get(ref, { rejected, signal } = {}) {
      signal?.throwIfAborted()
      const tokens = await storedTokens(options, ref)
      if (!needsRefresh(tokens, rejected, options.clock.now())) return tokens.accessToken
      try {
        return await orAborted(refreshed(ref, rejected), signal)
      } catch (error) {
        if (!isAppointmentSyncError(error, 'OAUTH_REFRESH_FAILED')) throw error
        if (!stillGood(tokens, rejected, options.clock.now())) throw error
        const { tenantId, userId, integrationId } = ref
        options.logger.warn(
          { tenantId, userId, integrationId, code: error.code },
          'a refresh ahead of time failed; the access token is still valid and goes on being used',
        )
        return tokens.accessToken
      }
    },
  }
}

function stillGood(tokens: StoredTokens, rejected: string | undefined, nowMs: number): boolean {
  return tokens.accessToken !== rejected && tokens.expiresAtMs > nowMs
}

/** The promise's outcome, or the abort's reason if that comes first. The promise itself goes on. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
