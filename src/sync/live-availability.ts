import { type Integration, refOf } from '../domain/index.ts'
import { type ErrorSummary, isAppointmentSyncError } from '../errors/index.ts'
import type { AvailabilityRange } from './availability-request.ts'
import { busyCalendarsOf } from './busy-blocks.ts'
import type { Engine } from './engine.ts'
import { mergedSpans } from './merged-spans.ts'
import type { AvailabilityResult } from './results.ts'
import { summaryOf } from './retry-policy.ts'

/** Busy times of an owner's calendars, asked of Google now; a calendar that cannot be read makes all unknown. */
export async function askGoogle(
  engine: Engine,
  integration: Integration,
  { fromMs, toMs }: AvailabilityRange,
  signal: AbortSignal | undefined,
): Promise<AvailabilityResult> {
  const calendarIds = busyCalendarsOf(integration.settings)
  const ref = refOf(integration)
  const asOf = new Date(engine.clock.now())
  try {
    const answer = await engine.google.queryBusy({ ref, calendarIds, fromMs, toMs }, { signal })
    if (answer.failed.length > 0) return { status: 'unknown', error: unreadable(integration, answer.failed) }
    const busy = mergedSpans([...answer.busy.values()].flat())
    return {
      status: 'known',
      source: 'google',
      busy: busy.map(({ startMs, endMs }) => ({ start: new Date(startMs), end: new Date(endMs) })),
      asOf,
      calendars: calendarIds.map((calendarId) => ({ calendarId, asOf })),
    }
  } catch (error) {
    if (!isAppointmentSyncError(error) || error.code === 'STORAGE_FAILED') throw error
    return { status: 'unknown', error: summaryOf(error) }
  }
}

function unreadable(integration: Integration, calendarIds: readonly string[]): ErrorSummary {
  const message = `Google could not read calendar ${calendarIds.join(', ')} of integration ${integration.id}. Check that it is shared with the account, or take it out of busyCalendarIds.`
  return { code: 'GOOGLE_NOT_FOUND', message }
}
