import type { SyncLogAction, SyncLogDirection, SyncLogEntry, SyncLogStatus } from '../domain/index.ts'

/** A filter of the sync log; every field given narrows it. */
export interface SyncLogFilter {
  readonly tenantId: string
  readonly userId?: string | undefined
  readonly appointmentId?: string | undefined
  readonly direction?: SyncLogDirection | undefined
  readonly action?: SyncLogAction | undefined
  readonly status?: SyncLogStatus | undefined
  /** From this instant on, epoch milliseconds. */
  readonly fromMs?: number | undefined
  /** Before this instant, epoch milliseconds. */
  readonly toMs?: number | undefined
  /** At most so many, newest first; 1–500. */
  readonly limit: number
  /** `nextCursor` of the page before; any other text gives an empty page. */
  readonly cursor?: string | undefined
}

/** Counts over the sync log. */
export interface SyncLogSummary {
  /** Entries with status `success`. */
  readonly succeeded: number
  /** Entries with status `failed`. */
  readonly failed: number
  /** Instant of the newest `success`; `null` when there is none. */
  readonly lastSuccessAtMs: number | null
  /** Code and instant of the newest `failed`; `null` when there is none. */
  readonly lastFailure: { readonly code: string | null; readonly atMs: number } | null
}

/** The log of what was synced, newest first. */
export interface SyncLogStore {
  append(entry: SyncLogEntry): Promise<void>
  list(filter: SyncLogFilter): Promise<{ items: SyncLogEntry[]; nextCursor: string | null }>
  /** Counts entries since an instant, the newest ones too: of one integration, or of all when it is absent. */
  summarize(query: {
    readonly tenantId?: string | undefined
    readonly integrationId?: string | undefined
    readonly sinceMs: number
  }): Promise<SyncLogSummary>
  /** Removes at most `limit` entries older than `beforeMs`, of every tenant; returns how many. */
  purge(beforeMs: number, limit: number): Promise<number>
}
