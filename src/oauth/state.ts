import { createHash } from 'node:crypto'
import type { Owner } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { OAuthState } from '../ports/index.ts'
import { aadOf } from './envelope-aad.ts'
import { integrationRefOf } from './integration-id.ts'
import type { OAuthOptions } from './oauth-options.ts'

/** How long a person may take on the consent page, in milliseconds: ten minutes. */
const STATE_TTL_MS = 600_000

/** 256 bits, for the state and for the PKCE verifier: 43 characters, the least RFC 7636 (4.1) allows. */
const SECRET_BYTES = 32

/** A state that was just made. Text and verifier exist here only; the storage gets a hash and an envelope. */
export interface BegunState {
  readonly text: string
  readonly codeVerifier: string
  readonly expiresAtMs: number
}

/** A state that came back. */
export interface ConsumedState {
  readonly owner: Owner
  readonly scopes: readonly string[]
  readonly returnTo: string | null
  /** Opens the PKCE verifier; throws `TOKEN_UNDECRYPTABLE` when its key left the keyring meanwhile. */
  codeVerifier(): string
}

/** Makes a state for an owner and stores what the callback needs. */
export async function beginState(
  { storage, keyring, clock, random }: Pick<OAuthOptions, 'storage' | 'keyring' | 'clock' | 'random'>,
  request: { readonly owner: Owner; readonly scopes: readonly string[]; readonly returnTo: string | null },
): Promise<BegunState> {
  const text = secretText(random.bytes(SECRET_BYTES))
  const codeVerifier = secretText(random.bytes(SECRET_BYTES))
  const stateHash = hashOf(text)
  const createdAtMs = clock.now()
  const expiresAtMs = createdAtMs + STATE_TTL_MS
  await storage.oauthStates.insert({
    tenantId: request.owner.tenantId,
    userId: request.owner.userId,
    stateHash,
    sealedVerifier: keyring.seal(codeVerifier, verifierAad(request.owner, stateHash)).envelope,
    scopes: request.scopes,
    returnTo: request.returnTo,
    createdAtMs,
    expiresAtMs,
  })
  return { text, codeVerifier, expiresAtMs }
}

/**
 * Takes a state out of the storage, so that it is good for one callback whatever happens next.
 * Throws `OAUTH_STATE_INVALID` (unknown, used or altered), `OAUTH_STATE_EXPIRED` or, when `owner` is given and
 * is another one, `OAUTH_STATE_FOREIGN`.
 */
export async function consumeState(
  { storage, keyring, clock }: Pick<OAuthOptions, 'storage' | 'keyring' | 'clock'>,
  text: string,
  owner: Owner | undefined,
): Promise<ConsumedState> {
  const state = await storage.oauthStates.consume(hashOf(text))
  if (state === null) throw refused('OAUTH_STATE_INVALID', 'is unknown, was used before or was altered')
  if (state.expiresAtMs <= clock.now()) throw refused('OAUTH_STATE_EXPIRED', 'is older than ten minutes')
  if (owner !== undefined && !sameOwner(owner, state)) {
    throw refused('OAUTH_STATE_FOREIGN', 'was made for another owner than the one who is signed in')
  }
  const { tenantId, userId, scopes, returnTo, stateHash, sealedVerifier } = state
  return {
    owner: { tenantId, userId },
    scopes,
    returnTo,
    codeVerifier: () =>
      keyring.open(sealedVerifier, verifierAad(state, stateHash), 'The PKCE verifier of this authorization')
        .plaintext,
  }
}

/** What is stored in place of a secret text that only needs to be recognised: its SHA-256 in lower-case hex. */
function hashOf(text: string): OAuthState['stateHash'] {
  return createHash('sha256').update(text).digest('hex')
}

function secretText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function verifierAad(owner: Owner, stateHash: string): string {
  return aadOf({ ...integrationRefOf(owner), purpose: `pkce-verifier/${stateHash}` })
}

function sameOwner(a: Owner, b: Owner): boolean {
  return a.tenantId === b.tenantId && a.userId === b.userId
}

function refused(
  code: 'OAUTH_STATE_INVALID' | 'OAUTH_STATE_EXPIRED' | 'OAUTH_STATE_FOREIGN',
  reason: string,
): AppointmentSyncError {
  return new AppointmentSyncError({
    code,
    message: `The state of the callback ${reason}. Nothing was stored; begin again with oauth.getAuthUrl.`,
  })
}
