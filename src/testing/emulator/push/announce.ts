import type { Backend } from '../backend.ts'
import type { ChannelRecord, WatchedResource } from '../state/push-records.ts'
import { atLeast, findCalendar } from '../api/access.ts'
import { makeNotification } from './notification.ts'

function sameResource(left: WatchedResource, right: WatchedResource): boolean {
  if (left.kind === 'events' || left.kind === 'acl') {
    return left.kind === right.kind && left.calendarId === right.calendarId
  }
  return left.kind === right.kind && left.email === right.email
}

/** Whether the account that opened a channel may still see what it watches. */
function reaches(backend: Backend, { email, resource }: ChannelRecord): boolean {
  const user = backend.state.users.get(email)
  if (!user) return false
  if (resource.kind !== 'events' && resource.kind !== 'acl') return true
  const access = findCalendar(backend, user, resource.calendarId)
  return access !== null && (resource.kind === 'events' || atLeast(access.accessRole, 'writer'))
}

/**
 * Whether messages still go to a channel: it runs (or was stopped so lately that Google may not have noticed)
 * and its user may see what it watches.
 */
export function isTold(backend: Backend, channel: ChannelRecord): boolean {
  const now = backend.clock.now()
  if (now >= channel.expiresAt) return false
  const { stoppedChannelLagMs } = backend.settings.push
  if (channel.stoppedAt !== null && now >= channel.stoppedAt + stoppedChannelLagMs) return false
  return reaches(backend, channel)
}

/**
 * Tells every live channel on a resource that something changed there; called once by every write, after the
 * state holds it. Whoever wrote is told too.
 * @param eventType the type of the event that changed, for channels that watch only some.
 */
export function announceChange(backend: Backend, resource: WatchedResource, eventType?: string): void {
  for (const channel of backend.state.channels.values()) {
    if (!sameResource(channel.resource, resource) || !isTold(backend, channel)) continue
    const { eventTypes } = channel
    if (eventType !== undefined && eventTypes.length > 0 && !eventTypes.includes(eventType)) continue
    for (let made = 0; made < backend.settings.push.messagesPerChange; made += 1) {
      makeNotification(backend, channel, 'exists')
    }
  }
}
