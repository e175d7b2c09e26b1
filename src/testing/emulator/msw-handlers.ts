import type { GoogleEmulator } from './google-emulator.ts'
import { GOOGLE_HOSTS } from './google-hosts.ts'

/** What this needs of msw's `http` namespace; `Handler` is what msw's `setupServer` takes. */
export interface MswHttpLike<Handler> {
  /** A handler for every method of the addresses that match. */
  all(address: string, resolver: (call: { readonly request: Request }) => Promise<Response>): Handler
}

/** Whether `fetch` rejected for want of a connection, rather than for an abort or a bug. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed'
}

/**
 * Handlers for Mock Service Worker that answer for Google's real hosts, so that code whose endpoints cannot be
 * changed meets the emulator. A lost connection becomes a network error; a caller who aborts is let go.
 * @param http msw's own `http`.
 *
 * @example
 * ```ts
 * import { http } from 'msw'
 * import { setupServer } from 'msw/node'
 *
 * const google = await createGoogleEmulator()
 * const server = setupServer(...mswHandlers(google, http))
 * server.listen()
 * ```
 */
export function mswHandlers<Handler>(
  google: Pick<GoogleEmulator, 'fetch'>,
  http: MswHttpLike<Handler>,
): Handler[] {
  const answer = async ({ request }: { readonly request: Request }): Promise<Response> => {
    try {
      return await google.fetch(request)
    } catch (error) {
      // The caller of an aborted request has gone already, and hears nothing of this answer.
      if (isConnectionLost(error) || request.signal.aborted) return Response.error()
      throw error
    }
  }
  return [...GOOGLE_HOSTS].map((host) => http.all(`https://${host}/*`, answer))
}
