import { openCalendar } from '../api/access.ts'
import type { Call, Route } from '../api/routing.ts'
import { refusal } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { openChannel, stopChannel, type WatchTarget } from './channels.ts'
import { readEventTypes } from './watch-request.ts'

/** The id as Google writes it in a `resourceUri`: escaped, but for the sign that every calendar id has. */
function inPath(id: string): string {
  return encodeURIComponent(id).replaceAll('%40', '@')
}

function calendarTarget(call: Call, kind: 'events' | 'acl'): WatchTarget {
  const requested = call.parameters.calendarId ?? ''
  const purpose = kind === 'acl' ? 'readRules' : 'read'
  const { calendar } = openCalendar(call.backend, call.caller, requested, purpose)
  if (!calendar.watchable) {
    const message = 'Push notifications are not supported by this resource.'
    throw refusal('pushNotSupportedForRequestedResource', { domain: 'calendar', message })
  }
  const { primaryResourceUri } = call.backend.settings.push
  const named = primaryResourceUri === 'requested' ? requested : calendar.id
  return {
    resource: { kind, calendarId: calendar.id },
    path: `calendars/${inPath(named)}/${kind}`,
    eventTypes: kind === 'events' ? readEventTypes(call.query) : [],
  }
}

function accountTarget(call: Call, kind: 'calendarList' | 'settings'): WatchTarget {
  const { email } = call.caller.user
  return { resource: { kind, email }, path: `users/me/${kind}`, eventTypes: [] }
}

function watch(call: Call, target: WatchTarget): JsonObject {
  return openChannel(call.backend, call.caller, target, call.body())
}

/** The watch methods of every resource, and channels.stop. */
export const PUSH_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: 'calendars/:calendarId/events/watch',
    calendarMethod: 'calendar.events.watch',
    handle: (call) => watch(call, calendarTarget(call, 'events')),
  },
  {
    method: 'POST',
    path: 'calendars/:calendarId/acl/watch',
    calendarMethod: 'calendar.acl.watch',
    handle: (call) => watch(call, calendarTarget(call, 'acl')),
  },
  {
    method: 'POST',
    path: 'users/me/calendarList/watch',
    calendarMethod: 'calendar.calendarList.watch',
    handle: (call) => watch(call, accountTarget(call, 'calendarList')),
  },
  {
    method: 'POST',
    path: 'users/me/settings/watch',
    calendarMethod: 'calendar.settings.watch',
    handle: (call) => watch(call, accountTarget(call, 'settings')),
  },
  {
    method: 'POST',
    path: 'channels/stop',
    calendarMethod: 'calendar.channels.stop',
    handle(call) {
      stopChannel(call.backend, call.caller, call.body())
      return null
    },
  },
]
