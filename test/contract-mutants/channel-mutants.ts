import type { WatchChannelStore } from 'appointment-sync/ports'
import { anyTenant, breaking, type Mutants } from './breaking.ts'

function breakingChannels(
  spoil: (channels: WatchChannelStore) => Partial<WatchChannelStore>,
): () => ReturnType<typeof breaking> {
  return () => breaking(({ channels }) => ({ channels: { ...channels, ...spoil(channels) } }))
}

/** Faults in the store of watch channels. */
export const channelMutants: Mutants = {
  'replace of channels ignores the version': breakingChannels((channels) => ({
    replace: async (channel) => {
      const before = await channels.find(channel.id)
      return before !== null && channels.replace(channel, before.version)
    },
  })),
  'a channel takes the place of another of its id': breakingChannels((channels) => ({
    insert: async (channel) => {
      const before = await channels.find(channel.id)
      if (before !== null) await channels.remove(before, before.id)
      await channels.insert(channel)
    },
  })),
  'a channel whose id is taken is dropped silently': breakingChannels((channels) => ({
    insert: (channel) => channels.insert(channel).catch(() => undefined),
  })),
  'replace of channels changes those of any tenant': breakingChannels((channels) => ({
    replace: (channel, expectedVersion) => channels.replace(anyTenant(channel), expectedVersion),
  })),
  'channels are listed for any tenant': breakingChannels((channels) => ({
    list: (ref) => channels.list(anyTenant(ref)),
  })),
  'a channel is removed for any tenant': breakingChannels((channels) => ({
    remove: (ref, id) => channels.remove(anyTenant(ref), id),
  })),
  'all channels are removed for any tenant': breakingChannels((channels) => ({
    removeAll: (ref) => channels.removeAll(anyTenant(ref)),
  })),
  'a channel that ends just now does not expire': breakingChannels((channels) => ({
    listExpiring: (beforeMs, limit) => channels.listExpiring(beforeMs - 1, limit),
  })),
  'channels being stopped do not expire': breakingChannels((channels) => ({
    listExpiring: async (beforeMs, limit) =>
      (await channels.listExpiring(beforeMs, limit)).filter(({ state }) => state !== 'stopping'),
  })),
  'expiring channels ignore their limit': breakingChannels((channels) => ({
    listExpiring: (beforeMs) => channels.listExpiring(beforeMs, 1000),
  })),
  'channels are counted over all integrations': breakingChannels((channels) => ({
    count: () => channels.count({}),
  })),
}
