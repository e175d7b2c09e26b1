import type { RateBudget } from 'appointment-sync/ports'
import { rateLimiterContract } from 'appointment-sync/testing'
import { describe, expect, test } from 'vitest'
import { createMemoryRateLimiter } from '../../src/google/memory-rate-limiter.ts'

const WINDOW_MS = 60_000
const NOW = Date.UTC(2026, 4, 4, 9)

function budgetOf(key: string): RateBudget {
  return { key, units: 1_000_000, windowMs: WINDOW_MS }
}

describe('the rate limiter in memory keeps the contract', () => {
  const open = async (): ReturnType<Parameters<typeof rateLimiterContract>[0]['open']> => ({
    rateLimiter: createMemoryRateLimiter(),
    close: async () => undefined,
  })
  for (const { name, run } of rateLimiterContract({ name: 'memory', open })) test(name, run)
})

describe('the memory of the rate limiter', () => {
  test('does not grow with the number of takes', async () => {
    const limiter = createMemoryRateLimiter()
    for (let at = 0; at < 5000; at += 1) {
      const request = { budgets: [budgetOf('busy')], units: 1, nowMs: NOW + at * 50 }
      expect(await limiter.take(request)).toEqual({ taken: true })
    }
    expect(limiter.remembered().slots).toBeLessThanOrEqual(101)
  })

  test('does not grow with the number of keys that were ever used', async () => {
    const limiter = createMemoryRateLimiter()
    for (let at = 0; at < 20_000; at += 1) {
      const request = { budgets: [budgetOf(`user ${at}`)], units: 1, nowMs: NOW + at * 1000 }
      expect(await limiter.take(request)).toEqual({ taken: true })
      await limiter.block(`blocked ${at}`, NOW + at * 1000 + 1)
    }
    expect(limiter.remembered().keys).toBeLessThanOrEqual(2200)
  })

  test('keeps every key that still counts, however many there are', async () => {
    const limiter = createMemoryRateLimiter()
    const keys = Array.from({ length: 3000 }, (_, at) => `user ${at}`)
    const take = (key: string, units: number, nowMs: number): ReturnType<typeof limiter.take> =>
      limiter.take({ budgets: [{ ...budgetOf(key), units: 3 }], units, nowMs })
    for (const key of keys) await take(key, 3, NOW)
    await limiter.block('blocked', NOW + 2 * WINDOW_MS)
    for (const key of keys) expect((await take(key, 1, NOW + WINDOW_MS - 1)).taken).toBe(false)
    for (const key of keys) await take(`other ${key}`, 1, NOW + WINDOW_MS)
    expect((await take('blocked', 1, NOW + WINDOW_MS)).taken).toBe(false)
  })
})
