import type { Clock } from 'appointment-sync/ports'

/** A clock that jumps to the next timer as soon as nobody has anything else to do. */
export interface VirtualClock extends Clock {
  /** The platform's `fetch`, or one in the process; while it is under way time stands still. */
  watch(fetch: typeof globalThis.fetch): typeof globalThis.fetch
}

/** Turns of the event loop without anything new after which nobody has anything left to do. */
const QUIET_TURNS = 25

interface Sleeper {
  readonly atMs: number
  readonly wake: () => void
}

/** For one process whose work is all in memory: minutes of waiting pass at once. */
export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs
  let fetching = 0
  let turns = 0
  let turning = false
  const sleepers = new Set<Sleeper>()

  const wakeNext = (): void => {
    const nextMs = Math.min(...[...sleepers].map(({ atMs }) => atMs))
    nowMs = Math.max(nowMs, nextMs)
    for (const sleeper of sleepers) {
      if (sleeper.atMs > nowMs) continue
      sleepers.delete(sleeper)
      sleeper.wake()
    }
  }

  const turn = (): void => {
    turns = fetching > 0 ? 0 : turns + 1
    if (turns > QUIET_TURNS) {
      turns = 0
      wakeNext()
    }
    turning = sleepers.size > 0
    if (turning) setImmediate(turn)
  }

  const sleep: Clock['sleep'] = (ms, options) =>
    new Promise((resolve, reject) => {
      const signal = options?.signal
      if (signal?.aborted) {
        reject(signal.reason as Error)
        return
      }
      const onAbort = (): void => {
        sleepers.delete(sleeper)
        reject(signal?.reason as Error)
      }
      const sleeper: Sleeper = {
        atMs: nowMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      sleepers.add(sleeper)
      turns = 0
      if (turning) return
      turning = true
      setImmediate(turn)
    })

  return {
    now: () => nowMs,
    sleep,
    watch: (fetch) => async (input, init) => {
      fetching += 1
      try {
        return await fetch(input, init)
      } finally {
        fetching -= 1
        turns = 0
      }
    },
  }
}
