import {
  type IoredisLike,
  type NodeRedisLike,
  type RedisClientLike,
  redisRateLimiter,
} from 'appointment-sync/adapters/rate-limit-redis'
import type { RateBudget } from 'appointment-sync/ports'
import { rateLimiterContract } from 'appointment-sync/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connectRedis, deleteKeys, noRedis, ownName } from './rate-limit-services.ts'

const TEN_MINUTES = 600_000
const HOUR = 3_600_000
const budget: RateBudget = { key: 'user', units: 5, windowMs: TEN_MINUTES }

/** A client with the calls of the `redis` package, over the one that is installed. */
function asNodeRedis(client: Redis): NodeRedisLike {
  return {
    evalSha: (sha1, { keys, arguments: args }) => client.evalsha(sha1, keys.length, ...keys, ...args),
    eval: (script, { keys, arguments: args }) => client.eval(script, keys.length, ...keys, ...args),
  }
}

describe.skipIf(await noRedis())('the rate limiter on Redis', () => {
  let client: Redis
  let another: Redis
  beforeAll(() => {
    client = connectRedis()
    another = connectRedis()
  })
  afterAll(async () => {
    await Promise.all([client.quit(), another.quit()])
  })

  /** A prefix that is cleared when the test ends. */
  function ownPrefix(): string {
    const keyPrefix = `{${ownName()}}:`
    onTestFinished(() => deleteKeys(client, keyPrefix))
    return keyPrefix
  }

  describe('keeps the contract', () => {
    const clients: Readonly<Record<string, (client: Redis) => RedisClientLike>> = {
      ioredis: (client) => client,
      redis: asNodeRedis,
    }
    for (const [kind, toClient] of Object.entries(clients)) {
      const open = async (): ReturnType<Parameters<typeof rateLimiterContract>[0]['open']> => {
        const keyPrefix = `{${ownName()}}:`
        const limiter = (client: Redis): ReturnType<typeof redisRateLimiter> =>
          redisRateLimiter({ client: toClient(client), keyPrefix, clock: 'caller' })
        return {
          rateLimiter: limiter(client),
          second: limiter(another),
          close: () => deleteKeys(client, keyPrefix),
        }
      }
      for (const { name, run } of rateLimiterContract({ name: kind, open })) test(name, run)
    }
  })

  test('goes by the server’s clock, so that callers whose clocks differ by years share one window', async () => {
    const limiter = redisRateLimiter({ client, keyPrefix: ownPrefix() })
    expect(await limiter.take({ budgets: [budget], units: 5, nowMs: 0 })).toEqual({ taken: true })
    for (const nowMs of [0, Date.now(), Date.now() + 10_000 * HOUR]) {
      const answer = await limiter.take({ budgets: [budget], units: 1, nowMs })
      expect(answer).toEqual({ taken: false, waitMs: expect.any(Number) as number })
      expect(answer.taken ? 0 : answer.waitMs).toBeLessThanOrEqual(TEN_MINUTES)
    }
  })

  test.each([-HOUR, 0, HOUR])(
    'ends a block after the time that a caller meant whose clock is off by %s ms',
    async (offMs) => {
      const keyPrefix = ownPrefix()
      const limiter = redisRateLimiter({ client, keyPrefix })
      const nowMs = Date.now() + offMs
      await limiter.take({ budgets: [{ ...budget, key: 'other' }], units: 1, nowMs })
      await limiter.block(budget.key, nowMs + TEN_MINUTES)
      const other = redisRateLimiter({ client: another, keyPrefix })
      const answer = await other.take({ budgets: [budget], units: 1, nowMs: Date.now() })
      const waitMs = answer.taken ? 0 : answer.waitMs
      expect(waitMs).toBeGreaterThan(TEN_MINUTES / 2)
      expect(waitMs).toBeLessThan(TEN_MINUTES * 2)
    },
  )

  test('lets its keys expire when their window has passed or their block has ended, and no sooner', async () => {
    const keyPrefix = ownPrefix()
    const limiter = redisRateLimiter({ client, keyPrefix })
    const nowMs = Date.now()
    const expiry = (key: string): Promise<number> => client.pttl(`${keyPrefix}${key}`)
    await limiter.take({ budgets: [budget], units: 1, nowMs })
    expect(await expiry(budget.key)).toBeGreaterThan(TEN_MINUTES / 2)
    expect(await expiry(budget.key)).toBeLessThanOrEqual(TEN_MINUTES + 1001)
    await limiter.block(budget.key, nowMs + HOUR)
    expect(await expiry(budget.key)).toBeGreaterThan(HOUR / 2)
    await limiter.block(budget.key, nowMs + 1)
    expect(await expiry(budget.key)).toBeGreaterThan(HOUR / 2)
    await limiter.take({ budgets: [{ ...budget, key: 'short', windowMs: 2000 }], units: 1, nowMs })
    await limiter.block('short', nowMs - HOUR)
    expect(await expiry('short')).toBeLessThanOrEqual(3001)
  })

  test('keeps what a caller’s time still counts for longer than the server’s time says', async () => {
    const keyPrefix = ownPrefix()
    const limiter = redisRateLimiter({ client, keyPrefix, clock: 'caller' })
    const expiry = (): Promise<number> => client.pttl(`${keyPrefix}user`)
    const take = (nowMs: number): Promise<unknown> =>
      limiter.take({ budgets: [{ ...budget, windowMs: 50 }], units: 5, nowMs })
    const nowMs = Date.now()
    await take(nowMs + HOUR)
    expect(await expiry()).toBeGreaterThan(HOUR / 2)
    await limiter.block('user', nowMs + 10 * HOUR)
    // The clock is set back, so that the counts are written anew though nothing is taken.
    expect(await take(nowMs)).toMatchObject({ taken: false })
    expect(await expiry()).toBeGreaterThan(9 * HOUR)
  })

  test('a key does not grow with the number of takes', async () => {
    const keyPrefix = ownPrefix()
    const limiter = redisRateLimiter({ client, keyPrefix, clock: 'caller' })
    const budgets = [{ ...budget, units: 1000 }]
    const lengthAfter = async (takes: number): Promise<number> => {
      for (let at = 0; at < takes; at += 1) {
        await limiter.take({ budgets, units: 1, nowMs: Date.UTC(2026, 4, 4) + at * 1000 })
      }
      return client.strlen(`${keyPrefix}user`)
    }
    // Fifty slots of ten bytes each.
    expect(await lengthAfter(300)).toBeLessThan(600)
  })

  test('keeps the budgets of different prefixes apart', async () => {
    const one = redisRateLimiter({ client, keyPrefix: ownPrefix() })
    const other = redisRateLimiter({ client, keyPrefix: ownPrefix() })
    for (const limiter of [one, other]) {
      const answer = await limiter.take({ budgets: [budget], units: 5, nowMs: Date.now() })
      expect(answer).toEqual({ taken: true })
    }
  })

  test('sends its script again to a server that has lost it', async () => {
    const forgetful: IoredisLike = {
      evalsha: async () => {
        throw new Error('NOSCRIPT No matching script. Please use EVAL.')
      },
      eval: (...args) => client.eval(...args),
    }
    const limiter = redisRateLimiter({ client: forgetful, keyPrefix: ownPrefix() })
    expect(await limiter.take({ budgets: [budget], units: 5, nowMs: 0 })).toEqual({ taken: true })
    expect(await limiter.take({ budgets: [budget], units: 1, nowMs: 0 })).toMatchObject({ taken: false })
  })

  test('its script is run by its hash, not sent each time', async () => {
    const keyPrefix = ownPrefix()
    await redisRateLimiter({ client, keyPrefix }).take({ budgets: [budget], units: 1, nowMs: 0 })
    const frugal: IoredisLike = {
      evalsha: (...args) => client.evalsha(...args),
      eval: () => Promise.reject(new Error('sent the script')),
    }
    const answer = redisRateLimiter({ client: frugal, keyPrefix }).take({
      budgets: [budget],
      units: 4,
      nowMs: 0,
    })
    expect(await answer).toEqual({ taken: true })
  })
})

describe('the rate limiter on a Redis that does not answer as it should', () => {
  const request = { budgets: [budget], units: 1, nowMs: 0 }
  const clientThat = (answer: () => Promise<unknown>): IoredisLike => ({ evalsha: answer, eval: answer })

  test('says that it failed, with the client’s error as cause', async () => {
    const failure = new Error('Connection is closed.')
    const limiter = redisRateLimiter({ client: clientThat(() => Promise.reject(failure)) })
    const expected = { code: 'RATE_LIMITER_FAILED', retryable: true, cause: failure }
    await expect(limiter.take(request)).rejects.toMatchObject(expected)
    await expect(limiter.block('user', 1)).rejects.toMatchObject(expected)
  })

  test.each([[null], ['OK'], [[]], [['x', 'y']], [{ wait: 0 }]])(
    'hands out nothing on %j',
    async (answer) => {
      const limiter = redisRateLimiter({ client: clientThat(() => Promise.resolve(answer)) })
      await expect(limiter.take(request)).rejects.toMatchObject({
        code: 'RATE_LIMITER_FAILED',
        retryable: false,
      })
    },
  )
})
