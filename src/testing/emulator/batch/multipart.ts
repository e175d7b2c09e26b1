/** A part of a multipart body. */
export interface MultipartPart {
  readonly headers: Headers
  readonly content: string
}

/** What is before and after the first blank line of a message; without one all of it is `head`. */
export function splitMessage(text: string): { readonly head: string; readonly content: string } {
  // A message may open with the blank line: it has no headers then.
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text)
  if (!blank) return { head: text, content: '' }
  return { head: text.slice(0, blank.index), content: text.slice(blank.index + blank[0].length) }
}

/** Reads header lines, folded ones included; null for lines that are no headers. */
export function readHeaderLines(head: string): Headers | null {
  const headers = new Headers()
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  for (const line of lines) {
    if (line === '') continue
    const colon = line.indexOf(':')
    if (colon < 1) return null
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
    } catch (error) {
      // A name or a value that HTTP does not allow.
      if (error instanceof TypeError) return null
      throw error
    }
  }
  return headers
}

/** The boundary of a `multipart/mixed` content type, bare or quoted; null when it is none or has no boundary. */
export function readBoundary(contentType: string | null): string | null {
  if (!/^\s*multipart\/mixed\s*(?:;|$)/i.test(contentType ?? '')) return null
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType ?? '')
  const boundary = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2] ?? ''
  // RFC 2046 allows up to 70 characters.
  return boundary === '' || boundary.length > 70 ? null : boundary
}

interface Delimiter {
  readonly start: number
  readonly end: number
  readonly closing: boolean
}

/** The delimiter lines up to the closing one. */
function findDelimiters(body: string, boundary: string): Delimiter[] {
  const mark = `--${boundary}`
  const delimiters: Delimiter[] = []
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue
    const line = /^(--)?[ \t]*(?:\r?\n|$)/.exec(body.slice(at + mark.length, at + mark.length + 200))
    if (!line) continue
    const closing = line[1] !== undefined
    // The line break before a delimiter belongs to it.
    const lineBreak = at === 0 ? 0 : body[at - 2] === '\r' ? 2 : 1
    delimiters.push({ start: at - lineBreak, end: at + mark.length + line[0].length, closing })
    if (closing) break
  }
  return delimiters
}

/**
 * Takes a multipart body apart (RFC 2046). Lines may end in CRLF or LF; what stands before the first delimiter and
 * after the closing one is ignored.
 * @returns null for a body without a closing delimiter, or with a part whose headers cannot be read.
 */
export function readMultipart(body: string, boundary: string): MultipartPart[] | null {
  const delimiters = findDelimiters(body, boundary)
  if (delimiters.at(-1)?.closing !== true) return null
  const parts: MultipartPart[] = []
  for (const [index, { end }] of delimiters.slice(0, -1).entries()) {
    const next = delimiters[index + 1]?.start ?? end
    const { head, content } = splitMessage(body.slice(end, Math.max(end, next)))
    const headers = readHeaderLines(head)
    if (!headers) return null
    parts.push({ headers, content })
  }
  return parts
}
