import { type Integration, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { asWaiting, notReady } from './calendar-errors.ts'
import type { Engine } from './engine.ts'
import { underLease } from './held-lease.ts'
import { lacksCalendar } from './own-calendar.ts'
import { opensCircuit, parkAfter } from './parking.ts'
import { codeOf } from './retry-policy.ts'
import { type CalendarWish, settleCalendar, type SettledCalendar } from './settle-calendar.ts'
import { waitForLease } from './wait-for-lease.ts'

/** The lease under which accounts are connected and disconnected too: a calendar is made in one account. */
function leaseKey({ id }: Integration): string {
  return `connect:${id}`
}

/**
 * The integration with its calendar in place. One that is to have a calendar of its own, and has none yet, gets it now;
 * throws what the caller's work waits for when that cannot be. For all others nothing happens.
 */
export async function ensureCalendar(engine: Engine, integration: Integration): Promise<Integration> {
  if (!lacksCalendar(integration)) return integration
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  try {
    const done = await underLease(holding, leaseKey(integration), () =>
      settleCalendar(engine, refOf(integration), { verify: false }),
    )
    if (done === null) throw notReady(integration, 'is being made by another worker')
    return done.result.integration
  } catch (error) {
    throw asWaiting(integration, error)
  }
}

/** Throws when the calendar is not there: asked of the row as it is when the work begins. */
export function assertHasCalendar(integration: Integration): void {
  if (lacksCalendar(integration)) throw notReady(integration, 'is not there yet')
}

/**
 * After an owner connected, or chose a calendar of the SDK's own: makes it, or makes sure that it is still there. What
 * fails is logged and made up for by the next push or pull; a connection does not fail for it. Throws for storage.
 */
export async function prepareCalendar(engine: Engine, integration: Integration): Promise<Integration> {
  const { settings, status, tenantId, id: integrationId } = integration
  if (status !== 'active' || settings.calendarAccess !== 'dedicated') return integration
  const ref = refOf(integration)
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  try {
    const done = await underLease(holding, leaseKey(integration), () =>
      settleCalendar(engine, ref, { verify: true }),
    )
    return done?.result.integration ?? integration
  } catch (error) {
    if (isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    engine.logger.warn({ tenantId, integrationId, code: codeOf(error) }, 'the calendar could not be made yet')
    await parkAfter(engine, ref, error)
    const facts = { ref, direction: 'system', action: 'calendar', status: 'failed', error } as const
    await engine.storage.syncLog.append(engine.logEntry(facts))
    return (await engine.storage.integrations.findById(tenantId, integrationId)) ?? integration
  }
}

/** The same because somebody asks for it: waits for its turn, and throws what stands in the way. */
export async function createCalendar(
  engine: Engine,
  integration: Integration,
  wish: Omit<CalendarWish, 'verify'>,
  signal: AbortSignal | undefined,
): Promise<SettledCalendar> {
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const done = await waitForLease(holding, leaseKey(integration), signal, async () => {
    signal?.throwIfAborted()
    try {
      return await settleCalendar(engine, refOf(integration), { ...wish, verify: true })
    } catch (error) {
      if (opensCircuit(error) && !isAppointmentSyncError(error, 'OAUTH_SCOPE_MISSING'))
        await parkAfter(engine, refOf(integration), error)
      throw error
    }
  })
  if (done !== null) return done.result
  throw new AppointmentSyncError({
    code: 'INTEGRATION_BUSY',
    message: `Integration ${integration.id} is being connected or disconnected at this moment. No calendar was made; try again shortly.`,
    retryable: true,
  })
}
