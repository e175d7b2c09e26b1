import type { GoogleCallOptions } from './carrier.ts'
import type { GoogleCalendar } from './google-calendar.ts'

/** The same calls with a priority of their own, where a call does not say another. */
export function prioritized(
  google: GoogleCalendar,
  priority: NonNullable<GoogleCallOptions['priority']>,
): GoogleCalendar {
  const given = (options?: GoogleCallOptions): GoogleCallOptions => ({ priority, ...options })
  return {
    insertEvent: (event, options) => google.insertEvent(event, given(options)),
    getEvent: (address, options) => google.getEvent(address, given(options)),
    patchEvent: (patch, options) => google.patchEvent(patch, given(options)),
    findInstance: (query, options) => google.findInstance(query, given(options)),
    deleteEvent: (address, options) => google.deleteEvent(address, given(options)),
    moveEvent: (move, options) => google.moveEvent(move, given(options)),
    findByICalUID: (query, options) => google.findByICalUID(query, given(options)),
    listEvents: (query, options) => google.listEvents(query, given(options)),
    listInstances: (query, options) => google.listInstances(query, given(options)),
    requireCalendar: (address, options) => google.requireCalendar(address, given(options)),
    listCalendars: (query, options) => google.listCalendars(query, given(options)),
    getCalendar: (address, options) => google.getCalendar(address, given(options)),
    insertCalendar: (calendar, options) => google.insertCalendar(calendar, given(options)),
    queryBusy: (query, options) => google.queryBusy(query, given(options)),
    watchEvents: (channel, options) => google.watchEvents(channel, given(options)),
    stopChannel: (channel, options) => google.stopChannel(channel, given(options)),
    together: (ref, calls, options) => google.together(ref, calls, given(options)),
    reserve: (ref, methods, options) => google.reserve(ref, methods, given(options)),
  }
}
