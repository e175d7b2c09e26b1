import type {
  Conflict,
  EventLink,
  EventOffer,
  InboxEntry,
  Integration,
  IntegrationRef,
  SyncLogEntry,
  WatchChannel,
} from 'appointment-sync'
import { type Journal, Table } from './table.ts'
import type {
  BusyBlock,
  BusyCalendar,
  CredentialRecord,
  OAuthState,
  OutboxJob,
  SyncCursor,
} from 'appointment-sync/ports'

/** A lease as it is kept: its fence outlives it. */
export interface LeaseRow {
  readonly key: string
  readonly fence: number
  /** `null` once it was given back. */
  readonly heldUntilMs: number | null
}

/** A sealed record with whose it is. */
export type CredentialRow = CredentialRecord & { readonly ref: IntegrationRef }

/** The blocks of one calendar. */
export interface CalendarBlocks extends IntegrationRef {
  readonly calendarId: string
  readonly blocks: readonly (BusyBlock & { readonly generation: string })[]
}

/** Everything that is kept, by primary key. Rows are never changed in place: a change puts a new row. */
export interface Tables {
  readonly integrations: Table<Integration>
  /** The integration of an owner: there is one at most. */
  readonly integrationIds: Table<string>
  readonly credentials: Table<CredentialRow>
  readonly oauthStates: Table<OAuthState>
  readonly links: Table<EventLink>
  /** Which appointment an event is linked to: an event belongs to one at most. */
  readonly linkedEvents: Table<string>
  readonly cursors: Table<SyncCursor>
  readonly outbox: Table<OutboxJob>
  /** Highest fence of the jobs an integration had: a new job for an old appointment must not start below it. */
  readonly outboxFences: Table<number>
  readonly inbox: Table<InboxEntry>
  readonly conflicts: Table<Conflict>
  readonly syncLog: Table<SyncLogEntry>
  readonly leases: Table<LeaseRow>
  readonly channels: Table<WatchChannel>
  readonly eventOffers: Table<EventOffer>
  readonly busyCalendars: Table<BusyCalendar>
  /** The blocks of a calendar, all in one row. */
  readonly busyBlocks: Table<CalendarBlocks>
}

/** Tables that note in the journal how to take back what is done to them. */
export function emptyTables(journal: Journal): Tables {
  return {
    integrations: new Table(journal),
    integrationIds: new Table(journal),
    credentials: new Table(journal),
    oauthStates: new Table(journal),
    links: new Table(journal),
    linkedEvents: new Table(journal),
    cursors: new Table(journal),
    outbox: new Table(journal),
    outboxFences: new Table(journal),
    inbox: new Table(journal),
    conflicts: new Table(journal),
    syncLog: new Table(journal),
    leases: new Table(journal),
    channels: new Table(journal),
    eventOffers: new Table(journal),
    busyCalendars: new Table(journal),
    busyBlocks: new Table(journal),
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

/** Whether a row is about the appointment of the tenant, or about an occurrence of it. */
export function isOf(
  row: { readonly tenantId: string; readonly appointmentId: string | null },
  tenantId: string,
  appointmentId: string,
): boolean {
  if (row.tenantId !== tenantId || row.appointmentId === null) return false
  return row.appointmentId === appointmentId || row.appointmentId.startsWith(`${appointmentId}~`)
}

/** Removes the rows of an appointment, at most `limit`; returns them. */
export function removeOf<R extends { readonly tenantId: string; readonly appointmentId: string | null }>(
  table: Table<R>,
  tenantId: string,
  appointmentId: string,
  limit: number = Infinity,
): R[] {
  const found = [...table.entries()].filter(([, row]) => isOf(row, tenantId, appointmentId))
  const removed = found.slice(0, limit)
  for (const [key] of removed) table.delete(key)
  return removed.map(([, row]) => row)
}

/** A page of the tenants that have rows. */
export function tenantsOf(
  table: Table<{ readonly tenantId: string }>,
  { afterTenantId, limit }: { readonly afterTenantId: string | null; readonly limit: number },
): string[] {
  const tenants = new Set([...table.values()].map((row) => row.tenantId))
  return [...tenants]
    .filter((tenantId) => afterTenantId === null || tenantId > afterTenantId)
    .sort(byText)
    .slice(0, limit)
}

/** Ascending order of texts by code unit, the same everywhere. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Removes the integration's rows; returns them. */
export function removeOwned<R extends IntegrationRef>(table: Table<R>, ref: IntegrationRef): R[] {
  const owned = [...table.entries()].filter(([, row]) => belongs(row, ref))
  for (const [key] of owned) table.delete(key)
  return owned.map(([, row]) => row)
}
