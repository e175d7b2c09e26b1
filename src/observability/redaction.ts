/**
 * Shapes of Google's credentials (access token, refresh token, authorization code, client secret, JWT) and of
 * bearer headers. The SDK never puts one into a message; this is the second line.
 */
const SECRETS: readonly RegExp[] = [
  /ya29\.[\w-]+/g,
  /1\/\/[\w-]{10,}/g,
  /\b4(?:\/|%2F)[\w-]{10,}/gi,
  /GOCSPX-[\w-]+/g,
  /eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\bBearer\s+[^\s"']+/gi,
]

/** Longest message kept, in characters. */
const MAX_LENGTH = 500

/** A message without anything that looks like a credential, on one line, cut at 500 characters. */
export function redact(message: string): string {
  let text = message
  for (const pattern of SECRETS) text = text.replace(pattern, '[redacted]')
  // Line breaks would let a message forge a second log line.
  text = text.replace(/[\r\n\u2028\u2029]+/g, ' ')
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text
}
