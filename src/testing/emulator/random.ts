/** The state of the seeded generator; part of the emulator's state, so snapshots replay. */
export interface RandomState {
  value: number
}

const BASE32HEX = '0123456789abcdefghijklmnopqrstuv'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** A generator state made from a seed. */
export function seedRandom(seed: number): RandomState {
  return { value: seed >>> 0 }
}

/** The next 32-bit number (mulberry32): small, fast, the same on every machine. */
function nextUint32(state: RandomState): number {
  state.value = (state.value + 0x6d2b79f5) >>> 0
  let mixed = state.value
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return (mixed ^ (mixed >>> 14)) >>> 0
}

/** A number from 0 up to, but not including, 1. */
export function randomFraction(state: RandomState): number {
  return nextUint32(state) / 2 ** 32
}

/** A whole number from 0 up to, but not including, `bound`. */
export function randomIndex(state: RandomState, bound: number): number {
  return nextUint32(state) % bound
}

function randomText(state: RandomState, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[nextUint32(state) % alphabet.length]).join('')
}

/** A server-made resource id: 26 characters of base32hex, like Google's. */
export function randomResourceId(state: RandomState): string {
  return randomText(state, BASE32HEX, 26)
}

/** An authorization code that looks like Google's, slash included (it must survive URL encoding). */
export function randomAuthorizationCode(state: RandomState): string {
  return `4/0A${randomText(state, URL_SAFE, 70)}`
}

/** An access token that looks like Google's. */
export function randomAccessToken(state: RandomState): string {
  return `ya29.a0${randomText(state, URL_SAFE, 160)}`
}

/** A refresh token that looks like Google's. */
export function randomRefreshToken(state: RandomState): string {
  return `1//0${randomText(state, URL_SAFE, 100)}`
}

/** A Google account id (`sub`): 21 decimal digits. */
export function randomSubject(state: RandomState): string {
  return `1${randomText(state, '0123456789', 20)}`
}

/** The boundary of a batch's answer. */
export function randomBatchBoundary(state: RandomState): string {
  return `batch_${randomText(state, URL_SAFE, 32)}`
}
