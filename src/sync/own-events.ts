import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import type { RemoteEvent } from '../google/index.ts'
import type { Engine } from './engine.ts'

/** Ids that are looked up at once. */
const LOOKED_UP_AT_ONCE = 2500

/** Tells events of ours from those of others. */
export interface OwnEvents {
  /** Which of the events are ours, by id. `linked` are those that have a link on this calendar. */
  among(events: readonly RemoteEvent[], linked: ReadonlySet<string>): Promise<ReadonlySet<string>>
}

/**
 * For one pass over a calendar. Ours is what has a link on this calendar or on another one of the integration, an
 * instance of such a series, and a copy of it: a move keeps `id` and `iCalUID`, and so does an invitation. The ids
 * are made from the integration and the appointment, so nobody else's event has one.
 */
export function createOwnEvents(engine: Engine, integration: Integration, calendarId: string): OwnEvents {
  const ref = refOf(integration)
  let calendars: Promise<readonly string[]> | undefined

  const linksOf = async (on: string, ids: readonly string[]): Promise<EventLink[]> => {
    const links: EventLink[] = []
    for (let at = 0; at < ids.length; at += LOOKED_UP_AT_ONCE) {
      links.push(...(await engine.storage.links.findByEvents(ref, on, ids.slice(at, at + LOOKED_UP_AT_ONCE))))
    }
    return links
  }

  return {
    among: async (events, linked) => {
      const strangers = events.filter(({ id }) => !linked.has(id))
      if (strangers.length === 0) return linked
      calendars ??= engine.storage.links.listCalendars(ref)
      const found = new Set<string>()
      for (const on of new Set([calendarId, ...(await calendars)])) {
        // Those on this calendar were looked for by their own ids already.
        const ids = strangers.flatMap((event) =>
          on === calendarId ? namesOf(event).filter((name) => name !== event.id) : namesOf(event),
        )
        for (const { eventId } of await linksOf(on, [...new Set(ids)])) found.add(eventId)
      }
      const own = strangers.filter((event) =>
        namesOf(event).some((name) => found.has(name) || linked.has(name)),
      )
      return new Set([...linked, ...own.map(({ id }) => id)])
    },
  }
}

/** The ids by which an event may be known: its own, its series', and that of the event it is a copy of. */
function namesOf(event: RemoteEvent): string[] {
  const original = event.cancelled ? undefined : event.iCalUID?.replace(/@google\.com$/, '')
  return [event.id, event.recurringEventId, original].filter((name) => typeof name === 'string')
}
