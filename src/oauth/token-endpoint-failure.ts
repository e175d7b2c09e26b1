import { z } from 'zod'
import type { RawReply } from './oauth-fetch.ts'

/**
 * Why a token request failed, in nothing but figures and registered words. It stands in as the `cause` of our
 * errors for the client library's own error, which carries the whole request: code, secret and tokens.
 */
export class TokenEndpointFailure extends Error {
  /** HTTP status; `null` when there was no answer. */
  readonly status: number | null
  /** The `error` of the answer, for example `invalid_grant`; `null` when it has none. */
  readonly error: string | null
  /** The `error_subtype` of the answer, for example `invalid_rapt`; `null` when it has none. */
  readonly subtype: string | null
  /** From the `Retry-After` header, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(what: {
    status: number | null
    error: string | null
    subtype?: string | null
    detail?: string | null
    retryAfterMs?: number | undefined
  }) {
    const words = [
      what.status === null ? 'no answer' : `HTTP ${what.status}`,
      what.error,
      what.subtype,
      what.detail,
    ]
    super(words.filter((word) => word !== null && word !== undefined).join(', '))
    this.name = 'TokenEndpointFailure'
    this.status = what.status
    this.error = what.error
    this.subtype = what.subtype ?? null
    this.retryAfterMs = what.retryAfterMs
  }
}

const errorBody = z.object({ error: z.string(), error_subtype: z.string().optional().catch(undefined) })

/** The failure told by an answer, or by a request that got none. */
export function failureOf(reply: RawReply | null, thrown: unknown): TokenEndpointFailure {
  if (reply === null)
    return new TokenEndpointFailure({ status: null, error: null, detail: networkCode(thrown) })
  const { status, retryAfter } = reply
  const retryAfterMs =
    retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined
  if (status >= 200 && status < 300) {
    return new TokenEndpointFailure({ status, error: null, detail: 'not a token reply' })
  }
  const body = errorBody.safeParse(jsonOf(reply.text))
  if (!body.success) return new TokenEndpointFailure({ status, error: null, retryAfterMs })
  const { error, error_subtype: subtype } = body.data
  return new TokenEndpointFailure({
    status,
    error: registeredWord(error),
    subtype: subtype === undefined ? null : registeredWord(subtype),
    retryAfterMs,
  })
}

/** A protocol error word, cut down to what such words are made of; a stranger can put any text in its place. */
export function registeredWord(text: string): string {
  const word = text
    .toLowerCase()
    .replaceAll(/[^a-z_]/g, '')
    .slice(0, 64)
  return word === '' ? 'unnamed_error' : word
}

/** The JSON of an answer, or `undefined` where it is something else, such as a proxy's HTML page. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which may hold a token.
    return undefined
  }
}

function networkCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error)) return null
  const nested = thrown.cause instanceof Error ? thrown.cause.cause : undefined
  for (const error of [thrown, thrown.cause, nested]) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (typeof code === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(code)) return code
  }
  return null
}
