import { type EventLink, type Integration, refOf } from '../domain/index.ts'
import type { StorageSession } from '../ports/index.ts'
import { contended, type Engine } from './engine.ts'
import { jobRefOf } from './job-ref.ts'
import { linkPages } from './link-pages.ts'
import { extentOfFields, isOccurrence } from './series-link.ts'

/**
 * Marks the events that are not over yet to be moved to another calendar, and stores an intent for each: the owner
 * switched. Those that a person had moved elsewhere stay there; those whose insert has no answer yet go when they are
 * found. In the transaction that stores the switch.
 */
export async function markMoves(
  engine: Engine,
  session: StorageSession,
  integration: Integration,
  from: string,
): Promise<void> {
  const ref = refOf(integration)
  const { calendarId, timeZone } = integration.settings
  const nowMs = engine.clock.now()
  for (const state of ['live', 'unconfirmed'] as const) {
    for await (const page of linkPages(session, ref, state)) {
      for (const link of page) {
        // An occurrence goes along with its series.
        if (isOccurrence(link)) continue
        const { time, ...fields } = link.base.google
        const over = time !== undefined && extentOfFields({ ...fields, time }, timeZone).toMs <= nowMs
        const here = link.calendarId === from || link.base.moveTo !== undefined
        if (!here || over) continue
        // Back where it is, too: a move that was begun may have arrived, so that is looked at first.
        const next: EventLink = {
          ...link,
          base: { ...link.base, moveTo: calendarId },
          fingerprint: '',
          version: link.version + 1,
        }
        if (!(await session.links.replace(next, link.version))) throw contended(link, link.appointmentId)
        await session.outbox.enqueue({ ref: jobRefOf(link), action: 'push', dueAtMs: nowMs, nowMs })
      }
    }
  }
}

/** What the base says of an event that is to stand on `calendarId`. */
export function moveFor(
  link: Pick<EventLink, 'calendarId'>,
  calendarId: string,
): Pick<EventLink['base'], 'moveTo'> {
  return link.calendarId === calendarId ? {} : { moveTo: calendarId }
}
