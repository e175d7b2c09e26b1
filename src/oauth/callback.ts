import { z } from 'zod'
import { type Integration, type Owner, ownerSchema } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError, parseOrThrow } from '../errors/index.ts'
import { identityOf } from './account-identity.ts'
import { OAuthCallbackError } from './callback-error.ts'
import { connectAccount } from './connect.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { revokeToken } from './revoke.ts'
import { consumeState, type ConsumedState } from './state.ts'
import { exchangeError } from './token-endpoint-errors.ts'
import { registeredWord } from './token-endpoint-failure.ts'
import { exchangeCode, type TokenReply } from './token-endpoint.ts'

/** What Google put into the redirect. */
export interface OAuthCallback {
  readonly code?: string | undefined
  readonly error?: string | undefined
  readonly state: string
  /** Who is signed in at the host, where that is known; a state of another owner is then refused. */
  readonly owner?: Owner | undefined
}

/** How a connection attempt ended. */
export interface CallbackOutcome {
  /** `missing_scopes`: connected, but without a scope that sync cannot do without. */
  readonly status: 'connected' | 'missing_scopes'
  readonly integration: Integration
  /** Everything that was asked for and not granted, essential or not. */
  readonly missingScopes: readonly string[]
  /** What the authorization was begun with. */
  readonly returnTo: string | null
}

const callbackSchema = z
  .object({
    // Google's codes are at most 256 bytes; the limit only keeps nonsense out.
    code: z.string().min(1).max(2048).optional(),
    error: z.string().min(1).max(2048).optional(),
    state: z.string().min(1).max(512),
    owner: ownerSchema.optional(),
  })
  .refine(({ code, error }) => code !== undefined || error !== undefined, 'needs a code or an error')

/**
 * Ends an authorization: checks and spends the state, exchanges the code once, reads the account, and stores the
 * grant.
 *
 * Tokens are stored also when an essential scope is missing, so that a disconnect can revoke them; the
 * integration is then `needs_reconnect`. An abort before the exchange ended passes through; after that the grant
 * is stored all the same.
 *
 * Throws `INVALID_ARGUMENT`, `OAUTH_STATE_INVALID`, `OAUTH_STATE_EXPIRED`, `OAUTH_STATE_FOREIGN`, `OAUTH_DENIED`,
 * `OAUTH_CODE_REJECTED`, `OAUTH_EXCHANGE_FAILED`, `OAUTH_CLIENT_REJECTED`, `OAUTH_SCOPE_MISSING` (no id token),
 * `OAUTH_NO_REFRESH_TOKEN`. After any of them but the first the state is spent; those that come after the state was
 * known carry its `returnTo` (see {@link OAuthCallbackError}).
 */
export async function finishAuthorization(
  options: OAuthOptions,
  input: OAuthCallback,
  signal?: AbortSignal,
): Promise<CallbackOutcome> {
  signal?.throwIfAborted()
  const callback = parseOrThrow(callbackSchema, input, 'INVALID_ARGUMENT', 'The OAuth callback')
  const startedAtMs = options.clock.now()
  const state = await consumeState(options, callback.state, callback.owner)
  try {
    return await connectWith(options, callback, state, startedAtMs, signal)
  } catch (error) {
    throw isAppointmentSyncError(error) ? new OAuthCallbackError(error, state.returnTo) : error
  }
}

async function connectWith(
  options: OAuthOptions,
  callback: Pick<OAuthCallback, 'code' | 'error'>,
  state: ConsumedState,
  startedAtMs: number,
  signal: AbortSignal | undefined,
): Promise<CallbackOutcome> {
  if (callback.error !== undefined || callback.code === undefined) throw declined(callback.error ?? '')
  const reply = await exchange(options, callback.code, state, signal)
  const identity = identityOf(reply.idToken, options.client)
  const { integration, retired } = await connectAccount(options, {
    owner: state.owner,
    identity,
    reply,
    askedScopes: state.scopes,
    startedAtMs,
  })
  const { tenantId, userId, id: integrationId, status, missingScopes } = integration
  options.logger.info({ tenantId, userId, integrationId, status }, 'a Google account was connected')
  // Nobody could revoke it later: its token is stored nowhere any more.
  if (retired !== null) await revokeToken(options, { tenantId, userId, integrationId }, retired.refreshToken)
  return {
    status: status === 'active' ? 'connected' : 'missing_scopes',
    integration,
    missingScopes,
    returnTo: state.returnTo,
  }
}

async function exchange(
  options: OAuthOptions,
  code: string,
  state: ConsumedState,
  signal: AbortSignal | undefined,
): Promise<TokenReply> {
  const codeVerifier = state.codeVerifier()
  try {
    return await exchangeCode(options, { code, codeVerifier }, signal)
  } catch (error) {
    throw exchangeError(error)
  }
}

function declined(error: string): AppointmentSyncError {
  const word = registeredWord(error)
  if (word === 'access_denied') {
    return new AppointmentSyncError({
      code: 'OAUTH_DENIED',
      message: 'The person declined on the consent page. Nothing was stored; they can connect again.',
    })
  }
  return new AppointmentSyncError({
    code: 'OAUTH_CODE_REJECTED',
    message: `Google sent the person back with the error "${word}" and no code. Have the person connect again.`,
  })
}
