import { randomBytes } from 'node:crypto'

/** Unpredictable bytes, for ids, states, nonces, PKCE verifiers and jitter. Injected, so that runs replay. */
export interface RandomSource {
  /** `length` bytes; the production source must be cryptographically secure. */
  bytes(length: number): Uint8Array
}

/** The operating system's generator. */
export const systemRandom: RandomSource = { bytes: (length) => new Uint8Array(randomBytes(length)) }

/** A fresh id: 32 hexadecimal digits, unpredictable as far as the source is. */
export function freshId(random: RandomSource): string {
  return Buffer.from(random.bytes(16)).toString('hex')
}
