import { createHash } from 'node:crypto'
import type { RandomSource } from '../ports/index.ts'

const TOKEN_BYTES = 32

/** A fresh secret for a watch channel, as text that a header can carry. */
export function newToken(random: RandomSource): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
}

/** SHA-256 of a channel's token, as lower-case hex. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
