import { type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RemoteCalendar } from '../google/index.ts'
import { mayNotList } from './calendar-errors.ts'
import type { Engine } from './engine.ts'
import type { CalendarSummary } from './integration-view.ts'
import { mayListCalendars, ownCalendarIn, WRITABLE_ROLES } from './own-calendar.ts'

/** Which calendars a picker shows. */
export interface CalendarChoice {
  /** Only those that appointments can be written to. Default false. */
  readonly writable?: boolean | undefined
  /** Those too that were taken off the list in Google's own page. Default false. */
  readonly includeHidden?: boolean | undefined
}

/**
 * The account's calendars, as a person looks for them: the main one, then their own, then those shared with them, each
 * by title. An account can have none. With the scope for calendars of the SDK's own alone it is the one of these, or
 * none before it is made. Throws `OAUTH_SCOPE_MISSING` where the list may not be read.
 */
export async function listCalendars(
  engine: Engine,
  integration: Integration,
  choice: CalendarChoice,
  signal: AbortSignal | undefined,
): Promise<CalendarSummary[]> {
  const own = ownCalendarIn(integration)
  const calendars = await remoteCalendars(engine, integration, own, choice.includeHidden === true, signal)
  const { compare } = new Intl.Collator(integration.settings.locale, { numeric: true })
  return calendars
    .map((calendar) => summaryOf(calendar, own))
    .filter(({ writable }) => writable || choice.writable !== true)
    .sort((a, b) => rankOf(a) - rankOf(b) || compare(a.title, b.title) || (a.id < b.id ? -1 : 1))
}

async function remoteCalendars(
  engine: Engine,
  integration: Integration,
  own: string | null,
  includeHidden: boolean,
  signal: AbortSignal | undefined,
): Promise<RemoteCalendar[]> {
  const ref = refOf(integration)
  if (mayListCalendars(integration)) return engine.google.listCalendars({ ...ref, includeHidden }, { signal })
  if (integration.settings.calendarAccess !== 'dedicated') throw mayNotList(integration)
  if (own === null) return []
  try {
    const calendar = await engine.google.getCalendar({ ref, calendarId: own }, { signal })
    return includeHidden || !calendar.hidden ? [calendar] : []
  } catch (error) {
    // The person deleted it: there is no calendar to choose.
    if (isAppointmentSyncError(error, 'GOOGLE_CALENDAR_GONE')) return []
    throw error
  }
}

/** A calendar of Google's as hosts see it. */
function summaryOf(calendar: RemoteCalendar, own: string | null): CalendarSummary {
  const { description: _, ...shown } = calendar
  const writable = WRITABLE_ROLES.has(calendar.accessRole)
  return { ...shown, writable, dedicated: calendar.id === own }
}

function rankOf({ primary, accessRole }: CalendarSummary): number {
  if (primary) return 0
  return accessRole === 'owner' ? 1 : 2
}
