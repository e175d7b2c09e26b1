import {
  type AppointmentChange,
  type AppointmentChangeDetail,
  type EventTime,
  type InboxEntry,
  type MergedFields,
  type OriginalStart,
  parseOccurrenceId,
} from '../domain/index.ts'

/**
 * The change as the host is told it; `held` is what Google holds of the event, for what a change of a rule does not
 * say itself. A change of an occurrence is told of its series.
 */
export function toChange(entry: InboxEntry, held: Partial<MergedFields> = {}): AppointmentChange {
  const name = parseOccurrenceId(entry.appointmentId)
  return {
    changeId: entry.changeId,
    owner: { tenantId: entry.tenantId, userId: entry.userId },
    appointmentId: name?.seriesId ?? entry.appointmentId,
    googleEventId: entry.eventId,
    ...(name === null ? {} : { occurrence: { originalStart: toHostStart(name.originalStart) } }),
    observedAt: new Date(entry.observedAtMs),
    ...detailOf(entry, held),
  }
}

function toHostStart(originalStart: OriginalStart): Date | string {
  return typeof originalStart === 'string' ? originalStart : new Date(originalStart)
}

function detailOf(entry: InboxEntry, held: Partial<MergedFields>): AppointmentChangeDetail {
  const { title, description, location, recurrence: rule } = entry.fields
  const time = entry.fields.time ?? held.time
  if (entry.type === 'rescheduled' && time !== undefined) {
    const recurs = rule === undefined ? {} : { recurrence: rule }
    return { type: 'rescheduled', ...rescheduledTo(time), ...recurs }
  }
  if (entry.type === 'edited') {
    return {
      type: 'edited',
      fields: {
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        ...(location === undefined ? {} : { location }),
      },
    }
  }
  const { details } = entry
  switch (details?.kind) {
    case 'attendee_responded':
      return { type: 'attendee_responded', email: details.email, response: details.response }
    case 'conference_ready':
      return { type: 'conference_ready', url: details.url }
    case 'created': {
      const { title: summary, description: text, location: place, recurrence, splitFrom } = details
      const event = { googleEventId: entry.eventId, calendarId: entry.calendarId, title: summary }
      const texts = { description: text, location: place }
      const recurs = recurrence.length === 0 ? {} : { recurrence }
      const split = splitFrom && {
        appointmentId: splitFrom.seriesId,
        originalStart: toHostStart(splitFrom.originalStart),
      }
      const from = split === undefined ? {} : { splitFrom: split }
      return {
        type: 'created',
        event: { ...event, ...texts, ...rescheduledTo(details.time), ...recurs, ...from },
      }
    }
    case undefined:
      return { type: entry.type === 'restored' ? 'restored' : 'cancelled' }
  }
}

function rescheduledTo(time: EventTime): {
  start: Date | string
  end: Date | string
  timeZone?: string
  allDay: boolean
} {
  if (time.allDay) return { start: time.startDate, end: time.endDate, allDay: true }
  return { start: new Date(time.startMs), end: new Date(time.endMs), timeZone: time.timeZone, allDay: false }
}
