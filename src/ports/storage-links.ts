import type { EventLink, IntegrationRef } from '../domain/index.ts'

/** As much of a link as it takes to see that nothing has to be done. */
export type LinkStanding = Pick<
  EventLink,
  'appointmentId' | 'calendarId' | 'state' | 'fingerprint' | 'appointmentUpdatedAtMs'
>

/** Links between appointments and events. */
export interface EventLinkStore {
  find(ref: IntegrationRef, appointmentId: string): Promise<EventLink | null>
  /** The links of these appointments, in no order; those without one are left out. At most 1,000 ids. */
  findMany(ref: IntegrationRef, appointmentIds: readonly string[]): Promise<EventLink[]>
  /** The same, and no more of each than is needed to see that it is in step. At most 1,000 ids. */
  listStanding(ref: IntegrationRef, appointmentIds: readonly string[]): Promise<LinkStanding[]>
  /** The calendars that hold live or unconfirmed events of the integration, each once, ascending. */
  listCalendars(ref: IntegrationRef): Promise<string[]>
  /** The links of these events on one calendar; events without a link are left out. At most 2,500 ids. */
  findByEvents(ref: IntegrationRef, calendarId: string, eventIds: readonly string[]): Promise<EventLink[]>
  /**
   * Compare-and-swap on `version` (`null`: only if there is no link for the appointment); exactly one of
   * concurrent callers with one expected version gets `true`. An event belongs to one appointment at most: a link to
   * an event that another appointment has is refused, by `false` or `STORAGE_FAILED`.
   */
  replace(link: EventLink, expectedVersion: number | null): Promise<boolean>
  /**
   * A page of the links in one state, by ascending appointment id, starting after `afterAppointmentId`.
   */
  listByState(
    ref: IntegrationRef,
    page: {
      readonly afterAppointmentId: string | null
      readonly limit: number
      readonly state: EventLink['state']
    },
  ): Promise<EventLink[]>
  /** The appointment ids of the live links, ascending, starting after `afterAppointmentId`. */
  listLiveIds(
    ref: IntegrationRef,
    page: { readonly afterAppointmentId: string | null; readonly limit: number },
  ): Promise<string[]>
  /**
   * The links of an appointment and of its occurrences (ids that begin with `<appointmentId>~`), over all
   * integrations of the tenant, in no order.
   */
  listOfAppointment(tenantId: string, appointmentId: string): Promise<EventLink[]>
  /** Removes all links of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}

/** How far an integration has read a calendar, and the host. */
export interface SyncCursor extends IntegrationRef {
  readonly calendarId: string
  /** `null` before the first full pass and after the token was refused. */
  readonly syncToken: string | null
  /** When the calendar was last read to its end; `null` before. */
  readonly pulledAtMs: number | null
  /** Up to when the host's changes were last swept; `null` before. */
  readonly sweptAtMs: number | null
  /** When the calendar was last read in full, whatever its sync token says; `null` before. */
  readonly fullPassAtMs: number | null
  /** When Google last refused to watch this calendar; `null` when it did not. Such a calendar is polled. */
  readonly watchRefusedAtMs: number | null
  /** Whether the calendar's events have been offered to the host since the last full pass; see `externalEvents`. */
  readonly offering: boolean
  readonly version: number
}

/** Cursors, one per integration and calendar. */
export interface SyncCursorStore {
  find(ref: IntegrationRef, calendarId: string): Promise<SyncCursor | null>
  /** All cursors of the integration, by ascending calendar id. */
  list(ref: IntegrationRef): Promise<SyncCursor[]>
  /**
   * Compare-and-swap on `version` (`null`: only if there is none). Used in the transaction that stores what the
   * cursor covers.
   */
  advance(cursor: SyncCursor, expectedVersion: number | null): Promise<boolean>
  /** Removes all cursors of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
