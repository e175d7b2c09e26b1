/*
 * What `appointment-sync/testing/emulator` means in the tests: the emulator, with every exchange validated against
 * Google's discovery document. The alias stands in test/vitest.config.ts; the types come from the sources.
 */
import {
  createGoogleEmulator as createUnwatched,
  type GoogleEmulator,
  type GoogleEmulatorOptions,
} from '../../../src/testing/emulator/index.ts'
import { exemptBody, watchExchange } from './watched-traffic.ts'

export * from '../../../src/testing/emulator/index.ts'

/** The emulator's own factory; its traffic is watched, and a caller's `observe` is still called. */
export async function createGoogleEmulator(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  const google = await createUnwatched({
    ...options,
    observe(exchange) {
      watchExchange(exchange)
      options.observe?.(exchange)
    },
  })
  const { failNext } = google.faults
  google.faults.failNext = (fault) => {
    if (fault.body !== undefined) exemptBody(fault.body)
    failNext(fault)
  }
  return google
}
