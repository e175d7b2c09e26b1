import {
  createGoogleEmulator,
  type GoogleEmulator,
  type LoggedRequest,
} from 'appointment-sync/testing/emulator'
import { CLIENT } from './sdk-options.ts'

/** Told of every request of a worker. */
export interface RequestWatch {
  /** It arrived and did nothing yet; `true` when it is never to do anything, nor to be answered. */
  arrived(worker: number): boolean
  /** It did what it asks for, and the answer is about to leave. */
  applied(worker: number): void
}

/** How long a request is on its way in real time, so that something is on its way when a worker dies. */
const LATENCY_MS = 2

function workerOf(header: string | null | undefined): number | null {
  return header === null || header === undefined ? null : Number(header)
}

/** The emulator on a port. It outlives all workers. */
export async function openGoogle(
  emails: readonly string[],
  watch: () => RequestWatch | null,
): Promise<GoogleEmulator> {
  // Known only once the emulator is made; its hooks are called later.
  let requests: readonly LoggedRequest[] = []
  const google = await createGoogleEmulator({
    port: 0,
    clients: [{ ...CLIENT, redirectUris: [CLIENT.redirectUri] }],
    users: emails.map((email) => ({ email })),
    // Called when a request has arrived and nothing has come of it, so that it is the last of the log.
    sleep: (ms) => {
      const worker = workerOf(requests.at(-1)?.requestHeaders['x-worker'])
      if (worker !== null && watch()?.arrived(worker) === true) return new Promise(() => undefined)
      return new Promise((resolve) => setTimeout(resolve, ms))
    },
    observe: ({ request }) => {
      const worker = workerOf(request.headers.get('x-worker'))
      if (worker !== null) watch()?.applied(worker)
    },
  })
  requests = google.requests
  google.faults.latencyMs(LATENCY_MS)
  return google
}
