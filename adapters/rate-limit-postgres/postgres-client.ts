import { AppointmentSyncError } from 'appointment-sync'

/** What is needed of a `Pool` or `Client` of `pg`, or of anything that takes `$1` and answers with rows. */
export interface PostgresClientLike {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** `undefined_table` and `undefined_function`. */
const NOT_SET_UP: ReadonlySet<string> = new Set(['42P01', '42883'])

/** A driver's error as ours. */
export function databaseFailed(error: unknown): AppointmentSyncError {
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (NOT_SET_UP.has(state)) {
    return new AppointmentSyncError({
      code: 'RATE_LIMITER_FAILED',
      message:
        'The database has not got the table and the function of the rate limiter. Run ensureRateLimitTable(client), or put rateLimitTable() into a migration.',
      cause: error,
    })
  }
  return new AppointmentSyncError({
    code: 'RATE_LIMITER_FAILED',
    message:
      'The database did not carry out a call of the rate limiter; the cause is the error of its driver. Try again, and look after the database if it goes on.',
    retryable: true,
    cause: error,
  })
}
