/**
 * Several texts as one, unambiguously: each is preceded by its length in UTF-8 bytes, so that no choice of
 * contents makes two different lists read the same (`['ab', 'c']` and `['a', 'bc']` differ).
 */
export function lengthPrefixed(parts: readonly string[]): string {
  return parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')
}
