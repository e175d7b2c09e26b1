import assert from 'node:assert/strict'
import type { RateBudget, RateLimiter, RateRequest } from 'appointment-sync/ports'
import { type RandomState, randomIndex, seedRandom } from '../emulator/random.ts'

/** Where the time of the cases begins: an ordinary instant, so that limiters can be confused by nothing else. */
export const START_MS: number = Date.UTC(2026, 4, 4, 9)

/** Units that were handed out. */
interface Grant {
  readonly atMs: number
  readonly units: number
}

/** What is taken and when, kept naively: every grant for ever, every question answered by adding up. */
export class Ledger {
  readonly #grants = new Map<string, Grant[]>()

  add({ budgets, units, nowMs }: RateRequest): void {
    for (const { key } of budgets) {
      this.#grants.set(key, [...(this.#grants.get(key) ?? []), { atMs: nowMs, units }])
    }
  }

  /** Whether a window of this length that ends now has room for the request in every budget. */
  hasRoom({ budgets, units, nowMs }: RateRequest, stretch: number): boolean {
    return budgets.every((budget) => {
      const used = this.#used(budget.key, nowMs - budget.windowMs * stretch, nowMs)
      return used === 0 || used + units <= budget.units
    })
  }

  /** Fails when some stretch of a budget's window holds more than its units; a single take may be larger. */
  assertKept(budgets: readonly RateBudget[], trace: string): void {
    for (const { key, units, windowMs } of budgets) {
      for (const { atMs } of this.#grants.get(key) ?? []) {
        const within = this.#within(key, atMs - windowMs, atMs)
        const used = within.reduce((sum, grant) => sum + grant.units, 0)
        assert.ok(
          used <= units || within.length === 1,
          `${trace}: ${used} units of ${key} within ${windowMs} ms, of ${units}`,
        )
      }
    }
  }

  #within(key: string, afterMs: number, untilMs: number): Grant[] {
    return (this.#grants.get(key) ?? []).filter(({ atMs }) => atMs > afterMs && atMs <= untilMs)
  }

  #used(key: string, afterMs: number, untilMs: number): number {
    return this.#within(key, afterMs, untilMs).reduce((sum, { units }) => sum + units, 0)
  }
}

const WINDOWS_MS = [50, 1000, 60_000]
const KEYS = ['project', 'user a', 'user b']

function between(random: RandomState, least: number, most: number): number {
  return least + randomIndex(random, most - least + 1)
}

/** Mostly no time or little; now and then to the edge of a window, where fixed windows give twice. */
function pauseMs(random: RandomState, windowMs: number): number {
  const fractions = [0, 0, 0, 0.001, 0.01, 0.05, 0.05, 0.3, 0.9, 1]
  return Math.round(windowMs * (fractions[randomIndex(random, fractions.length)] ?? 0))
}

function unitsOfOne(random: RandomState, most: number): number {
  return randomIndex(random, 20) === 0
    ? between(random, 1, most * 2)
    : between(random, 1, Math.ceil(most / 4))
}

/**
 * Puts a limiter under random demand for one or two of three budgets at a time, and judges every answer and, in the
 * end, every stretch. The same seed draws the same demand.
 */
export async function runTrace(limiter: RateLimiter, seed: number, steps: number): Promise<void> {
  const random = seedRandom(seed)
  const budgets: readonly RateBudget[] = KEYS.map((key) => ({
    key: `${key} of ${seed}`,
    units: between(random, 1, 40),
    windowMs: WINDOWS_MS[randomIndex(random, WINDOWS_MS.length)] ?? 1000,
  }))
  const ledger = new Ledger()
  let nowMs = START_MS + between(random, 0, 5000)
  for (let step = 0; step < steps; step += 1) {
    const first = randomIndex(random, KEYS.length)
    const named = budgets.filter((_, at) => at === first || randomIndex(random, 3) === 0)
    nowMs += pauseMs(random, named[0]?.windowMs ?? 0)
    const most = Math.min(...named.map(({ units }) => units))
    const request = { budgets: named, units: unitsOfOne(random, most), nowMs }
    const trace = `seed ${seed}, step ${step}`
    const answer = await limiter.take(request)
    if (answer.taken) {
      assert.ok(ledger.hasRoom(request, 1), `${trace}: handed out what was not there`)
      ledger.add(request)
      continue
    }
    assert.ok(!ledger.hasRoom(request, 1.05), `${trace}: refused what was there`)
    const longest = Math.max(...named.map(({ windowMs }) => windowMs))
    assert.ok(answer.waitMs >= 1 && answer.waitMs <= longest, `${trace}: has to wait ${answer.waitMs} ms`)
    if (randomIndex(random, 3) !== 0) continue
    nowMs += answer.waitMs
    const again = { ...request, nowMs }
    assert.ok((await limiter.take(again)).taken, `${trace}: waited ${answer.waitMs} ms for nothing`)
    ledger.add(again)
  }
  ledger.assertKept(budgets, `seed ${seed}`)
}
