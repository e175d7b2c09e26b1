import { openCalendar, ROLE_ORDER } from '../api/access.ts'
import { requireMatch } from '../api/conditions.ts'
import { listPage } from '../api/counted-list.ts'
import { readBoolean } from '../api/parameters.ts'
import type { Call } from '../api/routing.ts'
import type { Backend } from '../backend.ts'
import { invalid, refusal, required } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { AclRuleRecord, CalendarRecord } from '../state/calendar-records.ts'
import { ruleIdOf, setRule, type AclScope } from './acl-rules.ts'

type Role = AclRuleRecord['role']

const ROLES: readonly Role[] = ['none', ...ROLE_ORDER]

/** The etag of a rule: its last change in microseconds, in twenty digits, as recorded. */
function ruleEtag({ etagUs }: AclRuleRecord): string {
  return `"${String(etagUs).padStart(20, '0')}"`
}

/** An AclRule; a deleted one has the role `none`. */
function renderRule(rule: AclRuleRecord): JsonObject {
  const value = rule.scopeValue === null ? {} : { value: rule.scopeValue }
  const scope = { type: rule.scopeType, ...value }
  return { kind: 'calendar#aclRule', etag: ruleEtag(rule), id: rule.id, scope, role: rule.role }
}

function openRules({ backend, caller, parameters }: Call, purpose: 'readRules' | 'manage'): CalendarRecord {
  return openCalendar(backend, caller, parameters.calendarId ?? '', purpose).calendar
}

function findRule(calendar: CalendarRecord, id: string): AclRuleRecord {
  const rule = calendar.acl.get(id.toLowerCase())
  if (!rule || rule.deleted) throw refusal('notFound')
  return rule
}

/** Who reads the rules is a writer at least. @throws CalendarApiError 400, 403, 404, 410. */
export function listRules(call: Call): JsonObject {
  const calendar = openRules(call, 'readRules')
  const showDeleted = readBoolean(call.query, 'showDeleted', false)
  const { id, aclCounter, aclEpoch } = calendar
  const contents = {
    list: { kind: 'acl', owner: id, counter: aclCounter, epoch: aclEpoch } as const,
    items: [...calendar.acl.values()],
    changeOf: ({ change }: AclRuleRecord) => change,
    shows: ({ deleted }: AclRuleRecord) => showDeleted || !deleted,
    render: renderRule,
  }
  return listPage(call.backend, call.query, contents, [['showDeleted', 'false']])
}

/** acl.get. @throws CalendarApiError 403, 404. */
export function getRule(call: Call): JsonObject {
  return renderRule(findRule(openRules(call, 'readRules'), call.parameters.ruleId ?? ''))
}

function readRole({ role }: JsonObject): Role | null {
  if (role === undefined || role === null) return null
  const known = ROLES.find((name) => name === role)
  if (!known) throw invalid('Invalid Value', 'role')
  return known
}

function readScope({ scope }: JsonObject): AclScope {
  if (scope === undefined || scope === null) throw required('Required', 'scope')
  const { type, value } = isJsonObject(scope) ? scope : {}
  if (type === 'default') return { scopeType: type, scopeValue: null }
  if (type !== 'user' && type !== 'group' && type !== 'domain') throw invalid('Invalid Value', 'scope.type')
  const text = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (type === 'domain' ? /^[^\s@]+$/.test(text) : /^[^\s@]+@[^\s@]+$/.test(text)) {
    return { scopeType: type, scopeValue: text }
  }
  // The reason is Google's, its wording is not published.
  throw refusal('invalidScopeValue', { domain: 'calendar', message: 'Invalid scope value.' })
}

function denied(reason: string, message: string): Error {
  return refusal(reason, { status: 403, domain: 'calendar', message })
}

/** What nobody may do to the rules. The wordings of all but the first reason are not published. */
function refuseImpossible(calendar: CalendarRecord, by: string, scope: AclScope, role: Role): void {
  const { scopeType, scopeValue } = scope
  if (scopeType === 'default' && role !== 'none' && ROLE_ORDER.indexOf(role) > ROLE_ORDER.indexOf('reader')) {
    const message = 'Illegal access role for the default scope.'
    throw refusal('illegalAccessRoleForDefault', { domain: 'calendar', message })
  }
  if (scopeType !== 'user' || calendar.acl.get(ruleIdOf(scope))?.role === role) return
  if (scopeValue === by) throw denied('cannotChangeOwnAcl', 'Cannot change your own access level.')
  if (scopeValue === calendar.id)
    throw denied('cannotChangeOwnerAcl', 'Cannot change the access of the owner.')
  if (scopeValue === calendar.dataOwner) {
    throw denied('cannotModifyAclOfCalendarOwner', 'Cannot change the access of the data owner.')
  }
}

/**
 * Gives a scope a role in a calendar on behalf of an account, which is not asked here whether it may.
 * @throws CalendarApiError 403 for the own role and those of the owners, 400 for a role too strong for everybody.
 */
export function shareCalendar(
  backend: Backend,
  calendar: CalendarRecord,
  by: string,
  scope: AclScope,
  role: Role,
): AclRuleRecord {
  refuseImpossible(calendar, by, scope, role)
  return setRule(backend, calendar, scope, role)
}

function share(call: Call, calendar: CalendarRecord, scope: AclScope, role: Role): JsonObject {
  readBoolean(call.query, 'sendNotifications', true)
  return renderRule(shareCalendar(call.backend, calendar, call.caller.user.email, scope, role))
}

/** acl.insert: makes a rule, or gives the scope that has one another role. @throws CalendarApiError 400, 403, 404. */
export function insertRule(call: Call): JsonObject {
  const calendar = openRules(call, 'manage')
  const body = call.body()
  const role = readRole(body)
  if (role === null) throw required('Required', 'role')
  const scope = readScope(body)
  if (role === 'none' && !calendar.acl.has(ruleIdOf(scope))) {
    return renderRule({ ...scope, id: ruleIdOf(scope), role, deleted: true, change: 0, etagUs: 0 })
  }
  return share(call, calendar, scope, role)
}

/** acl.patch: another role; the scope of a rule never changes. @throws CalendarApiError 400, 403, 404, 412. */
export function patchRule(call: Call): JsonObject {
  const calendar = openRules(call, 'manage')
  const rule = findRule(calendar, call.parameters.ruleId ?? '')
  requireMatch(call.headers, ruleEtag(rule))
  const { scopeType, scopeValue } = rule
  return share(call, calendar, { scopeType, scopeValue }, readRole(call.body()) ?? rule.role)
}

/** acl.update: as patch, but the body names the scope too. @throws CalendarApiError 400, 403, 404, 412. */
export function updateRule(call: Call): JsonObject {
  const calendar = openRules(call, 'manage')
  const rule = findRule(calendar, call.parameters.ruleId ?? '')
  requireMatch(call.headers, ruleEtag(rule))
  const body = call.body()
  const scope = readScope(body)
  if (ruleIdOf(scope) !== rule.id) throw invalid('Invalid Value', 'scope')
  return share(call, calendar, scope, readRole(body) ?? rule.role)
}

/** acl.delete: takes the role away. @throws CalendarApiError 403, 404, 412. */
export function deleteRule(call: Call): null {
  const calendar = openRules(call, 'manage')
  const rule = findRule(calendar, call.parameters.ruleId ?? '')
  requireMatch(call.headers, ruleEtag(rule))
  const { scopeType, scopeValue } = rule
  shareCalendar(call.backend, calendar, call.caller.user.email, { scopeType, scopeValue }, 'none')
  return null
}
