import type { Integration, IntegrationRef, IntegrationStatus, Owner } from '../domain/index.ts'

/** Integrations, one per owner. */
export interface IntegrationStore {
  /** The owner's integration, of any status, or `null`. */
  find(owner: Owner): Promise<Integration | null>
  /** By id within a tenant, or `null`. */
  findById(tenantId: string, integrationId: string): Promise<Integration | null>
  /** Adds it; of concurrent callers for one owner exactly one gets `true`. `false` also when the id is taken. */
  insert(integration: Integration): Promise<boolean>
  /** Compare-and-swap on `version`: exactly one of concurrent callers with one expected version gets `true`. */
  replace(integration: Integration, expectedVersion: number): Promise<boolean>
  /** Removes the row if its version is still `expectedVersion`; returns whether it did. */
  remove(
    integration: Pick<Integration, 'tenantId' | 'userId' | 'id'>,
    expectedVersion: number,
  ): Promise<boolean>
  /** A page over all tenants for periodic tasks, by ascending id, starting after `afterId`. */
  scan(query: {
    readonly status: IntegrationStatus
    readonly afterId: string | null
    readonly limit: number
  }): Promise<Integration[]>
  /** How many there are per status, over all tenants or in one. */
  count(query: { readonly tenantId?: string | undefined }): Promise<Record<IntegrationStatus, number>>
}

/** A sealed value; opaque to the storage. */
export interface CredentialRecord {
  /** Envelope text: key id, nonce, cipher text. */
  readonly envelope: string
  /** Id of the key that sealed it. */
  readonly keyId: string
  readonly version: number
}

/** Sealed tokens, one record per integration. */
export interface CredentialStore {
  find(ref: IntegrationRef): Promise<CredentialRecord | null>
  /**
   * Compare-and-swap on `version` (`null`: only if there is none); exactly one of concurrent callers with one
   * expected version gets `true`.
   */
  replace(ref: IntegrationRef, record: CredentialRecord, expectedVersion: number | null): Promise<boolean>
  /** Idempotent. */
  erase(ref: IntegrationRef): Promise<void>
}

/** An authorization that was begun and has not come back yet. */
export interface OAuthState extends Owner {
  /** SHA-256 of the state text, as lower-case hex: the text itself is never stored. */
  readonly stateHash: string
  /** The PKCE verifier, sealed. */
  readonly sealedVerifier: string
  /** Scopes that were asked for. */
  readonly scopes: readonly string[]
  /** Where the host wants the person to land afterwards. */
  readonly returnTo: string | null
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** Authorizations under way. */
export interface OAuthStateStore {
  insert(state: OAuthState): Promise<void>
  /** Removes and returns it, expired or not: exactly one of concurrent callers gets it, the others `null`. */
  consume(stateHash: string): Promise<OAuthState | null>
  /** Those of an owner, expired or not, oldest first. */
  list(owner: Owner): Promise<OAuthState[]>
  /** Removes those of an owner; returns how many. */
  removeOwned(owner: Owner): Promise<number>
  /** Removes those that expired at or before `nowMs`; returns how many. */
  deleteExpired(nowMs: number): Promise<number>
}
