import type { IntegrationRef } from '../domain/index.ts'

/** The OAuth tokens of one integration. Plain JSON; instants are epoch milliseconds. */
export interface StoredTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAtMs: number
  /** When Google said the refresh token will die (time-limited or Testing grants); `null` where it did not. */
  readonly refreshTokenExpiresAtMs: number | null
  readonly scopes: readonly string[]
  /** Moves up by one with every change. */
  readonly version: number
}

/**
 * Where tokens are kept. The default keeps them encrypted in `storage`; give your own to keep them elsewhere.
 * Whatever is given here in plain text must be protected by the store.
 */
export interface TokenStore {
  /** The tokens of an integration, or `null` when there are none. */
  find(ref: IntegrationRef): Promise<StoredTokens | null>
  /**
   * Compare-and-swap: stores `tokens` only if the stored version is `expectedVersion` (`null`: only if nothing is
   * stored). Of concurrent callers with one expected version exactly one gets `true`; the others get `false` and
   * nothing is changed for them.
   */
  replace(ref: IntegrationRef, tokens: StoredTokens, expectedVersion: number | null): Promise<boolean>
  /** Removes the tokens; idempotent. */
  erase(ref: IntegrationRef): Promise<void>
}
