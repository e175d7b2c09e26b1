import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { OAuth2Client } from 'google-auth-library'
import { DEFAULT_CLIENT, type GoogleEmulator } from 'appointment-sync/testing/emulator'

/** The scope that opens every method. */
export const FULL = 'https://www.googleapis.com/auth/calendar'
/** A scope of the calendar family by its short name. */
export const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`
/** The redirect URI the tests use. */
export const REDIRECT_URI = 'https://app.example.com/oauth/callback'

/** Google's own OAuth client, pointed at the emulator; over its port with `wire`, else in the process. */
export function oauthClient(google: GoogleEmulator, options: { wire?: boolean } = {}): OAuth2Client {
  const { authUrl, tokenUrl, revokeUrl, tokenInfoUrl } = google.endpoints
  return new OAuth2Client({
    clientId: DEFAULT_CLIENT.clientId,
    clientSecret: DEFAULT_CLIENT.clientSecret,
    redirectUri: REDIRECT_URI,
    endpoints: {
      oauth2AuthBaseUrl: authUrl,
      oauth2TokenUrl: tokenUrl,
      oauth2RevokeUrl: revokeUrl,
      tokenInfoUrl,
    },
    transporterOptions: {
      retry: false,
      retryConfig: { retry: 0 },
      ...(options.wire ? {} : { fetchImplementation: google.fetch }),
    },
  })
}

/** An authorization URL as Google's own client makes it. */
export function authUrlOf(
  client: OAuth2Client,
  scopes: readonly string[] = [FULL],
  extra: Readonly<Record<string, unknown>> = {},
): string {
  return client.generateAuthUrl({ access_type: 'offline', scope: [...scopes], state: 's', ...extra })
}

/** The code in a redirect URL. */
export function codeOf(redirectUrl: string): string {
  return new URL(redirectUrl).searchParams.get('code') ?? ''
}

/** Takes an account through consent and gives the OAuth client its tokens. */
export async function connect(
  google: GoogleEmulator,
  options: { email?: string; scopes?: readonly string[]; wire?: boolean } = {},
): Promise<OAuth2Client> {
  const { email = 'pro@example.com', scopes = [FULL], wire = false } = options
  const client = oauthClient(google, { wire })
  const redirect = google.authorize(authUrlOf(client, scopes), { email, grant: 'all' })
  const { tokens } = await client.getToken(codeOf(redirect))
  client.setCredentials(tokens)
  return client
}

/** The official Calendar client over the emulator; no retries, so that every answer is seen. */
export function calendarClient(
  google: GoogleEmulator,
  auth: OAuth2Client | string,
  options: { wire?: boolean } = {},
): calendar_v3.Calendar {
  const oauth = typeof auth === 'string' ? oauthClient(google) : auth
  if (typeof auth === 'string') oauth.setCredentials({ access_token: auth })
  return calendar({
    version: 'v3',
    auth: oauth,
    rootUrl: google.endpoints.apiRootUrl,
    retry: false,
    retryConfig: { retry: 0 },
    ...(options.wire ? {} : { fetchImplementation: google.fetch }),
  })
}

/** What a refused call shows. */
export interface Refused {
  readonly status: number
  readonly body: unknown
  readonly reason: string | undefined
  readonly message: string | undefined
}

interface ErrorBody {
  readonly error?: { readonly message?: string; readonly errors?: { reason?: string }[] }
}

/** The refusal a call ends in; fails when the call succeeds. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  try {
    await call
  } catch (error) {
    const { response } = error as { response?: { status: number; data: unknown } }
    if (!response) throw error
    const body = (
      typeof response.data === 'string' && response.data.startsWith('{')
        ? JSON.parse(response.data)
        : response.data
    ) as ErrorBody
    const { error: inner } = body ?? {}
    return {
      status: response.status,
      body,
      reason: inner?.errors?.[0]?.reason,
      message: inner?.message,
    }
  }
  throw new Error('the call was expected to be refused, but it succeeded')
}

/** An hour-long event body; 2026-03-10T10:00 in São Paulo unless told otherwise. */
export function timed(overrides: calendar_v3.Schema$Event = {}): calendar_v3.Schema$Event {
  return {
    summary: 'Corte de Cabelo',
    start: { dateTime: '2026-03-10T10:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    end: { dateTime: '2026-03-10T11:00:00-03:00', timeZone: 'America/Sao_Paulo' },
    ...overrides,
  }
}

/** A clock that stands still until told otherwise. */
export function standingClock(start: string = '2026-03-01T12:00:00Z'): {
  now(): number
  advance(ms: number): void
} {
  let now = Date.parse(start)
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}
