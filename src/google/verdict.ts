import { type AppointmentSyncError, type ErrorCode, isAppointmentSyncError } from '../errors/index.ts'
import type { FailureResponse, FailureRow } from './error-table.ts'

/** What the table of failures says about a call that failed. */
export interface Verdict {
  /** Whether the write can have happened all the same; `no` for reads. */
  readonly applied: 'no' | 'unknown'
  readonly next: FailureResponse
}

const verdicts = new WeakMap<AppointmentSyncError, Verdict>()

/** Failures on the way to a token: nothing has been sent then. */
const WITHOUT_TOKEN: Readonly<Partial<Record<ErrorCode, FailureResponse>>> = {
  OAUTH_GRANT_REVOKED: 'reconnect',
  OAUTH_SCOPE_MISSING: 'reconnect',
  OAUTH_REFRESH_FAILED: 'later',
  OAUTH_CLIENT_REJECTED: 'operator',
  TOKEN_UNDECRYPTABLE: 'operator',
  TOKEN_STORE_CONFLICT: 'later',
}

/** Keeps with an error what the table says of it; the error is returned. */
export function withVerdict(
  error: AppointmentSyncError,
  { applied, next }: Pick<FailureRow, 'applied' | 'next'>,
): AppointmentSyncError {
  verdicts.set(error, { applied, next })
  return error
}

/** What is to be done about the failure of a Google call; `null` for a failure that came from elsewhere. */
export function verdictOf(error: unknown): Verdict | null {
  if (!isAppointmentSyncError(error)) return null
  const known = verdicts.get(error)
  if (known !== undefined) return known
  const next = WITHOUT_TOKEN[error.code]
  return next === undefined ? null : { applied: 'no', next }
}
