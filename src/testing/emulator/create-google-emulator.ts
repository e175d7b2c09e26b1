import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './backend.ts'
import { createVirtualClock } from './clock.ts'
import { createFaultControls, type FaultControls } from './fault-controls.ts'
import { createFaultBoard } from './faults.ts'
import { createUserHand, type UserHand } from './hand.ts'
import { addUsers, clientRecord } from './initial-state.ts'
import { seedRandom } from './random.ts'
import { completeAuthorization, readAuthorizationRequest } from './oauth/authorization.ts'
import { createIdTokenSigner } from './oauth/id-token.ts'
import { longScope } from './scopes.ts'
import { DEFAULT_CLIENT, DEFAULT_USER, type EmulatorClient, type GoogleEmulatorOptions } from './options.ts'
import type { LoggedRequest } from './request-log.ts'
import { createService } from './service.ts'
import { emptyState, type GoogleState } from './state/state.ts'
import { createFetch } from './transport/fetch.ts'
import { openHttpEdge, type HttpEdge } from './transport/http-server.ts'

/** Where the emulated Google answers; the shape that `google.endpoints` of the SDK takes. */
export interface GoogleEmulatorEndpoints {
  readonly authUrl: string
  readonly tokenUrl: string
  readonly revokeUrl: string
  readonly tokenInfoUrl: string
  readonly userInfoUrl: string
  /** Ends in a slash; given to the official client as `rootUrl`. */
  readonly apiRootUrl: string
}

/** What the person does on the consent page. */
export interface ConsentChoice {
  readonly email: string
  /** Everything, nothing (Cancel), or the scopes that stay ticked, with or without Google's prefix. */
  readonly grant: 'all' | 'none' | readonly string[]
}

/** All that an emulator held at one moment; opaque. It may be restored in another emulator. */
export interface EmulatorSnapshot {
  readonly state: unknown
}

/** A Google of one's own: OAuth 2.0 and Calendar v3. */
export interface GoogleEmulator extends AsyncDisposable {
  /** Its address without a trailing slash; a name that only `fetch` knows when no port was asked for. */
  readonly url: string
  readonly endpoints: GoogleEmulatorEndpoints
  /** The emulator without a network; also answers for Google's real hosts. */
  readonly fetch: typeof globalThis.fetch
  /** An account in the hands of its owner. @throws Error when there is no such account. */
  user(email: string): UserHand
  /**
   * Plays the consent page and returns the redirect URL, with a code or with `error=access_denied`.
   * @throws GoogleErrorPageError where Google would not redirect (unknown client, redirect URI mismatch, …).
   * @throws Error when the choice names an account or a scope that is not there to choose.
   */
  authorize(authUrl: string, choice: ConsentChoice): string
  /** Adds an OAuth client, or replaces the one with its id: redirect URIs may be known only later. */
  registerClient(client: EmulatorClient): void
  readonly faults: FaultControls
  /** Every request in order of arrival, the pages for people excepted; `requests.length = 0` clears it. */
  readonly requests: LoggedRequest[]
  /** The emulator's time, in milliseconds. */
  now(): number
  /** Moves the emulator's time forward by milliseconds. */
  advance(ms: number): void
  /** A copy of everything Google holds: accounts, events, tokens, id sequence. Time and faults are not in it. */
  snapshot(): EmulatorSnapshot
  /** Goes back to a snapshot; time does not go back. */
  restore(snapshot: EmulatorSnapshot): void
  /** Goes back to how it was made: data, faults and request log. Time does not go back. */
  reset(): void
  /** Stops listening. The data stays readable. */
  close(): Promise<void>
}

/** The address of an emulator without a port; only its own `fetch` answers there. */
const PORTLESS_URL = 'http://google.emulator'

function endpointsAt(url: string): GoogleEmulatorEndpoints {
  return {
    authUrl: `${url}/o/oauth2/v2/auth`,
    tokenUrl: `${url}/token`,
    revokeUrl: `${url}/revoke`,
    tokenInfoUrl: `${url}/tokeninfo`,
    userInfoUrl: `${url}/v1/userinfo`,
    apiRootUrl: `${url}/`,
  }
}

function fill(backend: Backend, options: GoogleEmulatorOptions): void {
  backend.state = emptyState(seedRandom(options.seed ?? 1))
  for (const client of options.clients ?? [DEFAULT_CLIENT]) {
    backend.state.clients.set(client.clientId, clientRecord(client))
  }
  addUsers(backend, options.users ?? [DEFAULT_USER])
}

function createBackend(options: GoogleEmulatorOptions, origin: () => string): Backend {
  const backend: Backend = {
    state: emptyState(seedRandom(options.seed ?? 1)),
    clock: createVirtualClock(options.clock),
    faults: createFaultBoard(),
    origin,
    settings: {
      accessTokenTtlMs: options.accessTokenTtlMs ?? 3_599_000,
      syncTokenTtlMs: options.syncTokenTtlMs ?? null,
      extendedPropertyMatch: options.extendedPropertyMatch ?? 'all',
      offLimitsCalendarStatus: options.offLimitsCalendarStatus ?? 403,
    },
  }
  fill(backend, options)
  return backend
}

function playConsent(backend: Backend, authUrl: string, { email, grant }: ConsentChoice): string {
  const request = readAuthorizationRequest(backend, new URL(authUrl).searchParams)
  const account = createUserHand(backend, email).email
  const asked = new Set(request.scopes)
  const stray = typeof grant === 'string' ? undefined : grant.find((scope) => !asked.has(longScope(scope)))
  if (stray !== undefined) {
    throw new Error(`the consent page does not offer ${stray}; it offers ${[...asked].join(' ')}`)
  }
  return completeAuthorization(backend, request, account, grant)
}

/**
 * Makes a Google emulator: OAuth 2.0 (consent page, tokens, revocation) and Calendar v3 (events with sync
 * tokens, calendar list, free/busy) with Google's own refusals, over a local port and as a `fetch`.
 * @throws the listen error when the port is taken.
 *
 * @example
 * ```ts
 * await using google = await createGoogleEmulator({ port: 0 })
 * const redirect = google.authorize(authUrl, { email: 'pro@example.com', grant: 'all' })
 * ```
 */
export async function createGoogleEmulator(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  let url = PORTLESS_URL
  let edge: HttpEdge | null = null
  const backend = createBackend(options, () => url)
  const requests: LoggedRequest[] = []
  const service = createService({
    backend,
    signer: createIdTokenSigner(),
    requests,
    observe: options.observe ?? null,
    sleep: options.sleep ?? (async (ms) => sleep(ms)),
  })
  if (options.port !== undefined) {
    edge = await openHttpEdge(service, options.port)
    url = edge.url
  }
  const faults = createFaultControls(backend)
  const close = async (): Promise<void> => {
    await edge?.close()
    edge = null
  }
  return {
    url,
    endpoints: endpointsAt(url),
    fetch: createFetch(service, () => url),
    user: (email) => createUserHand(backend, email),
    authorize: (authUrl, choice) => playConsent(backend, authUrl, choice),
    registerClient: (client) => void backend.state.clients.set(client.clientId, clientRecord(client)),
    faults,
    requests,
    now: () => backend.clock.now(),
    advance: (ms) => backend.clock.advance(ms),
    snapshot: () => ({ state: structuredClone(backend.state) }),
    restore(snapshot) {
      backend.state = structuredClone(snapshot.state) as GoogleState
    },
    reset() {
      fill(backend, options)
      faults.clear()
      requests.length = 0
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
