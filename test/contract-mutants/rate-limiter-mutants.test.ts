import { rateLimiterContract } from 'appointment-sync/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { createMemoryRateLimiter } from '../../src/google/memory-rate-limiter.ts'
import { type MutantHandles, rateLimiterMutants } from './rate-limiter-mutants.ts'

/** Names of the cases that the limiter breaks. */
async function brokenCases(open: () => MutantHandles): Promise<string[]> {
  const broken: string[] = []
  const subject = { name: 's', open: async () => ({ ...open(), close: async () => undefined }) }
  for (const { name, run } of rateLimiterContract(subject)) {
    await run().catch(() => broken.push(name))
  }
  return broken
}

describe('the rate limiter contract', () => {
  const broken = new Map<string, readonly string[]>()
  beforeAll(async () => {
    for (const [fault, open] of Object.entries(rateLimiterMutants)) broken.set(fault, await brokenCases(open))
  })

  test.each(Object.keys(rateLimiterMutants))('notices that %s', (fault) => {
    expect(broken.get(fault)).not.toEqual([])
  })

  test('has no case that no mutant breaks', () => {
    const noticed = new Set([...broken.values()].flat())
    const cases = rateLimiterContract({ name: 's', open: () => Promise.reject(new Error('not opened')) })
    expect(cases.map(({ name }) => name).filter((name) => !noticed.has(name))).toEqual([])
  })

  test('finds nothing wrong with the limiter that the mutants are made of', async () => {
    expect(await brokenCases(() => ({ rateLimiter: createMemoryRateLimiter() }))).toEqual([])
  })
})
