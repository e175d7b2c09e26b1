import {
  checkRateBlock,
  checkRateRequest,
  type RateAnswer,
  type RateBudget,
  type RateLimiter,
  type RateRequest,
} from '../ports/index.ts'

/** A window is remembered in so many steps, so that memory does not grow with the number of takes. */
const STEPS = 100
/** Below so many keys it is not worth looking for those that nobody uses any more. */
const FEW_KEYS = 1000

/** Units that were taken within one step, and come back together. */
interface Slot {
  /** When the last of them was taken. */
  at: number
  units: number
}

/** What is known of one key. */
interface Counter {
  /** Oldest first. */
  slots: Slot[]
  blockedUntilMs: number
  /** From then on the key is as if it had never been used. */
  idleAtMs: number
}

/** Milliseconds until the budget grants the units; 0 when it does now. */
function waitFor({ slots, blockedUntilMs }: Counter, budget: RateBudget, units: number, now: number): number {
  let waitMs = Math.max(0, blockedUntilMs - now)
  let used = 0
  for (const slot of slots) used += slot.units
  for (const slot of slots) {
    if (used + units <= budget.units) break
    waitMs = Math.max(waitMs, slot.at + budget.windowMs - now)
    used -= slot.units
  }
  return waitMs
}

/** Drops what the window has passed over. */
function forgetOld(counter: Counter, windowMs: number, now: number): void {
  // A clock set back: the old time may be far away, and nobody shall wait for it.
  if ((counter.slots.at(-1)?.at ?? now) > now + windowMs) {
    for (const slot of counter.slots) slot.at = Math.min(slot.at, now)
  }
  const live = counter.slots.findIndex(({ at }) => at > now - windowMs)
  counter.slots.splice(0, live < 0 ? counter.slots.length : live)
}

function record(counter: Counter, windowMs: number, units: number, now: number): void {
  const last = counter.slots.at(-1)
  // An older reading of the clock: what is taken with it was still taken after the last one.
  const at = Math.max(now, last?.at ?? now)
  const step = windowMs / STEPS
  if (last !== undefined && Math.floor(last.at / step) === Math.floor(at / step)) {
    last.at = at
    last.units += units
  } else {
    counter.slots.push({ at, units })
  }
  counter.idleAtMs = at + windowMs
}

/** A rate limiter that knows how much it keeps. */
export interface MemoryRateLimiter extends RateLimiter {
  /** Keys that are remembered, and the slots of all of them. */
  remembered(): { readonly keys: number; readonly slots: number }
}

/**
 * The rate limiter of one process: the default. Its only clock is `nowMs`. Units come back a hundredth of the window
 * late at most. It keeps about a hundred slots for each key in use and forgets keys that are not.
 */
export function createMemoryRateLimiter(): MemoryRateLimiter {
  const counters = new Map<string, Counter>()
  let lookAbove = FEW_KEYS

  const counterOf = (key: string): Counter => {
    const known = counters.get(key)
    if (known !== undefined) return known
    const counter: Counter = { slots: [], blockedUntilMs: -Infinity, idleAtMs: -Infinity }
    counters.set(key, counter)
    return counter
  }

  const forgetIdle = (now: number): void => {
    if (counters.size <= lookAbove) return
    for (const [key, { idleAtMs }] of counters) if (idleAtMs <= now) counters.delete(key)
    // Looking again only at twice the size keeps the cost of a take constant.
    lookAbove = Math.max(FEW_KEYS, 2 * counters.size)
  }

  const take = (request: RateRequest): RateAnswer => {
    const { budgets, units, nowMs } = checkRateRequest(request)
    forgetIdle(nowMs)
    let waitMs = 0
    for (const budget of budgets) {
      const counter = counterOf(budget.key)
      forgetOld(counter, budget.windowMs, nowMs)
      waitMs = Math.max(waitMs, waitFor(counter, budget, units, nowMs))
    }
    if (waitMs > 0) return { taken: false, waitMs: Math.ceil(waitMs) }
    for (const { key, windowMs } of budgets) record(counterOf(key), windowMs, units, nowMs)
    return { taken: true }
  }

  return {
    take: async (request) => take(request),
    block: async (key, untilMs) => {
      checkRateBlock(key, untilMs)
      const counter = counterOf(key)
      counter.blockedUntilMs = Math.max(counter.blockedUntilMs, untilMs)
      counter.idleAtMs = Math.max(counter.idleAtMs, untilMs)
    },
    remembered: () => ({
      keys: counters.size,
      slots: [...counters.values()].reduce((sum, { slots }) => sum + slots.length, 0),
    }),
  }
}
