import type { IntegrationRef, WatchChannel } from '../domain/index.ts'

/** Watch channels: what Google was asked to call us about. */
export interface WatchChannelStore {
  /** Adds it before Google is asked; throws `STORAGE_FAILED` when the id is taken. */
  insert(channel: WatchChannel): Promise<void>
  /** By its id alone: a notification carries nothing else that says whose it is. */
  find(channelId: string): Promise<WatchChannel | null>
  /** Compare-and-swap on `version`; exactly one of concurrent callers with one expected version gets `true`. */
  replace(channel: WatchChannel, expectedVersion: number): Promise<boolean>
  /** All channels of the integration, by ascending id. */
  list(ref: IntegrationRef): Promise<WatchChannel[]>
  /** Channels of any tenant that end at or before `beforeMs`, soonest first (ties by id). */
  listExpiring(beforeMs: number, limit: number): Promise<WatchChannel[]>
  /** Idempotent. */
  remove(ref: IntegrationRef, channelId: string): Promise<void>
  /** How many there are, over all tenants or of one integration, in each state. */
  count(query: {
    readonly integrationId?: string | undefined
  }): Promise<{ opening: number; open: number; stopping: number }>
  /** Removes all channels of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
