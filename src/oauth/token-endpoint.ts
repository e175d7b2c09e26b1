import type { OAuth2Client } from 'google-auth-library'
import { z } from 'zod'
import { createAuthClient } from './auth-client.ts'
import { createOAuthFetch } from './oauth-fetch.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { scopeList } from './scopes.ts'
import { failureOf, jsonOf } from './token-endpoint-failure.ts'

/** What Google's token endpoint granted. Instants are epoch milliseconds of the injected clock. */
export interface TokenReply {
  readonly accessToken: string
  readonly expiresAtMs: number
  /** Only after shown consent; a refresh brings none, and that is no error. */
  readonly refreshToken: string | null
  /** Stated for time-limited grants and apps in Testing status. */
  readonly refreshTokenExpiresAtMs: number | null
  /** `null` when not stated: the same as before, or as asked for (RFC 6749, section 5.1). */
  readonly scopes: readonly string[] | null
  readonly idToken: string | null
}

const replySchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
  id_token: z.string().optional(),
})

type TokenRequestOptions = Pick<OAuthOptions, 'client' | 'clock' | 'timeoutMs'>

/**
 * Exchanges an authorization code, once: a code that reached Google is spent, whatever came back.
 * Throws `TokenEndpointFailure`; an abort passes through.
 */
export function exchangeCode(
  options: TokenRequestOptions,
  grant: { readonly code: string; readonly codeVerifier: string },
  signal?: AbortSignal,
): Promise<TokenReply> {
  return requestTokens(options, signal, (client) => client.getToken(grant))
}

/** Asks for a fresh access token, once. Throws `TokenEndpointFailure`; an abort passes through. */
export function refreshGrant(
  options: TokenRequestOptions,
  refreshToken: string,
  signal?: AbortSignal,
): Promise<TokenReply> {
  return requestTokens(options, signal, (client) => {
    client.setCredentials({ refresh_token: refreshToken })
    return client.refreshAccessToken()
  })
}

async function requestTokens(
  options: TokenRequestOptions,
  signal: AbortSignal | undefined,
  request: (client: OAuth2Client) => Promise<unknown>,
): Promise<TokenReply> {
  signal?.throwIfAborted()
  const http = createOAuthFetch({ ...options, signal })
  const client = await createAuthClient(options.client, http.fetch)
  // Counted from before the request: the answer may have been long on its way.
  const sentAtMs = options.clock.now()
  try {
    await request(client)
  } catch (error) {
    if (signal?.aborted === true && http.reply() === null) throw signal.reason
    throw failureOf(http.reply(), error)
  }
  const body = replySchema.safeParse(jsonOf(http.reply()?.text ?? ''))
  if (!body.success) throw failureOf(http.reply(), undefined)
  return tokenReply(body.data, sentAtMs)
}

function tokenReply(body: z.output<typeof replySchema>, sentAtMs: number): TokenReply {
  const { refresh_token_expires_in: refreshExpiresIn, scope } = body
  return {
    accessToken: body.access_token,
    expiresAtMs: sentAtMs + Math.floor(body.expires_in * 1000),
    refreshToken: body.refresh_token ?? null,
    refreshTokenExpiresAtMs:
      refreshExpiresIn === undefined ? null : sentAtMs + Math.floor(refreshExpiresIn * 1000),
    scopes: scope === undefined ? null : scopeList(scope),
    idToken: body.id_token ?? null,
  }
}
