import { isJsonObject, type JsonObject } from '../json.ts'
import { randomResourceId } from '../random.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord } from '../state/event-records.ts'
import type { GoogleState } from '../state/state.ts'

/**
 * Answers a conference create request the way Google does: the write comes back `pending`. A request id that
 * was served before is ignored, so a retried write does not make a second meeting.
 */
export function beginConference(fields: JsonObject, stored: JsonObject | null): void {
  const asked = isJsonObject(fields.conferenceData) ? fields.conferenceData : null
  const request = asked && isJsonObject(asked.createRequest) ? asked.createRequest : null
  if (!request || asked?.conferenceId !== undefined) return
  const before = isJsonObject(stored?.conferenceData) ? stored.conferenceData : null
  const served = before && isJsonObject(before.createRequest) ? before.createRequest.requestId : undefined
  fields.conferenceData =
    before && served === request.requestId
      ? before
      : {
          createRequest: {
            requestId: request.requestId ?? '',
            conferenceSolutionKey: { type: 'hangoutsMeet' },
            status: { statusCode: 'pending' },
          },
        }
}

/** Finishes a pending conference; called when the event is read next, which is when Google has it ready. */
export function settleConference(
  state: GoogleState,
  calendar: CalendarRecord,
  event: EventRecord,
): EventRecord {
  const conference = isJsonObject(event.fields.conferenceData) ? event.fields.conferenceData : null
  const request = conference && isJsonObject(conference.createRequest) ? conference.createRequest : null
  if (!request || !isJsonObject(request.status) || request.status.statusCode !== 'pending') return event
  const raw = randomResourceId(state.random).replace(/[^a-v]/g, 'k')
  const code = `${raw.slice(0, 3)}-${raw.slice(3, 7)}-${raw.slice(7, 10)}`
  const conferenceData = {
    createRequest: { ...request, status: { statusCode: 'success' } },
    entryPoints: [
      { entryPointType: 'video', uri: `https://meet.google.com/${code}`, label: `meet.google.com/${code}` },
    ],
    conferenceSolution: {
      key: { type: 'hangoutsMeet' },
      name: 'Google Meet',
      iconUri:
        'https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo_meet_2020q4_color_2x_web_512dp.png',
    },
    conferenceId: code,
  }
  // Google's own finishing touch: the etag and the change counter stay.
  const settled = { ...event, fields: { ...event.fields, conferenceData } }
  calendar.events.set(event.id, settled)
  return settled
}
