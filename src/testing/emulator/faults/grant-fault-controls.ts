import type { Backend } from '../backend.ts'
import type { BlockedConsent } from '../oauth/blocked-consent.ts'
import { revokeAccount } from '../oauth/tokens.ts'
import { longScope } from '../scopes.ts'

/** Faults of what accounts granted and of the tokens they gave. */
export interface GrantFaultControls {
  /** Every access token issued so far is expired; refresh tokens live on. */
  expireAccessTokens(): void
  /** Access tokens issued from now on live so many milliseconds; null: as the options say. */
  accessTokenTtl(ms: number | null): void
  /**
   * The refresh tokens of an account (default: of every account) are dead: `invalid_grant`, "Token has been expired
   * or revoked.". Access tokens live out their time and the consent is remembered, unlike with `revokeGrants`.
   */
  expireGrants(email?: string): void
  /** The account (default: every account) takes back all it granted: its tokens are dead. */
  revokeGrants(email?: string): void
  /**
   * While set, Google's page refuses every authorization with this error and calls no redirect URI: an
   * administrator's policy, an app for another organisation, a browser inside an app; null ends it.
   */
  blockConsent(error: BlockedConsent | null): void
  /**
   * At every consent from now on the person unticks these scopes, with or without Google's prefix: their boxes come
   * unticked on the page, and `authorize` does not grant them. As at Google, a single scope has no box. `[]` ends it.
   */
  untickScopes(scopes: readonly string[]): void
}

/** The controls over a backend's fault board and state. */
export function createGrantFaultControls(backend: Backend): GrantFaultControls {
  const { faults } = backend
  return {
    expireAccessTokens() {
      for (const token of backend.state.accessTokens.values()) token.expiresAt = 0
    },
    accessTokenTtl(ms) {
      if (ms !== null && !(ms >= 0)) throw new RangeError(`accessTokenTtl takes milliseconds >= 0, got ${ms}`)
      faults.accessTokenTtlMs = ms
    },
    expireGrants(email) {
      const address = email?.toLowerCase()
      for (const token of backend.state.refreshTokens.values()) {
        if (address === undefined || token.email === address) token.expiresAt = 0
      }
    },
    revokeGrants(email) {
      for (const address of email === undefined ? backend.state.users.keys() : [email.toLowerCase()]) {
        revokeAccount(backend.state, address)
      }
    },
    blockConsent(error) {
      faults.blockedConsent = error
    },
    untickScopes(scopes) {
      faults.untickedScopes = new Set(scopes.map(longScope))
    },
  }
}
