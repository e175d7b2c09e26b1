import { AppointmentSyncError } from 'appointment-sync'
import { checkRateBlock, checkRateRequest, type RateLimiter } from 'appointment-sync/ports'
import { type RedisClientLike, redisScript } from './redis-client.ts'
import { BLOCK, TAKE } from './scripts.ts'

/** Options of {@link redisRateLimiter}. */
export interface RedisRateLimiterOptions {
  /** A connected client of `ioredis` or `redis`; it stays yours. */
  readonly client: RedisClientLike
  /**
   * Put before every key. Default `{appointment-sync:rate}:`. The braces are a hash tag: a cluster then keeps all
   * budgets in one slot, which it demands of keys that are taken together.
   */
  readonly keyPrefix?: string | undefined
  /**
   * Whose time counts. `server`, the default, is Redis's own, so that processes whose clocks differ share one
   * window. `caller` is the caller's `nowMs`, for tests and simulations: a clock that is fast by some milliseconds
   * then shortens the window by as many.
   */
  readonly clock?: 'server' | 'caller' | undefined
}

const DEFAULT_PREFIX = '{appointment-sync:rate}:'
/** How much longer than needed a key is kept. The server's expiry knows nothing of a caller's time. */
const KEEP_MS = { server: 1000, caller: 3_600_000 }

function readAnswer(answer: unknown): { waitMs: number; serverMs: number } {
  const [waitMs, serverMs] = Array.isArray(answer) ? answer.map((value) => Number(String(value))) : []
  if (waitMs === undefined || serverMs === undefined || !(waitMs >= 0 && serverMs > 0)) {
    throw new AppointmentSyncError({
      code: 'RATE_LIMITER_FAILED',
      message:
        'The Redis client gave something else than the answer of the rate limiter. Give a plain client of ioredis or redis, without a transformation of replies.',
    })
  }
  return { waitMs, serverMs }
}

/**
 * A rate limiter whose counts are kept in Redis (from 5 on) or Valkey, for all processes that give the same server
 * and prefix. One script call a take. Units come back a hundredth of the window late at most. Keys expire when their
 * window has passed.
 */
export function redisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { client, keyPrefix = DEFAULT_PREFIX, clock = 'server' } = options
  const takeScript = redisScript(client, TAKE)
  const blockScript = redisScript(client, BLOCK)
  const keep = String(KEEP_MS[clock])
  /** How far the server's clock is ahead of the caller's, as seen at the last take. */
  let serverAheadMs = 0

  return {
    take: async (request) => {
      const { budgets, units, nowMs } = checkRateRequest(request)
      const { waitMs, serverMs } = readAnswer(
        await takeScript(
          budgets.map(({ key }) => `${keyPrefix}${key}`),
          [
            String(units),
            clock === 'caller' ? String(nowMs) : '',
            keep,
            ...budgets.flatMap((budget) => [String(budget.units), String(budget.windowMs)]),
          ],
        ),
      )
      serverAheadMs = serverMs - nowMs
      return waitMs === 0 ? { taken: true } : { taken: false, waitMs }
    },
    block: async (key, untilMs) => {
      checkRateBlock(key, untilMs)
      const untilServerMs = untilMs + serverAheadMs
      const until = clock === 'caller' ? untilMs : untilServerMs
      await blockScript([`${keyPrefix}${key}`], [String(until), String(untilServerMs), keep])
    },
  }
}
