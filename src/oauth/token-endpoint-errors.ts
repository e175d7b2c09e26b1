import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError } from '../errors/index.ts'
import { TokenEndpointFailure } from './token-endpoint-failure.ts'

/** Errors that blame the OAuth client of the host, not a person's grant. */
const CLIENT_ERRORS = new Set(['invalid_client', 'deleted_client', 'unauthorized_client'])

/** Whether the token endpoint refused the client id or client secret. */
export function isClientRejection(failure: unknown): boolean {
  return isRefusal(failure) && CLIENT_ERRORS.has(failure.error ?? '')
}

/** Whether the token endpoint called the code or refresh token dead; it does so for good (RFC 6749, 5.2). */
export function isInvalidGrant(failure: unknown): failure is TokenEndpointFailure {
  return isRefusal(failure) && failure.error === 'invalid_grant'
}

/** What a failed code exchange means. Anything that is no answer of the token endpoint's passes through. */
export function exchangeError(failure: unknown): unknown {
  if (!(failure instanceof TokenEndpointFailure)) return failure
  if (isClientRejection(failure)) return clientRejected(failure)
  const { status, error } = failure
  if (status === null || status < 400 || status >= 500 || status === 408 || status === 429) {
    return new AppointmentSyncError({
      code: 'OAUTH_EXCHANGE_FAILED',
      message:
        `The code exchange with Google failed (${failure.message}) and is not repeated, because a code can be ` +
        'spent once. Nothing was stored; have the person connect again.',
      cause: failure,
    })
  }
  return new AppointmentSyncError({
    code: 'OAUTH_CODE_REJECTED',
    message:
      `Google refused the authorization code (${error ?? failure.message}). ` +
      'Codes are good once and for minutes, must be URL-decoded once, and need the redirect URI they were asked ' +
      'with, byte for byte. Have the person connect again; if it happens every time, check google.redirectUri.',
    cause: failure,
  })
}

/** What a failed refresh means, except for `invalid_grant`, which see {@link grantRevoked}. */
export function refreshError(failure: unknown, ref: IntegrationRef): unknown {
  if (!(failure instanceof TokenEndpointFailure)) return failure
  if (isClientRejection(failure)) return clientRejected(failure)
  return refreshFailed(ref, `Google's token endpoint: ${failure.message}`, failure)
}

/** The access token could not be refreshed this time. */
export function refreshFailed(
  ref: IntegrationRef,
  reason: string,
  cause?: TokenEndpointFailure,
): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_REFRESH_FAILED',
    message:
      `The access token of integration ${ref.integrationId} could not be refreshed (${reason}). ` +
      'The refresh token is kept; the same call may succeed later.',
    retryable: true,
    retryAfterMs: cause?.retryAfterMs,
    cause,
  })
}

/** The grant is gone for good. */
export function grantRevoked(
  ref: IntegrationRef,
  reason: string,
  cause?: TokenEndpointFailure,
): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_GRANT_REVOKED',
    message:
      `Integration ${ref.integrationId} has no valid grant any more (${reason}). ` +
      'Links are kept; have the person connect again.',
    cause,
  })
}

/** A 4xx: an outage that happens to carry an error word decides nothing for good. */
function isRefusal(failure: unknown): failure is TokenEndpointFailure {
  if (!(failure instanceof TokenEndpointFailure) || failure.status === null) return false
  return failure.status >= 400 && failure.status < 500
}

function clientRejected(failure: TokenEndpointFailure): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_CLIENT_REJECTED',
    message:
      `Google does not accept the OAuth client (${failure.error}). ` +
      'Check google.clientId and google.clientSecret against the Google Cloud console; no grant was lost.',
    cause: failure,
  })
}
