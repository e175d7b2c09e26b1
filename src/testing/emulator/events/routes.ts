import { openCalendar, type CalendarAccess } from '../api/access.ts'
import { readBoolean, readInteger, readTimeZone } from '../api/parameters.ts'
import type { Call, Route } from '../api/routing.ts'
import { invalid, refusal, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { EventRecord } from '../state/event-records.ts'
import { settleConference } from './conference.ts'
import {
  deleteEvent,
  insertEvent,
  moveEvent,
  patchEvent,
  replaceEvent,
  type Writer,
} from './event-changes.ts'
import { listEvents } from './event-list.ts'
import { findEvent } from './event-store.ts'
import { renderEvent } from './event-resource.ts'
import { queryFreeBusy } from './freebusy.ts'

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

function show(call: Call, { calendar, accessRole }: CalendarAccess, event: EventRecord): JsonObject {
  return renderEvent(event, calendar, {
    viewer: call.caller.user.email,
    timeZone: readTimeZone(call.query),
    maxAttendees: readInteger(call.query, 'maxAttendees', 1_000_000),
    freeBusyOnly: accessRole === 'freeBusyReader',
  })
}

const EVENTS = 'calendars/:calendarId/events'
const EVENT = `${EVENTS}/:eventId`

const eventId = (call: Call): string => call.parameters.eventId ?? ''

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
      const viewer = { email: call.caller.user.email, accessRole }
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
      return show(call, access, settleConference(call.backend.state, access.calendar, event))
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
]
