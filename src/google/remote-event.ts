import type { AttendeeResponse, MergedFields, OriginalStart } from '../domain/index.ts'

/** A guest as Google has it. */
export interface RemoteAttendee {
  readonly email: string
  readonly displayName?: string | undefined
  readonly responseStatus: AttendeeResponse
  /** The whole entry, so that writing the list back loses nothing that the SDK does not know. */
  readonly raw: Readonly<Record<string, unknown>>
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
      /** Epoch milliseconds of Google's last change. */
      readonly updatedMs: number
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
}
