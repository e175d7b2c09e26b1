import type { Owner, SyncLogAction, SyncLogDirection, SyncLogEntry, SyncLogStatus } from '../domain/index.ts'

/** A filter of the sync log; every field given narrows it. */
export interface SyncLogFilter {
  readonly tenantId: string
  readonly userId?: string | undefined
  readonly appointmentId?: string | undefined
  /** Of this appointment and of its occurrences, whose ids begin with `<ofAppointment>~`. */
  readonly ofAppointment?: string | undefined
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
  /** A page of the tenants that have entries, each once, ascending, starting after `afterTenantId`. */
  listTenants(page: { readonly afterTenantId: string | null; readonly limit: number }): Promise<string[]>
  /** Removes at most `limit` entries of the tenant that are older than `beforeMs`; returns how many. */
  purge(query: {
    readonly tenantId: string
    readonly beforeMs: number
    readonly limit: number
  }): Promise<number>
  /** Removes at most `limit` entries of an appointment and of its occurrences; returns how many. */
  removeOfAppointment(tenantId: string, appointmentId: string, limit: number): Promise<number>
  /** Removes at most `limit` entries of the owner; returns how many. */
  removeOwned(owner: Owner, limit: number): Promise<number>
}
