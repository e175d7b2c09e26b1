import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './backend.ts'
import { readBatchSettings } from './batch/batch-settings.ts'
import { createVirtualClock } from './clock.ts'
import { withOwnPaths } from './control/own-paths.ts'
import { createFaultControls } from './fault-controls.ts'
import { createFaultBoard } from './faults.ts'
import { noteChanges } from './files/note-changes.ts'
import { openStateFile, type SavedEmulator } from './files/state-file.ts'
import { createUserHand } from './hand.ts'
import type { ConsentChoice, GoogleEmulator, GoogleEmulatorEndpoints } from './google-emulator.ts'
import { addUsers, clientOf, clientRecord } from './initial-state.ts'
import { seedRandom } from './random.ts'
import { completeAuthorization, readAuthorizationRequest, tickedScopes } from './oauth/authorization.ts'
import { createIdTokenSigner } from './oauth/id-token.ts'
import { longScope } from './scopes.ts'
import { DEFAULT_CLIENT, DEFAULT_USER, type GoogleEmulatorOptions } from './options.ts'
import { createDelivery } from './push/delivery.ts'
import { readPushSettings } from './push/push-settings.ts'
import { SILENT_PUSH } from './push/push-signals.ts'
import { deliverByFetch } from './push/send.ts'
import { readQuota } from './quota/quota-limits.ts'
import type { LoggedRequest } from './request-log.ts'
import { createService } from './service.ts'
import { emptyState, type GoogleState } from './state/state.ts'
import { createFetch } from './transport/fetch.ts'
import { openHttpEdge, type HttpEdge } from './transport/http-server.ts'

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
    push: SILENT_PUSH,
    origin,
    settings: {
      accessTokenTtlMs: options.accessTokenTtlMs ?? 3_599_000,
      syncTokenTtlMs: options.syncTokenTtlMs ?? null,
      extendedPropertyMatch: options.extendedPropertyMatch ?? 'all',
      seriesStart: options.seriesStart ?? 'always',
      offLimitsCalendarStatus: options.offLimitsCalendarStatus ?? 403,
      defaultSettings: options.defaultSettings ?? 'listed',
      authErrorEnvelope: options.authErrorEnvelope ?? 'back-end',
      quota: options.quota === undefined ? null : readQuota(options.quota),
      batch: readBatchSettings(options),
      push: readPushSettings(options),
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
  if (grant === 'none') return completeAuthorization(backend, request, account, grant)
  const ticked = tickedScopes(backend, request)
  const kept = grant === 'all' ? ticked : grant.map(longScope).filter((scope) => ticked.includes(scope))
  return completeAuthorization(backend, request, account, kept)
}

/**
 * Makes a Google emulator: OAuth 2.0 (consent page, tokens, revocation) and Calendar v3 (events with sync
 * tokens, calendar list, free/busy) with Google's own refusals, over a local port and as a `fetch`.
 * @throws the listen error when the port is taken.
 * @throws Error when the state file is damaged, of another version, or in use by a live emulator.
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
  let advancedMs = 0
  const backend = createBackend(options, () => url)
  const requests: LoggedRequest[] = []
  const delivery = createDelivery(backend, {
    deliver: options.deliver ?? deliverByFetch,
    realTime: options.clock === undefined,
  })
  backend.push = delivery
  const wait = options.sleep ?? (async (ms) => sleep(ms))
  const inner = createService({
    backend,
    signer: createIdTokenSigner(),
    requests,
    observe: options.observe ?? null,
    sleep: wait,
  })
  const current = (): SavedEmulator => ({ state: backend.state, advancedMs })
  const file = options.stateFile === undefined ? null : await openStateFile(options.stateFile, current)
  if (file?.saved) {
    backend.state = file.saved.state
    advancedMs = file.saved.advancedMs
    // A clock of the caller's own keeps its own time.
    if (options.clock === undefined) backend.clock.advance(advancedMs)
    // What an earlier process left unsent leaves now.
    delivery.wake()
  }
  const service = withOwnPaths(delivery.around(inner), {
    backend,
    requests,
    control: options.control ?? false,
    emulator: () => emulator,
    sleep: wait,
    changed: () => file?.changed(),
  })
  if (options.port !== undefined) {
    try {
      edge = await openHttpEdge(service, options.port)
    } catch (error) {
      await file?.abandon()
      throw error
    }
    url = edge.url
  }
  const faults = createFaultControls(backend)
  const close = async (): Promise<void> => {
    delivery.close()
    await edge?.close()
    edge = null
    await file?.close()
  }
  const made: GoogleEmulator = {
    url,
    endpoints: endpointsAt(url),
    fetch: createFetch(service, () => url),
    users: () => [...backend.state.users.keys()],
    clients: () => [...backend.state.clients.values()].map((record) => clientOf(record)),
    user: (email) => createUserHand(backend, email),
    authorize: (authUrl, choice) => playConsent(backend, authUrl, choice),
    registerClient: (client) => void backend.state.clients.set(client.clientId, clientRecord(client)),
    addUsers: (users) => addUsers(backend, users),
    faults,
    requests,
    deliveries: delivery.records,
    settled: async () => delivery.settled(),
    now: () => backend.clock.now(),
    advance(ms) {
      backend.clock.advance(ms)
      advancedMs += ms
      delivery.wake()
    },
    snapshot: () => ({ state: structuredClone(backend.state) }),
    restore(snapshot) {
      backend.state = structuredClone(snapshot.state) as GoogleState
      delivery.wake()
    },
    reset() {
      fill(backend, options)
      faults.clear()
      requests.length = 0
      delivery.records.length = 0
      delivery.wake()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  const emulator = file ? noteChanges(made, () => file.changed()) : made
  return emulator
}
