import { type EventLink, type InboxEntry, type OriginalStart, sameField } from '../domain/index.ts'
import { ownershipMark, type RemoteEvent } from '../google/index.ts'
import { hasOccurrence } from '../recurrence/index.ts'
import { type InboundPlan, inboxEntry } from './inbound-plan.ts'
import { heldSeries } from './series-link.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** So many events that were split off a series are remembered; each is one use of "this and following". */
const MAX_TAILS = 100

const TAIL_ID = /^(.+)_R\d{8}(?:T\d{6})?$/

/**
 * The id of the event from which Google's "this and following" split this one off, by its own id (observed:
 * `MASTER_R20250327T123000`, the local start); `null` of any other event.
 */
export function splitOffFrom(event: RemoteEvent): string | null {
  if (event.cancelled || event.recurringEventId !== null || event.fields.recurrence.length === 0) return null
  return TAIL_ID.exec(event.id)?.[1] ?? null
}

/** Where the tail begins, by its own first start. */
export function tailStart({ fields: { time } }: LiveEvent): OriginalStart {
  return time.allDay ? time.startDate : time.startMs
}

/**
 * Which of the series it was split off from: the one whose mark it carries, else one that had an occurrence where it
 * begins by what was last known, else the first.
 */
export function parentAmong(candidates: readonly EventLink[], tail: LiveEvent): EventLink | null {
  const marked = candidates.find((link) => tail.mark === ownershipMark(link, link.appointmentId))
  const had = candidates.filter((link) => {
    const series = heldSeries({ ...link.base.app })
    return series !== null && hasOccurrence(series, tailStart(tail)) === true
  })
  // A tail of a tail may carry the mark of the very first series: what the series had says more.
  return had.at(-1) ?? marked ?? candidates[0] ?? null
}

/**
 * The host is offered the tail once, as a new event that goes on from there; the series remembers that. Told whatever
 * the settings say of external events: it is a part of what the host knows as its own appointment.
 */
export function planTail(link: EventLink, tail: LiveEvent, nowMs: number): InboundPlan | null {
  if (link.base.tails?.includes(tail.id)) return null
  const { time, title, description, location, recurrence } = tail.fields
  const entry: InboxEntry = {
    ...inboxEntry({ ...link, eventId: tail.id }, 'created', {}, 'split', nowMs),
    details: {
      kind: 'created',
      title,
      description,
      location,
      time,
      recurrence,
      splitFrom: { seriesId: link.appointmentId, originalStart: tailStart(tail) },
    },
  }
  const tails = [...(link.base.tails ?? []), tail.id].slice(-MAX_TAILS)
  return {
    link: { ...link, base: { ...link.base, tails }, version: link.version + 1 },
    inbox: [entry],
    conflict: null,
    enqueue: null,
    log: [
      {
        ref: link,
        direction: 'from_google',
        action: 'offer',
        status: 'queued',
        appointmentId: link.appointmentId,
        googleEventId: tail.id,
      },
    ],
  }
}

/** Whether Google's rule of a series is another than it was. */
export function ruleChanged(before: EventLink, after: EventLink): boolean {
  return !sameField('recurrence', before.base.google.recurrence, after.base.google.recurrence)
}
