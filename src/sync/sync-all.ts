import { type CheckedAppointment, type Integration, refOf } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { isOccurrence, touchesWindow } from './series-link.ts'
import { askHost, checkAppointment, readAppointment } from './app-side.ts'
import type { Engine } from './engine.ts'
import type { Pusher } from './pusher.ts'
import type { SyncAllProgress, SyncAllResult, SyncResult } from './results.ts'
import { summaryOf } from './retry-policy.ts'
import type { TimeWindow } from './sync-window.ts'

/** Appointments asked of the host at a time. */
const PAGE = 500
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
  const { signal } = request
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
    signal?.throwIfAborted()
    await pushPage(pusher, request, page, tally, seen)
    signal?.throwIfAborted()
    report(request, tally)
  }
  if (request.updatedAfterMs === undefined) {
    await pushUnlisted(engine, pusher, request, seen, tally)
    report(request, tally)
  }
  const { failedCount: _, ...result } = tally
  return result
}

/** What the host listed, and when it was asked. */
interface ListedPage {
  readonly items: readonly unknown[]
  readonly givenAtMs: number
}

async function* pages(engine: Engine, request: SyncAllRequest): AsyncGenerator<ListedPage> {
  const { integration, window, updatedAfterMs, signal } = request
  const { tenantId, userId } = integration
  let cursor: string | undefined
  do {
    signal?.throwIfAborted()
    const from = cursor
    const givenAtMs = engine.clock.now()
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
    yield { items: page.items, givenAtMs }
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

function stuck(integration: Integration): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'HOST_SOURCE_FAILED',
    message: `The appointment source gave the same cursor twice for integration ${integration.id}. Correct its paging.`,
  })
}

/** Pushes a page; what is wrong with one appointment is counted and stops no other. */
async function pushPage(
  pusher: Pusher,
  request: SyncAllRequest,
  { items, givenAtMs }: ListedPage,
  tally: Tally,
  seen: Set<string>,
): Promise<void> {
  const { integration, signal } = request
  const checked: CheckedAppointment[] = []
  for (const given of items) {
    const id = idOf(given)
    seen.add(id)
    try {
      const appointment = checkAppointment(given as Parameters<typeof checkAppointment>[0])
      const ours = appointment.tenantId === integration.tenantId && appointment.userId === integration.userId
      if (!ours) throw foreign(appointment)
      checked.push(appointment)
    } catch (error) {
      fail(tally, id, error)
    }
  }
  for (const result of (await pusher.pushMany(integration, checked, { signal, givenAtMs })).values()) {
    count(tally, result)
  }
  tally.processed += items.length
}

/** Live events inside the window whose appointment was not listed: deleted, or moved out, or somebody else's now. */
async function pushUnlisted(
  engine: Engine,
  pusher: Pusher,
  request: SyncAllRequest,
  seen: ReadonlySet<string>,
  tally: Tally,
): Promise<void> {
  const { integration, window, signal } = request
  const ref = refOf(integration)
  let afterAppointmentId: string | null = null
  for (;;) {
    const page: readonly string[] = await engine.storage.links.listLiveIds(ref, {
      afterAppointmentId,
      limit: PAGE,
    })
    // Occurrences go with their series.
    const unseen = page.filter((id) => !seen.has(id) && !isOccurrence({ appointmentId: id }))
    for (const link of unseen.length === 0 ? [] : await engine.storage.links.findMany(ref, unseen)) {
      const { time, ...fields } = link.base.app
      const inside =
        time !== undefined && touchesWindow({ ...fields, time }, window, integration.settings.timeZone)
      if (!inside) continue
      signal?.throwIfAborted()
      await pushOne(engine, pusher, request, link.appointmentId, tally)
      tally.processed += 1
    }
    if (page.length < PAGE) return
    afterAppointmentId = page.at(-1) ?? null
  }
}

async function pushOne(
  engine: Engine,
  pusher: Pusher,
  { integration, signal }: SyncAllRequest,
  appointmentId: string,
  tally: Tally,
): Promise<void> {
  const { tenantId, userId } = integration
  try {
    const givenAtMs = engine.clock.now()
    const appointment = await readAppointment(engine, integration, appointmentId)
    if (appointment === null) {
      count(tally, await pusher.remove({ tenantId, userId, appointmentId }, { signal }))
      return
    }
    for (const result of (
      await pusher.pushMany(integration, [appointment], { signal, givenAtMs })
    ).values()) {
      count(tally, result)
    }
  } catch (error) {
    if (signal?.aborted === true || isAppointmentSyncError(error, 'STORAGE_FAILED')) throw error
    fail(tally, appointmentId, error)
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
