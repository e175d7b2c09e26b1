import type { calendar_v3 } from '@googleapis/calendar'
import { isTimeZone, toEpochMs } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { CallFacts } from './carrier.ts'
import { failWith, unreadableAnswer } from './classify-error.ts'
import { CALENDAR_GONE, FULL_PASS_NEEDED } from './error-table.ts'
import { fromGoogleEvent } from './event-mapping.ts'
import { eventPages } from './event-pages.ts'
import { type GoogleCall, subjectOf } from './google-call.ts'
import type { CalendarAddress, CalendarCalls, RemoteCalendar } from './google-calendar.ts'
import type { RemoteEvent, RemoteEventPage } from './remote-event.ts'

/** Events per page: the most Google gives. It may give fewer. */
const PAGE_SIZE = 2500

/** What is asked of an instance: when it is, whether it makes busy, and its title if wanted. */
function instanceFields(withTitles: boolean): string {
  const title = withTitles ? 'summary,' : ''
  const item = `id,status,start,end,${title}transparency,eventType,recurringEventId,attendees(self,responseStatus)`
  return `kind,timeZone,nextPageToken,items(${item})`
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** The calls about calendars. */
export function createCalendarCalls(call: GoogleCall): CalendarCalls {
  return {
    listEvents: async ({ syncToken, window, pageToken, ...address }, options) => {
      // The same parameters on every page, and no window beside a sync token: Google refuses both otherwise.
      const params: calendar_v3.Params$Resource$Events$List = {
        calendarId: address.calendarId,
        maxResults: PAGE_SIZE,
        singleEvents: false,
        ...(syncToken === null ? { timeMin: iso(window.fromMs), timeMax: iso(window.toMs) } : { syncToken }),
        ...(pageToken === null ? {} : { pageToken }),
      }
      const facts = listFacts(address)
      try {
        return await call(facts, options, async (api, request) =>
          readPage((await api.events.list(params, request)).data, facts),
        )
      } catch (error) {
        throw syncToken === null ? error : asRefusedToken(error, address.calendarId)
      }
    },
    listInstances: async ({ window, withTitles, ...address }, options) => {
      const { calendarId, eventId } = address
      const facts: CallFacts = {
        ref: address.ref,
        method: 'events.instances',
        subject: subjectOf(eventId, calendarId),
        kind: 'read',
        addresses: 'event',
        eventId,
      }
      const params: calendar_v3.Params$Resource$Events$Instances = {
        calendarId,
        eventId,
        maxResults: PAGE_SIZE,
        timeMin: iso(window.fromMs),
        timeMax: iso(window.toMs),
        fields: instanceFields(withTitles),
      }
      const pages = eventPages(call, facts, options, {
        ask: (api, paging, request) => api.events.instances({ ...params, ...paging }, request),
        required: 'kind',
      })
      const found: RemoteEvent[] = []
      for await (const event of pages) found.push(event)
      return found
    },
    requireCalendar: async (address, options) => {
      // A list is open to every scope that reaches events; `calendars.get` is not.
      const params = { calendarId: address.calendarId, maxResults: 1, fields: 'kind' }
      const facts = listFacts(address)
      await call(facts, options, async (api, request) => {
        const { data } = await api.events.list(params, request)
        if (data?.kind === undefined) throw unreadableAnswer(facts)
      })
    },
    listCalendars: async ({ includeHidden = false, ...ref }, options) => {
      const facts = accountFacts(ref, 'calendarList.list', 'the calendar list')
      const calendars: RemoteCalendar[] = []
      let pageToken: string | undefined
      do {
        const params = {
          maxResults: 250,
          ...(includeHidden ? { showHidden: true } : {}),
          ...(pageToken === undefined ? {} : { pageToken }),
        }
        const page: calendar_v3.Schema$CalendarList = await call(facts, options, async (api, request) => {
          const { data } = await api.calendarList.list(params, request)
          if (typeof data !== 'object' || data === null) throw unreadableAnswer(facts)
          return data
        })
        calendars.push(...(page.items ?? []).flatMap(readCalendar))
        pageToken = page.nextPageToken ?? undefined
      } while (pageToken !== undefined)
      return calendars
    },
    getCalendar: ({ ref, calendarId }, options) => {
      const subject = `calendar ${calendarId}`
      const facts = { ref, method: 'calendarList.get', subject, kind: 'read', addresses: 'calendar' } as const
      return call(facts, options, async (api, request) => {
        const { data } = await api.calendarList.get({ calendarId }, request)
        if (!data?.id) throw unreadableAnswer(facts)
        const [calendar] = readCalendar(data)
        if (calendar === undefined) throw failWith(CALENDAR_GONE, 'read', offTheList(calendarId))
        return calendar
      })
    },
    insertCalendar: ({ ref, title, description, timeZone }, options) => {
      const requestBody = { summary: title, description, timeZone }
      const subject = 'a new calendar'
      const facts = { ref, method: 'calendars.insert', subject, kind: 'write', addresses: 'account' } as const
      return call(facts, options, async (api, request) => {
        const { data } = await api.calendars.insert({ requestBody }, request)
        if (!data?.id) throw unreadableAnswer(facts)
        return data.id
      })
    },
    queryBusy: ({ ref, calendarIds, fromMs, toMs }, options) => {
      const requestBody = {
        timeMin: iso(fromMs),
        timeMax: iso(toMs),
        items: calendarIds.map((id) => ({ id })),
      }
      const facts = accountFacts(ref, 'freebusy.query', 'busy times')
      return call(facts, options, async (api, request) =>
        readBusy((await api.freebusy.query({ requestBody }, request)).data, calendarIds),
      )
    },
  }
}

function offTheList(calendarId: string): string {
  return `Google says that calendar ${calendarId} was taken away. ${CALENDAR_GONE.remedy}`
}

function listFacts({ ref, calendarId }: CalendarAddress): CallFacts {
  return {
    ref,
    method: 'events.list',
    subject: `calendar ${calendarId}`,
    kind: 'read',
    addresses: 'calendar',
  }
}

function accountFacts(ref: CallFacts['ref'], method: string, subject: string): CallFacts {
  return { ref, method, subject, kind: 'read', addresses: 'account' }
}

/** A malformed token is a plain 400 `invalid`, an expired one a 410: both mean a full pass. */
function asRefusedToken(error: unknown, calendarId: string): unknown {
  if (!isAppointmentSyncError(error, 'GOOGLE_REJECTED') && !isAppointmentSyncError(error, 'GOOGLE_GONE'))
    return error
  const { remedy } = FULL_PASS_NEEDED
  const message = `Google no longer takes the sync token of calendar ${calendarId}. ${remedy}`
  return failWith(FULL_PASS_NEEDED, 'read', message)
}

/** A body that is no list must not be taken for an empty one: what is missing from a list counts as deleted. */
function readPage(data: calendar_v3.Schema$Events, facts: CallFacts): RemoteEventPage {
  const { nextPageToken = null, nextSyncToken = null } = data ?? {}
  if (!Array.isArray(data?.items) && nextPageToken === null && nextSyncToken === null) {
    throw unreadableAnswer(facts)
  }
  const items: RemoteEvent[] = []
  const unreadable: string[] = []
  const changedMs = toEpochMs(data?.updated ?? '')
  for (const item of data.items ?? []) {
    const event = fromGoogleEvent(item, data.timeZone ?? 'UTC')
    if (event === null) unreadable.push(item.id ?? '')
    // A deletion in a list has no time of its own; it is no later than the calendar's last change.
    else if (event.cancelled) items.push({ ...event, updatedMs: event.updatedMs ?? changedMs })
    else items.push(event)
  }
  const zone = data?.timeZone ?? ''
  return {
    items,
    unreadable,
    nextPageToken,
    nextSyncToken,
    timeZone: isTimeZone(zone) ? zone : 'UTC',
    freeBusyOnly: data?.accessRole === 'freeBusyReader',
  }
}

function readCalendar(entry: calendar_v3.Schema$CalendarListEntry | null): RemoteCalendar[] {
  // An entry is never quite like another: what is missing or new in one must not hide the others.
  if (!entry?.id || entry.deleted) return []
  return [
    {
      id: entry.id,
      title: entry.summaryOverride ?? entry.summary ?? entry.id,
      primary: entry.primary ?? false,
      timeZone: entry.timeZone ?? null,
      accessRole: entry.accessRole ?? 'reader',
      selected: entry.selected ?? false,
      hidden: entry.hidden ?? false,
      color: entry.backgroundColor ?? null,
      description: entry.description ?? null,
    },
  ]
}

/** A calendar that is missing from the answer is not known to be free either. */
function readBusy(
  data: calendar_v3.Schema$FreeBusyResponse,
  calendarIds: readonly string[],
): Awaited<ReturnType<CalendarCalls['queryBusy']>> {
  const busy = new Map<string, { startMs: number; endMs: number }[]>()
  const failed: string[] = []
  for (const id of calendarIds) {
    const calendar = data.calendars?.[id]
    if (calendar === undefined || (calendar.errors?.length ?? 0) > 0) {
      failed.push(id)
      continue
    }
    const spans = (calendar.busy ?? []).map(({ start, end }) => ({
      startMs: Date.parse(start ?? ''),
      endMs: Date.parse(end ?? ''),
    }))
    if (spans.every(({ startMs, endMs }) => Number.isFinite(startMs + endMs))) busy.set(id, spans)
    else failed.push(id)
  }
  return { busy, failed }
}
