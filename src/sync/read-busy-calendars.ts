import { refOf } from '../domain/index.ts'
import { type AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { BusyCalendar } from '../ports/index.ts'
import { busyCalendarsOf } from './busy-blocks.ts'
import { beginBusyPass, type BusyReadingRequest, needsFullReading, standing } from './busy-pass.ts'
import { takeSnapshots } from './busy-snapshots.ts'
import type { Engine } from './engine.ts'
import { opensCircuit, parkAfter } from './parking.ts'
import { reachOf, syncWindow, type TimeWindow } from './sync-window.ts'

const DAY_MS = 86_400_000

/** Answers by which a calendar shows no events to this grant; its busy times may be open all the same. */
const UNLISTED: ReadonlySet<string> = new Set([
  'GOOGLE_FORBIDDEN',
  'GOOGLE_NOT_FOUND',
  'GOOGLE_CALENDAR_GONE',
  'OAUTH_SCOPE_MISSING',
])

/**
 * Reads the calendars that make the owner busy, but for those in `read`. Nothing is written to Google, and no event
 * means anything but busy. What fails for one calendar is noted with it, and stops neither the others nor the caller:
 * what was known of it stays, and grows old. Throws what the storage throws, and the abort's reason.
 */
export async function readBusyCalendars(
  engine: Engine,
  request: BusyReadingRequest,
  read: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { settings } = request.integration
  const window = syncWindow(settings, engine.clock.now())
  const unlisted: string[] = []
  for (const calendarId of busyCalendarsOf(settings).filter((id) => !read.has(id))) {
    try {
      if (!(await readByEvents(engine, request, calendarId, window))) unlisted.push(calendarId)
    } catch (error) {
      if (!(await noteFailure(engine, request, [calendarId], error))) return
    }
  }
  if (unlisted.length === 0) return
  try {
    const failed = await takeSnapshots(engine, request, unlisted, reachOf(window))
    for (const calendarId of failed) await note(engine, request, calendarId, 'GOOGLE_NOT_FOUND')
  } catch (error) {
    await noteFailure(engine, request, unlisted, error)
  }
}

/** `false` when its events are not shown to the account, or are known not to be. */
async function readByEvents(
  engine: Engine,
  request: BusyReadingRequest,
  calendarId: string,
  window: TimeWindow,
): Promise<boolean> {
  const { integration, roll = false } = request
  const { settings } = integration
  const find = (): Promise<BusyCalendar | null> =>
    engine.storage.busy.findCalendar(refOf(integration), calendarId)
  const known = await find()
  if (known?.source === 'freebusy' && !roll) return false
  const rolled = roll && (known?.coveredToMs ?? 0) < window.toMs + DAY_MS
  try {
    if (known?.syncToken != null && !rolled && !needsFullReading(known, settings, window)) {
      const taken = await readPages(engine, request, calendarId, known.syncToken, window)
      // The calendar's zone may have changed, with which every all-day event moves.
      if (taken && !needsFullReading(await find(), settings, window)) return true
    }
    await readPages(engine, request, calendarId, null, window)
    return true
  } catch (error) {
    if (isAppointmentSyncError(error) && UNLISTED.has(error.code)) return false
    throw error
  }
}

/** `false` when Google no longer takes the token. */
async function readPages(
  engine: Engine,
  { integration, lease, signal }: BusyReadingRequest,
  calendarId: string,
  syncToken: string | null,
  window: TimeWindow,
): Promise<boolean> {
  const ref = refOf(integration)
  const reach = reachOf(window)
  const pass = await beginBusyPass(engine, {
    integration,
    calendarId,
    full: syncToken === null,
    window: reach,
    signal,
  })
  if (pass === null) return true
  let pageToken: string | null = null
  do {
    const query: Parameters<Engine['google']['listEvents']>[0] = {
      ref,
      calendarId,
      syncToken,
      window: reach,
      pageToken,
    }
    const page = await engine.google.listEvents(query, { signal }).catch((error: unknown) => {
      if (isAppointmentSyncError(error, 'GOOGLE_SYNC_TOKEN_INVALID')) return null
      throw error
    })
    if (page === null) return false
    const ids = page.items.map(({ id }) => id)
    const links = await engine.storage.links.findByEvents(ref, calendarId, ids)
    const keep = await pass.note(page, new Set(links.map(({ eventId }) => eventId)))
    await engine.storage.transaction(async (session) => {
      await lease.assertIn(session)
      await keep(session)
      if (page.nextPageToken === null) await pass.end(session, page.nextSyncToken)
    })
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return true
}

/** What would meet the other calendars too; a calendar out of reach, or a scope for it, is its own matter. */
function meetsAll(error: AppointmentSyncError): boolean {
  return opensCircuit(error) && !UNLISTED.has(error.code)
}

/** Whether the next calendar is worth a try. Throws what is not Google's. */
async function noteFailure(
  engine: Engine,
  request: BusyReadingRequest,
  calendarIds: readonly string[],
  error: unknown,
): Promise<boolean> {
  request.signal?.throwIfAborted()
  if (!isAppointmentSyncError(error) || !/^(GOOGLE|OAUTH|TOKEN)_/.test(error.code)) throw error
  for (const calendarId of calendarIds) await note(engine, request, calendarId, error.code)
  if (!meetsAll(error)) return true
  await parkAfter(engine, refOf(request.integration), error)
  return false
}

/** Keeps why a calendar could not be read beside what was known of it, which is not touched. */
async function note(
  engine: Engine,
  { integration, lease }: BusyReadingRequest,
  calendarId: string,
  errorCode: string,
): Promise<void> {
  const ref = refOf(integration)
  await engine.storage.transaction(async (session) => {
    await lease.assertIn(session)
    if ((await standing(session, { integration, calendarId })) === null) return
    const known = await session.busy.findCalendar(ref, calendarId)
    await session.busy.saveCalendar({ ...(known ?? unread(ref, calendarId)), errorCode })
  })
  const { tenantId, integrationId } = ref
  engine.logger.warn(
    { tenantId, integrationId, code: errorCode },
    'busy times of a calendar could not be read',
  )
}

function unread(ref: ReturnType<typeof refOf>, calendarId: string): BusyCalendar {
  return {
    ...ref,
    calendarId,
    asOfMs: null,
    coveredFromMs: null,
    coveredToMs: null,
    timeZone: null,
    source: 'events',
    syncToken: null,
    withTitles: false,
    errorCode: null,
  }
}
