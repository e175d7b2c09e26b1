import type { FaultControls } from './fault-controls.ts'
import type { UserHand } from './hand.ts'
import type { EmulatorClient, EmulatorUser } from './options.ts'
import type { DeliveryRecord } from './push/push-signals.ts'
import type { LoggedRequest } from './request-log.ts'

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
  /** The addresses of all accounts. */
  users(): string[]
  /** All OAuth clients, with their secrets. */
  clients(): EmulatorClient[]
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
  /**
   * Adds accounts with their calendars, events and settings.
   * @throws Error when one is there already, or for events that Google refuses; nothing is added then.
   */
  addUsers(users: readonly EmulatorUser[]): void
  readonly faults: FaultControls
  /** Every request in order of arrival, the pages for people excepted; `requests.length = 0` clears it. */
  readonly requests: LoggedRequest[]
  /** What became of every notification, in order; it holds no channel token. `deliveries.length = 0` clears it. */
  readonly deliveries: DeliveryRecord[]
  /**
   * Resolves when no notification is being sent and none is due. One that waits for a retry or a delay needs
   * `advance` first.
   */
  settled(): Promise<void>
  /** The emulator's time, in milliseconds. */
  now(): number
  /** Moves the emulator's time forward by milliseconds; notifications that are due then leave soon after. */
  advance(ms: number): void
  /** A copy of everything Google holds: accounts, events, tokens, id sequence. Time and faults are not in it. */
  snapshot(): EmulatorSnapshot
  /** Goes back to a snapshot; time does not go back. */
  restore(snapshot: EmulatorSnapshot): void
  /** Goes back to how it was made: data, faults, request log and deliveries. Time does not go back. */
  reset(): void
  /**
   * Stops listening and sending notifications, and writes the state file. The data stays readable.
   * @throws the error of writing the state file.
   */
  close(): Promise<void>
}
