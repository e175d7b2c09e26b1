import type { Integration } from '../domain/index.ts'
import { AppointmentSyncError, type ErrorCode, isAppointmentSyncError } from '../errors/index.ts'
import { calendarScope } from '../oauth/index.ts'
import { opensCircuit } from './parking.ts'

/** How soon it is tried again to make a calendar, in milliseconds. */
const AGAIN_AFTER_MS = 60_000

/** Failures that say more than that the calendar is not there. */
const SAY_ENOUGH: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CALENDAR_NOT_READY',
  'GOOGLE_OUTCOME_UNKNOWN',
  'INTEGRATION_INACTIVE',
  'STORAGE_FAILED',
])

/** Google may have made a calendar or not. `retryAfterMs`: when that can be told without a person; else never. */
export function outcomeUnknown(
  integration: Integration,
  retryAfterMs: number | undefined,
  cause?: unknown,
): AppointmentSyncError {
  const way =
    retryAfterMs === undefined
      ? 'The grant does not let the SDK look for it. Ask the owner whether the calendar is there, and call createCalendar with { again: true } to make another one; an empty one that is left over can be deleted in Google.'
      : 'It is looked for in the account, and made again once the request can arrive no more.'
  return new AppointmentSyncError({
    code: 'GOOGLE_OUTCOME_UNKNOWN',
    message: `Google gave no answer when it was asked to make the calendar of integration ${integration.id}: it may have made it. ${way} Appointments wait meanwhile.`,
    retryable: retryAfterMs !== undefined,
    retryAfterMs,
    cause,
  })
}

/** What a push waits for that needs the calendar: the failure itself where that says it, else that it is not there. */
export function asWaiting(integration: Integration, error: unknown): unknown {
  if (!isAppointmentSyncError(error) || SAY_ENOUGH.has(error.code) || opensCircuit(error)) return error
  return notReady(integration, `could not be made this time (${error.code})`, error)
}

/** The calendar is not there, and it is tried again by itself. */
export function notReady(integration: Integration, reason: string, cause?: unknown): AppointmentSyncError {
  const asked = isAppointmentSyncError(cause) ? (cause.retryAfterMs ?? 0) : 0
  return new AppointmentSyncError({
    code: 'CALENDAR_NOT_READY',
    message: `The dedicated calendar of integration ${integration.id} ${reason}. It is tried again by itself; what needs it waits.`,
    retryable: true,
    retryAfterMs: Math.max(AGAIN_AFTER_MS, asked),
    cause,
  })
}

/** The grant lets no calendar be made. */
export function mayNotMake(integration: Integration): AppointmentSyncError {
  return scopeMissing(
    integration,
    'make a calendar',
    'calendar.app.created',
    'Set calendarAccess to "dedicated" and have the owner connect again.',
  )
}

/** The grant lets the list of calendars not be read. */
export function mayNotList(integration: Integration): AppointmentSyncError {
  return scopeMissing(
    integration,
    'list the calendars',
    'calendar.calendarlist.readonly',
    'Have the owner connect again and tick it.',
  )
}

function scopeMissing(
  { id }: Integration,
  what: string,
  scope: string,
  remedy: string,
): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_SCOPE_MISSING',
    message: `The grant of integration ${id} does not let the SDK ${what}: ${calendarScope(scope)} is missing. Nothing was changed. ${remedy}`,
  })
}
