/** A seeded source of choices: the same seed gives the same choices on every machine. */
export class Dice {
  #state: number

  /** @param seed any whole number; `stream` sets apart several dice of one seed. */
  constructor(seed: number, stream: string = '') {
    let mixed = seed >>> 0
    for (const character of stream) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193) >>> 0
    this.#state = (mixed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) >>> 0
    // Neighbouring seeds begin alike otherwise.
    for (let turn = 0; turn < 4; turn += 1) this.#uint32()
  }

  /** From 0 up to, but not including, 1. */
  fraction(): number {
    return this.#uint32() / 2 ** 32
  }

  /** A whole number from 0 up to, but not including, `bound`. */
  below(bound: number): number {
    return this.#uint32() % bound
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** `true` with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)]
    if (chosen === undefined) throw new RangeError('nothing to pick from')
    return chosen
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][]
    let left = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    return entries.at(-1)?.[0] as Name
  }

  /** Random bytes, for what the SDK takes its ids and nonces from. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.#uint32()
      for (let part = 0; part < 4 && at + part < length; part += 1) bytes[at + part] = word >>> (8 * part)
    }
    return bytes
  }

  /** mulberry32. */
  #uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
