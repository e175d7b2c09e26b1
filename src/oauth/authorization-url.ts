import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Integration, type Owner, ownerSchema, refOf } from '../domain/index.ts'
import { parseOrThrow } from '../errors/index.ts'
import { createAuthClient } from './auth-client.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { scopesFor } from './scopes.ts'
import { beginState } from './state.ts'

/** A connection that is to begin. */
export interface AuthorizationRequest {
  readonly owner: Owner
  /** Handed back by the callback; at most 2,048 characters. Whether it is a safe place to go is the host's to say. */
  readonly returnTo?: string | undefined
  /** E-mail address or account id to preselect; default the account that is connected now. */
  readonly loginHint?: string | undefined
}

/** Where to send the person. */
export interface Authorization {
  readonly url: string
  readonly state: string
  readonly expiresAt: Date
}

const requestSchema = z.object({
  owner: ownerSchema,
  returnTo: z.string().min(1).max(2048).optional(),
  loginHint: z.string().min(1).max(320).optional(),
})

/**
 * What the settings call for. While an owner changes to a calendar of the SDK's own, also the scope that reaches the
 * events that stand: without it they cannot be taken along, and the person would see them twice. They may untick it.
 */
async function scopesToAsk(
  { storage, defaults }: OAuthOptions,
  integration: Integration | null,
): Promise<string[]> {
  const settings = integration?.settings ?? defaults
  const own = integration?.dedicatedCalendar?.calendarId ?? null
  const { essential, optional } = scopesFor(settings, own)
  const changing = settings.calendarAccess === 'dedicated' && settings.calendarId !== own
  const standing =
    integration !== null && changing ? await storage.links.listCalendars(refOf(integration)) : []
  const reaching = standing.length > 0 ? scopesFor({ ...settings, calendarAccess: 'any' }, own).essential : []
  return [...new Set([...essential, ...optional, ...reaching])]
}

/**
 * Makes the address of Google's consent page for an owner ("Using OAuth 2.0 for Web Server Applications").
 *
 * Offline with `prompt=consent`, also on a reconnect, because Google gives a refresh token only when consent was
 * shown. PKCE with S256 (RFC 7636). `include_granted_scopes` is not set: a token that spans what the person
 * granted to other parts of the project is broader than we need, and revoking it would take those down too.
 */
export async function createAuthorization(
  options: OAuthOptions,
  request: AuthorizationRequest,
): Promise<Authorization> {
  const { owner, returnTo, loginHint } = parseOrThrow(
    requestSchema,
    request,
    'INVALID_ARGUMENT',
    'The authorization request',
  )
  const integration = await options.storage.integrations.find(owner)
  const scopes = await scopesToAsk(options, integration)
  const state = await beginState(options, { owner, scopes, returnTo: returnTo ?? null })
  const hint = loginHint ?? integration?.googleEmail ?? undefined
  const { CodeChallengeMethod } = await import('google-auth-library')
  const client = await createAuthClient(options.client)
  const url = client.generateAuthUrl({
    access_type: 'offline',
    prompt: 'consent',
    scope: scopes,
    state: state.text,
    code_challenge: createHash('sha256').update(state.codeVerifier).digest('base64url'),
    code_challenge_method: CodeChallengeMethod.S256,
    ...(hint === undefined ? {} : { login_hint: hint }),
  })
  return { url, state: state.text, expiresAt: new Date(state.expiresAtMs) }
}
