import type { IntegrationRef } from '../domain/index.ts'
import type { AccessTokens } from '../ports/index.ts'
import { createAccessTokens } from './access-tokens.ts'
import { type Authorization, type AuthorizationRequest, createAuthorization } from './authorization-url.ts'
import { type CallbackOutcome, finishAuthorization, type OAuthCallback } from './callback.ts'
import { checkOAuthClient, type ClientCheck } from './check-client.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { type Revocation, revokeGrant } from './revoke.ts'

interface SignalOption {
  readonly signal?: AbortSignal | undefined
}

/** Everything about grants: how they are asked for, kept alive and given back. */
export interface OAuth {
  /** Begins a connection; see {@link createAuthorization}. */
  authorizationUrl(request: AuthorizationRequest, options?: SignalOption): Promise<Authorization>
  /** Ends a connection; see {@link finishAuthorization}. */
  handleCallback(callback: OAuthCallback, options?: SignalOption): Promise<CallbackOutcome>
  /** The Google client's source of bearer tokens. */
  readonly accessTokens: AccessTokens
  /** Revokes a grant; the caller erases its tokens. See {@link revokeGrant}. */
  revoke(ref: IntegrationRef, options?: SignalOption): Promise<Revocation>
  /** Whether Google answers and accepts the client; see {@link checkOAuthClient}. */
  checkClient(options?: SignalOption): Promise<ClientCheck>
}

/** Puts the room together. Nothing is asked of Google, and the client library is not loaded, before a call. */
export function createOAuth(options: OAuthOptions): OAuth {
  return {
    authorizationUrl: async (request, call) => {
      call?.signal?.throwIfAborted()
      return createAuthorization(options, request)
    },
    handleCallback: (callback, call) => finishAuthorization(options, callback, call?.signal),
    accessTokens: createAccessTokens(options),
    revoke: (ref, call) => revokeGrant(options, ref, call?.signal),
    checkClient: (call) => checkOAuthClient(options, call?.signal),
  }
}
