import type { AppointmentSyncOptions, GoogleEndpointOptions } from 'appointment-sync'
import type { AppointmentSource, Clock, Storage } from 'appointment-sync/ports'

/** The OAuth client; named here so that a worker need not load the emulator for it. */
export const CLIENT = {
  clientId: 'kill-test-client',
  clientSecret: 'kill-test-secret',
  redirectUri: 'https://app.example.com/oauth/callback',
} as const

/** The options of the SDK, alike in every process of a run. */
export function sdkOptions(given: {
  readonly endpoints: GoogleEndpointOptions
  readonly appointments: AppointmentSource
  readonly storage: Storage
  readonly clock: Clock
  readonly fetch?: typeof globalThis.fetch | undefined
}): AppointmentSyncOptions {
  const { endpoints, fetch, ...rest } = given
  return {
    ...rest,
    google: { ...CLIENT, endpoints, fetch },
    encryption: { keys: [{ id: 'k1', secret: 'a secret of at least 32 characters, for tests' }] },
    pushTimeoutMs: 2_000,
  }
}
