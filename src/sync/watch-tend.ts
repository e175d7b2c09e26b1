import { type Integration, refOf, type WatchChannel } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { contended, type Engine } from './engine.ts'
import type { HeldLease } from './held-lease.ts'
import { parkAfter } from './parking.ts'
import { codeOf } from './retry-policy.ts'
import { openChannel } from './watch-open.ts'
import { isSettled, planWatch, type WatchPlan } from './watch-plan.ts'
import { stopChannel } from './watch-stop.ts'

/** Where Google sends notifications, and how channels are looked after. */
export interface WatchTerms {
  /** `null` when no notifications are wanted: channels that are there are then stopped. */
  readonly address: string | null
  /** Replace an open channel whatever its age. */
  readonly anew?: boolean | undefined
}

/** What was done about channels. */
export interface WatchCounts extends Record<string, number> {
  opened: number
  stopped: number
  /** Calendars that Google does not watch. */
  unsupported: number
  failed: number
  /** Rows of channels that had come to their end. */
  expired: number
}

/** Nothing done yet. */
export function noWatchCounts(): WatchCounts {
  return { opened: 0, stopped: 0, unsupported: 0, failed: 0, expired: 0 }
}

/** What is to be done about the integration's channels; `null` when all is as it should be. */
export async function outstanding(
  { storage, clock }: Pick<Engine, 'storage' | 'clock'>,
  integration: Integration,
  terms: WatchTerms,
): Promise<WatchPlan | null> {
  const ref = refOf(integration)
  const channels = await storage.channels.list(ref)
  const facts = {
    integration,
    channels,
    wanted: terms.address !== null,
    nowMs: clock.now(),
    anew: terms.anew,
  }
  let plan = planWatch({ ...facts, refusedAtMs: null })
  if (plan.open) {
    const cursor = await storage.cursors.find(ref, integration.settings.calendarId)
    plan = planWatch({ ...facts, refusedAtMs: cursor?.watchRefusedAtMs ?? null })
  }
  return isSettled(plan) ? null : plan
}

/**
 * Brings the channels of one integration to what it calls for now. Runs under the integration's watch lease: two
 * workers would each open one. A failure is counted and logged and leaves the rest to be done; it throws for storage
 * and for an abort.
 */
export async function tend(
  engine: Engine,
  known: Integration,
  terms: WatchTerms,
  lease: HeldLease,
  signal: AbortSignal | undefined,
): Promise<WatchCounts> {
  const counts = noWatchCounts()
  const ref = refOf(known)
  // As it is now: it may have been changed, paused or disconnected while the lease was waited for.
  const integration = await engine.storage.integrations.findById(ref.tenantId, ref.integrationId)
  const plan = integration === null ? null : await outstanding(engine, integration, terms)
  if (integration === null || plan === null) return counts
  for (const channel of plan.expired) {
    await engine.storage.channels.remove(channel, channel.id)
    counts.expired += 1
  }
  let stops = plan.stopped
  if (plan.open && terms.address !== null) {
    if (!(await lease.stillOurs())) throw contended(ref, '(watch channels)')
    const opened = await open(engine, integration, terms.address, counts, signal)
    if (opened) stops = [...plan.replaced, ...stops]
    if (counts.failed > 0 && (await isIdleNow(engine, integration))) return counts
  }
  for (const channel of stops) {
    if (await stop(engine, channel, counts, signal)) continue
    if (await isIdleNow(engine, integration)) return counts
  }
  return counts
}

async function open(
  engine: Engine,
  integration: Integration,
  address: string,
  counts: WatchCounts,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { storage, clock } = engine
  const ref = refOf(integration)
  const log = { ref, direction: 'system', action: 'watch', startedAtMs: clock.now() } as const
  try {
    const opened = await openChannel(engine, integration, address, signal)
    if (opened === null) return false
    counts.opened += 1
    await storage.syncLog.append(engine.logEntry({ ...log, status: 'success' }))
    return true
  } catch (error) {
    if (mustPass(error, signal)) throw error
    const unsupported = isAppointmentSyncError(error, 'GOOGLE_WATCH_UNSUPPORTED')
    counts[unsupported ? 'unsupported' : 'failed'] += 1
    if (unsupported) await noteRefusal(engine, integration)
    const status = unsupported ? 'skipped' : 'failed'
    await storage.syncLog.append(engine.logEntry({ ...log, status, error }))
    await noteFailure(engine, integration, error, 'watch channel could not be opened')
    return false
  }
}

async function stop(
  engine: Engine,
  channel: WatchChannel,
  counts: WatchCounts,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    if (await stopChannel(engine, channel, signal)) counts.stopped += 1
    return true
  } catch (error) {
    if (mustPass(error, signal)) throw error
    counts.failed += 1
    await noteFailure(
      engine,
      { ...channel, id: channel.integrationId },
      error,
      'watch channel not stopped yet',
    )
    return false
  }
}

async function noteFailure(
  engine: Engine,
  { tenantId, userId, id }: Pick<Integration, 'tenantId' | 'userId' | 'id'>,
  error: unknown,
  message: string,
): Promise<void> {
  await parkAfter(engine, { tenantId, userId, integrationId: id }, error)
  engine.logger.warn({ tenantId, integrationId: id, code: codeOf(error) }, message)
}

/** Such a calendar is polled, and asked about again after a week. */
async function noteRefusal({ storage, clock }: Engine, integration: Integration): Promise<void> {
  const ref = refOf(integration)
  const { calendarId } = integration.settings
  await storage.transaction(async (session) => {
    const cursor = await session.cursors.find(ref, calendarId)
    const next = {
      ...ref,
      calendarId,
      syncToken: cursor?.syncToken ?? null,
      pulledAtMs: cursor?.pulledAtMs ?? null,
      sweptAtMs: cursor?.sweptAtMs ?? null,
      fullPassAtMs: cursor?.fullPassAtMs ?? null,
      watchRefusedAtMs: clock.now(),
      offering: cursor?.offering ?? false,
      version: (cursor?.version ?? 0) + 1,
    }
    if (!(await session.cursors.advance(next, cursor?.version ?? null))) throw contended(ref, calendarId)
  })
}

/** Whether the last failure parked the integration, or showed that its grant is gone: no further call then. */
async function isIdleNow({ storage, clock }: Engine, { tenantId, id }: Integration): Promise<boolean> {
  const current = await storage.integrations.findById(tenantId, id)
  if (current === null || (current.status !== 'active' && current.status !== 'paused')) return true
  return current.parkedUntilMs !== null && current.parkedUntilMs > clock.now()
}

function mustPass(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')
}
