import { findCalendar, openCalendar } from '../api/access.ts'
import type { Route } from '../api/routing.ts'
import { refusal } from '../errors.ts'
import { listCalendarList, renderListEntry } from './calendar-list.ts'
import { insertCalendar, renderCalendar } from './calendars.ts'
import { colors } from './colors.ts'

/** The methods of calendarList, calendars, acl, settings and colors. */
export const CALENDAR_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: 'users/me/calendarList',
    calendarMethod: 'calendar.calendarList.list',
    handle: (call) => listCalendarList(call.backend, call.caller.user, call.query),
  },
  {
    method: 'GET',
    path: 'users/me/calendarList/:calendarId',
    calendarMethod: 'calendar.calendarList.get',
    handle(call) {
      const { user } = call.caller
      const access = findCalendar(call.backend, user, call.parameters.calendarId ?? '')
      const entry = access ? user.calendarList.get(access.calendar.id) : undefined
      if (!entry || entry.removed) throw refusal('notFound')
      return renderListEntry(call.backend, user, entry)
    },
  },
  {
    method: 'POST',
    path: 'calendars',
    calendarMethod: 'calendar.calendars.insert',
    handle: (call) => insertCalendar(call.backend, call.caller.user, call.caller.clientId, call.body()),
  },
  {
    method: 'GET',
    path: 'calendars/:calendarId',
    calendarMethod: 'calendar.calendars.get',
    handle: (call) =>
      renderCalendar(
        openCalendar(call.backend, call.caller, call.parameters.calendarId ?? '', 'read').calendar,
      ),
  },
  { method: 'GET', path: 'colors', calendarMethod: 'calendar.colors.get', handle: () => colors() },
]
