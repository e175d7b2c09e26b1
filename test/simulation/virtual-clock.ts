import type { Clock } from 'appointment-sync/ports'
import type { Life } from './gates.ts'

interface Timer {
  readonly life: Life
  readonly atMs: number
  readonly wake: () => void
}

/** The time of a run: it stands until it is moved. Every worker sees it through a clock that is a little off. */
export class VirtualClock {
  #nowMs: number
  #timers: Timer[] = []
  readonly #noteActivity: () => void

  constructor(startMs: number, noteActivity: () => void) {
    this.#nowMs = startMs
    this.#noteActivity = noteActivity
  }

  now(): number {
    return this.#nowMs
  }

  /** The clock of one worker. */
  of(life: Life): Clock {
    return {
      now: () => this.#nowMs + life.skewMs,
      sleep: (ms, options) => this.#sleep(life, ms, options?.signal),
    }
  }

  /** When the next sleeper wakes; `null` when nobody sleeps. Sleepers of the dead never wake. */
  nextWakeMs(): number | null {
    let next: number | null = null
    for (const { life, atMs } of this.#timers) {
      if (life.alive && (next === null || atMs < next)) next = atMs
    }
    return next
  }

  advance(ms: number): void {
    this.#nowMs += ms
    const due = this.#timers.filter((timer) => timer.atMs <= this.#nowMs)
    if (due.length === 0) return
    this.#timers = this.#timers.filter((timer) => timer.atMs > this.#nowMs)
    due.sort((a, b) => a.atMs - b.atMs)
    for (const { life, wake } of due) if (life.alive) wake()
  }

  #sleep(life: Life, ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#noteActivity()
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const timer: Timer = {
        life,
        atMs: this.#nowMs + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      const onAbort = (): void => {
        const at = this.#timers.indexOf(timer)
        if (at >= 0) this.#timers.splice(at, 1)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#timers.push(timer)
    })
  }
}
