import {
  type EventFields,
  type EventLink,
  type IntegrationRef,
  MERGED_FIELDS,
  occurrenceIdOf,
  occurrencePrefixOf,
  type OriginalStart,
  parseOccurrenceId,
} from '../domain/index.ts'
import { endOfSeries, occurrencesBetween, occurrenceTime, type Series } from '../recurrence/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended } from './engine.ts'
import { pick, settledConflict } from './inbound-plan.ts'
import { extentOf, overlaps, type TimeWindow } from './sync-window.ts'

/** Links of a series looked through at a time. */
const PAGE = 500

/** Whether a link is of one occurrence of a series. */
export function isOccurrence({ appointmentId }: Pick<EventLink, 'appointmentId'>): boolean {
  return parseOccurrenceId(appointmentId) !== null
}

/** Whether either side has it recur. */
export function isSeriesLink({ base }: Pick<EventLink, 'base'>): boolean {
  return (base.app.recurrence?.length ?? 0) > 0 || (base.google.recurrence?.length ?? 0) > 0
}

/** A series by the fields of one side; `null` of a single event, or where they are not known. */
export function heldSeries({ time, recurrence }: Partial<EventFields>): Series | null {
  return time === undefined || recurrence === undefined || recurrence.length === 0
    ? null
    : { time, recurrence }
}

/** From its first start to the end of its last occurrence, whole days in `timeZone`; of a single event its own. */
export function extentOfFields(
  fields: Partial<EventFields> & Pick<EventFields, 'time'>,
  timeZone: string,
): TimeWindow {
  const extent = extentOf(fields.time, timeZone)
  const series = heldSeries(fields)
  return series === null ? extent : { ...extent, toMs: Math.max(extent.toMs, endOfSeries(series, timeZone)) }
}

/** Whether an event, or any occurrence of a series, touches a window. */
export function touchesWindow(
  fields: Partial<EventFields> & Pick<EventFields, 'time'>,
  window: TimeWindow,
  timeZone: string,
): boolean {
  const series = heldSeries(fields)
  if (series === null || overlaps(extentOf(fields.time, timeZone), window)) {
    return overlaps(extentOf(fields.time, timeZone), window)
  }
  return occurrencesBetween(series, window, timeZone).length > 0
}

/** The links of a series' occurrences, live or removed. */
export async function occurrenceLinks(
  session: Pick<StorageSession, 'links'>,
  ref: IntegrationRef,
  seriesId: string,
): Promise<EventLink[]> {
  const prefix = occurrencePrefixOf(seriesId)
  const found: EventLink[] = []
  for (const state of ['live', 'removed'] as const) {
    let afterAppointmentId: string | null = prefix
    while (afterAppointmentId !== null) {
      const page: EventLink[] = await session.links.listByState(ref, {
        state,
        afterAppointmentId,
        limit: PAGE,
      })
      const ours = page.filter(({ appointmentId }) => parseOccurrenceId(appointmentId)?.seriesId === seriesId)
      found.push(...ours)
      const last = page.at(-1)
      const goesOn = page.length === PAGE && last?.appointmentId.startsWith(prefix) === true
      afterAppointmentId = goesOn ? (last?.appointmentId ?? null) : null
    }
  }
  return found
}

/** What one side of a series says of the occurrence that its rule puts there; `null` where it has no such time. */
export function occurrenceFieldsOf<F extends Partial<EventFields>>(
  fields: F,
  originalStart: OriginalStart,
): F | null {
  if (fields.time === undefined) return null
  const time = occurrenceTime({ time: fields.time }, originalStart)
  return time === null ? null : { ...fields, time, recurrence: [] }
}

/** Whether the link of an occurrence belongs to the event that its series has now. */
export function belongsTo(link: EventLink, series: EventLink): boolean {
  return link.base.series?.eventId === series.eventId
}

/**
 * The link of an occurrence that has none, or whose link is of an earlier event of the series: both sides are taken to
 * have been last compared when they said what the series says. Not stored yet; `before` is what it takes the place of.
 */
export function occurrenceDraft(
  series: EventLink,
  originalStart: OriginalStart,
  event: { readonly eventId: string; readonly nowMs: number; readonly before: EventLink | null },
): EventLink | null {
  const app = occurrenceFieldsOf(series.base.app, originalStart)
  const google = occurrenceFieldsOf(series.base.google, originalStart)
  if (app === null || google === null) return null
  const { tenantId, userId, integrationId, calendarId, iCalUID } = series
  return {
    tenantId,
    userId,
    integrationId,
    appointmentId: occurrenceIdOf(series.appointmentId, originalStart),
    calendarId,
    eventId: event.eventId,
    iCalUID,
    generation: event.before?.generation ?? 0,
    state: 'live',
    etag: '',
    fingerprint: '',
    base: { app, google, series: { eventId: series.eventId, google: pick(google, MERGED_FIELDS) } },
    appointmentUpdatedAtMs: event.before?.appointmentUpdatedAtMs ?? 0,
    eventUpdatedAtMs: 0,
    overwrites: 0,
    overwritesSinceMs: 0,
    updatedAtMs: event.nowMs,
    version: event.before?.version ?? 0,
  }
}

/** The link of an occurrence that is gone with its series, or with the rule: nobody is told of that. */
export function droppedLink(link: EventLink, nowMs: number): EventLink {
  const { series, writing: _w, removing: _r, inDoubt: _d, ...base } = link.base
  return {
    ...link,
    state: 'removed',
    etag: '',
    fingerprint: '',
    base: series === undefined ? base : { ...base, series: { ...series, dropped: true } },
    updatedAtMs: nowMs,
    version: link.version + 1,
  }
}

/** The occurrences of a series go with it: their links end, and what was contested about them. */
export async function dropOccurrences(
  session: StorageSession,
  series: EventLink,
  nowMs: number,
): Promise<void> {
  for (const link of await occurrenceLinks(session, series, series.appointmentId)) {
    const open = await session.conflicts.findOpen(link, link.appointmentId)
    if (open !== null && !(await session.conflicts.replace(settledConflict(open, nowMs), open.version))) {
      throw contended(link, link.appointmentId)
    }
    if (link.state === 'removed') continue
    if (!(await session.links.replace(droppedLink(link, nowMs), link.version))) {
      throw contended(link, link.appointmentId)
    }
  }
}
