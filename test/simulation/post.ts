import type { Dice } from './dice.ts'

/** The headers of a notification; it has no body. */
export type Notification = Readonly<Record<string, string>>

const FATES = { delivered: 10, 'delivered again later': 1.5, lost: 1 } as const

/** Notifications on their way: Google has sent them, and nobody has seen them yet. */
export class Post {
  readonly #waiting: Notification[] = []

  get size(): number {
    return this.#waiting.length
  }

  put(notification: Notification): void {
    this.#waiting.push(notification)
  }

  /** The next one to arrive, mostly in order; `null` for one that gets lost, or when there is none. */
  take(dice: Dice): Notification | null {
    const at = dice.chance(0.7) ? 0 : dice.below(Math.max(1, this.#waiting.length))
    const next = this.#waiting[at]
    if (next === undefined) return null
    const fate = dice.weighted(FATES)
    if (fate !== 'delivered again later') this.#waiting.splice(at, 1)
    return fate === 'lost' ? null : next
  }

  /** All that are left, in order. */
  takeAll(): Notification[] {
    return this.#waiting.splice(0)
  }
}
