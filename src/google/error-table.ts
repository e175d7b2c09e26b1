import type { ErrorCode } from '../errors/index.ts'

/**
 * What is done about a failure.
 *
 * - `retry`: the same request again at once, with back-off, in line; what still fails then waits like `later`.
 * - `later`: again from the outbox, with its back-off.
 * - `park_owner`: nothing more is asked for this owner until the next look.
 * - `reconnect`: the person has to connect again.
 * - `read`: the event is looked at, and the two sides are merged.
 * - `full_pass`: the sync token is given up, and the calendar is read whole.
 * - `operator`: whoever runs the Google Cloud project or the SDK has to change something.
 * - `give_up`: the same request would fail again; it is put aside with its reason.
 */
export type FailureResponse =
  | 'retry'
  | 'later'
  | 'park_owner'
  | 'reconnect'
  | 'read'
  | 'full_pass'
  | 'operator'
  | 'give_up'

/** A row: what a failure is, what it says of a write, and what is done about it. */
export interface FailureRow {
  readonly code: ErrorCode
  /** Whether trying again later can help without anybody changing anything. */
  readonly retryable: boolean
  /** Whether the write can have happened all the same. */
  readonly applied: 'no' | 'unknown'
  readonly next: FailureResponse
  /** What the reader of the message should know or do. */
  readonly remedy: string
}

const row = (
  code: ErrorCode,
  next: FailureResponse,
  remedy: string,
  more: { readonly retryable?: boolean; readonly applied?: 'unknown' } = {},
): FailureRow => ({
  code,
  retryable: more.retryable ?? (next === 'retry' || next === 'later' || next === 'full_pass'),
  applied: more.applied ?? 'no',
  next,
  remedy,
})

const RATE = row('GOOGLE_RATE_LIMITED', 'retry', 'It is tried again with growing pauses.')
const QUOTA = row('GOOGLE_QUOTA_EXCEEDED', 'park_owner', 'The owner is left alone for hours.', {
  retryable: true,
})
const SCOPE = row('OAUTH_SCOPE_MISSING', 'reconnect', 'Let the person connect again and tick the scope.')
const DISABLED = row(
  'GOOGLE_API_DISABLED',
  'operator',
  'Enable the Calendar API in the Google Cloud project.',
)
const FORBIDDEN = row(
  'GOOGLE_FORBIDDEN',
  'give_up',
  'Choose another calendar, or give the account more rights.',
)
const NO_CALENDAR = row(
  'GOOGLE_FORBIDDEN',
  'give_up',
  'The account has no Google Calendar; connect another one.',
)
const NOT_FOUND = row('GOOGLE_NOT_FOUND', 'read', 'It does not exist, or the account cannot see it.')
const GONE = row('GOOGLE_GONE', 'read', 'The event has been deleted.')
const DUPLICATE = row('GOOGLE_DUPLICATE_ID', 'read', 'The event under this id is looked at.')
const CHANGED = row('GOOGLE_PRECONDITION_FAILED', 'read', 'The event is read again and merged.')
/** A sync token that Google no longer takes. */
export const FULL_PASS_NEEDED: FailureRow = row(
  'GOOGLE_SYNC_TOKEN_INVALID',
  'full_pass',
  'A full pass follows.',
)
// A refused token says little of the grant: the next refresh does (`invalid_grant`), or the token is good again.
const UNAUTHORIZED = row('GOOGLE_UNAUTHORIZED', 'later', 'The next refresh of the token says why.')
const SERVER = row('GOOGLE_UNAVAILABLE', 'retry', 'A write is read before it is tried again.', {
  applied: 'unknown',
})
const REJECTED = row('GOOGLE_REJECTED', 'give_up', 'Trying again would not help; look at the reason.')
const WEBHOOK = row('INVALID_CONFIGURATION', 'operator', 'Correct the address of the notifications.')

/**
 * By `reason`, which says more than the status: a 403 alone may be a rate limit, a usage cap, a missing scope or a
 * refusal (https://developers.google.com/workspace/calendar/api/guides/errors). `required` is left out: it is a
 * missing field at 400 and a missing login at 401.
 */
export const FAILURES_BY_REASON: Readonly<Record<string, FailureRow>> = {
  timeRangeEmpty: REJECTED,
  timeRangeTooLong: REJECTED,
  invalid: REJECTED,
  badRequest: REJECTED,
  parseError: REJECTED,
  syncTokenWithRequestRestrictions: REJECTED,
  syncTokenWithNonDefaultOrdering: REJECTED,
  authError: UNAUTHORIZED,
  userRateLimitExceeded: RATE,
  rateLimitExceeded: RATE,
  RATE_LIMIT_EXCEEDED: RATE,
  quotaExceeded: QUOTA,
  dailyLimitExceeded: QUOTA,
  insufficientPermissions: SCOPE,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: SCOPE,
  accessNotConfigured: DISABLED,
  SERVICE_DISABLED: DISABLED,
  forbidden: FORBIDDEN,
  forbiddenForNonOrganizer: FORBIDDEN,
  forbiddenForServiceAccounts: FORBIDDEN,
  requiredAccessLevel: FORBIDDEN,
  notACalendarUser: NO_CALENDAR,
  notFound: NOT_FOUND,
  duplicate: DUPLICATE,
  conflict: row('GOOGLE_UNAVAILABLE', 'retry', 'It is tried again by itself, away from its neighbours.'),
  fullSyncRequired: FULL_PASS_NEEDED,
  updatedMinTooLongAgo: FULL_PASS_NEEDED,
  deleted: GONE,
  conditionNotMet: CHANGED,
  backendError: SERVER,
  // Of watch channels (https://developers.google.com/workspace/calendar/api/guides/push).
  pushNotSupportedForRequestedResource: row(
    'GOOGLE_WATCH_UNSUPPORTED',
    'give_up',
    'The calendar is polled instead.',
  ),
  channelIdNotUnique: row(
    'GOOGLE_REJECTED',
    'give_up',
    'A channel under a fresh id is made with the next try.',
  ),
  'push.channelIdInvalid': REJECTED,
  'push.webhookUrlNoHostOrAddress': WEBHOOK,
  'push.webhookUrlNotHttps': WEBHOOK,
  'push.webhookUrlUnauthorized': WEBHOOK,
}

/** By status, where Google names no reason that is known. */
export const FAILURES_BY_STATUS: Readonly<Record<number, FailureRow>> = {
  401: UNAUTHORIZED,
  403: FORBIDDEN,
  404: NOT_FOUND,
  408: SERVER,
  409: DUPLICATE,
  410: GONE,
  412: CHANGED,
  429: RATE,
}

/** Failures without an answer. */
export const FAILURES_WITHOUT_ANSWER: {
  readonly lost: FailureRow
  readonly unsent: FailureRow
  readonly timedOut: FailureRow
} = {
  /** The connection broke; Google may have carried the request out. */
  lost: SERVER,
  /** No connection came about, so Google never saw the request. */
  unsent: row('GOOGLE_UNAVAILABLE', 'retry', 'Google could not be reached; it is tried again.'),
  // It has waited long enough: another wait in line would hold up everything behind it.
  timedOut: row('GOOGLE_TIMEOUT', 'later', 'A write is read before it is tried again.', {
    applied: 'unknown',
  }),
}

/** A calendar, rather than an event, that is not there. */
export const CALENDAR_GONE: FailureRow = row(
  'GOOGLE_CALENDAR_GONE',
  'park_owner',
  'Choose another calendar, or give the account access again.',
)

/** A request that was not sent, because it would have to wait for longer than its caller does. */
export const PACED_OUT: FailureRow = row(
  'GOOGLE_RATE_LIMITED',
  'later',
  'The call was not made; it is tried again then.',
)

/** An event whose time nobody can read. */
export const UNREADABLE_EVENT: FailureRow = row('GOOGLE_REJECTED', 'give_up', 'It is left as it is.', {
  applied: 'unknown',
})

/** Not an answer of the Calendar API's, but a page of something on the way: it says nothing about an event. */
const STRAY_PAGE = row('GOOGLE_UNAVAILABLE', 'later', 'The answer did not come from the Calendar API.')

/** The row of an answer: by its reason, else by its status. `enveloped`: the body was one of Google's errors. */
export function failureRow(status: number, reason: string | null, enveloped: boolean): FailureRow {
  const known = reason !== null && Object.hasOwn(FAILURES_BY_REASON, reason)
  const byReason = known ? FAILURES_BY_REASON[reason] : undefined
  if (byReason !== undefined) return byReason
  if (status >= 500) return SERVER
  if (!enveloped && (status === 404 || status === 410)) return STRAY_PAGE
  return FAILURES_BY_STATUS[status] ?? REJECTED
}
