import { GOOGLE_HOSTS } from '../google-hosts.ts'
import type { EmulatedRequest } from '../messages.ts'
import type { Service } from '../service.ts'
import { BodyCollector, textBody, type ReceivedBody } from './body.ts'

/** The rejection of a lost connection, as `fetch` gives it. */
function connectionLost(why: string): TypeError {
  const cause = Object.assign(new Error(why), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}

/** Reads a body up to the size limit; the rest is not asked for. */
async function readStream(stream: ReadableStream<Uint8Array>): Promise<ReceivedBody> {
  const collector = new BodyCollector()
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return collector.body()
    collector.add(value)
    if (collector.tooLarge) {
      await reader.cancel()
      return collector.body()
    }
  }
}

async function readRequest(
  request: Request,
  url: URL,
  given: RequestInit | undefined,
): Promise<EmulatedRequest> {
  // Most bodies are strings; reading those as streams takes longer than answering them.
  const body =
    typeof given?.body === 'string'
      ? textBody(given.body)
      : request.body
        ? await readStream(request.body)
        : textBody('')
  return { method: request.method.toUpperCase(), url, headers: request.headers, ...body }
}

/**
 * The emulator as a `fetch`: no network, the same answers. It serves its own address and Google's real hosts;
 * any other host is refused like a dead server, so that a stray request cannot leave a test.
 * Rejects with `TypeError('fetch failed')` for a lost connection and with the signal's reason on abort.
 */
export function createFetch(service: Service, origin: () => string): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    if (!GOOGLE_HOSTS.has(url.hostname) && url.origin !== origin() && url.host !== new URL(origin()).host) {
      throw connectionLost(`the emulator does not serve ${url.host}`)
    }
    request.signal.throwIfAborted()
    const outcome = await service.serve(await readRequest(request, url, init), request.signal)
    request.signal.throwIfAborted()
    if (outcome === 'dropped') throw connectionLost('socket hang up')
    const body = request.method === 'HEAD' ? null : outcome.body
    return new Response(body, { status: outcome.status, headers: { ...outcome.headers } })
  }
}
