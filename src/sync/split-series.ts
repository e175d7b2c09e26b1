import {
  type EventLink,
  type InboxEntry,
  isCalendarDate,
  type OriginalStart,
  toEpochMs,
} from '../domain/index.ts'
import { ownershipMark, type RemoteEvent } from '../google/index.ts'
import { hasOccurrence, wallToInstant } from '../recurrence/index.ts'
import { type InboundPlan, inboxEntry } from './inbound-plan.ts'
import { heldSeries } from './series-link.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

/** So many events that were split off a series are remembered; each is one use of "this and following". */
const MAX_TAILS = 100

const TAIL_ID = /^(.+)_R(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?$/

/**
 * The id of the event from which Google's "this and following" split this one off, by its own id (observed:
 * `MASTER_R20250327T123000`, where it was split off in UTC); `null` of any other event.
 */
export function splitOffFrom(event: RemoteEvent): string | null {
  if (event.cancelled || event.recurringEventId !== null || event.fields.recurrence.length === 0) return null
  return TAIL_ID.exec(event.id)?.[1] ?? null
}

/** Where the tail was split off: by its id, which may be of UTC or of the local clock, or by its own first start. */
function splitPoints({ id, fields: { time } }: LiveEvent): OriginalStart[] {
  const [, , year, month, day, hour, minute, second] = TAIL_ID.exec(id) ?? []
  const date = `${year}-${month}-${day}`
  if (time.allDay) return [...(isCalendarDate(date) ? [date] : []), time.startDate]
  const stamp = `${date}T${hour}:${minute}:${second}`
  const utcMs = toEpochMs(`${stamp}Z`)
  if (utcMs === null) return [time.startMs]
  return [utcMs, wallToInstant(utcMs, time.timeZone), time.startMs]
}

/** The first of these where the series had an occurrence, by what was last known of it. */
function splitPoint(link: EventLink, tail: LiveEvent): OriginalStart | null {
  const series = heldSeries(link.base.app)
  if (series === null) return null
  return splitPoints(tail).find((start) => hasOccurrence(series, start) === true) ?? null
}

/**
 * Which of the series it was split off from: the one whose mark it carries, else one that had an occurrence where it
 * begins by what was last known, else the first.
 */
export function parentAmong(candidates: readonly EventLink[], tail: LiveEvent): EventLink | null {
  const marked = candidates.find((link) => tail.mark === ownershipMark(link, link.appointmentId))
  const had = candidates.filter((link) => splitPoint(link, tail) !== null)
  // A tail of a tail may carry the mark of the very first series: what the series had says more.
  return had.at(-1) ?? marked ?? candidates[0] ?? null
}

/**
 * The host is offered the tail once, as a new event that goes on from there; the series remembers that. Told whatever
 * the settings say of external events: it is a part of what the host knows as its own appointment.
 */
export function planTail(link: EventLink, tail: LiveEvent, nowMs: number): InboundPlan | null {
  if (link.base.tails?.includes(tail.id)) return null
  const originalStart = splitPoint(link, tail) ?? splitPoints(tail)[0] ?? ''
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
      splitFrom: { seriesId: link.appointmentId, originalStart },
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
