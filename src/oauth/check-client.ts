import type { ErrorCode } from '../errors/index.ts'
import type { OAuthOptions } from './oauth-options.ts'
import { isClientRejection, isInvalidGrant } from './token-endpoint-errors.ts'
import { TokenEndpointFailure } from './token-endpoint-failure.ts'
import { refreshGrant } from './token-endpoint.ts'

/** Whether Google answers and accepts the OAuth client. */
export interface ClientCheck {
  readonly ok: boolean
  /** `OAUTH_CLIENT_REJECTED` or `GOOGLE_UNAVAILABLE`; `null` when all is well. */
  readonly code: ErrorCode | null
}

/** No grant's: the token endpoint looks at the client first, and then finds that there is no such token. */
const MADE_UP_REFRESH_TOKEN = '1//0-appointment-sync-client-check'

/**
 * Asks the token endpoint to refresh a grant that does not exist: `invalid_grant` means that Google is there and
 * the client id and secret are good. Never throws for Google's side; an abort passes through.
 */
export async function checkOAuthClient(options: OAuthOptions, signal?: AbortSignal): Promise<ClientCheck> {
  try {
    await refreshGrant(options, MADE_UP_REFRESH_TOKEN, signal)
  } catch (failure) {
    if (!(failure instanceof TokenEndpointFailure)) throw failure
    if (isClientRejection(failure)) return { ok: false, code: 'OAUTH_CLIENT_REJECTED' }
    if (!isInvalidGrant(failure)) return { ok: false, code: 'GOOGLE_UNAVAILABLE' }
  }
  return { ok: true, code: null }
}
