import type { JsonObject } from '../json.ts'

/** A start or end as it is stored: a date, or an instant in UTC beside its zone. */
export type StoredTime = { date: string } | { dateTime: string; timeZone: string }

/**
 * One event of one calendar at one moment, live or deleted. A change stores a new record in place of the old
 * one; a record itself never changes.
 */
export interface EventRecord {
  readonly id: string
  readonly iCalUID: string
  /** Place in the unspecified but stable default order. */
  readonly order: number
  /** The calendar's counter at the last change: what deltas compare with. */
  readonly change: number
  readonly createdMs: number
  readonly updatedUs: number
  readonly etagUs: number
  readonly creator: string
  /** The address of the calendar that organizes the event: this one, or that of somebody who invited it. */
  readonly organizer: string
  readonly sequence: number
  readonly deleted: boolean
  /** Left to another calendar: only an id-only stub stays. */
  readonly movedAway: boolean
  /** The trash was emptied of it: still listed as a tombstone, never to be revived. */
  readonly beyondRevival: boolean
  /** No list shows it any more; the id stays taken for ever. */
  readonly purged: boolean
  /** The series this is an exception of; null for an event of its own. */
  readonly recurringEventId: string | null
  /** Where the exception stood in its series; null for an event of its own. */
  readonly originalStart: StoredTime | null
  /** A cancelled exception whose series no longer has an occurrence there, or is gone. */
  readonly orphan: boolean
  /** Imported: a private copy, which invites nobody. */
  readonly imported: boolean
  /** The writable members, normalised; times in UTC beside their zone. */
  readonly fields: JsonObject
}
