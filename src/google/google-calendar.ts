import type { calendar_v3 } from '@googleapis/calendar'
import type { EventFields, IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError, isAppointmentSyncError } from '../errors/index.ts'
import { createGoogleCall, type GoogleCallDependencies, subjectOf } from './google-call.ts'
import { fromGoogleEvent, MARK_PROPERTY, toGoogleBody } from './event-mapping.ts'
import type { RemoteAttendee, RemoteEvent, RemoteEventPage } from './remote-event.ts'

/** Names an event, and whose grant reaches it. */
export interface EventAddress {
  readonly ref: IntegrationRef
  readonly calendarId: string
  readonly eventId: string
}

/** A calendar from the account's list. */
export interface RemoteCalendar {
  readonly id: string
  readonly title: string
  readonly primary: boolean
  readonly timeZone: string | null
  readonly accessRole: string
}

interface Call {
  readonly signal?: AbortSignal | undefined
}

/**
 * The calls the engine makes, one Google request each. They throw classified errors: `GOOGLE_…`, `OAUTH_…`; the
 * caller's abort passes through unwrapped.
 */
export interface GoogleCalendar {
  /** `GOOGLE_DUPLICATE_ID` when the id was ever used on the calendar, also by a deleted event. */
  insertEvent(
    address: EventAddress & { readonly fields: EventFields; readonly mark: string },
    call?: Call,
  ): Promise<RemoteEvent>
  /** A deleted event comes back as a tombstone, or `GOOGLE_NOT_FOUND`/`GOOGLE_GONE` once Google forgot it. */
  getEvent(address: EventAddress, call?: Call): Promise<RemoteEvent>
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
    },
    call?: Call,
  ): Promise<RemoteEvent>
  /** `GOOGLE_GONE` or `GOOGLE_NOT_FOUND` when it is gone already. */
  deleteEvent(
    address: EventAddress & { readonly etag: string; readonly notifyGuests: boolean },
    call?: Call,
  ): Promise<void>
  /**
   * One page: of the changes since `syncToken`, or without one of the events that overlap `window`.
   * `GOOGLE_SYNC_TOKEN_INVALID` when Google no longer takes the token.
   */
  listEvents(
    query: {
      readonly ref: IntegrationRef
      readonly calendarId: string
      readonly syncToken: string | null
      readonly window: { readonly fromMs: number; readonly toMs: number }
      readonly pageToken: string | null
    },
    call?: Call,
  ): Promise<RemoteEventPage>
  listCalendars(ref: IntegrationRef, call?: Call): Promise<RemoteCalendar[]>
  /** Busy stretches of several calendars, unmerged; calendars Google could not read are in `failed`. */
  queryBusy(
    query: {
      readonly ref: IntegrationRef
      readonly calendarIds: readonly string[]
      readonly fromMs: number
      readonly toMs: number
    },
    call?: Call,
  ): Promise<{ busy: { startMs: number; endMs: number }[]; failed: string[] }>
}

/** Events per page; Google allows 2,500 and may give fewer. */
const PAGE_SIZE = 1000

const iso = (ms: number): string => new Date(ms).toISOString()

function readEvent(data: calendar_v3.Schema$Event, method: string, eventId: string): RemoteEvent {
  const event = fromGoogleEvent(data, 'UTC')
  if (event !== null) return event
  throw new AppointmentSyncError({
    code: 'GOOGLE_REJECTED',
    message: `${method} for event ${eventId} gave an event without a readable time. It is left as it is.`,
  })
}

/** Makes the calls over the official client. */
export function createGoogleCalendar(dependencies: GoogleCallDependencies): GoogleCalendar {
  const call = createGoogleCall(dependencies)
  return {
    insertEvent: async ({ ref, calendarId, eventId, fields, mark }, options) => {
      const requestBody: calendar_v3.Schema$Event = {
        ...toGoogleBody(fields, { patch: false }),
        id: eventId,
        extendedProperties: { private: { [MARK_PROPERTY]: mark } },
      }
      const params = { calendarId, requestBody, ...notify(fields.attendees.length > 0) }
      const subject = subjectOf(eventId, calendarId)
      const { data } = await call(ref, 'events.insert', subject, options?.signal, (api, request) =>
        api.events.insert(params, request),
      )
      return readEvent(data, 'events.insert', eventId)
    },
    getEvent: async ({ ref, calendarId, eventId }, options) => {
      const subject = subjectOf(eventId, calendarId)
      const { data } = await call(ref, 'events.get', subject, options?.signal, (api, request) =>
        api.events.get({ calendarId, eventId }, request),
      )
      return readEvent(data, 'events.get', eventId)
    },
    patchEvent: async ({ ref, calendarId, eventId, etag, fields, notifyGuests, ...guests }, options) => {
      const requestBody = toGoogleBody(fields, { patch: true, ...guests })
      const params = { calendarId, eventId, requestBody, ...notify(notifyGuests) }
      const subject = subjectOf(eventId, calendarId)
      const { data } = await call(ref, 'events.patch', subject, options?.signal, (api, request) =>
        api.events.patch(params, { ...request, headers: { ...request.headers, 'If-Match': etag } }),
      )
      return readEvent(data, 'events.patch', eventId)
    },
    deleteEvent: async ({ ref, calendarId, eventId, etag, notifyGuests }, options) => {
      const subject = subjectOf(eventId, calendarId)
      await call(ref, 'events.delete', subject, options?.signal, (api, request) =>
        api.events.delete(
          { calendarId, eventId, ...notify(notifyGuests) },
          { ...request, headers: { ...request.headers, 'If-Match': etag } },
        ),
      )
    },
    listEvents: async ({ ref, calendarId, syncToken, window, pageToken }, options) => {
      // The same parameters on every page, and no window beside a sync token: Google refuses both otherwise.
      const params: calendar_v3.Params$Resource$Events$List = {
        calendarId,
        maxResults: PAGE_SIZE,
        singleEvents: false,
        ...(syncToken === null ? { timeMin: iso(window.fromMs), timeMax: iso(window.toMs) } : { syncToken }),
        ...(pageToken === null ? {} : { pageToken }),
      }
      try {
        const { data } = await call(
          ref,
          'events.list',
          `calendar ${calendarId}`,
          options?.signal,
          (api, request) => api.events.list(params, request),
        )
        return readPage(data)
      } catch (error) {
        throw syncToken === null ? error : asRefusedToken(error, calendarId)
      }
    },
    listCalendars: async (ref, options) => {
      const calendars: RemoteCalendar[] = []
      let pageToken: string | undefined
      do {
        const params = { maxResults: 250, ...(pageToken === undefined ? {} : { pageToken }) }
        const { data } = await call(
          ref,
          'calendarList.list',
          'the calendar list',
          options?.signal,
          (api, request) => api.calendarList.list(params, request),
        )
        calendars.push(...(data.items ?? []).flatMap(readCalendar))
        pageToken = data.nextPageToken ?? undefined
      } while (pageToken !== undefined)
      return calendars
    },
    queryBusy: async ({ ref, calendarIds, fromMs, toMs }, options) => {
      const requestBody = {
        timeMin: iso(fromMs),
        timeMax: iso(toMs),
        items: calendarIds.map((id) => ({ id })),
      }
      const { data } = await call(ref, 'freebusy.query', 'busy times', options?.signal, (api, request) =>
        api.freebusy.query({ requestBody }, request),
      )
      return readBusy(data, calendarIds)
    },
  }
}

/** Absent means that nobody is told; an explicit `none` can keep events from guests' calendars (discovery doc). */
function notify(guests: boolean): { sendUpdates?: 'all' } {
  return guests ? { sendUpdates: 'all' } : {}
}

/** A malformed token is a plain 400 `invalid`, an expired one a 410: both mean a full pass. */
function asRefusedToken(error: unknown, calendarId: string): unknown {
  if (!isAppointmentSyncError(error, 'GOOGLE_REJECTED') && !isAppointmentSyncError(error, 'GOOGLE_GONE'))
    return error
  return new AppointmentSyncError({
    code: 'GOOGLE_SYNC_TOKEN_INVALID',
    message: `Google no longer takes the sync token of calendar ${calendarId}. A full pass follows.`,
    retryable: true,
  })
}

function readPage(data: calendar_v3.Schema$Events): RemoteEventPage {
  const items: RemoteEvent[] = []
  const unreadable: string[] = []
  for (const item of data.items ?? []) {
    const event = fromGoogleEvent(item, data.timeZone ?? 'UTC')
    if (event === null) unreadable.push(item.id ?? '')
    else items.push(event)
  }
  return {
    items,
    unreadable,
    nextPageToken: data.nextPageToken ?? null,
    nextSyncToken: data.nextSyncToken ?? null,
  }
}

function readCalendar(entry: calendar_v3.Schema$CalendarListEntry): RemoteCalendar[] {
  if (!entry.id || entry.deleted) return []
  return [
    {
      id: entry.id,
      title: entry.summaryOverride ?? entry.summary ?? entry.id,
      primary: entry.primary ?? false,
      timeZone: entry.timeZone ?? null,
      accessRole: entry.accessRole ?? 'reader',
    },
  ]
}

/** A calendar that is missing from the answer is not known to be free either. */
function readBusy(
  data: calendar_v3.Schema$FreeBusyResponse,
  calendarIds: readonly string[],
): { busy: { startMs: number; endMs: number }[]; failed: string[] } {
  const busy: { startMs: number; endMs: number }[] = []
  const failed: string[] = []
  for (const id of calendarIds) {
    const calendar = data.calendars?.[id]
    if (calendar === undefined || (calendar.errors?.length ?? 0) > 0) {
      failed.push(id)
      continue
    }
    for (const { start, end } of calendar.busy ?? []) {
      const [startMs, endMs] = [Date.parse(start ?? ''), Date.parse(end ?? '')]
      if (Number.isFinite(startMs) && Number.isFinite(endMs)) busy.push({ startMs, endMs })
      else failed.push(id)
    }
  }
  return { busy, failed }
}
