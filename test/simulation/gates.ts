/** One process that runs the SDK, from its start to its crash. */
export interface Life {
  readonly name: string
  /** How far its clock is off, in milliseconds. */
  readonly skewMs: number
  alive: boolean
  /** How many gates it has passed. */
  passages: number
  /** It dies at the gate with this number; `null`: not foreseen. */
  diesAt: number | null
  /** Whether the step behind that gate still takes effect. */
  diesAfterEffect: boolean
}

/** A step that waits to be let through. */
export interface Waiting {
  readonly life: Life
  readonly label: string
  readonly enter: () => void
}

/** What a step of a dead process comes to: nothing, ever. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}

/**
 * Every step that leaves a process (storage, Google, the host) waits here until it is let through. Between two
 * such steps a process is alone with itself, so the order in which they are let through is all that can differ.
 */
export class Gates {
  readonly waiting: Waiting[] = []
  /** While open, steps pass at once. */
  open = false
  /** Moves up whenever a process did anything that can be seen from outside. */
  activity = 0
  /** Requests that are inside the emulator. */
  inFlight = 0
  /** Lets Google send what it has to send. */
  whenQuiet: () => Promise<void> = () => Promise.resolve()
  readonly #onPassage: (life: Life, label: string) => void

  constructor(onPassage: (life: Life, label: string) => void) {
    this.#onPassage = onPassage
  }

  /** Resolves when the step may be taken; rejects when the signal fires first; never, once its process is dead. */
  async pass(life: Life, label: string, signal?: AbortSignal | null): Promise<void> {
    this.activity += 1
    if (!life.alive) return never()
    if (!this.open) await this.#wait(life, label, signal ?? undefined)
    else signal?.throwIfAborted()
    life.passages += 1
    this.#onPassage(life, label)
    if (life.diesAt === null || life.passages < life.diesAt || life.diesAfterEffect) return
    life.alive = false
    return never()
  }

  /** What a step came to, or nothing when the process died in it. */
  survived<T>(life: Life, outcome: T): T | Promise<T> {
    this.activity += 1
    if (life.diesAt !== null && life.passages >= life.diesAt) life.alive = false
    return life.alive ? outcome : never<T>()
  }

  /** Steps of the dead are forgotten. */
  forgetDead(): void {
    const alive = this.waiting.filter(({ life }) => life.alive)
    this.waiting.length = 0
    this.waiting.push(...alive)
  }

  /** Lets everybody through from now on. */
  openAll(): void {
    this.open = true
    for (const { enter } of this.waiting.splice(0)) enter()
  }

  /** Resolves when every process waits: for a gate, for the clock, or for nothing at all. */
  async idle(): Promise<void> {
    let before: number
    do {
      before = this.activity
      // Between gates the SDK and the official client only use microtasks, which are done before this comes back.
      await new Promise<void>((resolve) => setImmediate(resolve))
      await this.whenQuiet()
    } while (this.activity !== before || this.inFlight > 0)
  }

  #wait(life: Life, label: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = (): void => {
        const at = this.waiting.indexOf(waiting)
        if (at >= 0) this.waiting.splice(at, 1)
        reject(signal?.reason as Error)
      }
      const waiting: Waiting = {
        life,
        label,
        enter: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.waiting.push(waiting)
    })
  }
}
