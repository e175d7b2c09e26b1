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

/** Whether a rule is about an account, whatever role it gives. */
export function covers(rule: AclRuleRecord, email: string): boolean {
  if (rule.scopeType === 'default') return true
  if (rule.scopeType === 'domain') return email.endsWith(`@${rule.scopeValue}`)
  // The emulator knows no groups: a group rule is stored and shown, and opens nothing.
  return rule.scopeType === 'user' && rule.scopeValue === email
}

function rankOf({ role }: AclRuleRecord): number {
  return role === 'none' ? -1 : ROLE_ORDER.indexOf(role)
}

/** The strongest role that the access control list gives an account; null for none. */
export function roleOf(calendar: CalendarRecord, email: string): AccessRole | null {
  const ranks = [...calendar.acl.values()].filter((rule) => covers(rule, email)).map(rankOf)
  return ROLE_ORDER[Math.max(-1, ...ranks)] ?? null
}

/** Whether everybody may read the events of a calendar; free/busy for everybody is not enough. */
function isPublic(calendar: CalendarRecord): boolean {
  const everybody = calendar.acl.get('default')
  return everybody !== undefined && rankOf(everybody) >= ROLE_ORDER.indexOf('reader')
}

/**
 * Refuses an account without the Calendar service.
 * @throws CalendarApiError 403 `notACalendarUser`.
 */
export function requireCalendarService(user: UserRecord): void {
  if (user.hasCalendar) return
  const message = 'The user must be signed up for Google Calendar.'
  throw refusal('notACalendarUser', { status: 403, domain: 'calendar', message })
}

/** The role each purpose needs, and Google's word for it in a refusal; reading needs any role. */
const NEEDED = {
  write: ['writerWithoutPrivateAccess', 'writer'],
  readRules: ['writer', 'writer'],
  manage: ['owner', 'owner'],
} as const

/** What a call wants of a calendar. */
export type Purpose = 'read' | keyof typeof NEEDED

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
 * the token's scopes do not reach it; 403 `requiredAccessLevel` for a purpose the role is too weak for.
 */
export function openCalendar(backend: Backend, caller: Caller, id: string, purpose: Purpose): CalendarAccess {
  const access = findCalendar(backend, caller.user, id)
  if (!access) throw refusal('notFound')
  const reach = {
    owned: access.accessRole === 'owner',
    createdByClient: access.calendar.createdByClient === caller.clientId,
    isPublic: isPublic(access.calendar),
  }
  if (!scopesReach(caller.opening, reach)) {
    throw refusal(backend.settings.offLimitsCalendarStatus === 403 ? 'forbidden' : 'notFound')
  }
  if (purpose === 'read') return access
  const [needed, named] = NEEDED[purpose]
  if (!atLeast(access.accessRole, needed)) {
    throw refusal('requiredAccessLevel', { message: `You need to have ${named} access to this calendar.` })
  }
  return access
}
