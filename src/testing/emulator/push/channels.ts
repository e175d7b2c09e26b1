import { createHash } from 'node:crypto'
import type { Caller } from '../api/access.ts'
import type { Backend } from '../backend.ts'
import { refusal, required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { ChannelRecord, WatchedResource } from '../state/push-records.ts'
import { makeNotification } from './notification.ts'
import { readWatchRequest } from './watch-request.ts'

/** The number of the emulated Google project; all of the emulator's clients belong to it. */
const PROJECT_NUMBER = '636397034666'

/** What a call wants to watch. */
export interface WatchTarget {
  readonly resource: WatchedResource
  /** Under `https://www.googleapis.com/calendar/v3/`. */
  readonly path: string
  readonly eventTypes: readonly string[]
}

/** Opaque, and the same for every channel of one account on one resource. */
function resourceIdOf(email: string, resource: WatchedResource): string {
  const about = 'calendarId' in resource ? resource.calendarId : resource.email
  return createHash('sha1')
    .update(JSON.stringify([email, resource.kind, about]))
    .digest('base64url')
}

/**
 * Opens a channel and makes its `sync` message, which leaves after the answer.
 * @throws CalendarApiError for what the request lacks, see `readWatchRequest`.
 */
export function openChannel(
  backend: Backend,
  caller: Caller,
  target: WatchTarget,
  body: JsonObject,
): JsonObject {
  const { email } = caller.user
  const channel: ChannelRecord = {
    ...readWatchRequest(backend, body),
    resource: target.resource,
    email,
    clientId: caller.clientId,
    resourceId: resourceIdOf(email, target.resource),
    resourceUri: `https://www.googleapis.com/calendar/v3/${target.path}?alt=json`,
    eventTypes: target.eventTypes,
    messageNumber: 0,
    stoppedAt: null,
  }
  backend.state.channels.set(channel.id, channel)
  backend.push.opened(channel.id)
  makeNotification(backend, channel, 'sync')
  return {
    kind: 'api#channel',
    id: channel.id,
    resourceId: channel.resourceId,
    resourceUri: channel.resourceUri,
    ...(channel.token === null ? {} : { token: channel.token }),
    expiration: String(channel.expiresAt),
  }
}

/**
 * Stops a channel; one that was stopped before is stopped again without complaint.
 * @throws CalendarApiError 404 for a channel that is unknown, has expired, watches another resource, or was
 * opened by another account or another OAuth client; 400 `required` without an id.
 */
export function stopChannel(backend: Backend, caller: Caller, body: JsonObject): void {
  const { id, resourceId } = body
  if (typeof id !== 'string' || id === '') throw required('Required', 'resource.id')
  const channel = backend.state.channels.get(id)
  const now = backend.clock.now()
  const own = channel?.email === caller.user.email && channel.clientId === caller.clientId
  if (!channel || !own || channel.resourceId !== resourceId || now >= channel.expiresAt) {
    throw refusal('notFound', { message: `Channel '${id}' not found for project '${PROJECT_NUMBER}'` })
  }
  channel.stoppedAt ??= now
}
