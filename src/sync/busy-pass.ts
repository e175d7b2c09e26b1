import { type Integration, refOf } from '../domain/index.ts'
import { type AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { type RemoteEvent, type RemoteEventPage, verdictOf } from '../google/index.ts'
import { type BusyBlock, type BusyCalendar, freshId, type StorageSession } from '../ports/index.ts'
import { blocksOf, busyCalendarsOf } from './busy-blocks.ts'
import type { Engine } from './engine.ts'
import { isGone } from './event-gone.ts'
import type { HeldLease } from './held-lease.ts'
import { createOwnEvents } from './own-events.ts'
import { isEnding } from './parking.ts'
import type { TimeWindow } from './sync-window.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** Stores what a page says, in the transaction that stores the page. */
export type KeepPage = (session: StorageSession) => Promise<void>

/** Keeps the busy times of a calendar while it is read, page by page. */
export interface BusyPass {
  /** Asks Google for what else the page needs, and says what is to be stored. `linked`: events with a link here. */
  note(page: RemoteEventPage, linked: ReadonlySet<string>): Promise<KeepPage>
  /** What is known after the last page, in its transaction. `syncToken` of a calendar that has no sync cursor. */
  end(session: StorageSession, syncToken: string | null): Promise<void>
}

/** Reading calendars for their busy times alone. */
export interface BusyReadingRequest {
  readonly integration: Integration
  /** The right to pull; what is stored is stored under it. */
  readonly lease: HeldLease
  /** Whether calendars are read whole when the window has moved on, and those without a list tried again. */
  readonly roll?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** The reading of a calendar whose busy times are kept. */
export interface BusyPassRequest {
  readonly integration: Integration
  readonly calendarId: string
  /** Whether all of `window` is read, or what changed alone. */
  readonly full: boolean
  readonly window: TimeWindow
  readonly signal?: AbortSignal | undefined
}

/** Failures of a question about one series that would come again, and must not hold up the calendar. */
function isRefused(error: unknown): error is AppointmentSyncError {
  return isAppointmentSyncError(error) && verdictOf(error)?.next === 'give_up'
}

/**
 * Begins to keep busy times with a reading; `null` when nothing is to be kept, or changes alone are read and nothing
 * is known yet that they could change. Changes take the place of what the events they name left, and of nothing else
 * (calcom/cal.diy#22508: an increment emptied the whole calendar).
 */
export async function beginBusyPass(engine: Engine, request: BusyPassRequest): Promise<BusyPass | null> {
  const { integration, calendarId, full, signal } = request
  const { busyTitles: withTitles } = integration.settings
  const ref = refOf(integration)
  if (!busyCalendarsOf(integration.settings).includes(calendarId)) return null
  const before = await engine.storage.busy.findCalendar(ref, calendarId)
  const window = full ? request.window : coverageOf(before)
  if (window === null) return null

  const generation = freshId(engine.random)
  const asOfMs = engine.clock.now()
  const own = createOwnEvents(engine, integration, calendarId)
  const asked = new Map<string, 'read' | 'orphaned'>()
  let timeZone = full ? null : (before?.timeZone ?? null)
  let moved = false
  let refused: AppointmentSyncError | null = null

  /** The instances of series that were not asked about in this pass yet. */
  const expand = async (ids: readonly string[]): Promise<{ gone: string[]; blocks: BusyBlock[] }> => {
    const fresh = ids.filter((id) => !asked.has(id))
    const calls = fresh.map(
      (eventId) =>
        (google: Engine['google']): Promise<RemoteEvent[]> =>
          google.listInstances({ ref, calendarId, eventId, window, withTitles }),
    )
    const answers = calls.length === 0 ? [] : await engine.google.together(ref, calls, { signal })
    const gone: string[] = []
    const blocks: BusyBlock[] = []
    for (const [at, eventId] of fresh.entries()) {
      const answer = answers[at]
      if (answer?.status === 'fulfilled') {
        asked.set(eventId, 'read')
        gone.push(eventId)
        const live = answer.value.filter((event) => !event.cancelled)
        blocks.push(...live.flatMap((event) => blocksIn(event, eventId)))
      } else if (isGone(answer?.reason)) asked.set(eventId, 'orphaned')
      else if (isRefused(answer?.reason)) {
        asked.set(eventId, 'read')
        refused = answer.reason
      } else throw answer?.reason
    }
    return { gone, blocks }
  }

  const blocksIn = (event: LiveEvent, seriesId: string | null): BusyBlock[] =>
    blocksOf(event, { window, timeZone: timeZone ?? 'UTC', seriesId, withTitles })

  const note: BusyPass['note'] = async (page, linked) => {
    if (timeZone !== null && timeZone !== page.timeZone) moved = true
    timeZone ??= page.timeZone
    const ours = await own.among(page.items, linked)
    const series = new Set<string>()
    const strangers = page.items.filter(({ id }) => !ours.has(id))
    for (const event of strangers) {
      if (page.freeBusyOnly) continue
      if (event.recurringEventId !== null) series.add(event.recurringEventId)
      if (!event.cancelled && event.recurrence.length > 0) series.add(event.id)
    }
    const { gone, blocks } = await expand([...series])
    for (const event of strangers) {
      if (event.cancelled || (event.recurrence.length > 0 && !page.freeBusyOnly)) continue
      const { recurringEventId } = event
      // Of a series that the account does not see it has single instances: they were invited to by themselves.
      const single = recurringEventId === null || asked.get(recurringEventId) !== 'read'
      if (page.freeBusyOnly || single) blocks.push(...blocksIn(event, recurringEventId))
    }
    // What is gone is named too; of an instance of a series the answer about the series says all.
    const named = page.items.filter(
      ({ id, recurringEventId }) => ours.has(id) || asked.get(recurringEventId ?? '') !== 'read',
    )
    const eventIds = [...gone, ...named.map(({ id }) => id).filter((id) => asked.get(id) !== 'read')]
    return async (session) => {
      const kept = await standing(session, request)
      if (kept === null) return
      const stripped = kept.titles ? blocks : blocks.map((block) => ({ ...block, title: null }))
      await session.busy.replaceEvents(ref, calendarId, { eventIds, blocks: stripped, generation })
    }
  }

  return {
    note,
    end: async (session, syncToken) => {
      const kept = await standing(session, request)
      if (kept === null) return
      // Not complete, or in a zone that is not its own any more: unknown until all is read anew.
      const known = refused === null && !moved
      if (full && known) await session.busy.sweep(ref, calendarId, generation)
      await session.busy.saveCalendar({
        ...ref,
        calendarId,
        asOfMs: known ? asOfMs : (before?.asOfMs ?? null),
        coveredFromMs: known ? window.fromMs : null,
        coveredToMs: known ? window.toMs : null,
        timeZone,
        source: 'events',
        syncToken,
        withTitles: withTitles && kept.titles && (full || before?.withTitles === true),
        errorCode: refused?.code ?? null,
      })
    },
  }
}

function coverageOf(calendar: BusyCalendar | null): TimeWindow | null {
  if (calendar === null || calendar.coveredFromMs === null || calendar.coveredToMs === null) return null
  return { fromMs: calendar.coveredFromMs, toMs: calendar.coveredToMs }
}

/** What the settings allow at this moment: they may have changed, or the owner left, since the reading began. */
export async function standing(
  session: StorageSession,
  { integration, calendarId }: Pick<BusyPassRequest, 'integration' | 'calendarId'>,
): Promise<{ readonly titles: boolean } | null> {
  const now = await session.integrations.findById(integration.tenantId, integration.id)
  if (now === null || isEnding(now)) return null
  if (!busyCalendarsOf(now.settings).includes(calendarId)) return null
  return { titles: now.settings.busyTitles }
}

/**
 * Whether a calendar has to be read whole for its busy times: nothing is known, less than the settings ask for, or
 * titles that the owner agreed to are not there.
 */
export function needsFullReading(
  calendar: BusyCalendar | null,
  settings: Integration['settings'],
  window: TimeWindow,
): boolean {
  const covered = coverageOf(calendar)
  if (calendar === null || covered === null) return true
  if (settings.busyTitles && !calendar.withTitles && calendar.source === 'events') return true
  return covered.fromMs > window.fromMs || covered.toMs < window.toMs
}
