import { type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { whyIdle } from './parking.ts'
import { pullCalendar } from './pull.ts'
import type { HintedCalendar, HintedPull } from './pull-hints.ts'
import { backoffMs, codeOf } from './retry-policy.ts'

/** How often a pull that failed is tried again before the periodic tasks are left to it. */
const MAX_ATTEMPTS = 5
/** A longer pause than this, in milliseconds, is not waited for: the periodic tasks come round. */
const MAX_WAIT_MS = 60_000

/** Reads a calendar that is said to have changed. Never rejects: what fails is logged. */
export async function hintedPull(
  engine: Engine,
  { ref, calendarId }: HintedCalendar,
  attempt: number,
): Promise<HintedPull> {
  let integration: Integration | null = null
  try {
    integration = await engine.storage.integrations.findById(ref.tenantId, ref.integrationId)
    // A parked integration costs no call, and one that moved to another calendar nothing for the old one.
    if (integration === null || whyIdle(integration, engine.clock.now()) !== null) return { found: 'nothing' }
    if (integration.settings.calendarId !== calendarId) return { found: 'nothing' }
    const result = await pullCalendar(engine, integration, undefined)
    if (result.status === 'skipped') return { found: result.reason === 'busy' ? 'busy' : 'nothing' }
    return { found: result.events > result.echoes ? 'changes' : 'nothing' }
  } catch (error) {
    await logFailedPull(engine, ref, integration, error)
    return { found: 'failed', retryInMs: retryInMs(engine, error, attempt) }
  }
}

function retryInMs({ random }: Engine, error: unknown, attempt: number): number | null {
  if (!isAppointmentSyncError(error) || !error.retryable || attempt >= MAX_ATTEMPTS) return null
  const waitMs = Math.max(backoffMs(attempt, random), error.retryAfterMs ?? 0)
  return waitMs <= MAX_WAIT_MS ? waitMs : null
}

async function logFailedPull(
  engine: Engine,
  { tenantId, integrationId }: HintedCalendar['ref'],
  integration: Integration | null,
  error: unknown,
): Promise<void> {
  const { storage, logger } = engine
  logger.warn(
    { tenantId, integrationId, code: codeOf(error) },
    'a calendar could not be read after a notification',
  )
  if (integration === null || isAppointmentSyncError(error, 'STORAGE_FAILED')) return
  const facts = { direction: 'from_google', action: 'pull', status: 'failed', error } as const
  try {
    await storage.syncLog.append(engine.logEntry({ ref: refOf(integration), ...facts }))
  } catch (failure) {
    logger.error({ tenantId, integrationId, code: codeOf(failure) }, 'the failure could not be logged')
  }
}
