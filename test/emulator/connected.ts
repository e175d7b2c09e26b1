import type { calendar_v3 } from '@googleapis/calendar'
import type { OAuth2Client } from 'google-auth-library'
import {
  createGoogleEmulator,
  type CalendarHand,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { calendarClient, connect, standingClock, timed } from './official-client.ts'

/** An emulator with one account connected. */
export interface Connected extends AsyncDisposable {
  readonly google: GoogleEmulator
  readonly oauth: OAuth2Client
  readonly api: calendar_v3.Calendar
  /** The account's own page. */
  readonly hand: CalendarHand
  /** Inserts an hour-long event in the primary calendar. */
  insert(
    overrides?: calendar_v3.Schema$Event,
  ): Promise<calendar_v3.Schema$Event & { id: string; etag: string }>
  /** Lists the primary calendar, one page. */
  list(parameters?: calendar_v3.Params$Resource$Events$List): Promise<calendar_v3.Schema$Events>
}

/** Makes an emulator with a standing clock (unless told otherwise) and connects `pro@example.com`. */
export async function connected(options: GoogleEmulatorOptions = {}): Promise<Connected> {
  // The access token outlives any advance a test makes; the refresh has tests of its own.
  const accessTokenTtlMs = 365 * 86_400_000
  const google = await createGoogleEmulator({ clock: standingClock(), accessTokenTtlMs, ...options })
  const oauth = await connect(google)
  const api = calendarClient(google, oauth)
  google.requests.length = 0
  return {
    google,
    oauth,
    api,
    hand: google.user('pro@example.com').calendar(),
    async insert(overrides = {}) {
      const { data } = await api.events.insert({ calendarId: 'primary', requestBody: timed(overrides) })
      return { ...data, id: data.id ?? '', etag: data.etag ?? '' }
    },
    async list(parameters = {}) {
      return (await api.events.list({ calendarId: 'primary', ...parameters })).data
    },
    [Symbol.asyncDispose]: () => google.close(),
  }
}

/** The ids of a list, in order. */
export function idsOf(list: calendar_v3.Schema$Events): (string | null | undefined)[] {
  return (list.items ?? []).map(({ id }) => id)
}
