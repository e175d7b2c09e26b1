import type { ErrorCode } from './codes.ts'

/** A single problem found in an input, by its path from the root of that input. */
export interface Problem {
  /** Dotted path, for example `client.email` or `attendees.0.email`; empty for the input itself. */
  readonly path: string
  /** What is wrong, without repeating the value: it may be personal data. */
  readonly message: string
  /** Of a template: the line, from 1. */
  readonly line?: number | undefined
  /** Of a template: the column in the line, from 1. */
  readonly column?: number | undefined
}

/** What an {@link AppointmentSyncError} is made of. */
export interface AppointmentSyncErrorOptions {
  readonly code: ErrorCode
  /** What happened, to which object, and what to do next. Never holds a token, a secret or a client's data. */
  readonly message: string
  /** Whether the same call may succeed later without anybody changing anything. Default false. */
  readonly retryable?: boolean | undefined
  /** How long to wait before trying again, in milliseconds, where the other side said so. */
  readonly retryAfterMs?: number | undefined
  /** All problems of an invalid input; empty for other errors. */
  readonly problems?: readonly Problem[] | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('appointment-sync.error')

/** The one error class of the SDK. Tell errors apart by {@link AppointmentSyncError.code}, never by message. */
export class AppointmentSyncError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly problems: readonly Problem[]

  constructor(options: AppointmentSyncErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppointmentSyncError'
    this.code = options.code
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.problems = options.problems ?? []
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/**
 * Whether a value is an {@link AppointmentSyncError}, optionally of one code. Works across copies of the
 * package, where `instanceof` does not.
 */
export function isAppointmentSyncError(value: unknown, code?: ErrorCode): value is AppointmentSyncError {
  if (!(value instanceof Error) || !(BRAND in value)) return false
  return code === undefined || ('code' in value && value.code === code)
}
