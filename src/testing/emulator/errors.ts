import { jsonResponse, type EmulatedResponse } from './messages.ts'

/** One entry of `error.errors` in a Calendar error body. */
export interface GoogleErrorEntry {
  readonly domain: string
  readonly reason: string
  readonly message: string
  readonly locationType?: string
  readonly location?: string
}

/**
 * A refusal of the Calendar API, rendered in the back-end envelope
 * `{"error":{"errors":[…],"code","message"}}`
 * (https://developers.google.com/workspace/calendar/api/guides/errors).
 */
export class CalendarApiError extends Error {
  readonly status: number
  readonly entry: GoogleErrorEntry

  constructor(status: number, entry: GoogleErrorEntry) {
    super(entry.message)
    this.name = 'CalendarApiError'
    this.status = status
    this.entry = entry
  }

  /** The wire form of this refusal. */
  toResponse(): EmulatedResponse {
    return calendarErrorResponse(this.status, this.entry)
  }
}

/** The back-end envelope for one error entry. */
export function calendarErrorResponse(
  status: number,
  entry: GoogleErrorEntry,
  headers: Readonly<Record<string, string>> = {},
): EmulatedResponse {
  const { domain, reason, message, locationType, location } = entry
  const located = locationType && location ? { locationType, location } : {}
  return jsonResponse(
    status,
    { error: { errors: [{ domain, reason, message, ...located }], code: status, message } },
    headers,
  )
}

interface CatalogueLine extends GoogleErrorEntry {
  readonly status: number
}

const IF_MATCH = { locationType: 'header', location: 'If-Match' } as const
const AUTHORIZATION = { locationType: 'header', location: 'Authorization' } as const
const SYNC_TOKEN = { locationType: 'parameter', location: 'syncToken' } as const

/** The refusals whose body Google fixes, by reason. */
export const ERROR_CATALOGUE: Readonly<Record<string, CatalogueLine>> = Object.fromEntries(
  (
    [
      [400, 'calendar', 'timeRangeEmpty', 'The specified time range is empty.', 'timeMax'],
      [400, 'calendar', 'timeRangeTooLong', 'The requested time range is too long.', 'timeMax'],
      [400, 'global', 'badRequest', 'Bad Request'],
      [400, 'global', 'invalid', 'Invalid Value'],
      [400, 'global', 'required', 'Required'],
      [400, 'global', 'parseError', 'Parse Error'],
      [401, 'global', 'authError', 'Invalid Credentials', AUTHORIZATION],
      [403, 'usageLimits', 'userRateLimitExceeded', 'User Rate Limit Exceeded'],
      [403, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'],
      [403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'],
      [403, 'usageLimits', 'dailyLimitExceeded', 'Daily Limit Exceeded'],
      [
        403,
        'usageLimits',
        'accessNotConfigured',
        'Google Calendar API has not been used in this project before or it is disabled.',
      ],
      [
        403,
        'calendar',
        'forbiddenForNonOrganizer',
        'Shared properties can only be changed by the organizer of the event.',
      ],
      [403, 'calendar', 'requiredAccessLevel', 'You need to have writer access to this calendar.'],
      [403, 'calendar', 'notACalendarUser', 'The user must be signed up for Google Calendar.'],
      [
        403,
        'calendar',
        'forbiddenForServiceAccounts',
        'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.',
      ],
      [403, 'global', 'insufficientPermissions', 'Insufficient Permission'],
      [403, 'global', 'forbidden', 'Forbidden'],
      [404, 'global', 'notFound', 'Not Found'],
      [405, 'global', 'httpMethodNotAllowed', 'Method Not Allowed'],
      [409, 'global', 'duplicate', 'The requested identifier already exists.'],
      [409, 'global', 'conflict', 'Conflict'],
      [
        410,
        'calendar',
        'fullSyncRequired',
        'Sync token is no longer valid, a full sync is required.',
        SYNC_TOKEN,
      ],
      [
        410,
        'calendar',
        'updatedMinTooLongAgo',
        'The requested minimum modification time lies too far in the past.',
        'updatedMin',
      ],
      [410, 'global', 'deleted', 'Resource has been deleted'],
      [412, 'global', 'conditionNotMet', 'Precondition Failed', IF_MATCH],
      [413, 'global', 'uploadTooLarge', 'Request Too Large'],
      [500, 'global', 'backendError', 'Backend Error'],
      [
        400,
        'calendar',
        'syncTokenWithRequestRestrictions',
        'Sync token cannot be used with other request restrictions.',
        SYNC_TOKEN,
      ],
      [
        400,
        'calendar',
        'syncTokenWithNonDefaultOrdering',
        'Sync token cannot be used with a non-default ordering.',
        SYNC_TOKEN,
      ],
    ] as const
  ).map(([status, domain, reason, message, at]) => {
    const where = typeof at === 'string' ? { locationType: 'parameter', location: at } : at
    return [reason, { status, domain, reason, message, ...where }]
  }),
)

/** A refusal from the catalogue; `overrides` changes single members, such as the message. */
export function refusal(reason: string, overrides: Partial<CatalogueLine> = {}): CalendarApiError {
  const line = ERROR_CATALOGUE[reason]
  const { status, ...entry } = {
    status: 400,
    domain: 'global',
    message: reason,
    ...line,
    ...overrides,
    reason,
  }
  return new CalendarApiError(status, entry)
}

/** 400 `invalid` with Google's wording for the case, optionally naming the parameter. */
export function invalid(message: string, parameter?: string): CalendarApiError {
  return refusal('invalid', {
    message,
    ...(parameter ? { locationType: 'parameter', location: parameter } : {}),
  })
}

/** 400 `required` with Google's wording for the case. */
export function required(message: string, parameter?: string): CalendarApiError {
  return refusal('required', {
    message,
    ...(parameter ? { locationType: 'parameter', location: parameter } : {}),
  })
}

/** 401 for a request without an Authorization header. */
export function loginRequired(): CalendarApiError {
  return refusal('required', { status: 401, message: 'Login Required.', ...AUTHORIZATION })
}

/** The body of an OAuth endpoint's refusal. */
export function oauthErrorResponse(status: number, error: string, description: string): EmulatedResponse {
  return jsonResponse(status, { error, error_description: description })
}
