import { roleOf } from '../api/access.ts'
import type { Backend } from '../backend.ts'
import { announceChange } from '../push/announce.ts'
import type { AccessRole, AclRuleRecord, CalendarRecord } from '../state/calendar-records.ts'
import { nextTimestampUs } from '../state/timestamps.ts'
import { takeOffList } from './list-store.ts'

/** Whom a rule is about. */
export type AclScope = Pick<AclRuleRecord, 'scopeType' | 'scopeValue'>

/** The id of the rule about a scope: `default`, or the type and the value. */
export function ruleIdOf({ scopeType, scopeValue }: AclScope): string {
  return scopeValue === null ? scopeType : `${scopeType}:${scopeValue}`
}

/** The roles the accounts of the emulator have in a calendar. */
function rolesIn({ state }: Backend, calendar: CalendarRecord): Map<string, AccessRole | null> {
  return new Map([...state.users.keys()].map((email) => [email, roleOf(calendar, email)]))
}

/**
 * Gives a scope a role in a calendar; `none` takes the rule away, which leaves it in the list as deleted.
 *
 * An account that loses its last access loses the calendar from its list. When the role of an account that had
 * one changes, every sync token of the calendar's events dies, whoever holds it: Google says that a change in
 * related rules may do that, not to whom. A first access given to somebody leaves them alone.
 */
export function setRule(
  backend: Backend,
  calendar: CalendarRecord,
  scope: AclScope,
  role: AclRuleRecord['role'],
): AclRuleRecord {
  const id = ruleIdOf(scope)
  const held = calendar.acl.get(id)
  if (held && held.role === role) return held
  const before = rolesIn(backend, calendar)
  calendar.aclCounter += 1
  const rule = {
    id,
    ...scope,
    role,
    deleted: role === 'none',
    change: calendar.aclCounter,
    etagUs: nextTimestampUs(backend.state, backend.clock.now()),
  }
  calendar.acl.set(id, rule)
  settleAccess(backend, calendar, before)
  announceChange(backend, { kind: 'acl', calendarId: calendar.id })
  return rule
}

function settleAccess(
  backend: Backend,
  calendar: CalendarRecord,
  before: ReadonlyMap<string, AccessRole | null>,
): void {
  const changed = [...before].filter(([email, role]) => role !== null && role !== roleOf(calendar, email))
  if (changed.length > 0) calendar.syncEpoch += 1
  for (const [email] of changed) {
    const user = backend.state.users.get(email)
    if (user && roleOf(calendar, email) === null) takeOffList(backend, user, calendar.id)
  }
}
