/** A part of a multipart body. */
export interface MultipartPart {
  readonly headers: Headers
  readonly content: string
}

/** The value of a header that can be written: printable ASCII, which no line break hides in. */
const HEADER_VALUE = /^[\x20-\x7e]*$/
/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Header lines, each with its line break. `null` when a name or a value could be anything but a header. */
export function writeHeaders(headers: Iterable<readonly [string, string]>): string | null {
  let lines = ''
  for (const [name, value] of headers) {
    if (!TOKEN.test(name) || !HEADER_VALUE.test(value)) return null
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

/** Header lines as they come: folded ones are joined, and what is no header is passed over. */
export function readHeaders(head: string): Headers {
  const headers = new Headers()
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim()
    const value = line.slice(colon + 1).trim()
    // What `Headers` takes: a token, and a value of bytes without control characters.
    if (TOKEN.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) headers.append(name, value)
  }
  return headers
}

/** What is before and after the first blank line; without one all of it is `head`. */
export function splitMessage(text: string): { readonly head: string; readonly content: string } {
  // A message may open with the blank line: it has no headers then.
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text)
  if (blank === null) return { head: text, content: '' }
  return { head: text.slice(0, blank.index), content: text.slice(blank.index + blank[0].length) }
}

/** A multipart body (RFC 2046) of parts that are written already; `boundary` must be in none of them. */
export function writeMultipart(parts: readonly string[], boundary: string): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
}

/** The boundary of a multipart content type, bare or quoted; `null` when there is none. */
export function readBoundary(contentType: string | null): string | null {
  if (contentType === null || !/^\s*multipart\/[\w.+-]+\s*;/i.test(contentType)) return null
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType)
  const boundary = found?.[1]?.replaceAll(/\\(.)/g, '$1') ?? found?.[2] ?? ''
  return boundary === '' ? null : boundary
}

/**
 * The parts of a multipart body that are there from beginning to end, in order; `null` when no delimiter is found.
 * Lines may end in CRLF or LF; what stands before the first delimiter and after the closing one is passed over, and
 * so is a last part that breaks off.
 */
export function readMultipart(body: string, boundary: string): MultipartPart[] | null {
  const mark = `--${boundary}`
  const parts: MultipartPart[] = []
  let begin: number | null = null
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue
    const rest = /^(--)?[ \t]*(?:\r?\n|$)/.exec(body.slice(at + mark.length, at + mark.length + 80))
    if (rest === null) continue
    if (begin !== null) {
      // The line break before a delimiter belongs to it.
      const end = at - (body[at - 2] === '\r' ? 2 : 1)
      const { head, content } = splitMessage(body.slice(begin, Math.max(begin, end)))
      parts.push({ headers: readHeaders(head), content })
    }
    begin = at + mark.length + rest[0].length
    if (rest[1] !== undefined) return parts
  }
  return begin === null ? null : parts
}
