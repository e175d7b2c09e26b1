import { createHash } from 'node:crypto'
import { base32hex, type Integration, lengthPrefixed } from '../domain/index.ts'
import { holdsOneOf } from '../oauth/index.ts'

/** Changing it would give every owner a second calendar: it is part of the stored format. */
const NAMESPACE = 'appointment-sync/calendar/1'
const HASH_LENGTH = 32

function hashOf(parts: readonly string[]): string {
  return base32hex(createHash('sha256').update(lengthPrefixed(parts)).digest()).slice(0, HASH_LENGTH)
}

/** The connected account as it is remembered beside its calendar; `null` when none is connected. */
export function accountHashOf({ tenantId, id, googleAccountId }: Integration): string | null {
  return googleAccountId === null ? null : hashOf([NAMESPACE, 'account', tenantId, id, googleAccountId])
}

/**
 * Stands in the description of a calendar that was made for the owner in this account, so that one whose making got no
 * answer is found in the account's list; a hash, so that it tells a reader nothing.
 */
export function calendarMark({ tenantId, id }: Integration, accountHash: string): string {
  return `appointment-sync:${hashOf([NAMESPACE, 'mark', tenantId, id, accountHash])}`
}

/** The calendar that the SDK made in the account that is connected; `null` when it made none there. */
export function ownCalendarIn(integration: Integration): string | null {
  const { dedicatedCalendar: own } = integration
  return own !== null && own.accountHash === accountHashOf(integration) ? own.calendarId : null
}

/**
 * Whether appointments are to go to a calendar of the SDK's own which is not there yet. What `calendarId` says then is
 * not to be read or written.
 */
export function lacksCalendar(integration: Integration): boolean {
  const { calendarAccess, calendarId } = integration.settings
  return calendarAccess === 'dedicated' && ownCalendarIn(integration) !== calendarId
}

/**
 * Whether the grant does not reach the calendar: the narrowest scope reaches those alone that the SDK made
 * (https://developers.google.com/workspace/calendar/api/auth).
 */
export function isOutOfReach({ settings, grantedScopes }: Integration, calendarId: string): boolean {
  if (settings.calendarAccess !== 'dedicated' || calendarId === settings.calendarId) return false
  return !holdsOneOf(grantedScopes, ['calendar.events', 'calendar.events.owned'])
}

/** Whether the account's list of calendars may be read. */
export function mayListCalendars({ grantedScopes }: Pick<Integration, 'grantedScopes'>): boolean {
  const names = ['calendar.calendarlist.readonly', 'calendar.calendarlist', 'calendar.readonly']
  return holdsOneOf(grantedScopes, names)
}

/** Whether a calendar may be made. */
export function mayMakeCalendars({ grantedScopes }: Pick<Integration, 'grantedScopes'>): boolean {
  return holdsOneOf(grantedScopes, ['calendar.app.created', 'calendar.calendars'])
}

/** Roles in which an account can write events (Calendar v3, `CalendarListEntry.accessRole`). */
export const WRITABLE_ROLES: ReadonlySet<string> = new Set(['owner', 'writer', 'writerWithoutPrivateAccess'])
