import type { RateLimiter } from 'appointment-sync/ports'

/** A rate limiter that does what the port says, to the millisecond, and remembers everything. */
export interface SlidingLimiter extends RateLimiter {
  /** What was taken, by key. */
  readonly taken: ReadonlyMap<string, readonly { readonly at: number; readonly units: number }[]>
  readonly blocked: ReadonlyMap<string, number>
}

export function createSlidingLimiter(): SlidingLimiter {
  const taken = new Map<string, { at: number; units: number }[]>()
  const blocked = new Map<string, number>()
  return {
    taken,
    blocked,
    take: async ({ budgets, units, nowMs }) => {
      let waitMs = 0
      for (const { key, units: allowed, windowMs } of budgets) {
        const live = (taken.get(key) ?? []).filter(({ at }) => at > nowMs - windowMs)
        let used = live.reduce((sum, entry) => sum + entry.units, 0)
        waitMs = Math.max(waitMs, (blocked.get(key) ?? 0) - nowMs)
        for (const entry of live) {
          if (used + units <= allowed) break
          waitMs = Math.max(waitMs, entry.at + windowMs - nowMs)
          used -= entry.units
        }
      }
      if (waitMs > 0) return { taken: false, waitMs }
      for (const { key } of budgets) taken.set(key, [...(taken.get(key) ?? []), { at: nowMs, units }])
      return { taken: true }
    },
    block: async (key, untilMs) => {
      blocked.set(key, Math.max(blocked.get(key) ?? 0, untilMs))
    },
  }
}
