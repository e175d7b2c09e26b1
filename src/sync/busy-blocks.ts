import type { SyncSettings } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import { type BusyBlock, MAX_BUSY_BLOCK_MS } from '../ports/index.ts'
import { extentOf, overlaps, type TimeWindow } from './sync-window.ts'

/** A live event. */
type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** The calendars whose events make the owner busy; none when the settings say that such events are ignored. */
export function busyCalendarsOf(
  settings: Pick<SyncSettings, 'externalEvents' | 'calendarId' | 'busyCalendarIds'>,
): readonly string[] {
  if (settings.externalEvents === 'ignore') return []
  return [...new Set([settings.calendarId, ...settings.busyCalendarIds])]
}

/** A stretch in pieces that can be stored, one after the other; a stretch without length is one. */
export function piecesOf({ fromMs, toMs }: TimeWindow): TimeWindow[] {
  const pieces: TimeWindow[] = []
  let at = fromMs
  do {
    const end = Math.min(toMs, at + MAX_BUSY_BLOCK_MS)
    pieces.push({ fromMs: at, toMs: end })
    at = end
  } while (at < toMs)
  return pieces
}

/** What an event that is not ours leaves of the window: nothing when it takes no time, or lies outside. */
export function blocksOf(
  event: LiveEvent,
  facts: {
    readonly window: TimeWindow
    /** The calendar's zone: in it an all-day event begins and ends. */
    readonly timeZone: string
    readonly seriesId: string | null
    readonly withTitles: boolean
  },
): BusyBlock[] {
  const { time, title } = event.fields
  const { window, timeZone, seriesId, withTitles } = facts
  if (!event.takesTime) return []
  const extent = extentOf(time, timeZone)
  if (extent.toMs < extent.fromMs || !overlaps(extent, window)) return []
  const inside = {
    fromMs: Math.max(extent.fromMs, window.fromMs),
    toMs: Math.min(extent.toMs, window.toMs),
  }
  return piecesOf(inside).map(({ fromMs, toMs }) => ({
    eventId: event.id,
    seriesId,
    startMs: fromMs,
    endMs: toMs,
    title: withTitles && title !== '' ? title : null,
  }))
}
