import { type Integration, type Owner, refOf, toEpochMs } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { lacksCalendar } from './own-calendar.ts'
import { isEnding, whyIdle } from './parking.ts'
import type { AvailabilityResult } from './results.ts'
import { summaryOf } from './retry-policy.ts'

/** Longest range asked at once, in days: Google refuses much longer ones. */
const MAX_DAYS = 60

/** Busy times of an owner's calendars, asked of Google now; a calendar that cannot be read makes all unknown. */
export async function busyTimes(
  engine: Engine,
  owner: Owner,
  range: { readonly from: Date | string; readonly to: Date | string },
  signal: AbortSignal | undefined,
): Promise<AvailabilityResult> {
  const { fromMs, toMs } = checkRange(range)
  const integration = await engine.storage.integrations.find(owner)
  if (integration === null || isEnding(integration)) {
    return unknown('INTEGRATION_NOT_FOUND', 'This owner has no Google Calendar connected.')
  }
  const idle = whyIdle(integration, engine.clock.now())
  if (idle !== null) return { status: 'unknown', error: summaryOf(idle) }
  if (integration.settings.externalEvents === 'ignore') {
    return unknown('INTEGRATION_INACTIVE', 'The settings say that external events are ignored.')
  }
  if (lacksCalendar(integration)) {
    return unknown('CALENDAR_NOT_READY', 'The dedicated calendar of this owner is not there yet.')
  }
  const calendarIds = [...new Set([integration.settings.calendarId, ...integration.settings.busyCalendarIds])]
  try {
    const answer = await engine.google.queryBusy(
      { ref: refOf(integration), calendarIds, fromMs, toMs },
      { signal },
    )
    if (answer.failed.length === 0) {
      return { status: 'known', busy: merged(answer.busy), asOf: new Date(engine.clock.now()) }
    }
    return unknown('GOOGLE_NOT_FOUND', unreadable(integration, answer.failed))
  } catch (error) {
    if (!isAppointmentSyncError(error)) throw error
    return { status: 'unknown', error: summaryOf(error) }
  }
}

function unreadable(integration: Integration, calendarIds: readonly string[]): string {
  return `Google could not read calendar ${calendarIds.join(', ')} of integration ${integration.id}. Check that it is shared with the account, or take it out of busyCalendarIds.`
}

function unknown(code: AppointmentSyncError['code'], message: string): AvailabilityResult {
  return { status: 'unknown', error: { code, message } }
}

function checkRange(range: { readonly from: Date | string; readonly to: Date | string }): {
  fromMs: number
  toMs: number
} {
  const instant = (value: unknown): number | null =>
    value instanceof Date || typeof value === 'string' ? toEpochMs(value) : null
  // A caller without types may leave it out.
  const given = (range ?? {}) as { readonly from?: unknown; readonly to?: unknown }
  const [fromMs, toMs] = [instant(given.from), instant(given.to)]
  const problems: { path: string; message: string }[] = []
  if (fromMs === null)
    problems.push({ path: 'from', message: 'must be a Date or ISO 8601 text with an offset' })
  if (toMs === null) problems.push({ path: 'to', message: 'must be a Date or ISO 8601 text with an offset' })
  if (fromMs !== null && toMs !== null) {
    if (toMs <= fromMs) problems.push({ path: 'to', message: 'must be after from' })
    else if (toMs - fromMs > MAX_DAYS * 86_400_000) {
      problems.push({ path: 'to', message: `must be at most ${MAX_DAYS} days after from` })
    } else return { fromMs, toMs }
  }
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `The range is not valid: ${listed}.`,
    problems,
  })
}

function merged(busy: readonly { startMs: number; endMs: number }[]): { start: Date; end: Date }[] {
  const sorted = [...busy].sort((a, b) => a.startMs - b.startMs)
  const spans: { startMs: number; endMs: number }[] = []
  for (const span of sorted) {
    const last = spans.at(-1)
    if (last !== undefined && span.startMs <= last.endMs) last.endMs = Math.max(last.endMs, span.endMs)
    else spans.push({ ...span })
  }
  return spans.map(({ startMs, endMs }) => ({ start: new Date(startMs), end: new Date(endMs) }))
}
