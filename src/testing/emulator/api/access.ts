import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { scopesReach } from '../scopes.ts'
import type { AccessRole, AclRuleRecord, CalendarRecord, UserRecord } from '../state/calendar-records.ts'

/** A calendar as one account reaches it. */
export interface CalendarAccess {
  readonly calendar: CalendarRecord
  readonly accessRole: AccessRole
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

function appliesTo(rule: AclRuleRecord, email: string): boolean {
  if (rule.deleted || rule.role === 'none') return false
  if (rule.scopeType === 'default') return true
  if (rule.scopeType === 'domain') return email.endsWith(`@${rule.scopeValue}`)
  // The emulator knows no groups: a group rule is stored and shown, and opens nothing.
  return rule.scopeType === 'user' && rule.scopeValue === email
}

/** The strongest role that the access control list gives an account; null for none. */
export function roleOf(calendar: CalendarRecord, email: string): AccessRole | null {
  const ranks = [...calendar.acl.values()]
    .filter((rule) => appliesTo(rule, email))
    .map(({ role }) => ROLE_ORDER.indexOf(role as AccessRole))
  return ROLE_ORDER[Math.max(-1, ...ranks)] ?? null
}

/** The calendar behind an id or the alias `primary`, or null when the user cannot see it. */
export function findCalendar(backend: Backend, user: UserRecord, id: string): CalendarAccess | null {
  const calendar = backend.state.calendars.get(id === 'primary' ? user.email : id)
  if (!calendar || calendar.deleted) return null
  const accessRole = roleOf(calendar, user.email)
  return accessRole === null ? null : { calendar, accessRole }
}

/** Whether a role is at least as strong as another. */
export function atLeast(role: AccessRole, wanted: AccessRole): boolean {
  return ROLE_ORDER.indexOf(role) >= ROLE_ORDER.indexOf(wanted)
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
    owned: access.accessRole === 'owner',
    createdByClient: access.calendar.createdByClient === caller.clientId,
  }
  if (!scopesReach(caller.opening, reach)) {
    throw refusal(backend.settings.offLimitsCalendarStatus === 403 ? 'forbidden' : 'notFound')
  }
  if (purpose === 'write' && !atLeast(access.accessRole, 'writerWithoutPrivateAccess')) {
    throw refusal('requiredAccessLevel')
  }
  return access
}
