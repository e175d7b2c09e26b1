import type { Clock } from '../ports/index.ts'
import type { OAuthClientOptions } from './oauth-options.ts'

/** What an OAuth endpoint answered. */
export interface RawReply {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

/** A `fetch` for one request, which keeps the answer. */
export interface OAuthFetch {
  readonly fetch: typeof fetch
  /** The answer, read to its end; `null` when there was none. */
  reply(): RawReply | null
}

/** Statuses whose answers must have no body (Fetch standard, "null body status"). */
const NULL_BODY = new Set([204, 205, 304])

/**
 * A `fetch` that stops at the time-out or the caller's abort, body included.
 *
 * It keeps the answer as it came, because the official client replaces `expires_in` by an instant of the
 * machine's clock, which need not be ours.
 */
export function createOAuthFetch(options: {
  readonly client: OAuthClientOptions
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}): OAuthFetch {
  const send = options.client.fetch ?? globalThis.fetch
  let reply: RawReply | null = null
  return {
    reply: () => reply,
    fetch: async (input, init) => {
      const timer = startTimer(options.clock, options.timeoutMs)
      const signals = options.signal === undefined ? [timer.signal] : [timer.signal, options.signal]
      try {
        const response = await send(input, { ...init, signal: AbortSignal.any(signals) })
        const { status, headers } = response
        const text = await response.text()
        reply = { status, text, retryAfter: headers.get('retry-after') }
        return new Response(NULL_BODY.has(status) ? null : text, { status, headers })
      } finally {
        timer.stop()
      }
    },
  }
}

function startTimer(clock: Clock, timeoutMs: number): { signal: AbortSignal; stop: () => void } {
  const expired = new AbortController()
  const stopped = new AbortController()
  clock.sleep(timeoutMs, { signal: stopped.signal }).then(
    () => expired.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError')),
    // The sleep ends early because the request is over; nothing waits for it any more.
    () => undefined,
  )
  return { signal: expired.signal, stop: () => stopped.abort() }
}
