import { GOOGLE_HOSTS } from '../google-hosts.ts'
import type { EmulatedRequest } from '../messages.ts'
import {
  readBoundary,
  readHeaderLines,
  readMultipart,
  splitMessage,
  type MultipartPart,
} from './multipart.ts'

/** One call of a batch. */
export interface BatchedCall {
  readonly contentId: string | null
  readonly request: EmulatedRequest
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+(\S+)(?:[ \t]+HTTP\/\d(?:\.\d)?)?[ \t]*$/

/** The address a request line means: a path, or a URL of this host or of Google's; null for any other. */
function readAddress(target: string, outer: URL): URL | null {
  const text = target.startsWith('/') ? outer.origin + target : target
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.host !== outer.host && !GOOGLE_HOSTS.has(url.hostname)) return null
  for (const name of new Set(outer.searchParams.keys())) {
    if (url.searchParams.has(name)) continue
    for (const value of outer.searchParams.getAll(name)) url.searchParams.append(name, value)
  }
  return url
}

/** The batch's own headers, but for those of its body, under those of the call. */
function mergeHeaders(outer: Headers, own: Headers): Headers {
  const merged = new Headers()
  for (const [name, value] of outer) if (!name.startsWith('content-')) merged.set(name, value)
  for (const [name, value] of own) merged.set(name, value)
  return merged
}

function readCall(part: MultipartPart, outer: EmulatedRequest): BatchedCall | null {
  if (!/^application\/http\s*(?:;|$)/i.test(part.headers.get('content-type') ?? '')) return null
  const message = part.content.replace(/^(?:\r?\n)+/, '')
  const lineEnd = message.search(/\r?\n|$/)
  const [, method, target] = REQUEST_LINE.exec(message.slice(0, lineEnd)) ?? []
  if (method === undefined || target === undefined) return null
  const { head, content } = splitMessage(message.slice(lineEnd).replace(/^\r?\n/, ''))
  const headers = readHeaderLines(head)
  const url = readAddress(target, outer.url)
  if (!headers || !url) return null
  return {
    contentId: part.headers.get('content-id'),
    request: {
      method: method.toUpperCase(),
      url,
      headers: mergeHeaders(outer.headers, headers),
      body: content,
      bodyTooLarge: false,
      bodyIsText: outer.bodyIsText,
    },
  }
}

/** The calls of a batch, in the order they were sent; null when one cannot be read, or when there is none. */
export function readBatch(outer: EmulatedRequest): BatchedCall[] | null {
  const boundary = readBoundary(outer.headers.get('content-type'))
  const parts = boundary === null ? null : readMultipart(outer.body, boundary)
  const calls = parts?.map((part) => readCall(part, outer)) ?? []
  const readable = calls.filter((call) => call !== null)
  return readable.length === 0 || readable.length < calls.length ? null : readable
}
