import { atLeast, covers, openCalendar, roleOf, ROLE_ORDER } from '../api/access.ts'
import { requireMatch } from '../api/conditions.ts'
import { listPage } from '../api/counted-list.ts'
import { readBoolean } from '../api/parameters.ts'
import type { Call } from '../api/routing.ts'
import type { Backend } from '../backend.ts'
import { invalid, refusal, required } from '../errors.ts'
import { mergePatch, type JsonObject } from '../json.ts'
import type { AccessRole, CalendarListRecord, CalendarRecord, UserRecord } from '../state/calendar-records.ts'
import { calendarEtag, commonMembers } from './calendar-resource.ts'
import { calendarColor } from './colors.ts'
import { readEntryFields, sameFields, writableMembers } from './list-entry-fields.ts'
import { findListEntry, newListEntry, storeListEntry, takeOffList } from './list-store.ts'

/** The last change of what an entry shows: of itself, of the calendar, or of the rules behind the role. */
function entryEtag(
  user: UserRecord,
  entry: CalendarListRecord,
  calendar: CalendarRecord | undefined,
): string {
  const rules = [...(calendar?.acl.values() ?? [])].filter((rule) => covers(rule, user.email))
  return calendarEtag(Math.max(entry.etagUs, calendar?.etagUs ?? 0, ...rules.map(({ etagUs }) => etagUs)))
}

/** A CalendarListEntry; `timeZone` is always there, since some clients fail without it. */
function renderListEntry(backend: Backend, user: UserRecord, entry: CalendarListRecord): JsonObject {
  const calendar = backend.state.calendars.get(entry.calendarId)
  const etag = entryEtag(user, entry, calendar)
  const head = { kind: 'calendar#calendarListEntry', etag, id: entry.calendarId }
  if (!calendar || entry.removed) {
    const { summary = entry.calendarId, timeZone = user.timeZone } = calendar ?? {}
    return { ...head, summary, timeZone, deleted: true }
  }
  const { background, foreground } = entry.rgb ?? calendarColor(entry.colorId) ?? {}
  const notifications = entry.notifications.map((notification) => ({ ...notification }))
  return {
    ...head,
    ...commonMembers(calendar),
    ...(entry.summaryOverride === null ? {} : { summaryOverride: entry.summaryOverride }),
    colorId: entry.colorId,
    backgroundColor: background,
    foregroundColor: foreground,
    // What is false is left out.
    ...(entry.selected ? { selected: true } : {}),
    ...(entry.hidden ? { hidden: true } : {}),
    accessRole: roleOf(calendar, user.email) ?? 'freeBusyReader',
    defaultReminders: entry.defaultReminders.map((reminder) => ({ ...reminder })),
    ...(notifications.length === 0 ? {} : { notificationSettings: { notifications } }),
    ...(calendar.id === user.email ? { primary: true } : {}),
  }
}

function readMinRole(query: URLSearchParams): AccessRole | null {
  const given = query.get('minAccessRole')
  if (!given) return null
  const role = ROLE_ORDER.find((known) => known === given)
  if (!role) throw invalid('Invalid Value', 'minAccessRole')
  return role
}

/**
 * calendarList.list: full lists, pages and deltas; a delta tells what was taken off or hidden. There is one
 * organisation only, so `showOwnOrganizationOnly` leaves nothing out.
 * @throws CalendarApiError 400, 410.
 */
export function listCalendarList({ backend, caller, query }: Call): JsonObject {
  const { user } = caller
  const minRole = readMinRole(query)
  const showDeleted = readBoolean(query, 'showDeleted', false)
  const showHidden = readBoolean(query, 'showHidden', false)
  readBoolean(query, 'showOwnOrganizationOnly', false)
  const isStrongEnough = ({ calendarId }: CalendarListRecord): boolean => {
    const calendar = backend.state.calendars.get(calendarId)
    const role = calendar ? roleOf(calendar, user.email) : null
    return minRole === null || (role !== null && atLeast(role, minRole))
  }
  const contents = {
    list: {
      kind: 'calendarList',
      owner: user.email,
      counter: user.listCounter,
      epoch: user.listEpoch,
    } as const,
    items: [...user.calendarList.values()],
    changeOf: ({ change }: CalendarListRecord) => change,
    shows: (entry: CalendarListRecord) =>
      (entry.removed ? showDeleted : showHidden || !entry.hidden) && isStrongEnough(entry),
    render: (entry: CalendarListRecord) => renderListEntry(backend, user, entry),
  }
  return listPage(backend, query, contents, [
    ['minAccessRole'],
    ['showOwnOrganizationOnly'],
    ['showDeleted', 'false'],
    ['showHidden', 'false'],
  ])
}

interface OpenEntry {
  readonly calendar: CalendarRecord
  readonly entry: CalendarListRecord
}

function openEntry({ backend, caller, parameters }: Call): OpenEntry {
  const { calendar } = openCalendar(backend, caller, parameters.calendarId ?? '', 'read')
  const entry = findListEntry(caller.user, calendar.id)
  if (!entry) throw refusal('notFound')
  return { calendar, entry }
}

/** calendarList.get. @throws CalendarApiError 404 for a calendar that is not on the list. */
export function getListEntry(call: Call): JsonObject {
  return renderListEntry(call.backend, call.caller.user, openEntry(call).entry)
}

/**
 * calendarList.insert: puts a calendar that the account has access to on its list. One that is there already is
 * changed as by a patch.
 * @throws CalendarApiError 400, 404 without access.
 */
export function insertListEntry(call: Call): JsonObject {
  const { backend, caller, query } = call
  const body = call.body()
  if (typeof body.id !== 'string' || body.id === '') throw required('Required', 'id')
  const { calendar } = openCalendar(backend, caller, body.id, 'read')
  const { user } = caller
  const rgbFormat = readBoolean(query, 'colorRgbFormat', false)
  const held = findListEntry(user, calendar.id)
  const base = held ?? { ...newListEntry(user, calendar.id), selected: false }
  const fields = readEntryFields(mergePatch(writableMembers(base), body), base, rgbFormat)
  const entry =
    held && sameFields(held, fields) ? held : storeListEntry(backend, user, { ...base, ...fields })
  return renderListEntry(backend, user, entry)
}

function writeEntry(call: Call, replaces: boolean): JsonObject {
  const { backend, headers, query } = call
  const { user } = call.caller
  const { calendar, entry } = openEntry(call)
  requireMatch(headers, entryEtag(user, entry, calendar))
  const rgbFormat = readBoolean(query, 'colorRgbFormat', false)
  const given = call.body()
  const body = replaces ? given : mergePatch(writableMembers(entry), given)
  const fields = readEntryFields(body, entry, rgbFormat)
  const same = sameFields(entry, fields)
  return renderListEntry(backend, user, same ? entry : storeListEntry(backend, user, { ...entry, ...fields }))
}

/** calendarList.patch. @throws CalendarApiError 400, 404, 412. */
export function patchListEntry(call: Call): JsonObject {
  return writeEntry(call, false)
}

/** calendarList.update: what the body leaves out gets its default. @throws CalendarApiError 400, 404, 412. */
export function updateListEntry(call: Call): JsonObject {
  return writeEntry(call, true)
}

/**
 * calendarList.delete: takes a calendar off the list; the access stays.
 * @throws CalendarApiError 403 for the primary calendar, and for the data owner of a secondary one; 404, 412.
 */
export function deleteListEntry(call: Call): null {
  const { user } = call.caller
  const { calendar, entry } = openEntry(call)
  if (calendar.id === user.email) {
    // The reason is Google's, its wording is not published.
    const message = 'Cannot change the subscription to the own primary calendar.'
    throw refusal('cannotChangeOwnPrimarySubscription', { status: 403, domain: 'calendar', message })
  }
  if (calendar.dataOwner === user.email) {
    const message = 'The data owner of a calendar cannot remove such a calendar from their calendar list.'
    throw refusal('cannotUnsubscribeFromOwnedCalendar', { status: 403, domain: 'calendar', message })
  }
  requireMatch(call.headers, entryEtag(user, entry, calendar))
  takeOffList(call.backend, user, calendar.id)
  return null
}
