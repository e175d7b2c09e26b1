import type { JsonValue } from './json.ts'

/** A request as the emulator's handlers see it, whichever edge it came through. */
export interface EmulatedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string
  /** The body passed the size limit and was not read. */
  readonly bodyTooLarge: boolean
  /** False for a body whose bytes are no UTF-8; absent: they are. */
  readonly bodyIsText?: boolean | undefined
}

/** An answer as the emulator's handlers make it. */
export interface EmulatedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** The largest request body that is read, in bytes. */
export const MAX_BODY_BYTES: number = 5 * 1024 * 1024

/** The longest address that is read, in characters. */
export const MAX_URL_LENGTH: number = 8192

/** A JSON answer with Google's content type. */
export function jsonResponse(
  status: number,
  value: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): EmulatedResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: JSON.stringify(value),
  }
}

/** An HTML page; never cached, never framed, no scripts. */
export function htmlResponse(status: number, markup: string): EmulatedResponse {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: markup,
  }
}

/** A redirect by GET (302 for Google's consent page, 303 after a form). */
export function redirectResponse(location: string, status: 302 | 303 = 302): EmulatedResponse {
  return { status, headers: { location, 'cache-control': 'no-store' }, body: null }
}

/** An answer without a body. */
export function emptyResponse(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): EmulatedResponse {
  return { status, headers, body: null }
}

/** Text made safe to stand in HTML, inside or outside attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
