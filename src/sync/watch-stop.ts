import type { WatchChannel } from '../domain/index.ts'
import type { Engine } from './engine.ts'
import { changeChannel } from './watch-row.ts'

/**
 * Stops a channel at Google and forgets it; `false` when Google's name for what it watches is not known, and nothing
 * could be asked. Marked first: from then on its messages count no more, and a stop that failed or got lost is made
 * again. Stopping twice is harmless. Throws what Google's failure is classified as.
 */
export async function stopChannel(
  engine: Pick<Engine, 'storage' | 'google'>,
  channel: WatchChannel,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { storage, google } = engine
  const marked = await changeChannel(storage.channels, channel, (before) =>
    before.state === 'stopping' ? null : { state: 'stopping' },
  )
  const { tenantId, userId, integrationId, id: channelId, resourceId } = marked ?? channel
  if (resourceId === null) return false
  const ref = { tenantId, userId, integrationId }
  await google.stopChannel({ ref, channelId, resourceId }, { signal })
  await storage.channels.remove(ref, channelId)
  return true
}
