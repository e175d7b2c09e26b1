const encoder = new TextEncoder()

/**
 * Several texts as one, unambiguously: each is preceded by its length in UTF-8 bytes, so that no choice of
 * contents makes two different lists read the same (`['ab', 'c']` and `['a', 'bc']` differ). What is hashed or
 * authenticated over several parts goes through here; the form is part of stored data.
 */
export function lengthPrefixed(parts: readonly string[]): string {
  return parts.map((part) => `${encoder.encode(part).length}:${part}`).join('')
}
