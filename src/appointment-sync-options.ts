import { z } from 'zod'
import {
  DEFAULT_SETTINGS,
  isRetention,
  type LogRetention,
  type ResolveConflict,
  settingsPatchSchema,
  type SyncSettings,
  type TemplateOptions,
  templateOptionsSchema,
  timeZoneSchema,
} from './domain/index.ts'
import { AppointmentSyncError, parseOrThrow } from './errors/index.ts'
import type {
  AppointmentSource,
  Clock,
  Logger,
  RandomSource,
  RateLimiter,
  Scheduler,
  Storage,
  TokenStore,
} from './ports/index.ts'

/** Where Google is; given only to point at an emulator. */
export interface GoogleEndpointOptions {
  readonly authUrl: string
  readonly tokenUrl: string
  readonly revokeUrl: string
  readonly tokenInfoUrl: string
  /** With a trailing slash. */
  readonly apiRootUrl: string
}

/** What `createAppointmentSync` needs. Nothing is read from the environment. */
export interface AppointmentSyncOptions {
  readonly google: {
    readonly clientId: string
    readonly clientSecret: string
    /** Byte for byte one of those registered in the Google Cloud console. */
    readonly redirectUri: string
    /** Default Google's own. */
    readonly endpoints?: GoogleEndpointOptions | undefined
    /** The `fetch` for every call to Google. Default the platform's. */
    readonly fetch?: typeof fetch | undefined
  }
  /** The host's appointments. */
  readonly appointments: AppointmentSource
  /** The caller's; never closed here. */
  readonly storage: Storage
  /** Default keeps tokens encrypted in `storage`. */
  readonly tokenStore?: TokenStore | undefined
  /** First key encrypts, all decrypt. A secret has at least 32 characters. */
  readonly encryption: { readonly keys: readonly { readonly id: string; readonly secret: string }[] }
  /** Needed for `start()` alone. */
  readonly scheduler?: Scheduler | undefined
  /**
   * Watch channels: Google then tells within seconds of what changed on a calendar. `url` is where the route
   * `POST notifications` (or whatever calls `notifications.receive`) can be reached from the internet: `https`; plain
   * `http` only to this machine, for an emulator. Default none: calendars are polled, and channels that were opened
   * before are stopped.
   */
  readonly notifications?: { readonly url: string } | undefined
  /** Settings of new integrations, over the built-in defaults. */
  readonly defaults?: Partial<SyncSettings> | undefined
  /** Liquid templates for integrations whose settings have none: for all, and by tenant. Default the built-in ones. */
  readonly templates?: TemplateOptions | undefined
  /** How long a push may take before it answers `queued`, in milliseconds, 100–60,000. Default 5,000. */
  readonly pushTimeoutMs?: number | undefined
  /** How long one call to Google may take, in milliseconds, 1,000–120,000. Default 30,000. */
  readonly googleTimeoutMs?: number | undefined
  /**
   * Google's quota, as it stands in the Google Cloud console: requests to it are paced by `rateLimiter`. Units per
   * minute, of one account and of the whole project, 1–1,000,000; `patch` counts three, every other call one.
   * Default 600 and 10,000, those of a new project. An integration stands for an account: two integrations of one
   * account share its quota at Google, and come down to it by adapting to Google's refusals. `unlimited`: nothing
   * is paced, and refused calls are tried again.
   */
  readonly quota?:
    | {
        readonly unitsPerMinutePerUser?: number | undefined
        readonly unitsPerMinutePerProject?: number | undefined
      }
    | 'unlimited'
    | undefined
  /** Hands out the units of `quota`, to every process that shares it. Without one nothing is paced. */
  readonly rateLimiter?: RateLimiter | undefined
  /**
   * How long sync log entries, and conflicts that were settled, are kept, in days, 1–3,650; or a function that says it
   * for each tenant. A tenant for whom it throws, or answers anything else, keeps its own until the next run of
   * `purge_logs`, which counts it as `failed` and warns. Default 90.
   */
  readonly logRetentionDays?: LogRetention | undefined
  /** IANA zone of the periodic tasks' schedule. Default that of `defaults`. */
  readonly scheduleTimeZone?: string | undefined
  /**
   * The host's own conflict policy, asked before that of the settings. Default none: the settings decide. One that
   * throws, takes longer than five seconds or answers something else puts the field to review.
   */
  readonly resolveConflict?: ResolveConflict | undefined
  /** Default silent. */
  readonly logger?: Logger | undefined
  /** Default the machine's. */
  readonly clock?: Clock | undefined
  /** Default the operating system's generator. */
  readonly random?: RandomSource | undefined
}

/** Options with their defaults filled in. */
export interface CheckedOptions {
  readonly defaults: SyncSettings
  readonly pushTimeoutMs: number
  readonly googleTimeoutMs: number
  readonly quota: {
    readonly unitsPerMinutePerUser: number
    readonly unitsPerMinutePerProject: number
  } | null
  readonly logRetentionDays: LogRetention
  readonly scheduleTimeZone: string
  /** `null` when no notifications are wanted. */
  readonly notificationUrl: string | null
}

const callable = (name: string): z.ZodType =>
  z.custom((value) => typeof value === 'function', `must be a function (${name})`)
const withMethods = (...names: string[]): z.ZodType =>
  z.looseObject(Object.fromEntries(names.map((name) => [name, callable(name)])))

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an absolute http(s) URL' })

/** Google sends nowhere but to https; an emulator on this machine may. */
const webhookUrl = httpUrl.refine(
  (url) => /^(https:|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/i.test(url),
  'must be an https URL',
)

const units = z.int().min(1).max(1_000_000)

const schema = z.strictObject({
  google: z.strictObject({
    clientId: z.string().min(1, 'must not be empty'),
    clientSecret: z.string().min(1, 'must not be empty'),
    redirectUri: httpUrl,
    endpoints: z
      .object({
        authUrl: httpUrl,
        tokenUrl: httpUrl,
        revokeUrl: httpUrl,
        tokenInfoUrl: httpUrl,
        apiRootUrl: httpUrl.refine((url) => url.endsWith('/'), 'must end in a slash'),
      })
      .optional(),
    fetch: callable('fetch').optional(),
  }),
  appointments: withMethods('get', 'list', 'apply'),
  storage: withMethods('transaction', 'check'),
  tokenStore: withMethods('find', 'replace', 'erase').optional(),
  encryption: z.strictObject({
    keys: z
      .array(
        z.object({
          id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, - or _'),
          secret: z.string().min(32, 'must have at least 32 characters'),
        }),
      )
      .min(1, 'needs at least one key')
      .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length, 'key ids must differ'),
  }),
  scheduler: withMethods('start', 'stop').optional(),
  notifications: z.strictObject({ url: webhookUrl }).optional(),
  defaults: settingsPatchSchema.optional(),
  templates: templateOptionsSchema.optional(),
  pushTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  googleTimeoutMs: z.int().min(1_000).max(120_000).default(30_000),
  // Taken out before it is checked: a union would not say which member is wrong.
  quota: z.preprocess(
    (given) => (given === 'unlimited' ? {} : given),
    z
      .strictObject({
        unitsPerMinutePerUser: units.default(600),
        unitsPerMinutePerProject: units.default(10_000),
      })
      .prefault({}),
  ),
  rateLimiter: withMethods('take', 'block').optional(),
  logRetentionDays: z
    .custom<LogRetention>(
      (value) => typeof value === 'function' || isRetention(value),
      'must be a whole number of days from 1 to 3650, or a function that gives one for a tenant',
    )
    .default(90),
  scheduleTimeZone: timeZoneSchema.optional(),
  resolveConflict: callable('resolveConflict').optional(),
  logger: withMethods('debug', 'info', 'warn', 'error').optional(),
  clock: withMethods('now', 'sleep').optional(),
  random: withMethods('bytes').optional(),
})

/** Checks the options. Throws one `INVALID_CONFIGURATION` error naming every problem by its path. */
export function checkOptions(options: AppointmentSyncOptions): CheckedOptions {
  const checked = parseOrThrow(schema, options, 'INVALID_CONFIGURATION', 'The configuration')
  const given = Object.entries(checked.defaults ?? {}).filter(([, value]) => value !== undefined)
  refuseChosenCalendar(checked.defaults)
  const defaults: SyncSettings = { ...DEFAULT_SETTINGS, ...Object.fromEntries(given) }
  return {
    defaults,
    pushTimeoutMs: checked.pushTimeoutMs,
    googleTimeoutMs: checked.googleTimeoutMs,
    quota: options.quota === 'unlimited' ? null : checked.quota,
    logRetentionDays: checked.logRetentionDays,
    scheduleTimeZone: checked.scheduleTimeZone ?? defaults.timeZone,
    notificationUrl: checked.notifications?.url ?? null,
  }
}

/** With calendars of the SDK's own there is none to choose. */
function refuseChosenCalendar(defaults: Partial<SyncSettings> = {}): void {
  const { calendarAccess, calendarId = 'primary' } = defaults
  if (calendarAccess !== 'dedicated' || calendarId === 'primary') return
  const problem = {
    path: 'defaults.calendarId',
    message: 'is set by the SDK when calendarAccess is "dedicated"',
  }
  throw new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message: `The configuration is not valid: ${problem.path}: ${problem.message}.`,
    problems: [problem],
  })
}
