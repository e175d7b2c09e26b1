import type { EventFields, IntegrationRef, OriginalStart } from '../domain/index.ts'
import type { GoogleCallOptions } from './carrier.ts'
import type { ConferenceWrite } from './conference-mapping.ts'
import type { Pass } from './pacing.ts'
import type { RemoteAttendee, RemoteEvent, RemoteEventPage } from './remote-event.ts'

/** Names a calendar, and whose grant reaches it. */
export interface CalendarAddress {
  readonly ref: IntegrationRef
  readonly calendarId: string
}

/** Names an event, and whose grant reaches it. */
export interface EventAddress extends CalendarAddress {
  readonly eventId: string
}

/** A calendar from the account's list. */
export interface RemoteCalendar {
  readonly id: string
  readonly title: string
  readonly primary: boolean
  readonly timeZone: string | null
  readonly accessRole: string
  /** Whether its events are shown in Google's own page. */
  readonly selected: boolean
  /** Whether it was taken off the list in Google's own page; it is still there. */
  readonly hidden: boolean
  /** Background, as `#rrggbb`. */
  readonly color: string | null
  readonly description: string | null
}

/** A calendar that is to be made. */
export interface NewCalendar {
  readonly title: string
  readonly description: string
  readonly timeZone: string
}

/** Calls about one event. `GOOGLE_NOT_FOUND` may also mean that its calendar is gone: see `requireCalendar`. */
export interface EventCalls {
  /**
   * `GOOGLE_DUPLICATE_ID` when the id was ever used on the calendar, also by a deleted event;
   * `GOOGLE_CALENDAR_GONE` when there is no such calendar.
   */
  insertEvent(
    address: EventAddress & {
      readonly fields: EventFields
      readonly mark: string
      /** Default: where there are guests. */
      readonly notifyGuests?: boolean | undefined
      /** Absent: none is asked for. `fields.conference` alone asks for none. */
      readonly conference?: ConferenceWrite | undefined
    },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent>
  /** A deleted event comes back as a tombstone, or `GOOGLE_NOT_FOUND`/`GOOGLE_GONE` once Google forgot it. */
  getEvent(address: EventAddress, options?: GoogleCallOptions): Promise<RemoteEvent>
  /**
   * Changes the given fields alone, if the event's etag is still `etag`, else `GOOGLE_PRECONDITION_FAILED`. With
   * `attendees` among the fields, `remoteAttendees` must be the list that was read with this etag.
   */
  patchEvent(
    address: EventAddress & {
      readonly etag: string
      readonly fields: Partial<EventFields>
      readonly notifyGuests: boolean
      readonly remoteAttendees?: readonly RemoteAttendee[]
      readonly ownedGuests?: readonly string[]
      /** Absent: left as it is. `fields.conference` alone changes nothing. */
      readonly conference?: ConferenceWrite | undefined
      /** The ownership mark, for an event that did not begin as ours. */
      readonly mark?: string | undefined
    },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent>
  /**
   * The instance of the series `eventId` that its rule puts at `originalStart`, wherever it was moved since, cancelled
   * or not; `null` when the series has none there. `GOOGLE_NOT_FOUND` or `GOOGLE_GONE` when there is no such series.
   */
  findInstance(
    address: EventAddress & { readonly originalStart: OriginalStart },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent | null>
  /** `GOOGLE_GONE` or `GOOGLE_NOT_FOUND` when it is gone already. */
  deleteEvent(
    address: EventAddress & { readonly etag: string; readonly notifyGuests: boolean },
    options?: GoogleCallOptions,
  ): Promise<void>
  /**
   * Moves the event to another calendar of the same account, which becomes its organizer; nobody is notified.
   * `GOOGLE_NOT_FOUND` when the event or the destination is not there. Returns the event as it is there.
   */
  moveEvent(
    address: EventAddress & { readonly destination: string },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent>
  /**
   * The live events of the calendar with this `iCalUID`, exceptions of a series among them, also cancelled ones; often
   * none.
   */
  findByICalUID(
    address: CalendarAddress & { readonly iCalUID: string },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent[]>
}

/** Calls about calendars. */
export interface CalendarCalls {
  /**
   * One page, of at most 2,500 events: of the changes since `syncToken`, or without one of the events that overlap
   * `window`. `GOOGLE_SYNC_TOKEN_INVALID` when Google no longer takes the token, `GOOGLE_CALENDAR_GONE` when there
   * is no such calendar.
   */
  listEvents(
    query: CalendarAddress & {
      readonly syncToken: string | null
      readonly window: { readonly fromMs: number; readonly toMs: number }
      readonly pageToken: string | null
    },
    options?: GoogleCallOptions,
  ): Promise<RemoteEventPage>
  /**
   * Resolves when the calendar can be read, and throws `GOOGLE_CALENDAR_GONE` when it was removed or unshared.
   * Tells what a `GOOGLE_NOT_FOUND` or `GOOGLE_GONE` for an event means, which Google answers in both cases.
   */
  requireCalendar(address: CalendarAddress, options?: GoogleCallOptions): Promise<void>
  /** Every calendar of the account's list; without those that are hidden unless asked for. */
  listCalendars(
    query: IntegrationRef & { readonly includeHidden?: boolean | undefined },
    options?: GoogleCallOptions,
  ): Promise<RemoteCalendar[]>
  /** One calendar of the account's list, hidden or not. `GOOGLE_CALENDAR_GONE` when it is not on it. */
  getCalendar(address: CalendarAddress, options?: GoogleCallOptions): Promise<RemoteCalendar>
  /**
   * Makes a calendar of which the account is the owner, and returns its id. Google gives the id: asked again after a
   * lost answer, it makes another one.
   */
  insertCalendar(
    calendar: NewCalendar & { readonly ref: IntegrationRef },
    options?: GoogleCallOptions,
  ): Promise<string>
  /**
   * The instances of a series that overlap `window`, changed ones as they are now, cancelled ones left out. They have
   * no more than times, titles if asked for, and whether they make busy. `GOOGLE_NOT_FOUND` or `GOOGLE_GONE` when the
   * series is gone, or the account was invited to single instances of it.
   */
  listInstances(
    query: EventAddress & {
      readonly window: { readonly fromMs: number; readonly toMs: number }
      readonly withTitles: boolean
    },
    options?: GoogleCallOptions,
  ): Promise<RemoteEvent[]>
  /** Busy stretches by calendar, at most 50 of them; those that Google could not read are in `failed`. */
  queryBusy(
    query: {
      readonly ref: IntegrationRef
      readonly calendarIds: readonly string[]
      readonly fromMs: number
      readonly toMs: number
    },
    options?: GoogleCallOptions,
  ): Promise<{
    readonly busy: ReadonlyMap<string, readonly { readonly startMs: number; readonly endMs: number }[]>
    readonly failed: readonly string[]
  }>
}

/** A channel that Google opened. */
export interface OpenedChannel {
  /** Google's name for what is watched; notifications carry it, and stopping needs it. */
  readonly resourceId: string
  /** Epoch milliseconds; Google may grant less than was asked for. */
  readonly expiresAtMs: number
}

/** Calls about watch channels (https://developers.google.com/workspace/calendar/api/guides/push). */
export interface WatchCalls {
  /**
   * Has changes of the calendar's events told to `address`. `channelId` must never have been used before, also not
   * by a try whose outcome is unknown (64 characters of `A-Za-z0-9-_+/=`); `token` has at most 256 characters.
   * Without `ttlSeconds` a channel lives a week. `GOOGLE_WATCH_UNSUPPORTED` for calendars Google does not watch,
   * `INVALID_CONFIGURATION` for an address it refuses, `GOOGLE_CALENDAR_GONE` when there is no such calendar.
   */
  watchEvents(
    channel: CalendarAddress & {
      readonly channelId: string
      readonly token: string
      readonly address: string
      readonly ttlSeconds?: number | undefined
    },
    options?: GoogleCallOptions,
  ): Promise<OpenedChannel>
  /** Ends a channel; one that Google does not know is ended already. Messages under way may still arrive. */
  stopChannel(
    channel: { readonly ref: IntegrationRef; readonly channelId: string; readonly resourceId: string },
    options?: GoogleCallOptions,
  ): Promise<void>
}

/** Calls whose units can be reserved. */
export type WriteMethod = 'events.insert' | 'events.patch' | 'events.delete'

/** Units that were taken beforehand. */
export interface Reservation {
  /** For so many calls. */
  readonly calls: number
  /** What they are made with; `undefined` where nothing is paced. */
  readonly paid: Pass | undefined
}

/**
 * The calls the engine makes. They throw classified errors: `GOOGLE_…`, `OAUTH_…`, whose `verdictOf` says what is
 * to be done; the caller's abort passes through unwrapped. A page is one request; `listCalendars` and
 * `findByICalUID` turn the pages themselves.
 */
export interface GoogleCalendar extends EventCalls, CalendarCalls, WatchCalls {
  /**
   * Takes the units for as many of these calls as can be made now, from the first on and at least for one; waits
   * where there are none. Made with `paid`, they do not wait any more: what is held while they are made, such as a
   * lease, is not held while quota is waited for. Rejects with the abort's reason.
   */
  reserve(
    ref: IntegrationRef,
    methods: readonly WriteMethod[],
    options?: GoogleCallOptions,
  ): Promise<Reservation>
  /**
   * Makes calls side by side for one integration, their requests folded into as few HTTP requests as possible: up to
   * fifty in one, never two for the same event, one batch at a time. Settles like `Promise.allSettled`, in order.
   *
   * Each call makes its requests through the `google` it is given; `options` hold for all of them, beside their
   * own. A batch leaves as soon as every call that has begun waits for it or has ended, so a call must not wait for
   * another one of the group. About a hundred are begun at a time. What fails and can be repeated is repeated by
   * itself; of a batch whose answer was lost every write fails as unknown. Requests for another integration than
   * `ref` are made, but not folded.
   */
  together<T>(
    ref: IntegrationRef,
    calls: readonly ((google: GoogleCalendar) => Promise<T>)[],
    options?: GoogleCallOptions,
  ): Promise<PromiseSettledResult<T>[]>
}
