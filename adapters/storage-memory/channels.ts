import { AppointmentSyncError, type WatchChannel } from 'appointment-sync'
import type { WatchChannelStore } from 'appointment-sync/ports'
import type { Gate } from './gate.ts'
import { belongs, byText, removeOwned, type Tables } from './tables.ts'

function idTaken(channel: WatchChannel): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'STORAGE_FAILED',
    message: `A watch channel with the id ${channel.id} is stored already. Nothing was stored; take another id.`,
  })
}

/** Watch channels, by id. */
export function watchChannelStore(tables: Tables, gate: Gate): WatchChannelStore {
  const { channels } = tables
  return {
    insert: (channel) =>
      gate(() => {
        if (channels.has(channel.id)) throw idTaken(channel)
        channels.set(channel.id, channel)
      }),
    find: (channelId) => gate(() => channels.get(channelId) ?? null),
    replace: (channel, expectedVersion) =>
      gate(() => {
        const before = channels.get(channel.id)
        if (before?.version !== expectedVersion || !belongs(before, channel)) return false
        channels.set(channel.id, channel)
        return true
      }),
    list: (ref) =>
      gate(() =>
        [...channels.values()].filter((row) => belongs(row, ref)).sort((a, b) => byText(a.id, b.id)),
      ),
    listExpiring: (beforeMs, limit) =>
      gate(() =>
        [...channels.values()]
          .filter((row) => row.expiresAtMs <= beforeMs)
          .sort((a, b) => a.expiresAtMs - b.expiresAtMs || byText(a.id, b.id))
          .slice(0, limit),
      ),
    remove: (ref, channelId) =>
      gate(() => {
        const row = channels.get(channelId)
        if (row !== undefined && belongs(row, ref)) channels.delete(channelId)
      }),
    count: ({ integrationId }) =>
      gate(() => {
        const counts = { opening: 0, open: 0, stopping: 0 }
        for (const row of channels.values()) {
          if (integrationId === undefined || row.integrationId === integrationId) counts[row.state] += 1
        }
        return counts
      }),
    removeAll: (ref) => gate(() => void removeOwned(channels, ref)),
  }
}
