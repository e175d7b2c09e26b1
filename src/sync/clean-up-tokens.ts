import { type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { TokenStore } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { codeOf } from './retry-policy.ts'

/** What the upkeep of tokens works with. */
export interface TokenUpkeep {
  readonly tokenStore: TokenStore
  /** Seals a record anew with the first key; whether it did. `null` with a token store of the host's. */
  readonly reseal: ((ref: IntegrationRef) => Promise<boolean>) | null
}

const PAGE = 100

/**
 * Removes authorizations that never came back, marks grants whose end Google announced, and seals tokens of old
 * keys anew, so that an old key can be dropped a day after a new one was put first.
 */
export async function cleanUpTokens(
  engine: Engine,
  upkeep: TokenUpkeep,
  renew: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const counts = { states: 0, expired: 0, resealed: 0, failed: 0 }
  counts.states = await engine.storage.oauthStates.deleteExpired(engine.clock.now())
  for (const status of ['active', 'paused', 'needs_reconnect'] as const) {
    let afterId: string | null = null
    for (;;) {
      const page: Integration[] = await engine.storage.integrations.scan({ status, afterId, limit: PAGE })
      for (const integration of page) {
        signal?.throwIfAborted()
        await renew()
        try {
          if (await expire(engine, upkeep.tokenStore, integration)) counts.expired += 1
          if (upkeep.reseal !== null && (await upkeep.reseal(refOf(integration)))) counts.resealed += 1
        } catch (error) {
          if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
          counts.failed += 1
          const { tenantId, id } = integration
          engine.logger.error({ tenantId, integrationId: id, code: codeOf(error) }, 'token upkeep failed')
        }
      }
      if (page.length < PAGE) break
      afterId = page.at(-1)?.id ?? null
    }
  }
  return counts
}

/** Whether the grant had reached the end Google gave it, and the owner now has to connect again. */
async function expire(engine: Engine, tokenStore: TokenStore, integration: Integration): Promise<boolean> {
  if (integration.status !== 'active') return false
  const tokens = await tokenStore.find(refOf(integration))
  const endsAtMs = tokens?.refreshTokenExpiresAtMs ?? null
  const nowMs = engine.clock.now()
  if (endsAtMs === null || endsAtMs > nowMs) return false
  return engine.storage.integrations.replace(
    {
      ...integration,
      status: 'needs_reconnect',
      statusReason: 'OAUTH_GRANT_REVOKED',
      updatedAtMs: nowMs,
      version: integration.version + 1,
    },
    integration.version,
  )
}
