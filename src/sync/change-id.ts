import { createHash } from 'node:crypto'

/** An id made from what identifies a change: reading the same change again gives the same id. */
export function changeIdOf(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`)
  return hash.digest('hex').slice(0, 40)
}
