import type { IntegrationRef } from '../domain/index.ts'

/** Where the Google client gets its bearer tokens from. */
export interface AccessTokens {
  /**
   * An access token that is good for the next minutes, refreshed if need be. With `rejected`, a token that is not
   * that one: Google refused it. Throws `OAUTH_GRANT_REVOKED` when the grant is gone for good and
   * `OAUTH_REFRESH_FAILED` when it could not be refreshed this time.
   */
  get(
    ref: IntegrationRef,
    options?: { rejected?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<string>
}
