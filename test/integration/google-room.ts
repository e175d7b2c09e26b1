import type { EventFields, IntegrationRef } from '../../src/domain/index.ts'
import {
  createGoogleCalendar,
  type GoogleCalendar,
  type GoogleCallDependencies,
} from '../../src/google/index.ts'
import type { AccessTokens, RandomSource } from 'appointment-sync/ports'
import {
  type CalendarHand,
  createGoogleEmulator,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from 'appointment-sync/testing/emulator'
import { connect } from '../emulator/official-client.ts'
import { createVirtualClock, type VirtualClock } from '../virtual-clock.ts'

export const CALENDAR = 'primary'
export const WINDOW: { readonly fromMs: number; readonly toMs: number } = {
  fromMs: Date.parse('2026-01-01T00:00:00Z'),
  toMs: Date.parse('2027-01-01T00:00:00Z'),
}

/** The integration of an account of the emulator. */
export function refOf(email: string = 'pro@example.com'): IntegrationRef {
  return { tenantId: 'clinic-1', userId: email, integrationId: email }
}

/** The calls to Google, over the official client, beside the emulated Google. */
export interface GoogleRoom extends AsyncDisposable {
  readonly google: GoogleEmulator
  readonly calendar: GoogleCalendar
  /** Once more, with other dependencies, beside the same Google. */
  over(changes: Partial<GoogleCallDependencies>): GoogleCalendar
  readonly clock: VirtualClock
  readonly hand: CalendarHand
  /** What was asked of the source of tokens. */
  readonly tokensAsked: { readonly integrationId: string; readonly rejected: string | undefined }[]
  /** Requests that travelled by themselves since the last look, batches among them: `POST /batch/calendar/v3`. */
  travelled(): string[]
}

/** Bytes that differ from call to call, the same in every run. */
export function countingRandom(): RandomSource {
  let state = 1
  return {
    bytes: (length) =>
      Uint8Array.from({ length }, () => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31
        return state >> 16
      }),
  }
}

/** Opens an emulator with the accounts connected, and the calls over it. */
export async function openRoom(
  options: GoogleEmulatorOptions = {},
  dependencies: Partial<GoogleCallDependencies> = {},
): Promise<GoogleRoom> {
  // Loading the client takes real time, which the virtual clock does not see.
  await import('@googleapis/calendar')
  const clock = createVirtualClock()
  const google = await createGoogleEmulator({
    clock,
    accessTokenTtlMs: 40 * 86_400_000,
    sleep: (ms) => clock.sleep(ms),
    ...options,
  })
  const emails = (options.users ?? [{ email: 'pro@example.com' }]).map(({ email }) => email)
  const clients = new Map(
    await Promise.all(emails.map(async (email) => [email, await connect(google, { email })] as const)),
  )
  const tokensAsked: { integrationId: string; rejected: string | undefined }[] = []
  const accessTokens: AccessTokens = {
    get: async ({ integrationId }, { rejected } = {}) => {
      tokensAsked.push({ integrationId, rejected })
      const client = clients.get(integrationId)
      if (client === undefined) throw new Error(`nobody connected ${integrationId}`)
      if (rejected !== undefined && client.credentials.access_token === rejected) {
        await client.refreshAccessToken()
      }
      return client.credentials.access_token ?? ''
    },
  }
  const over: GoogleRoom['over'] = (changes) =>
    createGoogleCalendar({
      accessTokens,
      clock,
      random: countingRandom(),
      timeoutMs: 30_000,
      apiRootUrl: google.endpoints.apiRootUrl,
      fetch: google.fetch,
      ...dependencies,
      ...changes,
    })
  google.requests.length = 0
  return {
    google,
    calendar: over({}),
    over,
    clock,
    tokensAsked,
    hand: google.user(emails[0] ?? '').calendar(),
    travelled: () => {
      const seen = google.requests
        .filter(({ batch, calendarMethod }) => batch === undefined || calendarMethod === 'calendar.batch')
        .map(({ method, path }) => `${method} ${path}`)
      google.requests.length = 0
      return seen
    },
    [Symbol.asyncDispose]: () => google.close(),
  }
}

/** The fields of a half-hour event on day `day` of May. */
export function fieldsOn(day: number = 5, title: string = 'Corte'): EventFields {
  const startMs = Date.parse('2026-05-01T12:00:00Z') + (day - 1) * 86_400_000
  return {
    time: { allDay: false, startMs, endMs: startMs + 1_800_000, timeZone: 'America/Sao_Paulo' },
    title,
    description: '',
    location: '',
    recurrence: [],
    status: 'confirmed',
    attendees: [],
    reminderMinutes: [],
    colorId: null,
    visibility: 'default',
    transparency: 'opaque',
    source: null,
    conference: 'none',
  }
}

/** A legal event id for a number. */
export function idOf(number: number): string {
  return `event${String(number).padStart(6, '0')}`
}
