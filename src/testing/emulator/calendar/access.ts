import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { scopesReach } from '../scopes.ts'
import type { AccessRole, CalendarListRecord, CalendarRecord, UserRecord } from '../state.ts'

/** A calendar as one account reaches it. */
export interface CalendarAccess {
  readonly calendar: CalendarRecord
  readonly entry: CalendarListRecord
}

/** Who asks, and with which scopes. */
export interface Caller {
  readonly user: UserRecord
  readonly clientId: string
  /** The granted scopes that open the method. */
  readonly opening: readonly string[]
}

/** Roles from the weakest to the strongest. */
export const ROLE_ORDER: readonly AccessRole[] = [
  'freeBusyReader',
  'reader',
  'writerWithoutPrivateAccess',
  'writer',
  'owner',
]

/** The calendar behind an id or the alias `primary`, or null when the user cannot see it. */
export function findCalendar(backend: Backend, user: UserRecord, id: string): CalendarAccess | null {
  const key = id === 'primary' ? user.email : id
  const entry = user.calendarList.get(key)
  const calendar = backend.state.calendars.get(key)
  return entry && calendar && !entry.removed ? { calendar, entry } : null
}

/**
 * The calendar a call is about.
 * @throws CalendarApiError 404 when it does not exist or the user cannot see it; 403 (or 404, by setting) when
 * the token's scopes do not reach it; 403 `requiredAccessLevel` for a write without the role.
 */
export function openCalendar(
  backend: Backend,
  caller: Caller,
  id: string,
  purpose: 'read' | 'write',
): CalendarAccess {
  const access = findCalendar(backend, caller.user, id)
  if (!access) throw refusal('notFound')
  const reach = {
    owned: access.entry.accessRole === 'owner',
    createdByClient: access.calendar.createdByClient === caller.clientId,
  }
  if (!scopesReach(caller.opening, reach)) {
    throw refusal(backend.settings.offLimitsCalendarStatus === 403 ? 'forbidden' : 'notFound')
  }
  const rank = ROLE_ORDER.indexOf(access.entry.accessRole)
  if (purpose === 'write' && rank < ROLE_ORDER.indexOf('writerWithoutPrivateAccess')) {
    throw refusal('requiredAccessLevel')
  }
  return access
}
