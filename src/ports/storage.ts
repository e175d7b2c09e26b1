import type { BusyStore } from './storage-busy.ts'
import type { WatchChannelStore } from './storage-channels.ts'
import type { ConflictStore } from './storage-conflicts.ts'
import type { CredentialStore, IntegrationStore, OAuthStateStore } from './storage-integrations.ts'
import type { LeaseStore } from './storage-leases.ts'
import type { EventLinkStore, SyncCursorStore } from './storage-links.ts'
import type { EventOfferStore } from './storage-event-offers.ts'
import type { SyncLogStore } from './storage-sync-log.ts'
import type { InboxStore, OutboxAction, OutboxJobRef, OutboxStore } from './storage-queues.ts'

/** The stores, either directly or inside a transaction. */
export interface StorageSession {
  readonly integrations: IntegrationStore
  readonly credentials: CredentialStore
  readonly oauthStates: OAuthStateStore
  readonly links: EventLinkStore
  readonly cursors: SyncCursorStore
  readonly outbox: OutboxStore
  readonly inbox: InboxStore
  readonly conflicts: ConflictStore
  readonly syncLog: SyncLogStore
  readonly leases: LeaseStore
  readonly channels: WatchChannelStore
  readonly eventOffers: EventOfferStore
  readonly busy: BusyStore
}

/**
 * Durable storage. Every method outside `transaction` is atomic by itself. Methods that take a reference with a
 * tenant neither read nor change anything of another tenant, whatever the other ids say.
 */
export interface Storage extends StorageSession {
  /**
   * Runs `work` so that all of its writes are kept or none: none when it throws, or when the process dies before
   * it resolves. Inside, only the given session may be used, and no call may leave the process: an adapter may
   * hold its only connection meanwhile.
   */
  transaction<T>(work: (session: StorageSession) => Promise<T>): Promise<T>
  /**
   * Does what `outbox.enqueue` does through a transaction or connection of the host's own, on the same database:
   * the intent is kept if and only if the host's transaction is. Throws `INVALID_ARGUMENT` for an executor it does
   * not know how to use, and `INVALID_CONFIGURATION` when it has no database to share.
   */
  enqueueWith(
    executor: unknown,
    job: {
      readonly ref: OutboxJobRef
      readonly action: OutboxAction
      readonly dueAtMs: number
      readonly nowMs: number
    },
  ): Promise<void>
  /** Throws `STORAGE_SCHEMA_OUTDATED` or `STORAGE_FAILED` when it is not usable, with what to do. */
  check(): Promise<void>
}
