import { type Integration, type IntegrationRef, refOf } from '../domain/index.ts'
import { AppointmentSyncError, type ErrorCode, isAppointmentSyncError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { updateIntegration } from './update-integration.ts'

const HOUR_MS = 3_600_000

/**
 * Failures that the next call would meet again, whatever it is about, and for how long the owner is left alone.
 * Usage limits recover in hours to months (https://support.google.com/a/answer/2905486).
 */
const PARKED_FOR_MS: Readonly<Partial<Record<ErrorCode, number>>> = {
  GOOGLE_QUOTA_EXCEEDED: 6 * HOUR_MS,
  GOOGLE_CALENDAR_GONE: 24 * HOUR_MS,
  GOOGLE_API_DISABLED: HOUR_MS,
  OAUTH_CLIENT_REJECTED: HOUR_MS,
  TOKEN_UNDECRYPTABLE: HOUR_MS,
}

/** An integration that is not parked. */
export const NOT_PARKED: Pick<Integration, 'parkedUntilMs' | 'parkedReason'> = {
  parkedUntilMs: null,
  parkedReason: null,
}

/** Whether the connection has ended, or its end was decided. */
export function isEnding({ status }: Integration): boolean {
  return status === 'disconnected' || status === 'disconnecting'
}

/** Why Google is asked nothing for the integration now: it is not active, or parked; `null` when it may be. */
export function whyIdle(integration: Integration, nowMs: number): AppointmentSyncError | null {
  if (integration.status !== 'active') return inactive(integration)
  const { parkedUntilMs, parkedReason } = integration
  if (parkedUntilMs === null || parkedUntilMs <= nowMs) return null
  return new AppointmentSyncError({
    code: (parkedReason ?? 'INTEGRATION_INACTIVE') as ErrorCode,
    message: `Integration ${integration.id} is parked until ${new Date(parkedUntilMs).toISOString()} because of ${parkedReason}. Set right what the code says; switching the integration on ends the parking.`,
    retryable: true,
    retryAfterMs: parkedUntilMs - nowMs,
  })
}

function inactive(integration: Integration): AppointmentSyncError {
  if (integration.status === 'needs_reconnect') {
    return new AppointmentSyncError({
      code:
        integration.statusReason === 'OAUTH_SCOPE_MISSING' ? 'OAUTH_SCOPE_MISSING' : 'OAUTH_GRANT_REVOKED',
      message: `Integration ${integration.id} waits for its owner to connect again. Send them to the URL of getAuthUrl; what waits goes on after that.`,
    })
  }
  return new AppointmentSyncError({
    code: 'INTEGRATION_INACTIVE',
    message: `Integration ${integration.id} is ${integration.status}. Resume it, or have its owner connect again.`,
  })
}

/** Whether the failure would meet every other call for the owner too. */
export function opensCircuit(error: unknown): boolean {
  if (!isAppointmentSyncError(error)) return false
  return PARKED_FOR_MS[error.code] !== undefined || WAITS_FOR_OWNER.has(error.code)
}

const WAITS_FOR_OWNER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OAUTH_SCOPE_MISSING',
  'OAUTH_GRANT_REVOKED',
])

/**
 * Opens the owner's circuit when the failure would meet every other call too: nothing more is asked of Google
 * until then. A scope that is missing waits for the owner instead. Other failures change nothing. Written once,
 * also when many calls fail at the same time.
 */
export async function parkAfter(engine: Engine, ref: IntegrationRef, error: unknown): Promise<void> {
  if (!isAppointmentSyncError(error)) return
  const forMs = PARKED_FOR_MS[error.code]
  if (forMs === undefined && error.code !== 'OAUTH_SCOPE_MISSING') return
  const { clock, logger } = engine
  await updateIntegration(
    engine,
    ref,
    (before) => {
      if (whyIdle(before, clock.now()) !== null) return null
      return forMs === undefined
        ? { status: 'needs_reconnect', statusReason: error.code }
        : { parkedUntilMs: clock.now() + forMs, parkedReason: error.code }
    },
    async (session) => {
      const facts = { ref, direction: 'system', action: 'park', status: 'failed', error } as const
      await session.syncLog.append(engine.logEntry(facts))
      const { tenantId, integrationId } = ref
      logger.warn({ tenantId, integrationId, code: error.code }, 'integration parked')
    },
  )
}

/** Closes the circuit after a call went through. */
export async function unpark(engine: Engine, integration: Integration): Promise<void> {
  if (integration.parkedUntilMs === null) return
  await updateIntegration(engine, refOf(integration), (before) =>
    before.parkedUntilMs === integration.parkedUntilMs ? NOT_PARKED : null,
  )
}
