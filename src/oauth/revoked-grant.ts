import type { Integration, IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { grantLogEntry } from './log-entry.ts'
import type { OAuthOptions } from './oauth-options.ts'

const MAX_TRIES = 5

/**
 * Notes that Google called a refresh token dead: the integration becomes `needs_reconnect`, once, with one entry
 * in the sync log. Links stay, so that a reconnect goes on where it stopped.
 *
 * Returns `false`, and changes nothing, when other tokens are stored by now: a reconnect came first.
 */
export async function markGrantRevoked(
  options: OAuthOptions,
  ref: IntegrationRef,
  what: { readonly refused: string; readonly error: AppointmentSyncError; readonly startedAtMs: number },
): Promise<boolean> {
  const { storage, tokenStore, logger } = options
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    // In this order: a reconnect writes tokens before the integration, so that one which we do not see in the
    // tokens is one that will change the version we compare with.
    const integration = await storage.integrations.findById(ref.tenantId, ref.integrationId)
    const tokens = await tokenStore.find(ref)
    if (tokens !== null && tokens.refreshToken !== what.refused) return false
    if (integration === null || !concerns(integration)) return true
    if (await suspend(options, ref, integration, what)) {
      const { tenantId, userId, integrationId } = ref
      logger.warn({ tenantId, userId, integrationId, code: what.error.code }, what.error.message)
      return true
    }
  }
  throw new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${ref.integrationId} kept changing while its lost grant was being noted; call again.`,
    retryable: true,
  })
}

/** Whether there is something to note: a connection that has ended, or is ending, waits for no grant, and what is noted is not noted twice. */
function concerns({ status, statusReason }: Integration): boolean {
  if (status === 'disconnected' || status === 'disconnecting') return false
  return status !== 'needs_reconnect' || statusReason !== 'OAUTH_GRANT_REVOKED'
}

function suspend(
  options: OAuthOptions,
  ref: IntegrationRef,
  integration: Integration,
  { error, startedAtMs }: { readonly error: AppointmentSyncError; readonly startedAtMs: number },
): Promise<boolean> {
  const { storage, clock } = options
  const suspended: Integration = {
    ...integration,
    status: 'needs_reconnect',
    statusReason: error.code,
    updatedAtMs: clock.now(),
    version: integration.version + 1,
  }
  const entry = grantLogEntry(options, ref, { action: 'refresh', startedAtMs, failure: error })
  return storage.transaction(async (session) => {
    const replaced = await session.integrations.replace(suspended, integration.version)
    if (replaced) await session.syncLog.append(entry)
    return replaced
  })
}
