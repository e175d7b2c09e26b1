import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WatchChannel } from '../domain/index.ts'
import { parseOrThrow } from '../errors/index.ts'
import { hashToken } from './channel-token.ts'
import type { Engine } from './engine.ts'
import type { PullHints } from './pull-hints.ts'
import { changeChannel } from './watch-row.ts'

/** The headers of a request: a `Headers`, or an object as Node's frameworks have it. Case of names does not matter. */
export type NotificationHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

/** Takes Google's notifications. */
export interface Notifications {
  /** Throws `INVALID_ARGUMENT` for headers that are no notification; resolves alike for a genuine and a forged one. */
  receive(headers: NotificationHeaders): Promise<void>
}

/** What Google sends: https://developers.google.com/workspace/calendar/api/guides/push */
const schema = z.object({
  'x-goog-channel-id': z.string().regex(/^[\w\-+/=]{1,64}$/, 'must be the id of a watch channel'),
  'x-goog-resource-state': z.enum(['sync', 'exists', 'not_exists']),
  'x-goog-resource-id': z.string().min(1).max(512).optional(),
  'x-goog-channel-token': z.string().max(256).optional(),
})

/** Compared with when there is no channel, so that an unknown id takes as long as a wrong token. */
const NO_TOKEN = hashToken('')
/** At most so often a log line tells of refused notifications, in milliseconds: anybody can send them. */
const REFUSALS_LOGGED_EVERY_MS = 60_000

/**
 * Takes notifications. Headers are not signed, so a message counts only with the channel's secret token and the
 * resource the channel is on. The address in `X-Goog-Resource-URI` is never used. What passes is a hint: the calendar
 * is read afterwards, and that is not waited for.
 */
export function createNotifications(engine: Engine, hints: Pick<PullHints, 'hint'>): Notifications {
  const { storage, logger } = engine
  const refuse = createRefusalLog(engine)

  const receive = async (headers: NotificationHeaders): Promise<void> => {
    const given = parseOrThrow(schema, read(headers), 'INVALID_ARGUMENT', 'The notification')
    const channel = await storage.channels.find(given['x-goog-channel-id'])
    const genuine = sameHash(hashToken(given['x-goog-channel-token'] ?? ''), channel?.tokenHash ?? NO_TOKEN)
    if (channel === null) {
      // One that was stopped may go on sending for a while (googleapis/google-api-nodejs-client#1402).
      logger.debug({}, 'notification of an unknown watch channel')
      return
    }
    if (!genuine) return refuse(channel, 'token')
    const resourceId = given['x-goog-resource-id']
    if (resourceId === undefined) return refuse(channel, 'resource')
    if (channel.resourceId !== null && channel.resourceId !== resourceId) return refuse(channel, 'resource')
    // Before Google's answer, or instead of one that got lost: now the channel can be stopped.
    if (channel.resourceId === null) await learnResource(engine, channel, resourceId)
    const { tenantId, userId, integrationId, calendarId, state } = channel
    const resourceState = given['x-goog-resource-state']
    logger.debug({ tenantId, integrationId, channelState: state, resourceState }, 'notification')
    if (state === 'stopping' || resourceState === 'sync') return
    hints.hint({ ref: { tenantId, userId, integrationId }, calendarId })
  }

  return { receive }
}

async function learnResource(engine: Engine, channel: WatchChannel, resourceId: string): Promise<void> {
  await changeChannel(engine.storage.channels, channel, (before) =>
    before.resourceId === null ? { resourceId } : null,
  )
}

function read(headers: NotificationHeaders): Record<string, string | undefined> {
  const names = Object.keys(schema.shape)
  if (headers instanceof Headers) {
    return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? undefined]))
  }
  const given = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return Object.fromEntries(given.filter(([name]) => typeof name === 'string' && names.includes(name)))
}

function sameHash(given: string, known: string): boolean {
  const [a, b] = [Buffer.from(given, 'hex'), Buffer.from(known, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Counts what was refused, and says so from time to time, without anything of the message. */
function createRefusalLog({
  clock,
  logger,
}: Pick<Engine, 'clock' | 'logger'>): (channel: WatchChannel, reason: 'token' | 'resource') => void {
  let refused = 0
  let loggedAtMs = Number.NEGATIVE_INFINITY
  return ({ tenantId, integrationId }, reason) => {
    refused += 1
    const nowMs = clock.now()
    if (nowMs - loggedAtMs < REFUSALS_LOGGED_EVERY_MS) return
    logger.warn({ tenantId, integrationId, reason, refused }, 'notifications refused')
    refused = 0
    loggedAtMs = nowMs
  }
}
