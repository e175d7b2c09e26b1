import type { Backend } from '../backend.ts'
import { invalid, refusal } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { AccessRole, CalendarListRecord, UserRecord } from '../state/calendar-records.ts'
import { etagOf } from '../state/timestamps.ts'
import { ROLE_ORDER, roleOf } from '../api/access.ts'
import { readBoolean, readInteger } from '../api/parameters.ts'
import { fingerprint, issuePageToken, readPageToken } from '../api/list-tokens.ts'

/** A CalendarListEntry; `timeZone` is always there, since some clients fail without it. */
export function renderListEntry(backend: Backend, user: UserRecord, entry: CalendarListRecord): JsonObject {
  const calendar = backend.state.calendars.get(entry.calendarId)
  const head = { kind: 'calendar#calendarListEntry', etag: etagOf(entry.etagUs), id: entry.calendarId }
  const timeZone = calendar?.timeZone ?? user.timeZone
  if (!calendar || entry.removed) {
    return { ...head, summary: calendar?.summary ?? entry.calendarId, timeZone, deleted: true }
  }
  const primary = calendar.id === user.email
  return {
    ...head,
    summary: calendar.summary,
    ...(calendar.description === null ? {} : { description: calendar.description }),
    timeZone,
    colorId: entry.colorId,
    backgroundColor: primary ? '#9fe1e7' : '#42d692',
    foregroundColor: '#000000',
    selected: entry.selected,
    accessRole: roleOf(calendar, user.email) ?? 'freeBusyReader',
    defaultReminders: entry.defaultReminders.map((reminder) => ({ ...reminder })),
    ...(primary ? { primary: true } : {}),
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    dataOwner: calendar.dataOwner,
  }
}

function rankOf(backend: Backend, user: UserRecord, entry: CalendarListRecord): number {
  const calendar = backend.state.calendars.get(entry.calendarId)
  const role = calendar ? roleOf(calendar, user.email) : null
  return role === null ? -1 : ROLE_ORDER.indexOf(role)
}

function readMinRole(query: URLSearchParams): number {
  const given = query.get('minAccessRole')
  if (!given) return 0
  const rank = ROLE_ORDER.indexOf(given as AccessRole)
  if (rank < 0) throw invalid('Invalid Value', 'minAccessRole')
  return rank
}

/** The counter in a list sync token. */
function readListSyncToken(user: UserRecord, query: URLSearchParams): number | null {
  const token = query.get('syncToken')
  if (!token) return null
  const restricted = query.has('minAccessRole') || query.has('showOwnOrganizationOnly')
  if (restricted || query.get('showDeleted') === 'false' || query.get('showHidden') === 'false') {
    throw refusal('syncTokenWithRequestRestrictions')
  }
  const match = /^list\.(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))
  if (!match) throw refusal('invalid')
  if (Number(match[1]) > user.listCounter) throw refusal('fullSyncRequired')
  return Number(match[1])
}

/** calendarList.list: roles, paging (default 100, at most 250) and sync tokens. @throws CalendarApiError 400, 410. */
export function listCalendarList(backend: Backend, user: UserRecord, query: URLSearchParams): JsonObject {
  const size = readInteger(query, 'maxResults', 250) ?? 100
  const since = readListSyncToken(user, query)
  const minRole = readMinRole(query)
  const showDeleted = readBoolean(query, 'showDeleted', false) || since !== null
  const bound = [...query].filter(([name]) => name !== 'pageToken' && name !== 'alt')
  const queryId = fingerprint([['list', user.email], ...bound])
  const given = query.get('pageToken')
  const position = given
    ? readPageToken(queryId, given)
    : { snapshot: user.listCounter, after: null, afterEmpty: false }
  const entries = [...user.calendarList.values()]
    .filter((entry) => since === null || entry.change > since)
    .filter((entry) => (entry.removed ? showDeleted : rankOf(backend, user, entry) >= minRole))
    .sort((left, right) => left.change - right.change)
    .filter((entry) => position.after === null || entry.change > position.after[0])
  const items = entries.slice(0, Math.min(size, backend.faults.pageSizeCap ?? size))
  const last = items.at(-1)
  const more = last !== undefined && entries.length > items.length
  return {
    kind: 'calendar#calendarList',
    etag: `"p${user.listCounter}0g"`,
    ...(more
      ? {
          nextPageToken: issuePageToken(queryId, {
            snapshot: position.snapshot,
            after: [last.change, 0],
            afterEmpty: false,
          }),
        }
      : { nextSyncToken: Buffer.from(`list.${position.snapshot}`).toString('base64url') }),
    items: items.map((entry) => renderListEntry(backend, user, entry)),
  }
}
