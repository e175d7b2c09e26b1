import type { FailNext } from './request-faults.ts'

/** An error of the token endpoint to come. */
export interface TokenError {
  readonly error: string
  /** Default `Bad Request`; with the subtype `invalid_rapt`, Google's text for it. */
  readonly error_description?: string | undefined
  /** `invalid_rapt`: the session control of a Workspace domain asks the person to sign in again. */
  readonly error_subtype?: string | undefined
  /** Default 400. */
  readonly status?: number | undefined
  /** How many token requests it hits; default 1. */
  readonly times?: number | undefined
}

function usualDescription(subtype: string | undefined): string {
  return subtype === 'invalid_rapt' ? 'reauth related error (invalid_rapt)' : 'Bad Request'
}

/** The failure that makes the token endpoint refuse. */
export function tokenFailure(fault: TokenError): FailNext {
  const { error, error_subtype: subtype, status = 400, times } = fault
  const description = fault.error_description ?? usualDescription(subtype)
  return {
    match: { path: /^\/token$/ },
    status,
    times,
    body: {
      error,
      error_description: description,
      ...(subtype === undefined ? {} : { error_subtype: subtype }),
    },
  }
}
