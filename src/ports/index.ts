export type { AccessTokens } from './access-tokens.ts'
export type { AppointmentPage, AppointmentQuery, AppointmentSource } from './appointment-source.ts'
export { systemClock } from './clock.ts'
export type { Clock } from './clock.ts'
export { withDeadline } from './deadline.ts'
export { silentLogger } from './logger.ts'
export type { LogFields, Logger } from './logger.ts'
export type { RateAnswer, RateBudget, RateLimiter, RateRequest } from './rate-limiter.ts'
export { checkRateBlock, checkRateRequest } from './rate-request.ts'
export { freshId, systemRandom } from './random.ts'
export type { RandomSource } from './random.ts'
export type { ScheduledTask, Scheduler } from './scheduler.ts'
export { MAX_BUSY_BLOCK_MS } from './storage-busy.ts'
export type { BusyBlock, BusyCalendar, BusyReading, BusyStore, StoredBusyBlock } from './storage-busy.ts'
export type { WatchChannelStore } from './storage-channels.ts'
export type { ConflictStore } from './storage-conflicts.ts'
export type { EventOfferStore } from './storage-event-offers.ts'
export type {
  CredentialRecord,
  CredentialStore,
  IntegrationStore,
  OAuthState,
  OAuthStateStore,
} from './storage-integrations.ts'
export type { Lease, LeaseStore } from './storage-leases.ts'
export type { EventLinkStore, LinkStanding, SyncCursor, SyncCursorStore } from './storage-links.ts'
export type { InboxStore, OutboxAction, OutboxJob, OutboxJobRef, OutboxStore } from './storage-queues.ts'
export type { SyncLogFilter, SyncLogStore, SyncLogSummary } from './storage-sync-log.ts'
export type { Storage, StorageSession } from './storage.ts'
export type { StoredTokens, TokenStore } from './token-store.ts'
