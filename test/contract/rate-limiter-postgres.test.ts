import {
  ensureRateLimitTable,
  type PostgresClientLike,
  postgresRateLimiter,
  rateLimitTable,
} from 'appointment-sync/adapters/rate-limit-postgres'
import type { RateBudget } from 'appointment-sync/ports'
import { rateLimiterContract } from 'appointment-sync/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { noPostgres, type OwnDatabase, ownDatabase } from './rate-limit-services.ts'

const TEN_MINUTES = 600_000
const HOUR = 3_600_000
const NOW = Date.UTC(2026, 4, 4, 9)
const budget: RateBudget = { key: 'user', units: 5, windowMs: TEN_MINUTES }

describe.skipIf(await noPostgres())('the rate limiter on PostgreSQL', () => {
  let database: OwnDatabase
  let pool: pg.Pool
  let another: pg.Pool
  beforeAll(async () => {
    database = await ownDatabase()
    pool = new pg.Pool({ connectionString: database.connectionString, max: 10 })
    another = new pg.Pool({ connectionString: database.connectionString, max: 10 })
    await ensureRateLimitTable(pool)
  })
  beforeEach(async () => {
    await pool.query('TRUNCATE appointment_sync_rate_limits')
  })
  afterAll(async () => {
    await Promise.all([pool.end(), another.end()])
    await database.drop()
  })

  async function storedKeys(): Promise<unknown[]> {
    const { rows } = await pool.query<{ key: string }>(
      'SELECT key FROM appointment_sync_rate_limits ORDER BY key',
    )
    return rows.map(({ key }) => key)
  }

  describe('keeps the contract', () => {
    const open = async (): ReturnType<Parameters<typeof rateLimiterContract>[0]['open']> => ({
      rateLimiter: postgresRateLimiter({ client: pool, clock: 'caller' }),
      second: postgresRateLimiter({ client: another, clock: 'caller' }),
      close: async () => undefined,
    })
    for (const { name, run } of rateLimiterContract({ name: 'postgres', open })) test(name, run)
  })

  test('goes by the server’s clock, so that callers whose clocks differ by years share one window', async () => {
    const limiter = postgresRateLimiter({ client: pool })
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
      const limiter = postgresRateLimiter({ client: pool })
      const nowMs = Date.now() + offMs
      await limiter.take({ budgets: [{ ...budget, key: 'other' }], units: 1, nowMs })
      await limiter.block(budget.key, nowMs + TEN_MINUTES)
      const other = postgresRateLimiter({ client: another })
      const answer = await other.take({ budgets: [budget], units: 1, nowMs: Date.now() })
      const waitMs = answer.taken ? 0 : answer.waitMs
      expect(waitMs).toBeGreaterThan(TEN_MINUTES / 2)
      expect(waitMs).toBeLessThan(TEN_MINUTES * 2)
    },
  )

  test('callers of many keys in any order never wait for each other for ever', async () => {
    const limiter = postgresRateLimiter({ client: pool, clock: 'caller' })
    const second = postgresRateLimiter({ client: another, clock: 'caller' })
    const keys = Array.from({ length: 6 }, (_, at) => `key ${at}`)
    const rotated = (by: number): string[] => [...keys.slice(by % 6), ...keys.slice(0, by % 6)]
    const calls = Array.from({ length: 300 }, (_, at) => {
      const order = at % 2 === 0 ? rotated(at) : rotated(at).reverse()
      const budgets = order.slice(0, 2 + (at % 5)).map((key) => ({ key, units: 1000, windowMs: TEN_MINUTES }))
      return (at % 2 === 0 ? limiter : second).take({ budgets, units: 1, nowMs: NOW })
    })
    expect(await Promise.all(calls)).toEqual(calls.map(() => ({ taken: true })))
  })

  test('under a stricter isolation level takes may fail, but none too many is granted', async () => {
    const options = '-c default_transaction_isolation=serializable'
    const strict = new pg.Pool({ connectionString: database.connectionString, max: 10, options })
    onTestFinished(() => strict.end())
    const limiter = postgresRateLimiter({ client: strict, clock: 'caller' })
    const takes = Array.from({ length: 40 }, () => limiter.take({ budgets: [budget], units: 1, nowMs: NOW }))
    const results = await Promise.allSettled(takes)
    const granted = results.filter((result) => result.status === 'fulfilled' && result.value.taken)
    expect(granted.length).toBeGreaterThan(0)
    expect(granted.length).toBeLessThanOrEqual(budget.units)
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      expect(result.reason).toMatchObject({ code: 'RATE_LIMITER_FAILED', retryable: true })
    }
  })

  test('rows that nobody uses any more are deleted, blocks and counts that still hold are not', async () => {
    const first = postgresRateLimiter({ client: pool, clock: 'caller' })
    await first.take({ budgets: [{ ...budget, key: 'old' }], units: 1, nowMs: NOW })
    await first.take({ budgets: [{ ...budget, key: 'counts' }], units: 5, nowMs: NOW + 1 })
    await first.block('old block', NOW + TEN_MINUTES)
    await first.block('blocked', NOW + HOUR)
    for (const key of ['old', 'counts']) await first.block(key, NOW - HOUR)
    const later = { budgets: [budget], units: 1, nowMs: NOW + TEN_MINUTES + 1 }
    await postgresRateLimiter({ client: another, clock: 'caller' }).take(later)
    expect(await storedKeys()).toEqual(['blocked', 'counts', 'user'])
  })

  test('a row does not grow with the number of takes', async () => {
    const limiter = postgresRateLimiter({ client: pool, clock: 'caller' })
    const budgets = [{ ...budget, units: 1000 }]
    for (let at = 0; at < 300; at += 1) await limiter.take({ budgets, units: 1, nowMs: NOW + at * 1000 })
    const { rows } = await pool.query(
      'SELECT cardinality(taken_at) AS slots FROM appointment_sync_rate_limits',
    )
    expect(rows).toEqual([{ slots: 50 }])
  })

  test('one that is used for long clears up now and then', async () => {
    const limiter = postgresRateLimiter({ client: pool, clock: 'caller' })
    const take = (key: string, nowMs: number): Promise<unknown> =>
      limiter.take({ budgets: [{ key, units: 2000, windowMs: 1000 }], units: 1, nowMs })
    await take('old', NOW)
    for (let at = 0; at < 1000; at += 1) await take('user', NOW + HOUR)
    expect(await storedKeys()).toEqual(['user'])
  })

  test('clearing up passes by a row that a take holds', async () => {
    const first = postgresRateLimiter({ client: pool, clock: 'caller' })
    await first.take({ budgets: [budget], units: 5, nowMs: NOW })
    const holder = await pool.connect()
    onTestFinished(() => holder.release())
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM appointment_sync_rate_limits FOR UPDATE')
    const other = { budgets: [{ ...budget, key: 'other' }], units: 1, nowMs: NOW + HOUR }
    const answer = await postgresRateLimiter({ client: another, clock: 'caller' }).take(other)
    expect(answer).toEqual({ taken: true })
    await holder.query('COMMIT')
    expect(await storedKeys()).toEqual(['other', 'user'])
  })

  test('a take that waits for a row that is deleted meanwhile makes it anew', async () => {
    const limiter = postgresRateLimiter({ client: another, clock: 'caller' })
    await limiter.take({ budgets: [budget], units: 5, nowMs: NOW })
    const holder = await pool.connect()
    onTestFinished(() => holder.release())
    await holder.query('BEGIN')
    await holder.query('DELETE FROM appointment_sync_rate_limits')
    const waiting = limiter.take({ budgets: [budget], units: 5, nowMs: NOW + 1 })
    await blockedQuery(pool)
    await holder.query('COMMIT')
    expect(await waiting).toEqual({ taken: true })
    expect(await storedKeys()).toEqual(['user'])
  })

  test('a database that is not set up is named with what to do', async () => {
    const empty = await ownDatabase()
    const client = new pg.Pool({ connectionString: empty.connectionString })
    onTestFinished(async () => {
      await client.end()
      await empty.drop()
    })
    const limiter = postgresRateLimiter({ client })
    const expected = {
      code: 'RATE_LIMITER_FAILED',
      retryable: false,
      message: expect.stringContaining('ensureRateLimitTable') as string,
    }
    await expect(limiter.take({ budgets: [budget], units: 1, nowMs: NOW })).rejects.toMatchObject(expected)
    await expect(limiter.block('user', NOW)).rejects.toMatchObject(expected)

    await Promise.all(Array.from({ length: 8 }, () => ensureRateLimitTable(client)))
    expect(await limiter.take({ budgets: [budget], units: 5, nowMs: NOW })).toEqual({ taken: true })
    await client.query(rateLimitTable())
    expect(await limiter.take({ budgets: [budget], units: 1, nowMs: NOW })).toMatchObject({ taken: false })
  })
})

/** Resolves once some query of the database waits for a lock. */
async function blockedQuery(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (rows.length > 0) return
  }
}

describe('the rate limiter on a database that does not answer as it should', () => {
  const request = { budgets: [budget], units: 1, nowMs: NOW }

  test('says that it failed, with the driver’s error as cause', async () => {
    const failure = new Error('Connection terminated unexpectedly')
    const client: PostgresClientLike = { query: () => Promise.reject(failure) }
    const expected = { code: 'RATE_LIMITER_FAILED', retryable: true, cause: failure }
    await expect(postgresRateLimiter({ client }).take(request)).rejects.toMatchObject(expected)
    await expect(postgresRateLimiter({ client }).block('user', NOW)).rejects.toMatchObject(expected)
    await expect(ensureRateLimitTable(client)).rejects.toMatchObject(expected)
  })

  test.each([[[]], [[{}]], [[{ wait_ms: 'soon', server_ms: 1 }]], [[[0, 1]]]])(
    'hands out nothing on %j',
    async (rows) => {
      const client: PostgresClientLike = { query: () => Promise.resolve({ rows }) }
      await expect(postgresRateLimiter({ client }).take(request)).rejects.toMatchObject({
        code: 'RATE_LIMITER_FAILED',
        retryable: false,
      })
    },
  )
})
