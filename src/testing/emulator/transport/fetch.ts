import { MAX_BODY_BYTES, type EmulatedRequest } from '../messages.ts'
import type { Service } from '../service.ts'

/** Google's real hosts: a test may mount the emulator's fetch on them. */
const GOOGLE_HOSTS = new Set([
  'accounts.google.com',
  'oauth2.googleapis.com',
  'openidconnect.googleapis.com',
  'www.googleapis.com',
])

/** The rejection of a lost connection, as `fetch` gives it. */
function connectionLost(why: string): TypeError {
  const cause = Object.assign(new Error(why), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}

async function readRequest(request: Request): Promise<EmulatedRequest> {
  const bytes = await request.arrayBuffer()
  const bodyTooLarge = bytes.byteLength > MAX_BODY_BYTES
  return {
    method: request.method.toUpperCase(),
    url: new URL(request.url),
    headers: request.headers,
    body: bodyTooLarge ? '' : new TextDecoder().decode(bytes),
    bodyTooLarge,
  }
}

/**
 * The emulator as a `fetch`: no network, the same answers. It serves its own address and Google's real hosts;
 * any other host is refused like a dead server, so that a stray request cannot leave a test.
 * Rejects with `TypeError('fetch failed')` for a lost connection and with the signal's reason on abort.
 */
export function createFetch(service: Service, origin: () => string): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { host, hostname } = new URL(request.url)
    if (host !== new URL(origin()).host && !GOOGLE_HOSTS.has(hostname)) {
      throw connectionLost(`the emulator does not serve ${host}`)
    }
    request.signal.throwIfAborted()
    const outcome = await service.serve(await readRequest(request), request.signal)
    request.signal.throwIfAborted()
    if (outcome === 'dropped') throw connectionLost('socket hang up')
    return new Response(outcome.body, { status: outcome.status, headers: { ...outcome.headers } })
  }
}
