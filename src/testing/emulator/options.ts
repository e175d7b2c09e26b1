import type { EmulatorClock } from './clock.ts'
import type { UserCalendar } from './hand.ts'
import type { Exchange } from './service.ts'

/** An OAuth client of the emulated project. */
export interface EmulatorClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Compared byte for byte. */
  readonly redirectUris: readonly string[]
  /** A Testing app: refresh tokens die after seven days and say so; default false. */
  readonly testing?: boolean | undefined
}

/** A Google account. */
export interface EmulatorUser {
  readonly email: string
  /** Calendars besides the primary one, which is always there. */
  readonly calendars?: readonly UserCalendar[] | undefined
  /** IANA zone of the primary calendar; default America/Sao_Paulo. */
  readonly timeZone?: string | undefined
}

/** Options of `createGoogleEmulator`; everything has a default. */
export interface GoogleEmulatorOptions {
  /** Listen on 127.0.0.1 at this port, 0 for a free one; absent: no server, only `emulator.fetch`. */
  readonly port?: number | undefined
  /** Default: real time. A clock with its own `advance` is moved by `emulator.advance`. */
  readonly clock?: EmulatorClock | undefined
  /** Seed of ids, codes and tokens; default 1. Same seed and same calls: same ids. */
  readonly seed?: number | undefined
  /** Default: one client, `DEFAULT_CLIENT`. */
  readonly clients?: readonly EmulatorClient[] | undefined
  /** Default: one account, `pro@example.com`. */
  readonly users?: readonly EmulatorUser[] | undefined
  /** Life of an access token in milliseconds; default 3 599 000. */
  readonly accessTokenTtlMs?: number | undefined
  /** Age at which a sync token answers 410, in milliseconds; default: never. */
  readonly syncTokenTtlMs?: number | undefined
  /** How repeated property filters of one kind combine, where Google's pages contradict; default `all`. */
  readonly extendedPropertyMatch?: 'all' | 'any' | undefined
  /** What a calendar outside `events.owned` or `app.created` answers; default 403. */
  readonly offLimitsCalendarStatus?: 403 | 404 | undefined
  /**
   * Shown every request with its answer as they travelled, secrets included: for a test that checks or records
   * the traffic. It must not throw.
   */
  readonly observe?: ((exchange: Exchange) => void) | undefined
  /** Waits real milliseconds for `faults.latencyMs`; default: a timer. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined
}

/** The client an emulator has when the options name none. */
export const DEFAULT_CLIENT: EmulatorClient = {
  clientId: 'emulator-client',
  clientSecret: 'emulator-secret',
  redirectUris: [
    'http://localhost:3000/api/v1/google-calendar/oauth-callback',
    'http://127.0.0.1:3000/api/v1/google-calendar/oauth-callback',
    'http://localhost/oauth/callback',
    'https://app.example.com/oauth/callback',
    'https://app.example.com/api/v1/google-calendar/oauth-callback',
  ],
}

/** The account an emulator has when the options name none. */
export const DEFAULT_USER: EmulatorUser = { email: 'pro@example.com', timeZone: 'America/Sao_Paulo' }
