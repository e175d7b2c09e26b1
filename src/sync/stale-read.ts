import type { EventLink } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import type { RemoteEvent } from '../google/index.ts'

/**
 * How long a read may be without a write that came before it, in milliseconds. Google promises nothing here; its
 * guide advises to ask again for what was just made and is not found (see decision 0021).
 */
const READ_LAG_MS = 60_000
/** How soon it is asked again, in milliseconds. */
const ASK_AGAIN_MS = 5_000

/** Whether what was read is older than what is known of the event. */
export function isOutOfDate(link: EventLink, event: RemoteEvent): boolean {
  const { updatedMs } = event
  return updatedMs !== null && updatedMs > 0 && updatedMs < link.eventUpdatedAtMs
}

/** Whether an event that was made or changed so lately may stand although a read does not find it. */
export function mayBeHiddenYet(link: EventLink, nowMs: number): boolean {
  return link.state !== 'removed' && nowMs - link.updatedAtMs < READ_LAG_MS
}

/** What Google answered is known to be out of date: nothing may follow from it. */
export function staleRead(link: EventLink): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'GOOGLE_READ_STALE',
    message: `Google shows event ${link.eventId} of appointment ${link.appointmentId} as it was before its last known change. Nothing was concluded from that; it is read again.`,
    retryable: true,
    retryAfterMs: ASK_AGAIN_MS,
  })
}
