import pg from 'pg'
import type { RateBudget, RateLimiter } from 'appointment-sync/ports'
import { ensureRateLimitTable, postgresRateLimiter } from 'appointment-sync/adapters/rate-limit-postgres'
import { redisRateLimiter } from 'appointment-sync/adapters/rate-limit-redis'
// The limiter in memory is no public entry: it is what one gets without asking for another.
import { createMemoryRateLimiter } from '../../src/google/memory-rate-limiter.ts'
import {
  connectRedis,
  deleteKeys,
  noPostgres,
  noRedis,
  ownDatabase,
  ownName,
} from '../contract/rate-limit-services.ts'
import { type Bench, compare, type Contestant, perOperation, type Scale, type Table } from './measure.ts'

/** Short, so that a round fills all the steps of a window. */
const WINDOW_MS = 1000
const FREE: readonly RateBudget[] = ['project', 'user'].map((key) => ({
  key,
  units: 1_000_000_000,
  windowMs: WINDOW_MS,
}))
const USED_UP: RateBudget = { key: 'used up', units: 1, windowMs: 3_600_000 }

function taking(name: string, limiter: RateLimiter, count: number): Contestant {
  return {
    name,
    run: () =>
      perOperation(count, async () => {
        const { taken } = await limiter.take({ budgets: FREE, units: 1, nowMs: Date.now() })
        if (!taken) throw new Error('refused')
      }),
  }
}

function refused(name: string, limiter: RateLimiter, count: number): Contestant {
  const take = (): ReturnType<RateLimiter['take']> =>
    limiter.take({ budgets: [USED_UP], units: 1, nowMs: Date.now() })
  return {
    name,
    run: async () => {
      await take()
      return perOperation(count, async () => {
        if ((await take()).taken) throw new Error('granted')
      })
    },
  }
}

async function inMemory(scale: Scale): Promise<Table> {
  const count = scale.smoke ? 10 : 100_000
  const limiter = createMemoryRateLimiter()
  const nothing: Contestant = {
    name: 'an async function that does nothing',
    run: () => perOperation(count, async () => undefined),
  }
  return {
    title: 'rates: in memory, one take',
    rows: await compare(scale, nothing, [
      taking('granted, two budgets', limiter, count),
      refused('refused, one budget', limiter, count),
    ]),
  }
}

async function onRedis(scale: Scale): Promise<Table> {
  const count = scale.smoke ? 10 : 3000
  const client = connectRedis()
  const keyPrefix = `{${ownName()}}:`
  const limiter = redisRateLimiter({ client, keyPrefix })
  try {
    const ping: Contestant = { name: 'PING', run: () => perOperation(count, () => client.ping()) }
    return {
      title: 'rates: on Redis, one take',
      rows: await compare(scale, ping, [
        taking('granted, two budgets', limiter, count),
        refused('refused, one budget', limiter, count),
      ]),
    }
  } finally {
    await deleteKeys(client, keyPrefix)
    await client.quit()
  }
}

async function onPostgres(scale: Scale): Promise<Table> {
  const count = scale.smoke ? 10 : 1500
  const database = await ownDatabase()
  const client = new pg.Pool({ connectionString: database.connectionString, max: 1 })
  try {
    await ensureRateLimitTable(client)
    const limiter = postgresRateLimiter({ client })
    const select: Contestant = {
      name: 'SELECT 1',
      run: () => perOperation(count, () => client.query('SELECT 1')),
    }
    return {
      title: 'rates: on PostgreSQL, one take',
      rows: await compare(scale, select, [
        taking('granted, two budgets', limiter, count),
        refused('refused, one budget', limiter, count),
      ]),
    }
  } finally {
    await client.end()
    await database.drop()
  }
}

/** What asking for units costs beside the shortest call there is. */
export const rates: Bench = {
  name: 'rates',
  run: async (scale, report) => {
    report(await inMemory(scale))
    if (!(await noRedis())) report(await onRedis(scale))
    if (!(await noPostgres())) report(await onPostgres(scale))
  },
}
