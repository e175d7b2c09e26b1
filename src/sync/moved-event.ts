import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { type CalendarAddress, ownershipMark, type RemoteEvent } from '../google/index.ts'
import type { Engine } from './engine.ts'
import { isOutOfReach, WRITABLE_ROLES } from './own-calendar.ts'
import { syncWindow } from './sync-window.ts'

/** An event of ours on another calendar than the one it was left on. */
export interface MovedEvent {
  readonly calendarId: string
  readonly event: Extract<RemoteEvent, { cancelled: false }>
}

/** Looks for events that are gone from their calendar on the account's other ones. */
export interface MovedEvents {
  /** `null` when it is on none of them. Throws when one of them could not be read: then nothing is known. */
  find(link: EventLink, signal: AbortSignal | undefined): Promise<MovedEvent | null>
}

/** So many are asked for by name; for more of them each calendar is read once, which is cheaper. */
const ASKED_BY_NAME = 20
/** More calendars than this are not looked through; an account rarely has as many that it writes to. */
const MAX_CALENDARS = 25

/**
 * Answers by which a calendar is known to be out of the account's reach. A refusal is none: of a calendar that the
 * account writes to it says that something is wrong, and nothing may be concluded.
 */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['GOOGLE_CALENDAR_GONE', 'GOOGLE_NOT_FOUND'])

/**
 * A move shows as a deletion on the calendar that the event left. It keeps its `iCalUID`, by which it is found
 * (https://developers.google.com/workspace/calendar/api/v3/reference/events/move). For one pass over an
 * integration: the list of calendars is read once.
 */
export function createMovedEvents(engine: Engine, integration: Integration): MovedEvents {
  const ref = refOf(integration)
  let calendars: Promise<readonly string[]> | undefined
  let listing: Promise<ReadonlyMap<string, readonly MovedEvent[]>> | undefined
  let asked = 0

  const reachable = async <T>(call: Promise<T[]>): Promise<T[]> => {
    try {
      return await call
    } catch (error) {
      if (isAppointmentSyncError(error) && OUT_OF_REACH.has(error.code)) return []
      throw error
    }
  }

  const byName = async (
    others: readonly string[],
    iCalUID: string,
    signal: AbortSignal | undefined,
  ): Promise<MovedEvent[]> => {
    const calls = others.map(
      (calendarId) =>
        (google: Engine['google']): Promise<MovedEvent[]> =>
          reachable(
            google.findByICalUID({ ref, calendarId, iCalUID }).then((events) => liveOn(calendarId, events)),
          ),
    )
    const answers = await engine.google.together(ref, calls, { signal })
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }

  const readAll = async (
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, readonly MovedEvent[]>> => {
    const window = syncWindow(integration.settings, engine.clock.now())
    const found: MovedEvent[] = []
    for (const calendarId of await known(signal)) {
      found.push(...(await reachable(readCalendar(engine, { ref, calendarId }, window, signal))))
    }
    return Map.groupBy(found, ({ event }) => event.iCalUID ?? '')
  }

  const known = (signal: AbortSignal | undefined): Promise<readonly string[]> =>
    (calendars ??= knownCalendars(engine, integration, signal))

  return {
    find: async (link, signal) => {
      const iCalUID = link.iCalUID ?? `${link.eventId}@google.com`
      asked += 1
      const others = (await known(signal)).filter((calendarId) => calendarId !== link.calendarId)
      const candidates =
        asked > ASKED_BY_NAME && isInside(link, syncWindow(integration.settings, engine.clock.now()))
          ? ((await (listing ??= readAll(signal))).get(iCalUID) ?? [])
          : await byName(others, iCalUID, signal)
      const mark = ownershipMark(ref, link.appointmentId)
      // A copy has the same iCalUID; ours carries our mark, or, should a move drop that or a split give it another, our id.
      return (
        candidates.find(
          ({ calendarId, event }) =>
            calendarId !== link.calendarId && (event.mark === mark || event.id === link.eventId),
        ) ?? null
      )
    },
  }
}

function isInside(link: EventLink, window: { readonly fromMs: number; readonly toMs: number }): boolean {
  const { time } = link.base.google
  return time?.allDay === false && time.startMs >= window.fromMs && time.endMs <= window.toMs
}

function liveOn(calendarId: string, events: readonly RemoteEvent[]): MovedEvent[] {
  return events.flatMap((event) => (event.cancelled ? [] : [{ calendarId, event }]))
}

async function readCalendar(
  engine: Engine,
  address: CalendarAddress,
  window: { readonly fromMs: number; readonly toMs: number },
  signal: AbortSignal | undefined,
): Promise<MovedEvent[]> {
  const found: MovedEvent[] = []
  let pageToken: string | null = null
  do {
    const query: Parameters<Engine['google']['listEvents']>[0] = {
      ...address,
      syncToken: null,
      window,
      pageToken,
    }
    const page = await engine.google.listEvents(query, { signal })
    found.push(...liveOn(address.calendarId, page.items))
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return found
}

/** The calendars an event can have been moved to: those the account writes to, or those that are known. */
async function knownCalendars(
  engine: Engine,
  integration: Integration,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const ref = refOf(integration)
  const { calendarId, busyCalendarIds } = integration.settings
  const linked = await engine.storage.links.listCalendars(ref)
  // With the narrowest scope an event that leaves the calendar is gone for us, wherever it went.
  if (isOutOfReach(integration, 'primary')) return [calendarId]
  const named = [...new Set([calendarId, ...linked, ...busyCalendarIds])]
  try {
    const listed = await engine.google.listCalendars(ref, { signal })
    const primary = listed.find((calendar) => calendar.primary)?.id
    // One calendar goes by two names: it keeps the one that it has in the settings or on links.
    const nameOf = (id: string): string => (id === primary && !named.includes(id) ? 'primary' : id)
    const writable = listed
      .filter(({ accessRole }) => WRITABLE_ROLES.has(accessRole))
      .map(({ id }) => nameOf(id))
    return [...new Set([calendarId, ...linked, ...writable])].slice(0, MAX_CALENDARS)
  } catch (error) {
    // Without the scope for the list, the calendars that are known have to do. Any other failure says nothing.
    if (!isAppointmentSyncError(error, 'OAUTH_SCOPE_MISSING')) throw error
    return [...new Set([...named, 'primary'])].slice(0, MAX_CALENDARS)
  }
}
