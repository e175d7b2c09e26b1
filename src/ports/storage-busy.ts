import type { Integration, IntegrationRef } from '../domain/index.ts'

/** Longest block that is stored, in milliseconds: a week. A longer event is kept as several blocks, one after the other. */
export const MAX_BUSY_BLOCK_MS: number = 7 * 86_400_000

/** What is known of one calendar whose events make its owner busy. */
export interface BusyCalendar extends IntegrationRef {
  readonly calendarId: string
  /** When Google was asked for what is stored; `null` until the calendar was read to its end. */
  readonly asOfMs: number | null
  /** The stretch whose busy times are known, half-open; both `null` when none are, and a full reading is due. */
  readonly coveredFromMs: number | null
  readonly coveredToMs: number | null
  /** The calendar's zone, in which its all-day events were read; `null` where Google told none. */
  readonly timeZone: string | null
  /** `events`: out of lists of its events. `freebusy`: the account sees no more than free or busy. */
  readonly source: 'events' | 'freebusy'
  /** Of a calendar that is read for busy times alone; `null` where the sync cursor has it, or there is none. */
  readonly syncToken: string | null
  /** Whether the titles are kept too. */
  readonly withTitles: boolean
  /** Why the last reading failed; `null` when it did not. */
  readonly errorCode: string | null
}

/** A stretch of time in which an event that is not ours takes up the owner. */
export interface BusyBlock {
  /** A series gives every instance an id of its own. */
  readonly eventId: string
  /** The series that the event is an instance of; `null` when it is none. */
  readonly seriesId: string | null
  /** Epoch milliseconds, half-open. Equal for an event without length. */
  readonly startMs: number
  /** At most {@link MAX_BUSY_BLOCK_MS} after the start. */
  readonly endMs: number
  /** `null` unless the owner agreed to titles. */
  readonly title: string | null
}

/** A stored block, as much of it as an answer needs. */
export interface StoredBusyBlock extends Omit<BusyBlock, 'seriesId'> {
  readonly calendarId: string
}

/** What is known of one professional. */
export interface BusyReading {
  readonly integration: Integration
  /** By ascending id. */
  readonly calendars: readonly BusyCalendar[]
  /** The blocks of the range, of all of these calendars, by ascending start. */
  readonly blocks: readonly StoredBusyBlock[]
}

/** Busy times of calendars, and how fresh they are. */
export interface BusyStore {
  findCalendar(ref: IntegrationRef, calendarId: string): Promise<BusyCalendar | null>
  /** Adds the calendar, or takes the place of what was known of it. Its blocks stay. */
  saveCalendar(calendar: BusyCalendar): Promise<void>
  /**
   * Removes what the named events left, as events and as series, and what the events of the new blocks left; then adds
   * the blocks, under `generation`. All or nothing; blocks of other events stay. Of two new blocks of one event with
   * one start the last is kept. At most 5,000 ids.
   */
  replaceEvents(
    ref: IntegrationRef,
    calendarId: string,
    change: {
      readonly eventIds: readonly string[]
      readonly blocks: readonly BusyBlock[]
      readonly generation: string
    },
  ): Promise<void>
  /** Removes the calendar's blocks of every other generation than this one; idempotent. */
  sweep(ref: IntegrationRef, calendarId: string, generation: string): Promise<void>
  /** Removes the titles of all blocks, and notes that none are kept; idempotent. */
  forgetTitles(ref: IntegrationRef): Promise<void>
  /** Removes the calendar and its blocks; idempotent. */
  removeCalendar(ref: IntegrationRef, calendarId: string): Promise<void>
  /**
   * The integrations of these users of one tenant, in no order, with their calendars and the blocks that overlap
   * [`fromMs`, `toMs`); a block without length does when its instant lies inside. Users without an integration are
   * left out. All is of one moment. At most 500 users.
   */
  read(query: {
    readonly tenantId: string
    readonly userIds: readonly string[]
    readonly fromMs: number
    readonly toMs: number
  }): Promise<BusyReading[]>
  /** Removes all calendars and blocks of the integration; idempotent. */
  removeAll(ref: IntegrationRef): Promise<void>
}
