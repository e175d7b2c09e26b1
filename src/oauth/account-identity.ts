import { z } from 'zod'
import { AppointmentSyncError } from '../errors/index.ts'
import type { OAuthClientOptions } from './oauth-options.ts'
import { jsonOf } from './token-endpoint-failure.ts'

/** Which Google account granted access. */
export interface AccountIdentity {
  /** The `sub`: never changes and is never reused, unlike the address. */
  readonly accountId: string
  readonly email: string | null
}

const ISSUERS = new Set(['https://accounts.google.com', 'accounts.google.com'])

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional(),
})

/**
 * Reads the account from the id token of a code exchange. The signature is not checked: the token came straight
 * from the token endpoint over TLS, which may stand in for it (OpenID Connect Core, 3.1.3.7, point 6). Audience
 * and issuer are checked; the issuer only where the endpoints are Google's own.
 * Throws `OAUTH_SCOPE_MISSING` when there is no id token and `OAUTH_EXCHANGE_FAILED` when it is not one for us.
 */
export function identityOf(idToken: string | null, client: OAuthClientOptions): AccountIdentity {
  if (idToken === null) {
    throw new AppointmentSyncError({
      code: 'OAUTH_SCOPE_MISSING',
      message:
        'Google sent no id token, so it is not known which account this is. Nothing was stored; ' +
        'have the person connect again and grant "openid".',
    })
  }
  const payload = idToken.split('.')[1] ?? ''
  const claims = claimsSchema.safeParse(jsonOf(Buffer.from(payload, 'base64url').toString('utf8')))
  if (!claims.success) throw notForUs('cannot be read')
  const { iss, aud, sub, email } = claims.data
  if (![aud].flat().includes(client.clientId)) throw notForUs('was issued to another client')
  if (client.endpoints === undefined && !ISSUERS.has(iss)) throw notForUs('was not issued by Google')
  return { accountId: sub, email: email ?? null }
}

function notForUs(reason: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'OAUTH_EXCHANGE_FAILED',
    message: `The id token of the code exchange ${reason}. Nothing was stored; have the person connect again.`,
  })
}
