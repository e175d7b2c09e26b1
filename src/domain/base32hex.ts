const ALPHABET = '0123456789abcdefghijklmnopqrstuv'

/**
 * Base32hex (RFC 4648 §7) in lower case without padding: exactly the characters that Google allows in an event id
 * (https://developers.google.com/workspace/calendar/api/v3/reference/events).
 */
export function base32hex(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(buffer >> bits) & 31]
    }
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text
}
