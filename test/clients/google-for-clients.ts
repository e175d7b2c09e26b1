import { createGoogleEmulator, DEFAULT_CLIENT, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { readDiscovery } from '../emulator/discovery/document.ts'
import { createExchangeCheck } from '../emulator/discovery/validate-exchange.ts'

const EMAIL = 'pro@example.com'
const REDIRECT_URI = 'https://app.example.com/oauth/callback'

/** What a client needs to call the emulator. */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

/** An emulator on a free port, whose traffic is held against the discovery document. */
export interface GoogleForClients extends AsyncDisposable {
  readonly google: GoogleEmulator
  /** What contradicted the discovery document since the last call. */
  problems(): string[]
  /** Takes the account through the consent page. */
  connect(): Promise<Credentials>
}

async function refreshTokenOf(google: GoogleEmulator): Promise<string> {
  const asked = new URLSearchParams({
    client_id: DEFAULT_CLIENT.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'https://www.googleapis.com/auth/calendar',
    access_type: 'offline',
    prompt: 'consent',
  })
  const redirect = google.authorize(`${google.endpoints.authUrl}?${asked.toString()}`, {
    email: EMAIL,
    grant: 'all',
  })
  const exchanged = await fetch(google.endpoints.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(redirect).searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      client_id: DEFAULT_CLIENT.clientId,
      client_secret: DEFAULT_CLIENT.clientSecret,
    }),
  })
  const answer = (await exchanged.json()) as { refresh_token?: string }
  if (answer.refresh_token === undefined) throw new Error(`no refresh token in ${JSON.stringify(answer)}`)
  return answer.refresh_token
}

/** Starts the emulator for clients in other processes. @throws Error when the discovery document is not there. */
export async function openGoogle(): Promise<GoogleForClients> {
  const discovery = readDiscovery()
  if (!discovery) throw new Error('the discovery document is not there')
  const check = createExchangeCheck(discovery)
  const problems: string[] = []
  const google = await createGoogleEmulator({
    port: 0,
    observe: (exchange) => {
      const { request, response } = exchange
      const where = `${request.method} ${request.url.pathname}${request.url.search} → ${response.status}`
      problems.push(...check(exchange).map((problem) => `${where}: ${problem}`))
    },
  })
  return {
    google,
    problems: () => [...new Set(problems.splice(0))],
    async connect() {
      const { clientId, clientSecret } = DEFAULT_CLIENT
      return { clientId, clientSecret, refreshToken: await refreshTokenOf(google) }
    },
    [Symbol.asyncDispose]: () => google.close(),
  }
}
