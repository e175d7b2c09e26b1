import type { Clock } from 'appointment-sync/ports'

/** A clock on which nobody waits: when nothing else can run, it jumps to the next timer. */
export interface VirtualClock extends Clock {
  /** Lets this much time pass, waking on the way whoever sleeps until then. */
  advance(ms: number): void
}

/** Turns of the event loop without a look at the clock, after which everything is taken to be waiting for it. */
const QUIET_TURNS = 12

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/**
 * Makes the clock. Timers that are due together wake in the order they were set, one per jump, so that a run is the
 * same every time. What waits for real input or output (files, sockets) is not seen: the clock is for tests in
 * which Google is the emulator's `fetch`.
 */
export function createVirtualClock(startMs: number = Date.parse('2026-05-04T12:00:00Z')): VirtualClock {
  let now = startMs
  let looks = 0
  let driving = false
  const sleepers = new Set<Sleeper>()

  const next = (): Sleeper | undefined => {
    let earliest: Sleeper | undefined
    for (const sleeper of sleepers) if (earliest === undefined || sleeper.at < earliest.at) earliest = sleeper
    return earliest
  }
  const wake = (sleeper: Sleeper): void => {
    sleepers.delete(sleeper)
    now = Math.max(now, sleeper.at)
    sleeper.wake()
  }
  const drive = async (): Promise<void> => {
    let quiet = 0
    while (sleepers.size > 0) {
      const before = looks
      await new Promise((resolve) => setImmediate(resolve))
      quiet = looks === before ? quiet + 1 : 0
      const sleeper = quiet < QUIET_TURNS ? undefined : next()
      if (sleeper === undefined) continue
      quiet = 0
      wake(sleeper)
    }
    driving = false
  }

  return {
    now: () => {
      looks += 1
      return now
    },
    sleep: (ms, options) =>
      new Promise((resolve, reject) => {
        looks += 1
        const signal = options?.signal
        if (signal?.aborted) return reject(signal.reason as Error)
        const onAbort = (): void => {
          looks += 1
          sleepers.delete(sleeper)
          reject(signal?.reason as Error)
        }
        const sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        sleepers.add(sleeper)
        if (driving) return
        driving = true
        void drive()
      }),
    advance: (ms) => {
      const until = now + ms
      for (let due = next(); due !== undefined && due.at <= until; due = next()) wake(due)
      now = until
    },
  }
}
