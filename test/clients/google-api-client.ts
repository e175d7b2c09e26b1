import { fileURLToPath } from 'node:url'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import { FIXTURES } from '../emulator/discovery/document.ts'
import type { ClientRun } from './client-run.ts'
import type { GoogleForClients } from './google-for-clients.ts'
import { converse } from './processes.ts'

interface Command {
  readonly name: string
  readonly fault?: { readonly status: number; readonly reason: string }
}

function obey({ faults }: GoogleEmulator, { name, fault }: Command): string {
  if (name === 'expireSyncTokens') faults.expireSyncTokens()
  else if (name === 'expireAccessTokens') faults.expireAccessTokens()
  else if (name === 'revokeGrants') faults.revokeGrants()
  else if (name === 'failNext' && fault) faults.failNext(fault)
  else return `unknown command ${name}`
  return 'done'
}

/** Google's own client for Python, made of the discovery document with the emulator's address in it. */
export async function runGoogleApiClient(
  { google, connect }: GoogleForClients,
  home: string,
): Promise<ClientRun> {
  const { clientId, clientSecret, refreshToken } = await connect()
  const settings = {
    discovery: `${FIXTURES}calendar.v3.discovery.json`,
    root: google.endpoints.apiRootUrl,
    token_uri: google.endpoints.tokenUrl,
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  }
  const script = fileURLToPath(new URL('google_api_client.py', import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const { code, output } = await converse(
    '/usr/bin/python3',
    ['-W', 'ignore', script],
    { env, input: `${JSON.stringify(settings)}\n` },
    (line) => (line.startsWith('@control ') ? obey(google, JSON.parse(line.slice(9)) as Command) : null),
  )
  return { lines: output.trimEnd().split('\n'), failed: code !== 0 }
}
