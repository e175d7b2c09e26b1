import type { AttendeeResponse, MergedFields, OriginalStart } from '../domain/index.ts'

/** A guest as Google has it. */
export interface RemoteAttendee {
  readonly email: string
  readonly displayName?: string | undefined
  readonly responseStatus: AttendeeResponse
  /** The whole entry, so that writing the list back loses nothing that the SDK does not know. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** A conference on an event, as far as it is there. */
export interface RemoteConference {
  /** Of the request it came of; `null` for one that was made another way. */
  readonly requestId: string | null
  /** Of that request; `null` where Google says none. */
  readonly status: 'pending' | 'success' | 'failure' | null
  /** Where people join by video; `null` while there is no such address. */
  readonly url: string | null
}

/** An event as it stands in Google, in the SDK's words. */
export type RemoteEvent = {
  /** The series of which it is a changed or cancelled instance; `null` on other events, and on bare tombstones. */
  readonly recurringEventId: string | null
  /** Where the rule of its series put it; `null` where Google does not say it. */
  readonly originalStart: OriginalStart | null
} & (
  | {
      readonly id: string
      readonly etag: string
      readonly cancelled: false
      readonly iCalUID: string | null
      /** The ownership mark, `null` on events that are not ours. */
      readonly mark: string | null
      readonly fields: MergedFields
      readonly attendees: readonly RemoteAttendee[]
      /** Whether guests are left out of `attendees`: such a list must not be written back. */
      readonly attendeesOmitted: boolean
      readonly conference: RemoteConference | null
      /** Epoch milliseconds of Google's last change. */
      readonly updatedMs: number
      /** `default` for what people make; Google has types of its own besides. */
      readonly eventType: string
      readonly tentative: boolean
      /** Whether it leaves the time free. */
      readonly transparent: boolean
      readonly visibility: string
      /** The lines of a series as Google wrote them; it stands for all of its instances. Empty for any other event. */
      readonly recurrence: readonly string[]
      /** Epoch milliseconds of when it was made; `null` where Google does not say. */
      readonly createdMs: number | null
      /** Whether it makes the calendar's owner busy. */
      readonly takesTime: boolean
    }
  | {
      /** A tombstone: nothing but the id is sure to be there. */
      readonly id: string
      readonly etag: string
      readonly cancelled: true
      /**
       * Epoch milliseconds of the deletion, or in a list of changes a later moment; `null` where Google says neither.
       */
      readonly updatedMs: number | null
    }
)

/** A page of `events.list`: exactly one of the tokens is set, unless Google withholds the sync token. */
export interface RemoteEventPage {
  readonly items: readonly RemoteEvent[]
  /** Items Google sent that have no readable time, by id: they are passed over. */
  readonly unreadable: readonly string[]
  readonly nextPageToken: string | null
  readonly nextSyncToken: string | null
  /** The calendar's zone, in which its all-day events are read; `UTC` where Google names none. */
  readonly timeZone: string
  /** Whether the account sees no more than free and busy: every instance of a series is then an item of its own. */
  readonly freeBusyOnly: boolean
}
