import { readFile } from 'node:fs/promises'
import type { GoogleEmulator } from '../google-emulator.ts'
import type { EmulatorClient, EmulatorUser } from '../options.ts'
import { problemLine, problemsOf } from './problem-lines.ts'

/** What an emulator starts with; the same members as in the options of `createGoogleEmulator`. */
export interface EmulatorSeed {
  readonly clients?: readonly EmulatorClient[] | undefined
  readonly users?: readonly EmulatorUser[] | undefined
}

/** A seed that cannot be used. */
export class EmulatorSeedError extends Error {
  /** Every problem, each with the place in the seed where it is. */
  readonly problems: readonly string[]

  constructor(source: string, problems: readonly string[], cause?: unknown) {
    super(`${source} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, { cause })
    this.name = 'EmulatorSeedError'
    this.problems = problems
  }
}

/**
 * Reads a seed file: JSON with OAuth clients, accounts, their calendars and events. What it names not is at the
 * default of the options; a member it does not know is an error.
 * @returns options for `createGoogleEmulator`, or a seed for `applySeed`.
 * @throws EmulatorSeedError with every problem, by its place in the file, or when the file is not JSON.
 * @throws the file system's error when it cannot be read.
 *
 * @example
 * ```json
 * {
 *   "clients": [
 *     { "clientId": "my-app", "clientSecret": "secret", "redirectUris": ["http://localhost:3000/callback"] }
 *   ],
 *   "users": [
 *     {
 *       "email": "ana@example.com",
 *       "timeZone": "America/Sao_Paulo",
 *       "settings": { "locale": "pt_BR" },
 *       "events": [
 *         {
 *           "summary": "Haircut",
 *           "start": { "dateTime": "2030-05-06T10:00:00", "timeZone": "America/Sao_Paulo" },
 *           "end": { "dateTime": "2030-05-06T11:00:00", "timeZone": "America/Sao_Paulo" },
 *           "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]
 *         }
 *       ],
 *       "calendars": [{ "id": "salon@group.calendar.google.com", "summary": "Salon" }]
 *     },
 *     {
 *       "email": "rui@example.com",
 *       "calendars": [
 *         { "id": "salon@group.calendar.google.com", "summary": "Salon", "accessRole": "reader" }
 *       ]
 *     }
 *   ]
 * }
 * ```
 */
export async function readSeedFile(path: string): Promise<EmulatorSeed> {
  const text = await readFile(path, 'utf8')
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new EmulatorSeedError(path, [`it is not JSON: ${error.message}`], error)
  }
  // Loaded here, so that an emulator without a seed starts without the schema library.
  const { seedSchema } = await import('./seed-schema.ts')
  const read = seedSchema.safeParse(given)
  if (read.success) return read.data
  throw new EmulatorSeedError(path, problemsOf(read.error).map(problemLine), read.error)
}

/**
 * Adds a seed to a running emulator. A client replaces the one with its id. `emulator.reset()` forgets it: a
 * seed that must outlive a reset belongs in the options.
 * @throws Error when an account is there already, and for events that Google refuses.
 */
export function applySeed(emulator: GoogleEmulator, seed: EmulatorSeed): void {
  for (const client of seed.clients ?? []) emulator.registerClient(client)
  emulator.addUsers(seed.users ?? [])
}
