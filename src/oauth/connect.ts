import type { Integration, IntegrationRef, Owner } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { StorageSession, StoredTokens } from '../ports/index.ts'
import type { AccountIdentity } from './account-identity.ts'
import { storeGrant } from './grant-tokens.ts'
import { integrationRefOf } from './integration-id.ts'
import { underLease } from './lease.ts'
import { grantLogEntry } from './log-entry.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { missingScopes, scopesFor } from './scopes.ts'
import type { TokenReply } from './token-endpoint.ts'

const LEASE_TTL_MS = 30_000
const MAX_TRIES = 5

/** A grant that came back from Google. */
export interface AccountGrant {
  readonly owner: Owner
  readonly identity: AccountIdentity
  readonly reply: TokenReply
  readonly askedScopes: readonly string[]
  readonly startedAtMs: number
}

/** What a connection left behind. */
export interface Connection {
  readonly integration: Integration
  /** Tokens of another account that were replaced; their grant is of no use any more. */
  readonly retired: StoredTokens | null
}

/**
 * Stores a grant: tokens first, then the integration in one transaction with what follows from it.
 *
 * Connections of one owner are done one after the other, so that tokens and integration are of one account.
 */
export function connectAccount(options: OAuthOptions, grant: AccountGrant): Promise<Connection> {
  const ref = integrationRefOf(grant.owner)
  return underLease(options, {
    key: `connect:${ref.integrationId}`,
    ttlMs: LEASE_TTL_MS,
    settled: () => Promise.resolve(null),
    work: () => connectUnderLease(options, ref, grant),
    busy: () =>
      new AppointmentSyncError({
        code: 'INTEGRATION_BUSY',
        message: `Integration ${ref.integrationId} is being connected by another process; connect again shortly.`,
      }),
  })
}

async function connectUnderLease(
  options: OAuthOptions,
  ref: IntegrationRef,
  grant: AccountGrant,
): Promise<Connection> {
  const known = await options.storage.integrations.find(grant.owner)
  const sameAccount = known?.googleAccountId === grant.identity.accountId
  const changesAccount = known !== null && known.googleAccountId !== null && !sameAccount
  // A crash between tokens and transaction would leave the new account's tokens under the old account's links.
  if (changesAccount && grant.reply.refreshToken !== null) {
    await suspend(options, grant.owner)
    await options.leaveAccount?.(known)
  }
  const replaced = await storeGrant(options, { ...grant, ref, sameAccount })
  const integration = await storeIntegration(options, ref, grant)
  return { integration, retired: changesAccount ? replaced : null }
}

/** Takes the integration out of service until the new account is in place. */
async function suspend({ storage, clock }: OAuthOptions, owner: Owner): Promise<void> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const known = await storage.integrations.find(owner)
    if (known === null || known.status === 'needs_reconnect' || known.status === 'disconnected') return
    const suspended: Integration = {
      ...known,
      status: 'needs_reconnect',
      statusReason: 'OAUTH_GRANT_REVOKED',
      updatedAtMs: clock.now(),
      version: known.version + 1,
    }
    if (await storage.integrations.replace(suspended, known.version)) return
  }
  throw contended(integrationRefOf(owner))
}

async function storeIntegration(
  options: OAuthOptions,
  ref: IntegrationRef,
  grant: AccountGrant,
): Promise<Integration> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const stored = await options.storage.transaction((session) => upsert(options, session, ref, grant))
    if (stored !== null) return stored
  }
  throw contended(ref)
}

/** One try; `null` when somebody else changed the integration meanwhile, and nothing was written. */
async function upsert(
  options: OAuthOptions,
  session: StorageSession,
  ref: IntegrationRef,
  grant: AccountGrant,
): Promise<Integration | null> {
  const known = await session.integrations.find(grant.owner)
  const next = connected(options, ref, grant, known)
  const stored =
    known === null
      ? await session.integrations.insert(next)
      : await session.integrations.replace(next, known.version)
  if (!stored) return null
  if (known !== null && known.googleAccountId !== next.googleAccountId) await forgetAccount(session, ref)
  else if (next.status === 'active') await session.outbox.wake(ref, options.clock.now())
  const failure =
    next.status === 'active'
      ? null
      : {
          code: 'OAUTH_SCOPE_MISSING' as const,
          message: `Not granted: ${next.missingScopes.join(' ')}. Have the person connect again and tick them.`,
        }
  const { startedAtMs } = grant
  await session.syncLog.append(grantLogEntry(options, ref, { action: 'connect', startedAtMs, failure }))
  return next
}

function connected(
  { clock, defaults }: OAuthOptions,
  ref: IntegrationRef,
  grant: AccountGrant,
  known: Integration | null,
): Integration {
  const settings = known?.settings ?? defaults
  const granted = grant.reply.scopes ?? grant.askedScopes
  const { essential, optional } = scopesFor(settings, known?.dedicatedCalendar?.calendarId)
  const usable = missingScopes(essential, granted).length === 0
  const nowMs = clock.now()
  return {
    id: ref.integrationId,
    tenantId: ref.tenantId,
    userId: ref.userId,
    status: usable ? 'active' : 'needs_reconnect',
    statusReason: usable ? null : 'OAUTH_SCOPE_MISSING',
    googleAccountId: grant.identity.accountId,
    googleEmail: grant.identity.email,
    grantedScopes: granted,
    missingScopes: missingScopes([...essential, ...optional], granted),
    settings,
    parkedUntilMs: null,
    parkedReason: null,
    removeEvents: null,
    dedicatedCalendar: known?.dedicatedCalendar ?? null,
    createdAtMs: known?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
    version: (known?.version ?? 0) + 1,
  }
}

/** Event ids, sync tokens and intents of another account mean nothing in this one. */
async function forgetAccount(session: StorageSession, ref: IntegrationRef): Promise<void> {
  await session.links.removeAll(ref)
  await session.cursors.removeAll(ref)
  await session.outbox.removeAll(ref)
  await session.inbox.removeAll(ref)
  await session.conflicts.removeAll(ref)
  await session.channels.removeAll(ref)
  await session.busy.removeAll(ref)
}

function contended(ref: IntegrationRef): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message:
      `Integration ${ref.integrationId} kept changing while it was being connected. ` +
      'Its tokens are stored; have the person connect again.',
  })
}
