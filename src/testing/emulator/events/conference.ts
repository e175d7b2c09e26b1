import { createHash } from 'node:crypto'
import { invalid } from '../errors.ts'
import type { FaultBoard } from '../faults.ts'
import { isJsonObject, type JsonObject } from '../json.ts'

/**
 * Answers a conference create request the way Google does: the write comes back `pending`. A request id that
 * was served before is ignored, so a retried write does not make a second meeting.
 * @throws CalendarApiError 400 for a kind of conference that the calendar does not allow (its
 * `conferenceProperties`).
 */
export function beginConference(
  board: FaultBoard,
  allowedTypes: readonly string[],
  fields: JsonObject,
  stored: JsonObject | null,
): JsonObject {
  const asked = isJsonObject(fields.conferenceData) ? fields.conferenceData : null
  const request = asked && isJsonObject(asked.createRequest) ? asked.createRequest : null
  if (!request || asked?.conferenceId !== undefined) return fields
  const before = isJsonObject(stored?.conferenceData) ? stored.conferenceData : null
  const served = before && isJsonObject(before.createRequest) ? before.createRequest.requestId : undefined
  const requestId = typeof request.requestId === 'string' ? request.requestId : ''
  if (before && served === requestId) return { ...fields, conferenceData: before }
  const key = isJsonObject(request.conferenceSolutionKey) ? request.conferenceSolutionKey : {}
  const type = key.type ?? 'hangoutsMeet'
  if (typeof type !== 'string' || !allowedTypes.includes(type)) {
    throw invalid('Invalid conference type value.')
  }
  // Its fate is kept with the event, so that copies, snapshots and later faults do not change it.
  const fails = board.conferenceFailures > 0
  if (fails) board.conferenceFailures -= 1
  return {
    ...fields,
    conferenceData: {
      createRequest: {
        requestId,
        conferenceSolutionKey: { type: 'hangoutsMeet' },
        status: { statusCode: 'pending' },
      },
      ...(fails ? { fails } : {}),
    },
  }
}

/** A meeting code such as `abc-defg-hij`, the same for every copy of the event. */
function meetingCode(iCalUID: string, requestId: unknown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([iCalUID, requestId]))
    .digest()
  const letters = [...digest].map((byte) => String.fromCodePoint(97 + (byte % 26))).join('')
  return `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7, 10)}`
}

/**
 * Conference data as a later read finds it: a pending request has become a meeting, or a failure by a fault.
 * Google finishes it on its own, so neither the etag nor the change counter moves.
 */
export function settledConference(iCalUID: string, conference: JsonObject): JsonObject {
  const request = isJsonObject(conference.createRequest) ? conference.createRequest : null
  if (!request || !isJsonObject(request.status) || request.status.statusCode !== 'pending') return conference
  if (conference.fails === true) {
    return { createRequest: { ...request, status: { statusCode: 'failure' } } }
  }
  const code = meetingCode(iCalUID, request.requestId)
  return {
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
}

/** Conference data in the answer to the write that asked for it: without what only the emulator knows. */
export function pendingConference({ fails: _fate, ...conference }: JsonObject): JsonObject {
  return conference
}
