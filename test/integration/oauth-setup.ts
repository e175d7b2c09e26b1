import { inspect } from 'node:util'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { createGoogleEmulator, DEFAULT_CLIENT, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import {
  DEFAULT_SETTINGS,
  type IntegrationRef,
  type Owner,
  type SyncSettings,
} from '../../src/domain/index.ts'
import { AppointmentSyncError, type ErrorCode } from '../../src/errors/index.ts'
import {
  type CallbackOutcome,
  createEncryptedTokenStore,
  createKeyring,
  createOAuth,
  type EncryptedTokenStore,
  integrationIdOf,
  type Keyring,
  type OAuth,
  type OAuthOptions,
} from '../../src/oauth/index.ts'
import {
  type Clock,
  type LogFields,
  type Logger,
  type Storage,
  type StoredTokens,
  systemRandom,
} from '../../src/ports/index.ts'

export const owner: Owner = { tenantId: 'salon-1', userId: 'maria' }
export const ref: IntegrationRef = { ...owner, integrationId: integrationIdOf(owner) }
export const ACCOUNT = 'pro@example.com'
export const OTHER_ACCOUNT = 'second@example.com'
const REDIRECT_URI = 'https://app.example.com/oauth/callback'
/** How long a process that waits for a lease sleeps between two looks. */
export const LEASE_POLL_MS = 100
/** How long a request to Google may take in these tests. */
export const TIMEOUT_MS = 30_000
export const encryptionKey = { id: 'k1', secret: 'a-secret-for-tests-a-secret-for-tests' }

/** A clock that stands still until it is advanced; emulator and SDK share one. */
export interface TestClock extends Clock {
  advance(ms: number): void
  /** Wakes those who sleep for exactly so long; the time stays what it is. */
  wake(ms: number): void
  /** Resolves as soon as somebody sleeps for exactly so long. */
  sleeper(ms: number): Promise<void>
}

function createTestClock(startMs: number = Date.UTC(2026, 0, 15, 12)): TestClock {
  let nowMs = startMs
  const sleeping = new Set<{ ms: number; wakeAtMs: number; wake: () => void }>()
  const watching = new Set<{ ms: number; seen: () => void }>()
  return {
    now: () => nowMs,
    sleep: (ms, options) =>
      new Promise((resolve, reject) => {
        const entry = { ms, wakeAtMs: nowMs + ms, wake: () => resolve() }
        sleeping.add(entry)
        options?.signal?.addEventListener('abort', () => {
          sleeping.delete(entry)
          reject(options.signal?.reason as Error)
        })
        for (const watcher of watching) if (watcher.ms === ms) watcher.seen()
      }),
    advance(ms) {
      nowMs += ms
      for (const entry of sleeping) {
        if (entry.wakeAtMs > nowMs) continue
        sleeping.delete(entry)
        entry.wake()
      }
    },
    wake(ms) {
      for (const entry of sleeping) {
        if (entry.ms !== ms) continue
        sleeping.delete(entry)
        entry.wake()
      }
    },
    sleeper: (ms) =>
      new Promise((resolve) => {
        if ([...sleeping].some((entry) => entry.ms === ms)) resolve()
        else watching.add({ ms, seen: resolve })
      }),
  }
}

/** A promise and what opens it. */
export function createGate(): { readonly opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

/** Lets processes that wait for a lease look again and again until the promise settles. */
export async function settled<T>(promise: Promise<T>, clock: TestClock): Promise<T> {
  let over = false
  const end = (): void => {
    over = true
  }
  promise.then(end, end)
  while (!over) {
    clock.wake(LEASE_POLL_MS)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return promise
}

export interface LogLine {
  readonly level: keyof Logger
  readonly fields: LogFields
  readonly message: string
}

export interface Setup {
  readonly clock: TestClock
  readonly google: GoogleEmulator
  readonly storage: Storage
  readonly tokenStore: EncryptedTokenStore
  readonly keyring: Keyring
  readonly options: OAuthOptions
  readonly oauth: OAuth
  readonly logged: LogLine[]
  /** Every body sent to Google and every body it answered, in order. */
  readonly wire: string[]
  /** What Google was asked on this path. */
  requestsTo(path: string): number
  /** The consent page for an owner, gone through by an account. Returns what is in the redirect. */
  consent(choice?: Consent): Promise<{ code?: string; error?: string; state: string }>
  /** The whole connection. */
  connect(choice?: Consent): Promise<CallbackOutcome>
  /** The tokens that are stored; fails when there are none. */
  tokens(): Promise<StoredTokens>
}

export interface Consent {
  readonly account?: string
  readonly grant?: 'all' | 'none' | readonly string[]
  readonly owner?: Owner
  /** Changes the address of the consent page before the person sees it. */
  readonly alter?: (url: URL) => void
}

export async function setUp(
  overrides: Partial<Omit<OAuthOptions, 'client'>> & {
    client?: Partial<OAuthOptions['client']>
    settings?: Partial<SyncSettings>
  } = {},
): Promise<Setup> {
  const clock = createTestClock()
  const google = await createGoogleEmulator({ clock, users: [{ email: ACCOUNT }, { email: OTHER_ACCOUNT }] })
  const storage = overrides.storage ?? memoryStorage()
  const keyring = overrides.keyring ?? createKeyring([encryptionKey])
  const tokenStore = createEncryptedTokenStore({ credentials: storage.credentials, keyring })
  const logged: LogLine[] = []
  const wire: string[] = []
  const { client, settings, ...rest } = overrides
  const options: OAuthOptions = {
    storage,
    tokenStore,
    keyring,
    clock,
    random: systemRandom,
    logger: recordingLogger(logged),
    defaults: { ...DEFAULT_SETTINGS, ...settings },
    timeoutMs: TIMEOUT_MS,
    ...rest,
    client: {
      clientId: DEFAULT_CLIENT.clientId,
      clientSecret: DEFAULT_CLIENT.clientSecret,
      redirectUri: REDIRECT_URI,
      endpoints: google.endpoints,
      fetch: recordingFetch(google.fetch, wire),
      ...client,
    },
  }
  const oauth = createOAuth(options)

  async function consent(choice: Consent = {}): ReturnType<Setup['consent']> {
    const { url } = await oauth.authorizationUrl({ owner: choice.owner ?? owner })
    const shown = new URL(url)
    choice.alter?.(shown)
    const { account: email = ACCOUNT, grant = 'all' } = choice
    const back = new URL(google.authorize(shown.href, { email, grant })).searchParams
    const [code, error] = [back.get('code'), back.get('error')]
    return {
      state: back.get('state') ?? '',
      ...(code === null ? {} : { code }),
      ...(error === null ? {} : { error }),
    }
  }

  return {
    clock,
    google,
    storage,
    tokenStore,
    keyring,
    options,
    oauth,
    logged,
    wire,
    requestsTo: (path) => google.requests.filter((request) => request.path === path).length,
    consent,
    connect: async (choice) => oauth.handleCallback(await consent(choice)),
    async tokens() {
      const tokens = await options.tokenStore.find(ref)
      if (tokens === null) throw new Error('no tokens are stored')
      return tokens
    },
  }
}

/** The error that a promise rejects with; fails when it does not, or with another code. */
export async function rejection(promise: Promise<unknown>, code?: ErrorCode): Promise<AppointmentSyncError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(outcome instanceof AppointmentSyncError))
    throw new Error(`expected an error, got ${inspect(outcome)}`)
  if (code !== undefined && outcome.code !== code) {
    throw new Error(`expected ${code}, got ${outcome.code}: ${outcome.message}`)
  }
  return outcome
}

function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void =>
      void lines.push({ level, fields, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function recordingFetch(send: typeof fetch, wire: string[]): typeof fetch {
  return async (input, init) => {
    const body = init?.body
    if (body instanceof URLSearchParams || typeof body === 'string') wire.push(body.toString())
    const response = await send(input, init)
    wire.push(await response.clone().text())
    return response
  }
}
