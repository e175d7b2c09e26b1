import type { ErrorCode } from './codes.ts'

/** An error as it appears in results, status and health: no cause, no personal data. */
export interface ErrorSummary {
  readonly code: ErrorCode
  readonly message: string
}
