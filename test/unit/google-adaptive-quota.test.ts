import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAdaptiveQuota } from '../../src/google/adaptive-quota.ts'

const MINUTE = 60_000
const random = { bytes: (length: number) => new Uint8Array(length) }

describe('a quota that Google decides on', () => {
  it('is what was configured, until Google refuses', () => {
    const quota = createAdaptiveQuota(600, random)
    expect([quota.units(0), quota.unitsAtOnce(0), quota.settled(0)]).toEqual([600, 600, true])
  })

  it('goes down by a third with a refusal, and up by a tenth with each minute without one', () => {
    const quota = createAdaptiveQuota(600, random)
    expect(quota.refused(0, quota.epoch, undefined)).toBe(true)
    expect(quota.units(0)).toBe(400)
    expect(quota.units(MINUTE - 1)).toBe(400)
    expect(quota.units(MINUTE)).toBe(440)
    quota.refused(MINUTE, quota.epoch, undefined)
    expect(quota.units(MINUTE)).toBe(293)
    expect(quota.units(60 * MINUTE)).toBe(600)
    expect(quota.settled(60 * MINUTE)).toBe(true)
  })

  it('hears once of what was sent before the last refusal, but waits as long as any of it asked', () => {
    const quota = createAdaptiveQuota(600, random)
    const { epoch } = quota
    quota.refused(0, epoch, undefined)
    expect(quota.refused(1, epoch, undefined)).toBe(false)
    expect(quota.refused(1, epoch, 9_000)).toBe(false)
    expect(quota.units(1)).toBe(400)
    expect(quota.blockedUntilMs).toBe(9_001)
  })

  it('pauses longer with each refusal in a row, half a minute at most, and starts anew after a quiet minute', () => {
    const quota = createAdaptiveQuota(600, random)
    const pauseAfter = (nowMs: number): number => {
      quota.refused(nowMs, quota.epoch, undefined)
      return quota.blockedUntilMs - nowMs
    }
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => pauseAfter(n * 33_000))
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000])
    expect(pauseAfter(7 * 33_000 + MINUTE)).toBe(1_000)
  })

  it('never falls below what two patches cost, nor under a smaller one that was configured', () => {
    for (const [configured, least] of [
      [600, 6],
      [4, 4],
    ] as const) {
      const quota = createAdaptiveQuota(configured, random)
      for (let n = 0; n < 50; n += 1) quota.refused(n, quota.epoch, undefined)
      expect(quota.units(50)).toBe(least)
    }
  })

  it('while it is felt for, a request takes a tenth of it', () => {
    const quota = createAdaptiveQuota(600, random)
    quota.refused(0, quota.epoch, undefined)
    expect(quota.unitsAtOnce(0)).toBe(40)
  })

  it('whatever happens, stays between the least and what was configured', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.tuple(fc.nat(200_000), fc.boolean(), fc.option(fc.nat(100_000), { nil: undefined }))),
        (configured, steps) => {
          const quota = createAdaptiveQuota(configured, random)
          let now = 0
          for (const [passes, refuses, retryAfterMs] of steps) {
            now += passes
            if (refuses) quota.refused(now, quota.epoch, retryAfterMs)
            expect(quota.units(now)).toBeGreaterThanOrEqual(Math.min(6, configured))
            expect(quota.units(now)).toBeLessThanOrEqual(configured)
          }
        },
      ),
    )
  })
})
