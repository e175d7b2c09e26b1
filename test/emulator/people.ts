import type { calendar_v3 } from '@googleapis/calendar'
import {
  createGoogleEmulator,
  type EmulatorUser,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { calendarClient, connect, standingClock } from './official-client.ts'

/** An emulator with several accounts, each connected. */
export interface People extends AsyncDisposable {
  readonly google: GoogleEmulator
  /** The official client of an account, by the part of its address before `@example.com`. */
  api(name: string): calendar_v3.Calendar
}

/** Makes an emulator with accounts `<name>@example.com` and connects each with the full scope. */
export async function people(
  accounts: Readonly<Record<string, Omit<EmulatorUser, 'email'>>>,
  options: GoogleEmulatorOptions = {},
): Promise<People> {
  const users = Object.entries(accounts).map(([name, rest]) => ({ email: `${name}@example.com`, ...rest }))
  const accessTokenTtlMs = 365 * 86_400_000
  const google = await createGoogleEmulator({ clock: standingClock(), accessTokenTtlMs, ...options, users })
  const clients = new Map<string, calendar_v3.Calendar>()
  for (const { email } of users) {
    clients.set(email, calendarClient(google, await connect(google, { email })))
  }
  return {
    google,
    api(name) {
      const client = clients.get(`${name}@example.com`)
      if (!client) throw new Error(`nobody is called ${name}`)
      return client
    },
    [Symbol.asyncDispose]: () => google.close(),
  }
}
