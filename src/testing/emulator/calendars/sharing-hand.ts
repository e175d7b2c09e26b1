import { findCalendar } from '../api/access.ts'
import type { Backend } from '../backend.ts'
import type { AccessRole, CalendarRecord, UserRecord } from '../state/calendar-records.ts'
import { shareCalendar } from './acl.ts'
import { ruleIdOf, type AclScope } from './acl-rules.ts'

/**
 * Whom a calendar is shared with: an address, everybody (`default`), a domain, or a group. The emulator knows no
 * groups, so a rule about one is shown and opens nothing.
 */
export type ShareTarget = string | { readonly domain: string } | { readonly group: string }

/** A calendar shared with somebody. */
export interface CalendarShare {
  readonly with: ShareTarget
  readonly role: AccessRole
}

function scopeOf(target: ShareTarget): AclScope {
  if (target === 'default') return { scopeType: 'default', scopeValue: null }
  if (typeof target === 'string') return { scopeType: 'user', scopeValue: target.toLowerCase() }
  if ('domain' in target) return { scopeType: 'domain', scopeValue: target.domain.toLowerCase() }
  return { scopeType: 'group', scopeValue: target.group.toLowerCase() }
}

function managedCalendar(backend: Backend, user: UserRecord, id: string): CalendarRecord {
  const access = findCalendar(backend, user, id)
  if (access?.accessRole === 'owner') return access.calendar
  const role = access ? `has the role ${access.accessRole}` : 'has no access'
  throw new Error(`${user.email} cannot share ${id}: that takes the role owner, and the account ${role}`)
}

/** Shares a calendar as its user does in Google's own page. Errors as `UserHand.share`. */
export function shareByHand(backend: Backend, user: UserRecord, id: string, share: CalendarShare): void {
  shareCalendar(backend, managedCalendar(backend, user, id), user.email, scopeOf(share.with), share.role)
}

/** Ends a sharing as its user does in Google's own page. Errors as `UserHand.unshare`. */
export function unshareByHand(backend: Backend, user: UserRecord, id: string, target: ShareTarget): void {
  const calendar = managedCalendar(backend, user, id)
  const scope = scopeOf(target)
  if (calendar.acl.has(ruleIdOf(scope))) shareCalendar(backend, calendar, user.email, scope, 'none')
}
