// A worker process of rate-limiter-processes.test.ts: takes what it gets of one budget, at the times it is told.
//   node --import ./package-from-sources.ts rate-limiter-process.ts redis <prefix>
//   node --import ./package-from-sources.ts rate-limiter-process.ts postgres <connection string>
import { postgresRateLimiter } from 'appointment-sync/adapters/rate-limit-postgres'
import { redisRateLimiter } from 'appointment-sync/adapters/rate-limit-redis'
import type { RateBudget, RateLimiter } from 'appointment-sync/ports'
import pg from 'pg'
import { connectRedis } from './rate-limit-services.ts'

/** What the test asks for: takes of one unit at this instant until refused, but no more than `most`. */
export interface Turn {
  readonly nowMs: number
  readonly most: number
  readonly budgets: readonly RateBudget[]
}

/** How many units the process got. */
export interface Got {
  readonly units: number
}

/** Takes under way at the same time. */
const LANES = 4

function openLimiter(kind: string, where: string): { limiter: RateLimiter; close: () => Promise<unknown> } {
  if (kind === 'redis') {
    const client = connectRedis()
    const limiter = redisRateLimiter({ client, keyPrefix: where, clock: 'caller' })
    return { limiter, close: () => client.quit() }
  }
  const client = new pg.Pool({ connectionString: where, max: LANES })
  return { limiter: postgresRateLimiter({ client, clock: 'caller' }), close: () => client.end() }
}

const [kind = '', where = ''] = process.argv.slice(2)
const { limiter, close } = openLimiter(kind, where)

async function play({ nowMs, most, budgets }: Turn): Promise<Got> {
  let asked = 0
  let units = 0
  const lane = async (): Promise<void> => {
    while (asked < most) {
      asked += 1
      const { taken } = await limiter.take({ budgets, units: 1, nowMs })
      if (!taken) return
      units += 1
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { units }
}

process.on('message', (turn: Turn) => void play(turn).then((got) => process.send?.(got)))
process.on('disconnect', () => void close())
process.send?.('ready')
