import { type AppointmentSyncError, type ErrorCode, isAppointmentSyncError } from '../errors/index.ts'
import type { RandomSource } from '../ports/index.ts'
import { unitRandom } from './engine.ts'

/** First wait, in milliseconds; doubled with every try. */
const BASE_MS = 2_000
/** Longest wait, in milliseconds. */
const CEILING_MS = 15 * 60_000
/** Tries before an intent is put aside as a dead letter: about fifteen hours of them on average. */
const MAX_ATTEMPTS = 120

const HOUR_MS = 3_600_000

/** Failures that wait for a person or for the clock, and do not count as tries. */
const PARKED: Readonly<Partial<Record<ErrorCode, number>>> = {
  OAUTH_GRANT_REVOKED: 24 * HOUR_MS,
  OAUTH_SCOPE_MISSING: 24 * HOUR_MS,
  INTEGRATION_INACTIVE: 24 * HOUR_MS,
  GOOGLE_QUOTA_EXCEEDED: 6 * HOUR_MS,
  GOOGLE_CALENDAR_GONE: 24 * HOUR_MS,
  GOOGLE_API_DISABLED: HOUR_MS,
  OAUTH_CLIENT_REJECTED: HOUR_MS,
  TOKEN_UNDECRYPTABLE: HOUR_MS,
  CALENDAR_NOT_READY: 60_000,
  GOOGLE_OUTCOME_UNKNOWN: 24 * HOUR_MS,
}

/** What becomes of an intent that failed. */
export interface NextTry {
  /** From now, in milliseconds. */
  readonly delayMs: number
  readonly dead: boolean
  /** Whether only a person can make it go on. */
  readonly waitsForPerson: boolean
}

/**
 * Exponential back-off with full jitter (`random × min(ceiling, base × 2^n)`), never before what Google asked
 * for; failures that trying again cannot mend are dead at once.
 */
export function nextTry(error: unknown, attempt: number, random: RandomSource): NextTry {
  const known = isAppointmentSyncError(error) ? error : null
  const parkedMs = known === null ? undefined : PARKED[known.code]
  if (parkedMs !== undefined) {
    const waitsForPerson = known !== null && waitsForOwner(known)
    // A job of a parked owner comes back soon after the parking ends, and not all of them at once.
    const delayMs = known?.retryAfterMs === undefined ? parkedMs : known.retryAfterMs + backoffMs(1, random)
    return { delayMs, dead: false, waitsForPerson }
  }
  const dead = (known !== null && !known.retryable) || attempt >= MAX_ATTEMPTS
  const delayMs = Math.max(backoffMs(attempt, random), known?.retryAfterMs ?? 0)
  return { delayMs, dead, waitsForPerson: dead }
}

function waitsForOwner({ code, retryable }: AppointmentSyncError): boolean {
  if (code === 'GOOGLE_OUTCOME_UNKNOWN') return !retryable
  return code === 'OAUTH_GRANT_REVOKED' || code === 'OAUTH_SCOPE_MISSING'
}

/** Full jitter, at least a tenth of the span so that a retry never follows at once. */
export function backoffMs(attempt: number, random: RandomSource): number {
  const span = Math.min(CEILING_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20))
  return Math.round(span * (0.1 + 0.9 * unitRandom(random)))
}

/** The code of any failure; what the SDK does not know is `INTERNAL`. */
export function codeOf(error: unknown): ErrorCode {
  return isAppointmentSyncError(error) ? error.code : 'INTERNAL'
}

/** An error as results and reports show it. */
export function summaryOf(error: unknown): Pick<AppointmentSyncError, 'code' | 'message'> {
  if (isAppointmentSyncError(error)) return { code: error.code, message: error.message }
  return { code: 'INTERNAL', message: 'A failure that the SDK did not foresee; see the log.' }
}
