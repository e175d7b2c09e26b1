import type { ErrorSummary } from '../errors/index.ts'

/** What is left to do, and how it went lately, over all tenants or in one. */
export interface MetricsSnapshot {
  readonly activeIntegrations: number
  readonly pausedIntegrations: number
  /** Integrations whose tokens are expired or revoked for good: their owners have to reconnect. */
  readonly expiredTokens: number
  /** Of the last 24 hours: 0 to 1, or `null` when nothing happened. */
  readonly successRate: number | null
  readonly succeeded: number
  readonly failed: number
  readonly lastSyncAt: Date | null
  readonly outboxPending: number
  readonly outboxDead: number
  /** Age of the oldest waiting push in milliseconds; 0 when none is overdue. */
  readonly outboxOldestAgeMs: number
  readonly inboxPending: number
  readonly openConflicts: number
  /** Calendars' watch channels that are open. Over all tenants only: 0 in a tenant's figures. */
  readonly watchChannels: number
}

/** One check of the health report. */
export interface HealthCheck {
  readonly status: 'ok' | 'degraded' | 'failed'
  readonly error: ErrorSummary | null
}

/** Whether the SDK can do its work. */
export interface HealthReport {
  /** The worst of the checks. */
  readonly status: 'ok' | 'degraded' | 'failed'
  readonly checkedAt: Date
  readonly checks: {
    readonly storage: HealthCheck
    /** Whether Google answers and accepts the OAuth client; asked at most once a minute. */
    readonly check_google_api_status: HealthCheck
    /** Degraded when pushes are dead or wait for more than an hour. */
    readonly outbox: HealthCheck
  }
  readonly metrics: MetricsSnapshot
}
