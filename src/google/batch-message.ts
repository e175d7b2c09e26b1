import { AppointmentSyncError } from '../errors/index.ts'
import type { RandomSource } from '../ports/index.ts'
import {
  readBoundary,
  readHeaders,
  readMultipart,
  splitMessage,
  writeHeaders,
  writeMultipart,
} from './multipart.ts'

/** Headers that the whole batch has: of the connection, or of the one who asks. */
const OF_THE_BATCH: ReadonlySet<string> = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'host',
  'user-agent',
  'x-goog-api-client',
])

/** The answer to one call of a batch. */
export interface BatchedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/**
 * One call as a batch holds it: a whole HTTP request with a path alone. `null` when it cannot be written so: a body
 * that is no text, or a method, path or header that would be something else on the wire.
 */
export function writeCall(url: URL, init: RequestInit): string | null {
  const { method = 'GET', body = null } = init
  const target = url.pathname + url.search
  if (!/^[A-Z]+$/.test(method) || !/^\/[\x21-\x7e]*$/.test(target)) return null
  if (body !== null && typeof body !== 'string') return null
  const headers = writeHeaders([...new Headers(init.headers)].filter(([name]) => !OF_THE_BATCH.has(name)))
  return headers === null ? null : `${method} ${target} HTTP/1.1\r\n${headers}\r\n${body ?? ''}`
}

/** The body of a batch (https://developers.google.com/workspace/calendar/api/guides/batch). */
export function writeBatch(
  calls: readonly string[],
  random: RandomSource,
): { readonly contentType: string; readonly body: string } {
  const parts = calls.map(
    (call, place) => `Content-Type: application/http\r\nContent-ID: <call-${place}>\r\n\r\n${call}`,
  )
  const name = `batch_${Buffer.from(random.bytes(16)).toString('hex')}`
  let boundary = name
  for (let tries = 1; parts.some((part) => part.includes(boundary)); tries += 1) boundary = `${name}_${tries}`
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: writeMultipart(parts, boundary),
  }
}

/**
 * The answers of a batch in the order of its `count` calls; `null` for a call whose answer is missing or cannot be
 * read. Parts are told apart by their Content-ID; parts without one stand in the order of the calls, as long as
 * none is missing.
 * @throws one `GOOGLE_UNAVAILABLE` when the whole cannot be read as the answer to a batch.
 */
export function readBatch(contentType: string | null, body: string, count: number): (BatchedAnswer | null)[] {
  const boundary = readBoundary(contentType)
  const parts = boundary === null ? null : readMultipart(body, boundary)
  if (parts === null) {
    throw new AppointmentSyncError({
      code: 'GOOGLE_UNAVAILABLE',
      message:
        'The answer to a batch was no multipart message. What became of its calls is found out by reading.',
      retryable: true,
    })
  }
  const answers: (BatchedAnswer | null)[] = Array.from({ length: count }, () => null)
  for (const [index, part] of parts.entries()) {
    const named = placeOf(part.headers.get('content-id'))
    const place = named ?? (parts.length === count ? index : null)
    if (place === null || place >= count) continue
    answers[place] ??= readAnswer(part.content)
  }
  return answers
}

/** `<response-call-7>` is the answer to call 7. */
function placeOf(contentId: string | null): number | null {
  const digits = /(?:^|-)call-(\d{1,4})>?$/.exec(contentId?.trim() ?? '')?.[1]
  return digits === undefined ? null : Number(digits)
}

function readAnswer(content: string): BatchedAnswer | null {
  const message = content.replace(/^(?:\r?\n)+/, '')
  const line = /^HTTP\/\d(?:\.\d)?[ \t]+([2-5]\d\d)(?:[ \t][^\r\n]*)?(?:\r?\n|$)/.exec(message)
  if (line === null) return null
  const { head, content: body } = splitMessage(message.slice(line[0].length))
  return { status: Number(line[1]), headers: readHeaders(head), body }
}
