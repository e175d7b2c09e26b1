import type { AppointmentChange, AppointmentChangeDetail, EventTime, InboxEntry } from '../domain/index.ts'

/** The change as the host is told it. */
export function toChange(entry: InboxEntry): AppointmentChange {
  return {
    changeId: entry.changeId,
    owner: { tenantId: entry.tenantId, userId: entry.userId },
    appointmentId: entry.appointmentId,
    googleEventId: entry.eventId,
    observedAt: new Date(entry.observedAtMs),
    ...detailOf(entry),
  }
}

function detailOf(entry: InboxEntry): AppointmentChangeDetail {
  const { time, title, description, location } = entry.fields
  if (entry.type === 'rescheduled' && time !== undefined)
    return { type: 'rescheduled', ...rescheduledTo(time) }
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
      const { title: summary, description: text, location: place, recurrence } = details
      const event = { googleEventId: entry.eventId, calendarId: entry.calendarId, title: summary }
      const texts = { description: text, location: place }
      const recurs = recurrence.length === 0 ? {} : { recurrence }
      return { type: 'created', event: { ...event, ...texts, ...rescheduledTo(details.time), ...recurs } }
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
