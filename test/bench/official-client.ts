import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { OAuth2Client } from 'google-auth-library'
import { DEFAULT_CLIENT } from 'appointment-sync/testing/emulator'
import type { GoogleEndpointOptions } from 'appointment-sync'
import { REDIRECT_URI } from './salon.ts'

/** Google's own client with a token in hand and its retry off: the least that any integration has to do. */
export async function officialClient(options: {
  readonly endpoints: GoogleEndpointOptions
  readonly consent: (authUrl: string) => Promise<string> | string
  readonly fetch?: typeof globalThis.fetch | undefined
}): Promise<calendar_v3.Calendar> {
  const { endpoints, consent, fetch } = options
  const transport = fetch === undefined ? {} : { fetchImplementation: fetch }
  const auth = new OAuth2Client({
    clientId: DEFAULT_CLIENT.clientId,
    clientSecret: DEFAULT_CLIENT.clientSecret,
    redirectUri: REDIRECT_URI,
    endpoints: { oauth2AuthBaseUrl: endpoints.authUrl, oauth2TokenUrl: endpoints.tokenUrl },
    transporterOptions: { retryConfig: { retry: 0 }, ...transport },
  })
  const scope = 'https://www.googleapis.com/auth/calendar'
  const redirect = await consent(auth.generateAuthUrl({ access_type: 'offline', scope, state: 'bench' }))
  const { tokens } = await auth.getToken(new URL(redirect).searchParams.get('code') ?? '')
  auth.setCredentials(tokens)
  return calendar({ version: 'v3', auth, rootUrl: endpoints.apiRootUrl, retry: false, ...transport })
}
