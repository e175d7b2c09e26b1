import type { Integration, SyncSettings } from '../domain/index.ts'
import type { Clock, Logger, RandomSource, Storage, TokenStore } from '../ports/index.ts'
import type { Keyring } from './keyring.ts'

/** Where Google is; given only to point at an emulator. */
export interface GoogleEndpoints {
  readonly authUrl: string
  readonly tokenUrl: string
  readonly revokeUrl: string
  readonly tokenInfoUrl: string
  readonly apiRootUrl: string
}

/** The OAuth client of the Google Cloud project, of type "Web application". */
export interface OAuthClientOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** Byte for byte one of those registered with the client. */
  readonly redirectUri: string
  /** Default Google's own. */
  readonly endpoints?: GoogleEndpoints | undefined
  /** Default the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

/** What the OAuth room works with. */
export interface OAuthOptions {
  readonly client: OAuthClientOptions
  readonly storage: Storage
  readonly tokenStore: TokenStore
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  /** Settings of an owner that has no integration yet. */
  readonly defaults: SyncSettings
  /** How long one request to Google's OAuth endpoints may take, in milliseconds. */
  readonly timeoutMs: number
  /**
   * Called before the tokens of another account take the place of the stored ones: what only the old ones can undo is
   * undone now or never. Bounded in time, and never rejects.
   */
  readonly leaveAccount?: ((integration: Integration) => Promise<void>) | undefined
}
