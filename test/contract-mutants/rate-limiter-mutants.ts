import type { RateAnswer, RateBudget, RateLimiter, RateRequest } from 'appointment-sync/ports'
import { createMemoryRateLimiter } from '../../src/google/memory-rate-limiter.ts'

/** A limiter, and another handle on it where the fault is between the two. */
export interface MutantHandles {
  readonly rateLimiter: RateLimiter
  readonly second?: RateLimiter
}

/** The sound limiter with one method replaced. */
function breaking(spoil: (sound: RateLimiter) => Partial<RateLimiter>): MutantHandles {
  const sound = createMemoryRateLimiter()
  return { rateLimiter: { take: sound.take, block: sound.block, ...spoil(sound) } }
}

/** Every request changed before the sound limiter sees it. */
function asking(change: (request: RateRequest) => RateRequest): MutantHandles {
  return breaking((sound) => ({ take: (request) => sound.take(change(request)) }))
}

function withBudgets(request: RateRequest, change: (budget: RateBudget) => RateBudget): RateRequest {
  return { ...request, budgets: request.budgets.map(change) }
}

/** Every wait changed on its way out. */
function answering(change: (waitMs: number, request: RateRequest) => number): MutantHandles {
  return breaking((sound) => ({
    take: async (request) => {
      const answer = await sound.take(request)
      return answer.taken ? answer : { taken: false, waitMs: change(answer.waitMs, request) }
    },
  }))
}

/** Every key changed, in takes and blocks alike. */
function naming(change: (key: string) => string): MutantHandles {
  return breaking((sound) => ({
    take: (request) => sound.take(withBudgets(request, (budget) => ({ ...budget, key: change(budget.key) }))),
    block: (key, untilMs) => sound.block(change(key), untilMs),
  }))
}

/** A window that begins with its first take, and counts that end with it: up to twice the budget at its edge. */
function fixedWindow(): MutantHandles {
  const windows = new Map<string, { startMs: number; used: number }>()
  return breaking((sound) => ({
    take: async (request) => {
      const blocked = await sound.take(withBudgets(request, (budget) => ({ ...budget, units: 1e9 })))
      if (!blocked.taken) return blocked
      let waitMs = 0
      for (const { key, units, windowMs } of request.budgets) {
        const known = windows.get(key)
        const fresh = known === undefined || known.startMs + windowMs <= request.nowMs
        const window = fresh ? { startMs: request.nowMs, used: 0 } : known
        windows.set(key, window)
        if (window.used > 0 && window.used + request.units > units) {
          waitMs = Math.max(waitMs, window.startMs + windowMs - request.nowMs)
        }
      }
      if (waitMs > 0) return { taken: false, waitMs }
      for (const { key } of request.budgets) {
        const window = windows.get(key)
        if (window !== undefined) window.used += request.units
      }
      return { taken: true }
    },
  }))
}

/** A bucket that is full at first and fills up evenly: a burst and a window of refills make two budgets. */
function tokenBucket(): MutantHandles {
  const buckets = new Map<string, { atMs: number; tokens: number }>()
  return breaking(() => ({
    take: async ({ budgets, units, nowMs }): Promise<RateAnswer> => {
      let waitMs = 0
      for (const budget of budgets) {
        const bucket = buckets.get(budget.key) ?? { atMs: nowMs, tokens: budget.units }
        const perMs = budget.units / budget.windowMs
        bucket.tokens = Math.min(budget.units, bucket.tokens + (nowMs - bucket.atMs) * perMs)
        bucket.atMs = nowMs
        buckets.set(budget.key, bucket)
        const missing = Math.min(units, budget.units) - bucket.tokens
        if (missing > 0) waitMs = Math.max(waitMs, Math.ceil(missing / perMs))
      }
      if (waitMs > 0) return { taken: false, waitMs }
      for (const { key } of budgets) {
        const bucket = buckets.get(key)
        if (bucket !== undefined) bucket.tokens -= units
      }
      return { taken: true }
    },
  }))
}

/** One budget after the other; what was taken before a refusal stays taken. */
async function oneByOne(sound: RateLimiter, request: RateRequest): Promise<RateAnswer> {
  for (const budget of request.budgets) {
    const answer = await sound.take({ ...request, budgets: [budget] })
    if (!answer.taken) return answer
  }
  return { taken: true }
}

/** A limiter that keeps every take for ever and adds up, with the faults that are switched on. */
function addingUp(faults: { twoSteps?: boolean; believesOldReadings?: boolean }): MutantHandles {
  const grants: RateRequest[] = []
  const waitFor = ({ key, units, windowMs }: RateBudget, request: RateRequest): number => {
    const live = grants
      .filter(({ budgets, nowMs }) => nowMs > request.nowMs - windowMs && budgets.some((b) => b.key === key))
      .toSorted((a, b) => a.nowMs - b.nowMs)
    let used = live.reduce((sum, grant) => sum + grant.units, 0)
    let waitMs = 0
    for (const grant of live) {
      if (used + request.units <= units) break
      waitMs = grant.nowMs + windowMs - request.nowMs
      used -= grant.units
    }
    return waitMs
  }
  return breaking(() => ({
    take: async (request) => {
      if (faults.believesOldReadings === true) {
        for (const [at, grant] of grants.entries()) {
          grants[at] = { ...grant, nowMs: Math.min(grant.nowMs, request.nowMs) }
        }
      }
      const waitMs = Math.max(...request.budgets.map((budget) => waitFor(budget, request)))
      // Time enough for another caller to look as well.
      if (faults.twoSteps === true) await Promise.resolve()
      if (waitMs > 0) return { taken: false, waitMs }
      grants.push(request)
      return { taken: true }
    },
  }))
}

/** Limiters with one deliberate fault each, by what the fault is. */
export const rateLimiterMutants: Readonly<Record<string, () => MutantHandles>> = {
  'the window begins with its first take': fixedWindow,
  'a full bucket is refilled while it is emptied': tokenBucket,
  'the window is a hundredth too short': () =>
    asking((request) => withBudgets(request, (b) => ({ ...b, windowMs: Math.max(1, b.windowMs * 0.99) }))),
  'units come back a fifth of the window late': () =>
    asking((request) => withBudgets(request, (b) => ({ ...b, windowMs: b.windowMs * 1.2 }))),
  'only nine tenths of a budget are handed out': () =>
    asking((request) => withBudgets(request, (b) => ({ ...b, units: b.units * 0.9 }))),
  'one unit too many is handed out': () =>
    asking((request) => withBudgets(request, (b) => ({ ...b, units: b.units + 1 }))),
  'bursts are refused': () => {
    const tenth = (b: RateBudget): RateBudget => ({
      ...b,
      units: b.units / 10,
      windowMs: Math.max(1, b.windowMs / 10),
    })
    return asking((request) => withBudgets(request, tenth))
  },
  'every take counts as one unit': () => asking((request) => ({ ...request, units: 1 })),
  'only the first budget is looked at': () =>
    asking((request) => ({ ...request, budgets: request.budgets.slice(0, 1) })),
  'a budget taken before another refused is not given back': () =>
    breaking((sound) => ({ take: (request) => oneByOne(sound, request) })),
  'looking and taking are two steps': () => addingUp({ twoSteps: true }),
  'every process counts for itself': () => ({
    rateLimiter: createMemoryRateLimiter(),
    second: createMemoryRateLimiter(),
  }),
  'blocks are not told to other processes': () => {
    const sound = createMemoryRateLimiter()
    const blocks = createMemoryRateLimiter()
    return {
      rateLimiter: sound,
      second: { take: (request) => sound.take(request), block: (key, untilMs) => blocks.block(key, untilMs) },
    }
  },
  'a refused request counts': () =>
    breaking((sound) => ({
      take: async (request) => {
        const answer = await sound.take(request)
        if (answer.taken) return answer
        await sound.take(withBudgets({ ...request, units: 1 }, (b) => ({ ...b, units: 1e9 })))
        return answer
      },
    })),
  'waitMs is always one millisecond': () => answering(() => 1),
  'waitMs is nought': () => answering(() => 0),
  'waitMs is a little too short': () => answering((waitMs) => Math.max(1, Math.floor(waitMs * 0.9))),
  'waitMs is that of the first budget': () =>
    breaking((sound) => ({
      take: async (request) => {
        const answer = await sound.take(request)
        if (answer.taken) return answer
        const alone = await sound.take({ ...request, budgets: request.budgets.slice(0, 1), units: 1 })
        return alone.taken ? { taken: false, waitMs: 1 } : alone
      },
    })),
  'waitMs is longer than any window': () => answering((waitMs) => waitMs + 60_001),
  'a request larger than its budget is never granted': () =>
    breaking((sound) => ({
      take: async (request) => {
        const least = Math.min(...request.budgets.map(({ units }) => units))
        const { windowMs } = request.budgets[0] ?? { windowMs: 1 }
        return request.units > least ? { taken: false, waitMs: windowMs } : sound.take(request)
      },
    })),
  'a request larger than its budget is granted at once': () =>
    breaking((sound) => ({
      take: (request) =>
        sound.take(withBudgets(request, (b) => (request.units > b.units ? { ...b, units: 1e9 } : b))),
    })),
  'a request larger than its budget counts as the budget': () =>
    breaking((sound) => ({
      take: (request) =>
        sound.take({
          ...request,
          units: Math.min(request.units, ...request.budgets.map(({ units }) => units)),
        }),
    })),
  'blocks are not heeded': () => breaking(() => ({ block: async () => undefined })),
  'a block is a millisecond too short': () =>
    breaking((sound) => ({ block: (key, untilMs) => sound.block(key, untilMs - 1) })),
  'a block lasts for ever': () =>
    breaking((sound) => ({ block: (key, untilMs) => sound.block(key, untilMs + 3_600_000) })),
  'the block told last wins': () => {
    const until = new Map<string, number>()
    return breaking((sound) => ({
      take: async (request) => {
        const waits = request.budgets.map(({ key }) => (until.get(key) ?? 0) - request.nowMs)
        const waitMs = Math.max(...waits)
        return waitMs > 0 ? { taken: false, waitMs } : sound.take(request)
      },
      block: async (key, untilMs) => void until.set(key, untilMs),
    }))
  },
  'a block blocks everybody': () =>
    breaking((sound) => {
      const all: RateBudget = { key: 'everybody', units: 1e9, windowMs: 60_000 }
      return {
        take: (request) => sound.take({ ...request, budgets: [...request.budgets, all] }),
        block: (_key, untilMs) => sound.block(all.key, untilMs),
      }
    }),
  'keys are cut off': () => naming((key) => key.slice(0, 299)),
  'case does not count in keys': () => naming((key) => key.toLowerCase()),
  'keys are trimmed': () => naming((key) => key.trim()),
  'keys are normalized': () => naming((key) => key.normalize('NFC')),
  'all keys are one': () =>
    breaking((sound) => ({
      take: (request) =>
        sound.take({ ...request, budgets: request.budgets.slice(0, 1).map((b) => ({ ...b, key: 'one' })) }),
    })),
  'fractions of a millisecond are cut off': () =>
    asking((request) => ({ ...request, nowMs: Math.floor(request.nowMs) })),
  'time is the greatest that was ever told': () => {
    let latest = -Infinity
    return asking((request) => {
      latest = Math.max(latest, request.nowMs)
      return { ...request, nowMs: latest }
    })
  },
  'an old reading of the clock is believed': () => addingUp({ believesOldReadings: true }),
  'requests that make no sense are taken for good ones': () =>
    breaking((sound) => ({
      take: async (request) => sound.take(request).catch(() => ({ taken: true })),
    })),
}
