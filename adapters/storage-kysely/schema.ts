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
import type {
  BusyCalendar,
  CredentialRecord,
  OAuthState,
  OutboxJob,
  OutboxJobRef,
  SyncCursor,
} from 'appointment-sync/ports'

/** What the newest migration writes to `appointment_sync_meta`, and `check()` asks for. */
export const SCHEMA_VERSION = 3

/** `dueAtMs` is `due_at_ms`, and `iCalUID` is `i_cal_uid`: one underscore before a run of capitals. */
type Snake<S extends string, Before extends string = 'a'> = S extends `${infer Head}${infer Rest}`
  ? `${Head extends Lowercase<Head> ? '' : Before extends Lowercase<Before> ? '_' : ''}${Lowercase<Head>}${Snake<Rest, Head>}`
  : S

/** The row of a record: column names in snake case, the named fields as JSON text, flags as 0 and 1. */
type RowOf<T, Json extends keyof T = never> = {
  -readonly [K in keyof T & string as Snake<K>]-?: K extends Json
    ? null extends T[K]
      ? string | null
      : string
    : T[K] extends boolean
      ? number
      : Exclude<T[K], undefined>
}

export type IntegrationRow = RowOf<
  Integration,
  'grantedScopes' | 'missingScopes' | 'settings' | 'dedicatedCalendar'
>
export type CredentialRow = RowOf<IntegrationRef & CredentialRecord>
export type OAuthStateRow = RowOf<OAuthState, 'scopes'>
export type EventLinkRow = RowOf<EventLink, 'base'>
export type SyncCursorRow = RowOf<SyncCursor>
export type OutboxRow = RowOf<OutboxJob>
export type JobKeyRow = RowOf<OutboxJobRef>
export type InboxRow = RowOf<InboxEntry, 'fields' | 'details'>
export type ConflictRow = RowOf<Conflict, 'fields' | 'base' | 'app' | 'google' | 'decisions'>
export type SyncLogRow = RowOf<SyncLogEntry, 'fields'>
export type WatchChannelRow = RowOf<WatchChannel>
export type EventOfferRow = RowOf<EventOffer>
export type BusyCalendarRow = RowOf<BusyCalendar>

/** A stretch of time in which an event of a calendar takes up the owner. */
export interface BusyBlockRow {
  tenant_id: string
  user_id: string
  integration_id: string
  calendar_id: string
  event_id: string
  series_id: string | null
  start_ms: number
  end_ms: number
  title: string | null
  generation: string
}

/** The highest fence of the jobs of an integration that are gone. */
interface OutboxFenceRow {
  tenant_id: string
  integration_id: string
  fence: number
}

interface LeaseRow {
  lease_key: string
  fence: number
  /** `null` once it was given back. */
  held_until_ms: number | null
}

interface MetaRow {
  name: string
  value: string
}

/** The tables as Kysely's types. */
export interface Database {
  appointment_sync_meta: MetaRow
  appointment_sync_integrations: IntegrationRow
  appointment_sync_credentials: CredentialRow
  appointment_sync_oauth_states: OAuthStateRow
  appointment_sync_links: EventLinkRow
  appointment_sync_cursors: SyncCursorRow
  appointment_sync_outbox: OutboxRow
  appointment_sync_outbox_fences: OutboxFenceRow
  appointment_sync_inbox: InboxRow
  appointment_sync_conflicts: ConflictRow
  appointment_sync_log: SyncLogRow
  appointment_sync_leases: LeaseRow
  appointment_sync_channels: WatchChannelRow
  appointment_sync_offers: EventOfferRow
  appointment_sync_busy_calendars: BusyCalendarRow
  appointment_sync_busy_blocks: BusyBlockRow
}

export type TableName = keyof Database

/** Every table of the current version. */
export const TABLE_NAMES: readonly TableName[] = [
  'appointment_sync_meta',
  'appointment_sync_integrations',
  'appointment_sync_credentials',
  'appointment_sync_oauth_states',
  'appointment_sync_links',
  'appointment_sync_cursors',
  'appointment_sync_outbox',
  'appointment_sync_outbox_fences',
  'appointment_sync_inbox',
  'appointment_sync_conflicts',
  'appointment_sync_log',
  'appointment_sync_leases',
  'appointment_sync_channels',
  'appointment_sync_offers',
  'appointment_sync_busy_calendars',
  'appointment_sync_busy_blocks',
]
