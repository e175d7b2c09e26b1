import type { Backend } from '../backend.ts'
import { invalid, refusal, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { EventRecord } from '../state.ts'
import { findCalendar, openCalendar, type CalendarAccess, type Caller } from './access.ts'
import { listCalendarList, renderListEntry } from './calendar-list.ts'
import { insertCalendar, renderCalendar } from './calendars.ts'
import { colors } from './colors.ts'
import { settleConference } from './conference.ts'
import {
  deleteEvent,
  findEvent,
  insertEvent,
  moveEvent,
  patchEvent,
  replaceEvent,
  type Writer,
} from './event-changes.ts'
import { listEvents } from './event-list.ts'
import { renderEvent } from './event-resource.ts'
import { queryFreeBusy } from './freebusy.ts'
import { readBoolean, readInteger, readTimeZone } from './list-query.ts'

/** One call, ready for its method. */
export interface Call {
  readonly backend: Backend
  readonly caller: Caller
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The JSON body; an absent one is `{}`. @throws CalendarApiError 400 `parseError`. */
  body(): JsonObject
}

/** One method of the API. `handle` returns the resource, or null for 204. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly calendarMethod: string
  handle(call: Call): JsonObject | null
}

function open(call: Call, purpose: 'read' | 'write'): CalendarAccess {
  return openCalendar(call.backend, call.caller, call.parameters.calendarId ?? '', purpose)
}

function writer(call: Call): Writer {
  const { query, headers, caller } = call
  const sendUpdates = query.get('sendUpdates')
  if (sendUpdates && !['all', 'externalOnly', 'none'].includes(sendUpdates)) {
    throw invalid('Invalid Value', 'sendUpdates')
  }
  const version = query.get('conferenceDataVersion') ?? '0'
  if (version !== '0' && version !== '1') throw invalid('Invalid Value', 'conferenceDataVersion')
  return {
    email: caller.user.email,
    gates: { conferenceData: version === '1', attachments: readBoolean(query, 'supportsAttachments', false) },
    ifMatch: headers.get('if-match'),
  }
}

function show(call: Call, { calendar, entry }: CalendarAccess, event: EventRecord): JsonObject {
  return renderEvent(event, calendar, {
    viewer: call.caller.user.email,
    timeZone: readTimeZone(call.query),
    maxAttendees: readInteger(call.query, 'maxAttendees', 1_000_000),
    freeBusyOnly: entry.accessRole === 'freeBusyReader',
  })
}

const EVENTS = 'calendars/:calendarId/events'
const EVENT = `${EVENTS}/:eventId`

const eventId = (call: Call): string => call.parameters.eventId ?? ''

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: EVENTS,
    calendarMethod: 'calendar.events.insert',
    handle(call) {
      const access = open(call, 'write')
      // An insert has nothing to match: the header means nothing here.
      const unconditional = { ...writer(call), ifMatch: null }
      return show(call, access, insertEvent(call.backend, access.calendar, unconditional, call.body()))
    },
  },
  {
    method: 'GET',
    path: EVENTS,
    calendarMethod: 'calendar.events.list',
    handle(call) {
      const { calendar, entry } = open(call, 'read')
      const viewer = { email: call.caller.user.email, accessRole: entry.accessRole }
      return listEvents(call.backend, calendar, viewer, call.query)
    },
  },
  {
    method: 'GET',
    path: EVENT,
    calendarMethod: 'calendar.events.get',
    handle(call) {
      const access = open(call, 'read')
      const event = findEvent(access.calendar, eventId(call))
      if (event.purged) throw refusal('notFound')
      settleConference(call.backend.state, event)
      return show(call, access, event)
    },
  },
  {
    method: 'PATCH',
    path: EVENT,
    calendarMethod: 'calendar.events.patch',
    handle(call) {
      const access = open(call, 'write')
      const { backend } = call
      return show(
        call,
        access,
        patchEvent(backend, access.calendar, writer(call), eventId(call), call.body()),
      )
    },
  },
  {
    method: 'PUT',
    path: EVENT,
    calendarMethod: 'calendar.events.update',
    handle(call) {
      const access = open(call, 'write')
      const { backend } = call
      return show(
        call,
        access,
        replaceEvent(backend, access.calendar, writer(call), eventId(call), call.body()),
      )
    },
  },
  {
    method: 'DELETE',
    path: EVENT,
    calendarMethod: 'calendar.events.delete',
    handle(call) {
      deleteEvent(call.backend, open(call, 'write').calendar, writer(call), eventId(call))
      return null
    },
  },
  {
    method: 'POST',
    path: `${EVENT}/move`,
    calendarMethod: 'calendar.events.move',
    handle(call) {
      const source = open(call, 'write')
      const target = call.query.get('destination')
      if (!target) throw required('Required parameter: destination', 'destination')
      const destination = openCalendar(call.backend, call.caller, target, 'write')
      const moved = moveEvent(call.backend, source.calendar, destination.calendar, eventId(call))
      return show(call, destination, moved)
    },
  },
  {
    method: 'POST',
    path: 'freeBusy',
    calendarMethod: 'calendar.freebusy.query',
    handle: (call) => queryFreeBusy(call.backend, call.caller, call.body()),
  },
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
      const access = findCalendar(call.backend, call.caller.user, call.parameters.calendarId ?? '')
      if (!access) throw refusal('notFound')
      return renderListEntry(call.backend, call.caller.user, access.entry)
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
    handle: (call) => renderCalendar(open(call, 'read').calendar),
  },
  { method: 'GET', path: 'colors', calendarMethod: 'calendar.colors.get', handle: () => colors() },
]

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    if (error instanceof URIError) throw refusal('badRequest')
    throw error
  }
}

function matchPath(path: string, segments: readonly string[]): Record<string, string> | null {
  const pattern = path.split('/')
  if (pattern.length !== segments.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith(':')) {
      if (segment === '') return null
      parameters[part.slice(1)] = decodeSegment(segment)
    } else if (part !== segment) return null
  }
  return parameters
}

/**
 * The route for a method and a path under `/calendar/v3/`.
 * @throws CalendarApiError 404 for a path that is none; 405 for a method the path does not have; 400 for bad
 * percent-encoding.
 */
export function findRoute(
  method: string,
  pathname: string,
): { route: Route; parameters: Readonly<Record<string, string>> } {
  const segments = pathname.replace(/^\/calendar\/v3\//, '').split('/')
  const onPath = ROUTES.flatMap((route) => {
    const parameters = matchPath(route.path, segments)
    return parameters ? [{ route, parameters }] : []
  })
  const found = onPath.find(({ route }) => route.method === method)
  if (found) return found
  throw refusal(onPath.length > 0 ? 'httpMethodNotAllowed' : 'notFound')
}
