import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  createGoogleEmulator,
  readSeedFile,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { UsageError, type Command, type Terminal } from './command.ts'

const USAGE = `Usage: appointment-sync emulator [options]

A Google of your own: OAuth with a consent page, and Calendar v3. It listens on 127.0.0.1 until Ctrl-C.

Options:
  --port <number>           where it listens; 0 for a free port; default 4010
  --seed <file>             JSON with OAuth clients, accounts, calendars and events to start with
  --state <file>            keeps everything in this file, and starts from it when it is there
  --control                 answers the control API under /_emulator
  --webhooks loopback-http  notifications may also go to plain HTTP on this machine
  --quota google            enforces the quotas Google gives a new project; default: none
  --help                    this text`

const OPTIONS = {
  port: { type: 'string', default: '4010' },
  seed: { type: 'string' },
  state: { type: 'string' },
  control: { type: 'boolean', default: false },
  webhooks: { type: 'string' },
  quota: { type: 'string' },
} as const

interface Asked {
  readonly port: number
  readonly seed: string | undefined
  readonly state: string | undefined
  readonly options: GoogleEmulatorOptions
}

function oneOf(name: string, given: string | undefined, known: string): boolean {
  if (given === undefined) return false
  if (given !== known) throw new UsageError(`--${name} takes ${known}, not ${given}.`)
  return true
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values
  } catch (error) {
    // parseArgs tells what is wrong in one sentence.
    if (error instanceof TypeError) throw new UsageError(error.message, error)
    throw error
  }
}

function readArguments(args: readonly string[]): Asked {
  const { port, seed, state, control, webhooks, quota } = read(args)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port takes a number from 0 to 65535, not ${port}.`)
  }
  const loopback = oneOf('webhooks', webhooks, 'loopback-http')
  const options: GoogleEmulatorOptions = {
    control,
    stateFile: state,
    ...(loopback ? { webhookAddresses: 'https-or-loopback' } : {}),
    ...(oneOf('quota', quota, 'google') ? { quota: 'google' } : {}),
  }
  return { port: Number(port), seed, state, options }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

async function start({ port, seed, options }: Asked, kept: boolean): Promise<GoogleEmulator> {
  const contents = seed === undefined || kept ? {} : await readSeedFile(seed)
  try {
    return await createGoogleEmulator({ ...contents, ...options, port })
  } catch (error) {
    if (!isPortTaken(error)) throw error
    throw new Error(`port ${port} is taken; choose another one with --port, or 0 for a free one`, {
      cause: error,
    })
  }
}

function describe(google: GoogleEmulator, { seed, state, options }: Asked, kept: boolean): string {
  const clients = google
    .clients()
    .flatMap(({ clientId, clientSecret, redirectUris }) => [
      `  client id      ${clientId}`,
      `  client secret  ${clientSecret}`,
      ...redirectUris.map((uri) => `  redirect URI   ${uri}`),
    ])
  const file = kept ? `Read from ${state}${seed ? `; ${seed} was not used` : ''}` : `Kept in ${state}`
  return [
    `Google emulator at ${google.url}`,
    '',
    `google.endpoints: ${JSON.stringify(google.endpoints, null, 2)}`,
    '',
    'OAuth clients:',
    ...clients,
    '',
    `Accounts: ${google.users().join(', ')}`,
    `Calendars and requests, for people: ${google.url}/`,
    ...(options.control ? [`Control API: ${google.url}/_emulator`] : []),
    ...(state === undefined ? [] : [file]),
    '',
    'Ctrl-C ends it.',
  ].join('\n')
}

/** `appointment-sync emulator`: the Google emulator on a port, until it is told to stop. */
export const emulatorCommand: Command = {
  usage: USAGE,
  async run(args: readonly string[], terminal: Terminal): Promise<void> {
    const asked = readArguments(args)
    // A state file that is there takes the seed's place: what happened since must not be undone by a restart.
    const kept = asked.state !== undefined && existsSync(asked.state)
    const stopped = terminal.untilStopped()
    await using google = await start(asked, kept)
    terminal.out(describe(google, asked, kept))
    await stopped
  },
}
