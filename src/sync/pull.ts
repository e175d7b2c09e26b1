import { createHash } from 'node:crypto'
import { type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { SyncCursor } from '../ports/index.ts'
import { needsFullReading } from './busy-pass.ts'
import { busyCalendarsOf } from './busy-blocks.ts'
import { deliverInbox } from './deliver-inbox.ts'
import { ensureCalendar } from './dedicated-calendar.ts'
import type { Engine } from './engine.ts'
import { type HeldLease, underLease } from './held-lease.ts'
import { createMovedEvents } from './moved-event.ts'
import { releaseUnreached } from './out-of-reach.ts'
import { isOutOfReach, lacksCalendar } from './own-calendar.ts'
import { isEnding, parkAfter, unpark, whyIdle } from './parking.ts'
import { offersFrom } from './plan-offers.ts'
import { type PassCounts, readPass } from './read-pass.ts'
import { readBusyCalendars } from './read-busy-calendars.ts'
import { releaseCalendar } from './release-calendar.ts'
import type { PullResult } from './results.ts'
import { syncWindow } from './sync-window.ts'

/** After so many milliseconds a full pass rolls the window on; up to a quarter later, each integration at its own time. */
const FULL_PASS_EVERY_MS = 86_400_000

/** How a calendar is read. */
export interface PullOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether a full pass is made when the last one is a day old: a sync token does not roll the window on. */
  readonly roll?: boolean | undefined
}

/**
 * Reads what changed in Google since the sync tokens, on the owner's calendar and on every other one that holds
 * events of ours, page by page. What a page means is stored with the page; the token only with the last one. A
 * failure anywhere leaves the old token, and reading again is harmless. Afterwards the host is told what waits for
 * it.
 */
export async function pullCalendar(
  engine: Engine,
  integration: Integration,
  options: PullOptions = {},
): Promise<PullResult> {
  if (integration.settings.syncDirection === 'to_google') {
    await readBusyAlone(engine, integration, options)
    return { status: 'skipped', reason: 'direction' }
  }
  if (isEnding(integration)) return { status: 'skipped', reason: 'not_connected' }
  if (integration.status === 'paused') return { status: 'skipped', reason: 'paused' }
  const idle = whyIdle(integration, engine.clock.now())
  if (idle !== null) throw idle
  const ready = await withCalendar(engine, integration)
  if (ready === null) return { status: 'skipped', reason: 'calendar_not_ready' }
  return pullReady(engine, ready, options)
}

/** The integration with its calendar; `null` when that is not there yet, which pulling again may mend. */
async function withCalendar(engine: Engine, integration: Integration): Promise<Integration | null> {
  try {
    return await ensureCalendar(engine, integration)
  } catch (error) {
    await parkAfter(engine, refOf(integration), error)
    const waits = isAppointmentSyncError(error, 'CALENDAR_NOT_READY')
    if (waits || isAppointmentSyncError(error, 'GOOGLE_OUTCOME_UNKNOWN')) return null
    throw error
  }
}

async function pullReady(
  engine: Engine,
  integration: Integration,
  options: PullOptions,
): Promise<PullResult> {
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  const pass = await underLease(holding, pullKey(integration), (lease) =>
    readCalendars(engine, integration, lease, options).catch(async (error: unknown) => {
      await parkAfter(engine, refOf(integration), error)
      throw error
    }),
  )
  if (pass === null) return { status: 'skipped', reason: 'busy' }
  await unpark(engine, integration)
  const { mode, counts } = pass.result
  const { applied, rejected, waiting } = await deliverInbox(engine, integration, options.signal)
  return { status: 'success', mode, ...counts, applied, rejected, waiting }
}

/** Nothing flows from Google, but its busy times are wanted all the same. */
async function readBusyAlone(engine: Engine, integration: Integration, options: PullOptions): Promise<void> {
  if (whyIdle(integration, engine.clock.now()) !== null || lacksCalendar(integration)) return
  const holding = { leases: engine.storage.leases, clock: engine.clock }
  await underLease(holding, pullKey(integration), (lease) =>
    readBusyCalendars(engine, { integration, lease, ...options }),
  )
}

function pullKey({ tenantId, id }: Integration): string {
  return `pull:${tenantId}:${id}`
}

interface ReadResult {
  readonly mode: 'incremental' | 'full'
  readonly counts: PassCounts
}

async function readCalendars(
  engine: Engine,
  integration: Integration,
  lease: HeldLease,
  options: PullOptions,
): Promise<ReadResult> {
  const { calendarId: own } = integration.settings
  const moved = createMovedEvents(engine, integration)
  const pass = { integration, lease, moved, signal: options.signal }
  const read = await readCalendar(engine, { ...pass, calendarId: own }, options)
  const linked = await engine.storage.links.listCalendars(refOf(integration))
  for (const calendarId of linked) {
    if (calendarId === own) continue
    if (isOutOfReach(integration, calendarId)) {
      await releaseUnreached(engine, integration, calendarId, options.signal)
      continue
    }
    try {
      add(read.counts, (await readCalendar(engine, { ...pass, calendarId }, options)).counts)
    } catch (error) {
      // Events were moved there by hand, and now the account cannot see it: they are not there for anybody.
      if (!isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')) throw error
      await releaseCalendar(engine, { ...pass, calendarId })
    }
  }
  await readBusyCalendars(engine, { integration, lease, ...options }, new Set([own, ...linked]))
  return read
}

function add(counts: PassCounts, more: PassCounts): void {
  for (const name of ['pages', 'events', 'echoes', 'conflicts'] as const) counts[name] += more[name]
}

async function readCalendar(
  engine: Engine,
  pass: Omit<Parameters<typeof readPass>[1], 'syncToken' | 'afterGap'>,
  options: PullOptions,
): Promise<ReadResult> {
  const { integration, calendarId } = pass
  const cursor = await engine.storage.cursors.find(refOf(integration), calendarId)
  // Events that were there before the owner opted in are in no increment.
  const firstOffers = offersFrom(integration, calendarId) && cursor?.offering !== true
  const due = firstOffers || (options.roll === true && isRollDue(integration, cursor, engine.clock.now()))
  if (cursor !== null && cursor.syncToken !== null) {
    try {
      const counts = await readPass(engine, { ...pass, syncToken: cursor.syncToken, afterGap: false })
      if (!due && !(await lacksBusyTimes(engine, pass))) return { mode: 'incremental', counts }
      // The increment first: a full pass takes the place of the token, and sees its window alone.
      add(counts, await readPass(engine, { ...pass, syncToken: null, afterGap: false }))
      return { mode: 'full', counts }
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_SYNC_TOKEN_INVALID')) throw error
      const { tenantId, id } = integration
      engine.logger.info({ tenantId, integrationId: id }, 'sync token refused')
    }
  }
  return { mode: 'full', counts: await readPass(engine, { ...pass, syncToken: null, afterGap: true }) }
}

/** Whether busy times of the calendar are wanted that an increment does not bring. */
async function lacksBusyTimes(
  engine: Engine,
  { integration, calendarId }: { readonly integration: Integration; readonly calendarId: string },
): Promise<boolean> {
  const { settings } = integration
  if (!busyCalendarsOf(settings).includes(calendarId)) return false
  const known = await engine.storage.busy.findCalendar(refOf(integration), calendarId)
  return needsFullReading(known, settings, syncWindow(settings, engine.clock.now()))
}

/** Spread by the integration's id, so that a fleet does not read everything in the same hour. */
function isRollDue(integration: Integration, cursor: SyncCursor | null, nowMs: number): boolean {
  if (cursor === null || cursor.fullPassAtMs === null) return true
  const spread = createHash('sha256').update(integration.id).digest().readUInt32BE(0) / 2 ** 32
  return nowMs - cursor.fullPassAtMs >= FULL_PASS_EVERY_MS * (1 + spread / 4)
}
