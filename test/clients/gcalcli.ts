import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FIXTURES } from '../emulator/discovery/document.ts'
import type { ClientRun } from './client-run.ts'
import type { Credentials, GoogleForClients } from './google-for-clients.ts'
import { runProgram, startCompanion } from './processes.ts'

const CALENDAR = 'pro@example.com'

/** One call of gcalcli and what it has to do. */
interface Step {
  readonly name: string
  readonly args: readonly string[]
  /** What the person types. */
  readonly typed?: string
  /** Patterns that its output has to match. */
  readonly prints?: readonly RegExp[]
  /** Patterns that its output must not match. */
  readonly omits?: readonly RegExp[]
}

const STEPS: readonly Step[] = [
  { name: 'list shows the calendars', args: ['list'], prints: [/owner\s+pro@example\.com/] },
  {
    name: 'add adds an event',
    args: [
      'add',
      '--noprompt',
      '--calendar',
      CALENDAR,
      '--title',
      'Corte de Cabelo',
      '--where',
      'Room 2',
      '--when',
      '2026-12-01 10:00',
      '--duration',
      '60',
      '--description',
      'Maria',
      '--who',
      'guest@example.com',
      '--reminder',
      '15m popup',
      '--details',
      'url',
    ],
    prints: [/New event added: https:\/\/www\.google\.com\/calendar\/event\?eid=/],
  },
  {
    name: 'add adds a day',
    args: [
      'add',
      '--noprompt',
      '--allday',
      '--calendar',
      CALENDAR,
      '--title',
      'Holiday',
      '--when',
      '2026-12-02',
      '--duration',
      '1',
    ],
  },
  {
    name: 'agenda lists the range with its details',
    args: ['agenda', '--details', 'all', '2026-12-01', '2026-12-03'],
    prints: [
      /10:00 - 11:00\s+Corte de Cabelo/,
      /Location: Room 2/,
      /guest@example\.com/,
      /Reminder: popup 15 minutes/,
      /Maria/,
      /Holiday/,
    ],
  },
  {
    name: 'agenda leaves out what is outside the range',
    args: ['agenda', '2026-12-05', '2026-12-06'],
    prints: [/No Events Found/],
  },
  {
    name: 'search finds by a word',
    args: ['search', 'cabelo'],
    prints: [/2026-12-01\s+10:00\s+Corte de Cabelo/],
    omits: [/Holiday/],
  },
  {
    name: 'edit changes title, place and time',
    args: ['edit', 'Corte'],
    typed: 't\nBarba\nl\nRoom 3\nw\n2026-12-01 14:00\ns\n',
    prints: [/Saved!/],
  },
  {
    name: 'what was edited is found with its new members',
    args: ['search', '--details', 'location', 'Barba'],
    prints: [/2026-12-01\s+14:00\s+Barba/, /Room 3/],
  },
  {
    name: 'calm draws the month',
    args: ['calm', '2026-12-01'],
    prints: [/Barba/, /Holiday/],
  },
  {
    name: 'quick makes an event of a sentence',
    args: ['--calendar', CALENDAR, 'quick', '--details', 'url', 'Dinner with Joana'],
    prints: [/New event added: https:/],
  },
  { name: 'search finds what quick made', args: ['search', 'Joana'], prints: [/Dinner with Joana/] },
  {
    name: 'delete asks first',
    args: ['delete', 'Barba'],
    typed: 'n\n',
    prints: [/Delete\?/],
    omits: [/Deleted!/],
  },
  { name: 'delete deletes', args: ['delete', 'Barba'], typed: 'y\n', prints: [/Deleted!/] },
  {
    name: 'delete deletes without a question',
    args: ['delete', '--iamaexpert', 'Holiday'],
    prints: [/Deleted!/],
  },
  { name: 'what was deleted is found no more', args: ['search', 'Barba'], prints: [/No Events Found/] },
]

/** The file in which gcalcli keeps its grant; the access token in it is long dead, so that the first call refreshes. */
function storedGrant({ clientId, clientSecret, refreshToken }: Credentials): string {
  return JSON.stringify({
    _class: 'OAuth2Credentials',
    _module: 'oauth2client.client',
    access_token: 'dead',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    token_expiry: '2020-01-01T00:00:00Z',
    token_uri: 'https://oauth2.googleapis.com/token',
    revoke_uri: 'https://oauth2.googleapis.com/revoke',
    token_info_uri: null,
    id_token: null,
    id_token_jwt: null,
    token_response: null,
    scopes: ['https://www.googleapis.com/auth/calendar'],
    user_agent: 'gcalcli',
    invalid: false,
  })
}

async function runStep(step: Step, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = ['--config-folder', folder, '--nocache', '--nocolor', '--lineart', 'ascii', ...step.args]
  const { code, output } = await runProgram('/usr/bin/gcalcli', args, { env, input: step.typed ?? '' })
  const problems = [
    ...(code === 0 ? [] : [`ended with ${code}`]),
    ...(step.prints ?? [])
      .filter((pattern) => !pattern.test(output))
      .map((pattern) => `does not print ${pattern}`),
    ...(step.omits ?? []).filter((pattern) => pattern.test(output)).map((pattern) => `prints ${pattern}`),
  ]
  return problems.length === 0
    ? `ok ${step.name}`
    : `FAILED ${step.name}: ${problems.join(', ')}\n${output.trim()}`
}

/** The requests for hosts that are not Google's, as the proxy saw them. */
function strayRequests(log: string): string[] {
  const seen = readFileSync(log, 'utf8').trim().split('\n')
  const lines = seen.map((line) => JSON.parse(line) as { host: string; method: string; path: string })
  return lines
    .filter(({ host }) => !/(?:^|\.)(?:googleapis|google)\.com$/.test(host))
    .map(({ host, method, path }) => `FAILED a request for another host: ${method} ${host}${path}`)
}

/** gcalcli, whose address is fixed: a proxy sends Google's hosts to the emulator. */
export async function runGcalcli({ google, connect }: GoogleForClients, home: string): Promise<ClientRun> {
  const folder = join(home, 'gcalcli')
  const certificates = join(home, 'mitmproxy')
  const log = join(home, 'proxy.jsonl')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'oauth'), storedGrant(await connect()), { mode: 0o600 })
  await writeFile(log, '')
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TZ: 'America/Sao_Paulo',
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const addon = fileURLToPath(new URL('google_hosts.py', import.meta.url))
  await using proxy = await startCompanion(
    '/usr/bin/mitmdump',
    [
      '--listen-host',
      '127.0.0.1',
      '--listen-port',
      '0',
      '--scripts',
      addon,
      '--set',
      `confdir=${certificates}`,
      '--set',
      'connection_strategy=lazy',
    ],
    {
      ...env,
      EMULATOR_PORT: new URL(google.url).port,
      DISCOVERY_FILE: `${FIXTURES}calendar.v3.discovery.json`,
      PROXY_LOG: log,
      // Else the line with its port stays in a buffer.
      PYTHONUNBUFFERED: '1',
    },
    /listening at (?:http:\/\/)?\S*:(\d+)/,
  )
  const address = `http://127.0.0.1:${proxy.found[1]}`
  const throughProxy = {
    ...env,
    http_proxy: address,
    https_proxy: address,
    HTTPLIB2_CA_CERTS: join(certificates, 'mitmproxy-ca-cert.pem'),
    PYTHONWARNINGS: 'ignore',
  }
  const lines: string[] = []
  for (const step of STEPS) lines.push(await runStep(step, folder, throughProxy))
  lines.push(...strayRequests(log))
  return { lines, failed: lines.some((line) => line.startsWith('FAILED')) }
}
