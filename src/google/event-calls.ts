import type { calendar_v3 } from '@googleapis/calendar'
import type { CallFacts } from './carrier.ts'
import { failWith, unreadableAnswer, unsendable } from './classify-error.ts'
import { UNREADABLE_EVENT } from './error-table.ts'
import { toGoogleConference } from './conference-mapping.ts'
import { eventPages } from './event-pages.ts'
import { fromGoogleEvent, MARK_PROPERTY, toGoogleBody } from './event-mapping.ts'
import { type GoogleCall, subjectOf } from './google-call.ts'
import type { EventAddress, EventCalls } from './google-calendar.ts'
import type { RemoteEvent } from './remote-event.ts'

/** The calls about one event, each one request. */
export function createEventCalls(call: GoogleCall): EventCalls {
  return {
    insertEvent: ({ fields, mark, notifyGuests, conference, ...address }, options) => {
      const { calendarId, eventId } = address
      const requestBody: calendar_v3.Schema$Event = {
        ...toGoogleBody(fields, { patch: false }),
        ...toGoogleConference(eventId, conference),
        id: eventId,
        extendedProperties: { private: { [MARK_PROPERTY]: mark } },
      }
      const params = {
        calendarId,
        requestBody,
        ...CONFERENCES,
        ...notify(notifyGuests ?? fields.attendees.length > 0),
      }
      // An insert names no event that has to be there: what is missing is the calendar.
      const facts = { ...factsOf(address, 'events.insert', 'write'), addresses: 'calendar' } as const
      return call(facts, options, async (api, request) => {
        const { data } = await api.events.insert(params, request)
        return readEvent(data, facts)
      })
    },
    getEvent: (address, options) => {
      const { calendarId, eventId } = address
      const facts = factsOf(address, 'events.get', 'read')
      return call(facts, options, async (api, request) => {
        const { data } = await api.events.get({ calendarId, eventId }, request)
        return readEvent(data, facts)
      })
    },
    patchEvent: (
      { etag, fields, notifyGuests, remoteAttendees, ownedGuests, conference, mark, ...address },
      options,
    ) => {
      const { calendarId, eventId } = address
      const guests = {
        ...(remoteAttendees === undefined ? {} : { remoteAttendees }),
        ...(ownedGuests === undefined ? {} : { ownedGuests }),
      }
      const requestBody: calendar_v3.Schema$Event = {
        ...toGoogleBody(fields, { patch: true, ...guests }),
        ...toGoogleConference(eventId, conference),
      }
      if (mark !== undefined) requestBody.extendedProperties = { private: { [MARK_PROPERTY]: mark } }
      const params = { calendarId, eventId, requestBody, ...CONFERENCES, ...notify(notifyGuests) }
      const facts = factsOf(address, 'events.patch', 'write')
      return call(facts, options, async (api, request) => {
        const { data } = await api.events.patch(params, { ...request, headers: ifMatch(etag, facts) })
        return readEvent(data, facts)
      })
    },
    findInstance: async ({ originalStart, ...address }, options) => {
      const { calendarId, eventId } = address
      const asked = typeof originalStart === 'string' ? originalStart : new Date(originalStart).toISOString()
      const params = { calendarId, eventId, originalStart: asked, showDeleted: true, maxResults: 10 }
      const facts = factsOf(address, 'events.instances', 'read')
      const pages = eventPages(call, facts, options, {
        ask: (api, paging, request) => api.events.instances({ ...params, ...paging }, request),
        required: 'items',
      })
      for await (const event of pages) if (event.originalStart === originalStart) return event
      return null
    },
    deleteEvent: async ({ etag, notifyGuests, ...address }, options) => {
      const { calendarId, eventId } = address
      const params = { calendarId, eventId, ...notify(notifyGuests) }
      const facts = factsOf(address, 'events.delete', 'write')
      await call(facts, options, (api, request) =>
        api.events.delete(params, { ...request, headers: ifMatch(etag, facts) }),
      )
    },
    moveEvent: ({ destination, ...address }, options) => {
      const { calendarId, eventId } = address
      const facts = factsOf(address, 'events.move', 'write')
      return call(facts, options, async (api, request) => {
        const { data } = await api.events.move({ calendarId, eventId, destination }, request)
        return readEvent(data, facts)
      })
    },
    findByICalUID: async ({ ref, calendarId, iCalUID }, options) => {
      const facts: CallFacts = {
        ref,
        method: 'events.list',
        subject: `calendar ${calendarId}`,
        kind: 'read',
        addresses: 'calendar',
      }
      const pages = eventPages(call, facts, options, {
        ask: (api, paging, request) =>
          api.events.list({ calendarId, iCalUID, showDeleted: false, ...paging }, request),
        required: 'items',
      })
      const found: RemoteEvent[] = []
      for await (const event of pages) found.push(event)
      return found
    },
  }
}

function factsOf(
  { ref, calendarId, eventId }: EventAddress,
  method: string,
  kind: 'read' | 'write',
): CallFacts & { eventId: string } {
  return { ref, method, subject: subjectOf(eventId, calendarId), kind, addresses: 'event', eventId }
}

/** `Headers` would cut a line break at the end off in silence; an etag that has one is none of Google's. */
function ifMatch(etag: string, facts: CallFacts): { 'If-Match': string } {
  if (!/[^\x20-\x7e]/.test(etag)) return { 'If-Match': etag }
  throw unsendable(facts)
}

/**
 * On every write: without it Google takes no notice of a conference in the body, and a caller that says it knows none
 * may lose the one that is there (Calendar v3, `conferenceDataVersion`).
 */
const CONFERENCES = { conferenceDataVersion: 1 } as const

/** Absent means that nobody is told; an explicit `none` can keep events from guests' calendars (discovery doc). */
function notify(guests: boolean): { sendUpdates?: 'all' } {
  return guests ? { sendUpdates: 'all' } : {}
}

/** The client hands on a body that is no JSON as it is. */
function readEvent(data: unknown, facts: CallFacts): RemoteEvent {
  if (typeof data !== 'object' || data === null || !('id' in data)) throw unreadableAnswer(facts)
  const event = fromGoogleEvent(data as calendar_v3.Schema$Event, 'UTC')
  if (event !== null) return event
  const { method, subject, kind } = facts
  const { remedy } = UNREADABLE_EVENT
  throw failWith(
    UNREADABLE_EVENT,
    kind,
    `${method} for ${subject} gave an event without a readable time. ${remedy}`,
  )
}
