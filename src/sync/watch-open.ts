import { type Integration, refOf, type WatchChannel } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { hashToken, newToken } from './channel-token.ts'
import type { Engine } from './engine.ts'
import { changeChannel } from './watch-row.ts'
import { stopChannel } from './watch-stop.ts'

/**
 * How long a channel is asked for, in seconds: what Google gives by itself. It may give less; how long it lives is
 * read from its answer (https://developers.google.com/workspace/calendar/api/guides/push).
 */
const TTL_SECONDS = 604_800
/** Google takes at most 64 characters; so many leave no room for two alike, and it refuses one it has seen. */
const ID_BYTES = 32

/**
 * Opens a channel on the integration's calendar; `null` when somebody ended the integration's channels meanwhile, and
 * it was stopped again. The row is stored before Google is asked, because Google's first message may come before its
 * answer. The token is in Google's hands and in this call alone.
 *
 * Throws what Google's refusal is classified as; the row is then gone, because there is no channel. When it is not
 * known whether Google opened one (no answer, or this process died), the row stays `opening`: Google has no call that
 * lists channels, so nobody can ask. Such a channel is given up after ten minutes. Its messages are answered and
 * ignored; the first of them brings the name by which it can be stopped, and otherwise it dies by its end.
 */
export async function openChannel(
  engine: Engine,
  integration: Integration,
  address: string,
  signal: AbortSignal | undefined,
): Promise<WatchChannel | null> {
  const { storage, clock, random, google } = engine
  const ref = refOf(integration)
  const { calendarId } = integration.settings
  const token = newToken(random)
  const nowMs = clock.now()
  const channel: WatchChannel = {
    ...ref,
    id: Buffer.from(random.bytes(ID_BYTES)).toString('hex'),
    calendarId,
    state: 'opening',
    tokenHash: hashToken(token),
    resourceId: null,
    expiresAtMs: nowMs + TTL_SECONDS * 1000,
    createdAtMs: nowMs,
    version: 1,
  }
  await storage.channels.insert(channel)
  let answer: Awaited<ReturnType<typeof google.watchEvents>>
  try {
    const request = { ref, calendarId, channelId: channel.id, token, address, ttlSeconds: TTL_SECONDS }
    answer = await google.watchEvents(request, { signal })
  } catch (error) {
    if (signal?.aborted !== true && isRefusal(error)) await storage.channels.remove(ref, channel.id)
    throw error
  }
  const { resourceId, expiresAtMs } = answer
  const row = await changeChannel(storage.channels, channel, (before) => ({
    state: before.state === 'stopping' ? 'stopping' : 'open',
    resourceId,
    expiresAtMs,
  }))
  if (row?.state === 'open') return row
  // Ended while Google was answering: nobody else knows how to stop it.
  await stopChannel(engine, row ?? { ...channel, resourceId, expiresAtMs }, signal)
  return null
}

/** Whether Google, or the grant, said no: then there is no channel. After silence there may be one. */
function isRefusal(error: unknown): boolean {
  return isAppointmentSyncError(error) && !UNKNOWN_OUTCOME.has(error.code)
}

const UNKNOWN_OUTCOME: ReadonlySet<string> = new Set(['GOOGLE_TIMEOUT', 'GOOGLE_UNAVAILABLE'])
