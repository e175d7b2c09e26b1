import { createHash } from 'node:crypto'
import { lengthPrefixed } from '../domain/index.ts'

/** An id made from what identifies a change: reading the same change again gives the same id. */
export function changeIdOf(...parts: readonly string[]): string {
  return createHash('sha256').update(lengthPrefixed(parts)).digest('hex').slice(0, 40)
}
