import type { WatchChannel } from '../domain/index.ts'
import type { WatchChannelStore } from '../ports/index.ts'
import { contended } from './engine.ts'

/** How often a change of the row is tried again when somebody else changed it. */
const MAX_TRIES = 5

/**
 * Changes a channel's row, again when somebody else changed it meanwhile: Google's answer and its first message come
 * at the same time. `edit` says what changes, `null` for nothing. Returns the row as it is then; `null` when there is
 * none. Throws `WRITE_CONTENDED` when the row kept changing.
 */
export async function changeChannel(
  channels: WatchChannelStore,
  channel: WatchChannel,
  edit: (before: WatchChannel) => Partial<WatchChannel> | null,
): Promise<WatchChannel | null> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const before = await channels.find(channel.id)
    const change = before === null ? null : edit(before)
    if (before === null || change === null) return before
    const after = { ...before, ...change, version: before.version + 1 }
    if (await channels.replace(after, before.version)) return after
  }
  throw contended(channel, '(watch channel)')
}
