import type { BatchOptions } from './batch/batch-settings.ts'
import type { EmulatorClock } from './clock.ts'
import type { UserCalendar } from './hand.ts'
import type { PushOptions } from './push/push-settings.ts'
import type { QuotaOption } from './quota/quota-limits.ts'
import type { Exchange } from './service.ts'

/** An OAuth client of the emulated project. */
export interface EmulatorClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Compared byte for byte. @throws RangeError, when the client is added, for one Google does not register. */
  readonly redirectUris: readonly string[]
  /** A Testing app: refresh tokens die after seven days and say so; default false. */
  readonly testing?: boolean | undefined
  /**
   * The accounts that may use a Testing app, at most 100; others see Google's 403 page. Default: every account.
   * Without `testing` it means nothing.
   */
  readonly testers?: readonly string[] | undefined
  /** The client was deleted in Google's console: `deleted_client` everywhere; default false. */
  readonly deleted?: boolean | undefined
}

/** A calendar on an account's list, and what is in it. */
export interface EmulatorCalendar extends UserCalendar {
  /** Event resources, as events.insert takes them. */
  readonly events?: readonly object[] | undefined
}

/** A Google account. */
export interface EmulatorUser {
  readonly email: string
  /** Calendars besides the primary one, which is always there. */
  readonly calendars?: readonly EmulatorCalendar[] | undefined
  /** IANA zone of the primary calendar; default America/Sao_Paulo. */
  readonly timeZone?: string | undefined
  /** False: an account without the Calendar service, whose every Calendar call is 403; default true. */
  readonly calendar?: boolean | undefined
  /** A Workspace administrator, who may transfer calendars within the domain of the address; default false. */
  readonly admin?: boolean | undefined
  /** Events of the primary calendar: Event resources, as events.insert takes them. */
  readonly events?: readonly object[] | undefined
  /** Calendar settings that differ from Google's defaults, such as `{ locale: 'pt_BR' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

/** Options of `createGoogleEmulator`; everything has a default. */
export interface GoogleEmulatorOptions extends BatchOptions, PushOptions {
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
  /**
   * Whether the first start of a series is an occurrence even when no rule names it, which Google does not
   * document; default `always`, counted by COUNT.
   */
  readonly seriesStart?: 'always' | 'rule' | undefined
  /** What a calendar outside `events.owned` or `app.created` answers; default 403. */
  readonly offLimitsCalendarStatus?: 403 | 404 | undefined
  /**
   * Whether a 401 comes in the envelope of Google's documentation (`back-end`, the default) or in the one seen in
   * traffic, with `status` and another message.
   */
  readonly authErrorEnvelope?: 'back-end' | 'front-end' | undefined
  /**
   * Quotas that are enforced: `google` for those of a new project, or limits of your own. Default: none, because
   * under a clock that stands still a minute's quota would be used up for ever. Units are counted in any case, in
   * `requests`.
   */
  readonly quota?: QuotaOption | undefined
  /** Whether settings at Google's default are returned, which Google leaves open; default `listed`. */
  readonly defaultSettings?: 'listed' | 'absent' | undefined
  /**
   * Shown every request with its answer as they travelled, secrets included: for a test that checks or records
   * the traffic. It must not throw.
   */
  readonly observe?: ((exchange: Exchange) => void) | undefined
  /** Whether everything a test can do also answers over HTTP, under `/_emulator`; default false. */
  readonly control?: boolean | undefined
  /**
   * A file that keeps what the emulator holds. When it exists it takes the place of clients, users and seed;
   * it is written shortly after each change and by `close`. Default: memory only.
   */
  readonly stateFile?: string | undefined
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
