import type { ConferenceState, EventLink } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import { conferenceRequestOf, type ConferenceWrite, type RemoteConference } from '../google/index.ts'

/** So many requests for a conference fail in a row before it is left at that. */
const MAX_CONFERENCE_FAILURES = 3
/** So often an event is read to see whether its conference is there; after that the pulls have to find it. */
const MAX_LOOKS = 8
/** When it is read for the first time after it was asked for, in milliseconds; then after twice as long each time. */
const FIRST_LOOK_MS = 10_000

const NEVER_ASKED: ConferenceState = {
  requests: 0,
  state: 'absent',
  failures: 0,
  looks: 0,
  url: null,
  ours: false,
}

/** What a look at an event, or the answer to a write, says of its conference. */
export interface ConferenceSighting {
  readonly state: ConferenceState | undefined
  /** An address that the host has not been told; `null` when there is none. */
  readonly ready: string | null
  /** Whether the log has to say that there is no conference although it was asked for. */
  readonly failed: boolean
}

/** Whether Google has not said yet what becomes of the conference. */
export function isConferencePending({ base }: EventLink): boolean {
  return base.conference?.state === 'pending'
}

/** Whether a conference that failed is to be asked for once more. */
export function isConferenceDue({ base }: EventLink): boolean {
  const { conference } = base
  return conference?.state === 'failed' && conference.failures < MAX_CONFERENCE_FAILURES
}

/** When a pending conference is looked at next; `null` when it is not, or not any more. */
export function nextLookAtMs(conference: ConferenceState | undefined, nowMs: number): number | null {
  if (conference?.state !== 'pending' || conference.looks >= MAX_LOOKS) return null
  return nowMs + FIRST_LOOK_MS * 2 ** conference.looks
}

/**
 * What a write has to do so that the event has the conference that the app wants; `undefined` for nothing. One that a
 * person made is neither replaced nor taken off. `remote` is the conference as it was read under the link's etag.
 */
export function conferenceWrite(
  link: EventLink,
  wanted: 'none' | 'meet',
  remote: RemoteConference | null,
): ConferenceWrite | undefined {
  if (wanted === 'none') return remote !== null && isOurs(link, remote) ? 'remove' : undefined
  const usable = remote !== null && (remote.url !== null || remote.status === 'pending')
  return usable ? undefined : { request: (link.base.conference?.requests ?? 0) + 1 }
}

/** A calendar that takes no conferences refuses the whole write: the event is then written without one. */
export async function orWithoutConference<T>(
  conference: ConferenceWrite | undefined,
  write: (conference: ConferenceWrite | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await write(conference)
  } catch (error) {
    const asks = conference !== undefined && conference !== 'remove'
    if (!asks || !isAppointmentSyncError(error, 'GOOGLE_REJECTED')) throw error
    return write(undefined)
  }
}

function isOurs({ eventId, base }: EventLink, { requestId, url }: RemoteConference): boolean {
  if (requestId !== null && conferenceRequestOf(eventId, requestId) !== null) return true
  return base.conference?.ours === true && url !== null && url === base.conference.url
}

/**
 * What follows from the conference seen on an event. `link.base` says what the app wants by now. `asked` is the number
 * of the request that the write made whose answer this is; `looked` that somebody looked only to see this.
 */
export function seeConference(
  link: EventLink,
  remote: RemoteConference | null,
  { asked, looked }: { readonly asked: number | null; readonly looked: boolean },
): ConferenceSighting {
  const { conference: before } = link.base
  const known = before ?? NEVER_ASKED
  const requests = Math.max(known.requests, asked ?? 0, numberOf(link, remote))
  if (link.base.app.conference === 'none' && (remote === null || !isOurs(link, remote))) {
    // Switched off: the number goes on, for Google takes no request twice.
    const state = before && { ...NEVER_ASKED, requests }
    return { state, ready: null, failed: false }
  }
  if (remote === null) {
    const missed = asked !== null || known.state === 'pending'
    const state = before === undefined && asked === null ? undefined : absent(known, requests)
    return { state, ready: null, failed: missed }
  }
  const ours = isOurs(link, remote)
  const wanted = link.base.app.conference === 'meet' || (link.base.app.conference === undefined && ours)
  if (remote.url !== null) {
    if (!wanted) return { state: before, ready: null, failed: false }
    const state = { requests, state: 'ready', failures: 0, looks: 0, url: remote.url, ours } as const
    return { state, ready: remote.url === known.url ? null : remote.url, failed: false }
  }
  if (!ours) return { state: before, ready: null, failed: false }
  if (remote.status === 'failure') return failure(known, requests, asked)
  const waiting = known.state === 'pending' && known.requests === requests
  const looks = waiting && asked === null ? known.looks + (looked ? 1 : 0) : 0
  return { state: { ...known, requests, state: 'pending', looks }, ready: null, failed: false }
}

function absent(known: ConferenceState, requests: number): ConferenceState {
  return { ...known, requests, state: 'absent', looks: 0 }
}

/** Counted once for each request. */
function failure(known: ConferenceState, requests: number, asked: number | null): ConferenceSighting {
  const counted = known.state === 'failed' && known.requests === requests && asked === null
  if (counted) return { state: known, ready: null, failed: false }
  const failures = known.failures + 1
  return { state: { ...known, requests, state: 'failed', failures, looks: 0 }, ready: null, failed: true }
}

function numberOf({ eventId }: EventLink, remote: RemoteConference | null): number {
  const requestId = remote?.requestId ?? null
  return requestId === null ? 0 : (conferenceRequestOf(eventId, requestId) ?? 0)
}
