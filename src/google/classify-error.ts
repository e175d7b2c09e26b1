import { AppointmentSyncError, type ErrorCode } from '../errors/index.ts'

/** How a failure is dealt with: its code, and whether trying again later can help. */
interface Classification {
  readonly code: ErrorCode
  readonly retryable: boolean
  /** What the reader of the message should do. */
  readonly remedy: string
}

const later = (code: ErrorCode, remedy: string): Classification => ({ code, retryable: true, remedy })
const final = (code: ErrorCode, remedy: string): Classification => ({ code, retryable: false, remedy })

const RATE = later('GOOGLE_RATE_LIMITED', 'It is tried again with back-off.')
const QUOTA = later(
  'GOOGLE_QUOTA_EXCEEDED',
  'The owner is left alone for hours; see the quotas of the account.',
)
const FORBIDDEN = final('GOOGLE_FORBIDDEN', 'Check that the account may write to this calendar.')
const SERVER = later('GOOGLE_UNAVAILABLE', 'It is tried again with back-off.')
const TOKEN = later('GOOGLE_SYNC_TOKEN_INVALID', 'A full pass follows.')

/**
 * By `reason`, which says more than the status: a 403 alone may be a rate limit, a usage cap, a missing scope or a
 * refusal (https://developers.google.com/workspace/calendar/api/guides/errors).
 */
const BY_REASON: Readonly<Record<string, Classification>> = {
  userRateLimitExceeded: RATE,
  rateLimitExceeded: RATE,
  RATE_LIMIT_EXCEEDED: RATE,
  quotaExceeded: QUOTA,
  dailyLimitExceeded: QUOTA,
  insufficientPermissions: final(
    'OAUTH_SCOPE_MISSING',
    'Let the person connect again and tick the missing scope.',
  ),
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: final(
    'OAUTH_SCOPE_MISSING',
    'Let the person connect again and tick the missing scope.',
  ),
  accessNotConfigured: final('GOOGLE_API_DISABLED', 'Enable the Calendar API in the Google Cloud project.'),
  SERVICE_DISABLED: final('GOOGLE_API_DISABLED', 'Enable the Calendar API in the Google Cloud project.'),
  forbidden: FORBIDDEN,
  forbiddenForNonOrganizer: FORBIDDEN,
  forbiddenForServiceAccounts: FORBIDDEN,
  requiredAccessLevel: FORBIDDEN,
  notACalendarUser: FORBIDDEN,
  notFound: final('GOOGLE_NOT_FOUND', 'It was deleted, or the account cannot see it.'),
  duplicate: final('GOOGLE_DUPLICATE_ID', 'The event under this id is looked at.'),
  conflict: later('GOOGLE_UNAVAILABLE', 'It is tried again by itself.'),
  fullSyncRequired: TOKEN,
  updatedMinTooLongAgo: TOKEN,
  deleted: final('GOOGLE_GONE', 'It has been deleted before.'),
  conditionNotMet: final('GOOGLE_PRECONDITION_FAILED', 'It is read again and merged.'),
  authError: later('GOOGLE_UNAUTHORIZED', 'It is tried again; let the person connect again if this lasts.'),
  backendError: SERVER,
}

const BY_STATUS: Readonly<Record<number, Classification>> = {
  401: later('GOOGLE_UNAUTHORIZED', 'It is tried again; let the person connect again if this lasts.'),
  403: FORBIDDEN,
  404: final('GOOGLE_NOT_FOUND', 'It was deleted, or the account cannot see it.'),
  408: SERVER,
  409: final('GOOGLE_DUPLICATE_ID', 'The event under this id is looked at.'),
  410: final('GOOGLE_GONE', 'It has been deleted before.'),
  412: final('GOOGLE_PRECONDITION_FAILED', 'It is read again and merged.'),
  429: RATE,
}

const REJECTED = final('GOOGLE_REJECTED', 'Trying again would not help; look at the reason.')

/** What is worth knowing of a failed answer of Google's. Holds nothing of the request. */
export interface GoogleFailure {
  readonly status: number | null
  readonly reason: string | null
  readonly retryAfterMs: number | undefined
}

interface ErrorEnvelope {
  error?: { errors?: { reason?: unknown }[]; details?: { reason?: unknown }[]; status?: unknown }
}

/** Reads status, reason and Retry-After from an error of the official client, tolerating any body. */
function readFailure(error: unknown): GoogleFailure {
  const response = (error as { response?: { status?: unknown; data?: unknown; headers?: unknown } }).response
  if (response === undefined) return { status: null, reason: null, retryAfterMs: undefined }
  const envelope: ErrorEnvelope | null = typeof response.data === 'object' ? response.data : null
  const first = envelope?.error?.errors?.[0]?.reason ?? envelope?.error?.details?.[0]?.reason
  return {
    status: typeof response.status === 'number' ? response.status : null,
    // Reasons are Google's identifiers; anything else is not repeated, it could carry data.
    reason: typeof first === 'string' && /^[A-Za-z_.]{1,60}$/.test(first) ? first : null,
    retryAfterMs: retryAfterOf(response.headers),
  }
}

function retryAfterOf(headers: unknown): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : null
  if (value === null || !/^\d{1,6}$/.test(value)) return undefined
  return Number(value) * 1000
}

function classify(failure: GoogleFailure): Classification {
  if (failure.status === null) return SERVER
  const known = failure.reason === null ? undefined : BY_REASON[failure.reason]
  if (known !== undefined) return known
  if (failure.status >= 500) return SERVER
  return BY_STATUS[failure.status] ?? REJECTED
}

/**
 * Turns a failure of the official client into the SDK's error. The client's own error is not kept as the cause: it
 * carries the request with its bearer token.
 */
export function classifyGoogleError(error: unknown, method: string, subject: string): AppointmentSyncError {
  const failure = readFailure(error)
  const { code, retryable, remedy } = classify(failure)
  const answer =
    failure.status === null
      ? `got no answer (${connectionCode(error)})`
      : `was answered ${failure.status}${failure.reason === null ? '' : ` ${failure.reason}`}`
  return new AppointmentSyncError({
    code,
    message: `${method} for ${subject} ${answer}. ${remedy}`,
    retryable,
    retryAfterMs: failure.retryAfterMs,
  })
}

function connectionCode(error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^[A-Za-z_]{1,40}$/.test(code) ? code : 'connection failed'
}
