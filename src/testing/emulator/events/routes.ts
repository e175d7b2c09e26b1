import { openCalendar, type CalendarAccess } from '../api/access.ts'
import { readBoolean, readInteger, readTimeZone } from '../api/parameters.ts'
import type { Call, Route } from '../api/routing.ts'
import { invalid, refusal, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { EventRecord } from '../state/event-records.ts'
import {
  deleteEvent,
  importEvent,
  insertEvent,
  locateEvent,
  moveEvent,
  patchEvent,
  replaceEvent,
  type Writer,
} from './event-changes.ts'
import { listEvents, listInstances } from './event-list.ts'
import { renderEvent } from './event-resource.ts'
import { queryFreeBusy } from './freebusy.ts'
import { quickAddBody } from './quick-add.ts'
import { readableCalendar } from './read-lag.ts'

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
  const label = query.get('eventLabelVersion') ?? '0'
  if (label !== '0' && label !== '1') throw invalid('Invalid Value', 'eventLabelVersion')
  return {
    email: caller.user.email,
    gates: {
      conferenceData: version === '1',
      attachments: readBoolean(query, 'supportsAttachments', false),
      eventLabel: label === '1',
    },
    ifMatch: headers.get('if-match'),
  }
}

function show(
  call: Call,
  access: CalendarAccess,
  event: EventRecord,
  justWritten: boolean = true,
): JsonObject {
  return renderEvent(event, access.calendar, {
    viewer: call.caller.user.email,
    accessRole: access.accessRole,
    timeZone: readTimeZone(call.query),
    maxAttendees: readInteger(call.query, 'maxAttendees', 1_000_000),
    justWritten,
  })
}

const EVENTS = 'calendars/:calendarId/events'
const EVENT = `${EVENTS}/:eventId`

const eventId = (call: Call): string => call.parameters.eventId ?? ''

/** A method that changes one event by a body and answers with what the event has become. */
function changing(method: string, calendarMethod: string, change: typeof patchEvent): Route {
  return {
    method,
    path: EVENT,
    calendarMethod,
    handle(call) {
      const access = open(call, 'write')
      const { backend } = call
      return show(call, access, change(backend, access.calendar, writer(call), eventId(call), call.body()))
    },
  }
}

/** The methods of the resource `events`, and free/busy. */
export const EVENT_ROUTES: readonly Route[] = [
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
      const { calendar, accessRole } = open(call, 'read')
      const viewer = { user: call.caller.user, accessRole }
      return listEvents(call.backend, calendar, viewer, call.query)
    },
  },
  {
    method: 'GET',
    path: EVENT,
    calendarMethod: 'calendar.events.get',
    handle(call) {
      const access = open(call, 'read')
      const event = locateEvent(call.backend, readableCalendar(call.backend, access.calendar), eventId(call))
      if (event.purged) throw refusal('notFound')
      return show(call, access, event, false)
    },
  },
  changing('PATCH', 'calendar.events.patch', patchEvent),
  changing('PUT', 'calendar.events.update', replaceEvent),
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
    method: 'GET',
    path: `${EVENT}/instances`,
    calendarMethod: 'calendar.events.instances',
    handle(call) {
      const { calendar, accessRole } = open(call, 'read')
      const parent = locateEvent(call.backend, readableCalendar(call.backend, calendar), eventId(call))
      if (parent.purged) throw refusal('notFound')
      const viewer = { user: call.caller.user, accessRole }
      return listInstances(call.backend, calendar, parent, viewer, call.query)
    },
  },
  {
    method: 'POST',
    path: `${EVENTS}/import`,
    calendarMethod: 'calendar.events.import',
    handle(call) {
      const access = open(call, 'write')
      return show(call, access, importEvent(call.backend, access.calendar, writer(call), call.body()))
    },
  },
  {
    method: 'POST',
    path: `${EVENTS}/quickAdd`,
    calendarMethod: 'calendar.events.quickAdd',
    handle(call) {
      const access = open(call, 'write')
      const body = quickAddBody(call.backend, access.calendar, call.query.get('text') ?? '')
      return show(call, access, insertEvent(call.backend, access.calendar, writer(call), body))
    },
  },
  {
    method: 'POST',
    path: 'freeBusy',
    calendarMethod: 'calendar.freebusy.query',
    handle: (call) => queryFreeBusy(call.backend, call.caller, call.body()),
  },
]
