import type { Call } from '../api/routing.ts'
import { invalid, refusal, required } from '../errors.ts'
import { nextTimestampUs } from '../state/timestamps.ts'
import { setRule } from './acl-rules.ts'
import { addToList } from './list-store.ts'
import { isPrimary } from './new-calendar.ts'

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

function readAdminAccess(query: URLSearchParams): void {
  const given = query.get('useAdminAccess')
  if (!given) throw required('Required parameter: useAdminAccess', 'useAdminAccess')
  if (given !== 'true') throw invalid('Invalid Value', 'useAdminAccess')
}

/**
 * calendars.transferOwnership: gives a secondary calendar another data owner within one organisation, which here is
 * a domain. The caller is an administrator of it and needs no access to the calendar; the data owner of before stays
 * an owner
 * (https://developers.google.com/workspace/calendar/api/v3/reference/calendars/transferOwnership). How Google refuses
 * is not published.
 * @throws CalendarApiError 400 for missing or bad parameters and for a primary calendar; 403 when the caller is no
 * administrator, or somebody is of another organisation; 404 for an unknown calendar or account.
 */
export function transferOwnership({ backend, caller, parameters, query }: Call): null {
  readAdminAccess(query)
  const email = query.get('newDataOwner')?.toLowerCase()
  if (!email) throw required('Required parameter: newDataOwner', 'newDataOwner')
  const { state } = backend
  if (!caller.user.isAdmin) throw refusal('forbidden')
  const { calendarId = '' } = parameters
  const calendar = state.calendars.get(calendarId === 'primary' ? caller.user.email : calendarId)
  const owner = state.users.get(email)
  if (!calendar || calendar.deleted || !owner) throw refusal('notFound')
  if (isPrimary(calendar)) throw invalid('Invalid Value', 'calendarId')
  const domains = [caller.user.email, calendar.dataOwner, email].map(domainOf)
  if (new Set(domains).size > 1) throw refusal('forbidden')
  if (calendar.dataOwner === email) return null
  calendar.dataOwner = email
  calendar.etagUs = nextTimestampUs(state, backend.clock.now())
  calendar.updatedUs = calendar.etagUs
  setRule(backend, calendar, { scopeType: 'user', scopeValue: email }, 'owner')
  addToList(backend, owner, calendar.id)
  return null
}
