import { openCalendar } from '../api/access.ts'
import type { Route } from '../api/routing.ts'
import { deleteRule, getRule, insertRule, listRules, patchRule, updateRule } from './acl.ts'
import {
  deleteListEntry,
  getListEntry,
  insertListEntry,
  listCalendarList,
  patchListEntry,
  updateListEntry,
} from './calendar-list.ts'
import { renderCalendar } from './calendar-resource.ts'
import { clearCalendar, deleteCalendar, insertCalendar, patchCalendar, updateCalendar } from './calendars.ts'
import { colors } from './colors.ts'
import { transferOwnership } from './data-ownership.ts'
import { getSetting, listSettings } from './settings.ts'

const LIST = 'users/me/calendarList'
const ENTRY = `${LIST}/:calendarId`
const CALENDAR = 'calendars/:calendarId'
const RULES = `${CALENDAR}/acl`
const RULE = `${RULES}/:ruleId`
const SETTINGS = 'users/me/settings'

function route(name: string, method: string, path: string, handle: Route['handle']): Route {
  return { calendarMethod: `calendar.${name}`, method, path, handle }
}

/** The methods of calendarList, calendars, acl, settings and colors. */
export const CALENDAR_ROUTES: readonly Route[] = [
  route('calendarList.list', 'GET', LIST, listCalendarList),
  route('calendarList.insert', 'POST', LIST, insertListEntry),
  route('calendarList.get', 'GET', ENTRY, getListEntry),
  route('calendarList.patch', 'PATCH', ENTRY, patchListEntry),
  route('calendarList.update', 'PUT', ENTRY, updateListEntry),
  route('calendarList.delete', 'DELETE', ENTRY, deleteListEntry),
  route('calendars.insert', 'POST', 'calendars', insertCalendar),
  route('calendars.get', 'GET', CALENDAR, ({ backend, caller, parameters }) =>
    renderCalendar(openCalendar(backend, caller, parameters.calendarId ?? '', 'read').calendar),
  ),
  route('calendars.patch', 'PATCH', CALENDAR, patchCalendar),
  route('calendars.update', 'PUT', CALENDAR, updateCalendar),
  route('calendars.delete', 'DELETE', CALENDAR, deleteCalendar),
  route('calendars.clear', 'POST', `${CALENDAR}/clear`, clearCalendar),
  route('calendars.transferOwnership', 'POST', `${CALENDAR}/transferOwnership`, transferOwnership),
  route('acl.list', 'GET', RULES, listRules),
  route('acl.insert', 'POST', RULES, insertRule),
  route('acl.get', 'GET', RULE, getRule),
  route('acl.patch', 'PATCH', RULE, patchRule),
  route('acl.update', 'PUT', RULE, updateRule),
  route('acl.delete', 'DELETE', RULE, deleteRule),
  route('settings.list', 'GET', SETTINGS, listSettings),
  route('settings.get', 'GET', `${SETTINGS}/:setting`, getSetting),
  route('colors.get', 'GET', 'colors', colors),
]
