import type {
  Conflict,
  EventLink,
  InboxEntry,
  Integration,
  IntegrationRef,
  SyncLogEntry,
} from 'appointment-sync'
import type { CredentialRecord, OAuthState, OutboxJob, SyncCursor } from 'appointment-sync/ports'

/** A lease as it is kept: its fence outlives it. */
export interface LeaseRow {
  readonly key: string
  readonly fence: number
  /** `null` once it was given back. */
  readonly heldUntilMs: number | null
}

/** A sealed record with whose it is. */
export type CredentialRow = CredentialRecord & { readonly ref: IntegrationRef }

/** Everything that is kept, by primary key. Rows are never changed in place: a change puts a new row. */
export interface Tables {
  readonly integrations: Map<string, Integration>
  readonly credentials: Map<string, CredentialRow>
  readonly oauthStates: Map<string, OAuthState>
  readonly links: Map<string, EventLink>
  /** Which appointment an event is linked to: an event belongs to one at most. */
  readonly linkedEvents: Map<string, string>
  readonly cursors: Map<string, SyncCursor>
  readonly outbox: Map<string, OutboxJob>
  /** Highest fence of the jobs an integration had: a new job for an old appointment must not start below it. */
  readonly outboxFences: Map<string, number>
  readonly inbox: Map<string, InboxEntry>
  readonly conflicts: Map<string, Conflict>
  readonly syncLog: Map<string, SyncLogEntry>
  readonly leases: Map<string, LeaseRow>
}

export function emptyTables(): Tables {
  return {
    integrations: new Map(),
    credentials: new Map(),
    oauthStates: new Map(),
    links: new Map(),
    linkedEvents: new Map(),
    cursors: new Map(),
    outbox: new Map(),
    outboxFences: new Map(),
    inbox: new Map(),
    conflicts: new Map(),
    syncLog: new Map(),
    leases: new Map(),
  }
}

/** A key of several parts that no other list of parts gives. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts)
}

/** The key of what belongs to an integration; tenant and user are a part of it, so a foreign reference finds nothing. */
export function refKey(ref: IntegrationRef, ...parts: readonly string[]): string {
  return keyOf(ref.tenantId, ref.userId, ref.integrationId, ...parts)
}

/** Whether a row belongs to the integration. */
export function belongs(row: IntegrationRef, ref: IntegrationRef): boolean {
  return row.tenantId === ref.tenantId && row.userId === ref.userId && row.integrationId === ref.integrationId
}

/** Ascending order of texts by code unit, the same everywhere. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Removes the integration's rows; returns them. */
export function removeOwned<R extends IntegrationRef>(table: Map<string, R>, ref: IntegrationRef): R[] {
  const owned = [...table].filter(([, row]) => belongs(row, ref))
  for (const [key] of owned) table.delete(key)
  return owned.map(([, row]) => row)
}
