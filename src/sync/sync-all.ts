import { type CheckedAppointment, type Integration, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { appSideOf, askHost, checkAppointment, readAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { Pusher } from './pusher.ts'
import type { SyncAllProgress, SyncAllResult, SyncResult } from './results.ts'
import { summaryOf } from './retry-policy.ts'
import { extentOf, overlaps, type TimeWindow } from './sync-window.ts'

/** Appointments asked of the host at a time. */
const PAGE = 100
/** Failures named in the result; more are only counted. */
const MAX_FAILURES_LISTED = 100

/** A run over one owner's appointments. */
export interface SyncAllRequest {
  readonly integration: Integration
  readonly window: TimeWindow
  /** Only what the host changed since; then nothing is concluded from what is missing. */
  readonly updatedAfterMs?: number | undefined
  readonly onProgress?: ((progress: SyncAllProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface Tally extends Mutable<Omit<SyncAllResult, 'failed'>> {
  failedCount: number
  failed: { appointmentId: string; error: ReturnType<typeof summaryOf> }[]
}

/**
 * Pushes the host's appointments of a window page by page; memory holds one page and the ids seen. Events whose
 * appointment the host no longer knows are taken off, each after asking for it by name.
 */
export async function syncAll(
  engine: Engine,
  pusher: Pusher,
  request: SyncAllRequest,
): Promise<SyncAllResult> {
  const { integration, signal } = request
  const tally: Tally = {
    processed: 0,
    created: 0,
    updated: 0,
    deleted: 0,
    skipped: 0,
    queued: 0,
    conflicts: 0,
    failedCount: 0,
    failed: [],
  }
  const seen = new Set<string>()
  for await (const page of pages(engine, request)) {
    for (const given of page) {
      signal?.throwIfAborted()
      await pushOne(engine, pusher, request, given, tally, seen)
      tally.processed += 1
    }
    report(request, tally)
  }
  if (request.updatedAfterMs === undefined) {
    await pushUnlisted(engine, pusher, integration, request, seen, tally)
    report(request, tally)
  }
  const { failedCount: _, ...result } = tally
  return result
}

async function* pages(engine: Engine, request: SyncAllRequest): AsyncGenerator<readonly unknown[]> {
  const { integration, window, updatedAfterMs, signal } = request
  const { tenantId, userId } = integration
  let cursor: string | undefined
  do {
    signal?.throwIfAborted()
    const from = cursor
    const page = await askHost('list', () =>
      engine.appointments.list({
        owner: { tenantId, userId },
        from: new Date(window.fromMs),
        to: new Date(window.toMs),
        limit: PAGE,
        ...(updatedAfterMs === undefined ? {} : { updatedAfter: new Date(updatedAfterMs) }),
        ...(from === undefined ? {} : { cursor: from }),
      }),
    )
    if (page.nextCursor !== undefined && page.nextCursor === from) throw stuck(integration)
    yield page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

function stuck(integration: Integration): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'HOST_SOURCE_FAILED',
    message: `The appointment source gave the same cursor twice for integration ${integration.id}. Correct its paging.`,
  })
}

async function pushOne(
  engine: Engine,
  pusher: Pusher,
  request: SyncAllRequest,
  given: unknown,
  tally: Tally,
  seen: Set<string>,
): Promise<void> {
  const { integration, signal } = request
  const id = idOf(given)
  seen.add(id)
  try {
    const appointment = checkAppointment(given as Parameters<typeof checkAppointment>[0])
    if (appointment.tenantId !== integration.tenantId || appointment.userId !== integration.userId) {
      throw foreign(appointment)
    }
    count(tally, await pushKnown(engine, pusher, integration, appointment, signal))
  } catch (error) {
    if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    fail(tally, id, error)
  }
}

/** An appointment that should have no event and never had one costs no write. */
async function pushKnown(
  engine: Engine,
  pusher: Pusher,
  integration: Integration,
  appointment: CheckedAppointment,
  signal: AbortSignal | undefined,
): Promise<SyncResult> {
  if (appSideOf(appointment, integration).wanted !== true) {
    const link = await engine.storage.links.find(refOf(integration), appointment.id)
    const absent = link === null || link.state === 'removed'
    if (absent) return { status: 'skipped', reason: 'not_on_calendar' }
  }
  return pusher.pushChecked(integration, appointment, { signal })
}

/** Live events inside the window whose appointment was not listed: deleted, or moved out, or somebody else's now. */
async function pushUnlisted(
  engine: Engine,
  pusher: Pusher,
  integration: Integration,
  request: SyncAllRequest,
  seen: ReadonlySet<string>,
  tally: Tally,
): Promise<void> {
  const { window, signal } = request
  const ref = refOf(integration)
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: Awaited<ReturnType<typeof engine.storage.links.listLive>> =
      await engine.storage.links.listLive(ref, {
        afterAppointmentId,
        limit: PAGE,
      })
    for (const link of page) {
      const { time } = link.base.app
      const inside = time !== undefined && overlaps(extentOf(time, integration.settings.timeZone), window)
      if (!inside || seen.has(link.appointmentId)) continue
      signal?.throwIfAborted()
      try {
        const appointment = await readAppointment(engine, integration, link.appointmentId)
        const { tenantId, userId } = integration
        count(
          tally,
          appointment === null
            ? await pusher.remove({ tenantId, userId, appointmentId: link.appointmentId }, { signal })
            : await pusher.pushChecked(integration, appointment, { signal }),
        )
      } catch (error) {
        if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
        fail(tally, link.appointmentId, error)
      }
      tally.processed += 1
    }
    if (page.length < PAGE) return
    afterAppointmentId = page.at(-1)?.appointmentId ?? null
  }
}

function idOf(given: unknown): string {
  const id = typeof given === 'object' && given !== null && 'id' in given ? given.id : undefined
  return typeof id === 'string' ? id : '(no id)'
}

function foreign(appointment: CheckedAppointment): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INVALID_APPOINTMENT',
    message: `The appointment source listed appointment ${appointment.id}, which belongs to another owner. It was left out; correct the source.`,
  })
}

function count(tally: Tally, result: SyncResult): void {
  if (result.status === 'conflict') tally.conflicts += 1
  else if (result.status === 'success') tally[result.action === 'adopted' ? 'updated' : result.action] += 1
  else tally[result.status] += 1
}

function fail(tally: Tally, appointmentId: string, error: unknown): void {
  tally.failedCount += 1
  if (tally.failed.length < MAX_FAILURES_LISTED) tally.failed.push({ appointmentId, error: summaryOf(error) })
}

function report(request: SyncAllRequest, tally: Tally): void {
  const { processed, failed: _, failedCount, ...counts } = tally
  request.onProgress?.({ processed, counts: { ...counts, failed: failedCount } })
}
