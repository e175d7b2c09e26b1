import { AppointmentSyncError } from 'appointment-sync'
import { checkRateBlock, checkRateRequest, type RateLimiter } from 'appointment-sync/ports'
import { databaseFailed, type PostgresClientLike } from './postgres-client.ts'

/** Options of {@link postgresRateLimiter}. */
export interface PostgresRateLimiterOptions {
  /**
   * A `Pool` of `pg`, or anything with its `query`; it stays yours. Not a client in a transaction: its locks would
   * hold up every other process until it ends.
   */
  readonly client: PostgresClientLike
  /**
   * Whose time counts. `server`, the default, is the database's own, so that processes whose clocks differ share
   * one window. `caller` is the caller's `nowMs`, for tests and simulations: a clock that is fast by some
   * milliseconds then shortens the window by as many.
   */
  readonly clock?: 'server' | 'caller' | undefined
}

const TAKE = `SELECT wait_ms, server_ms
  FROM appointment_sync_take_units($1::text[], $2::float8[], $3::float8[], $4::float8, $5::float8)`

const BLOCK = `INSERT INTO appointment_sync_rate_limits AS t (key, blocked_until, idle_at)
  VALUES ($1::text, $2::float8, $2::float8)
  ON CONFLICT (key) DO UPDATE SET
    blocked_until = greatest(t.blocked_until, excluded.blocked_until),
    idle_at = greatest(t.idle_at, excluded.idle_at)`

/** Leaves alone what somebody holds: it is in use. */
const FORGET = `DELETE FROM appointment_sync_rate_limits WHERE key IN (
    SELECT key FROM appointment_sync_rate_limits
    WHERE idle_at < coalesce($1::float8, extract(epoch FROM clock_timestamp()) * 1000)
    FOR UPDATE SKIP LOCKED)`

/** After so many takes rows that nobody uses any more are deleted, and at the first. */
const TAKES_PER_FORGETTING = 1000

function readAnswer(row: unknown): { waitMs: number; serverMs: number } {
  const { wait_ms: waitMs, server_ms: serverMs } = (row ?? {}) as Record<string, unknown>
  const answer = { waitMs: Number(waitMs), serverMs: Number(serverMs) }
  if (answer.waitMs >= 0 && answer.serverMs > 0) return answer
  throw new AppointmentSyncError({
    code: 'RATE_LIMITER_FAILED',
    message:
      'The database client gave something else than the row of the rate limiter. Give one whose query() answers with { rows }, by column name.',
  })
}

/**
 * A rate limiter whose counts are kept in PostgreSQL (from 12 on), for all processes that give the same database.
 * One statement a take, which locks the rows of its keys and nothing else. Units come back a hundredth of the window
 * late at most. Needs the table of `rateLimitTable()`, and the isolation level read committed, which is the default.
 */
export function postgresRateLimiter(options: PostgresRateLimiterOptions): RateLimiter {
  const { client, clock = 'server' } = options
  const byCaller = clock === 'caller'
  /** How far the server's clock is ahead of the caller's, as seen at the last take. */
  let serverAheadMs = 0
  let takes = 0

  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    try {
      return (await client.query(text, values)).rows[0]
    } catch (error) {
      throw databaseFailed(error)
    }
  }

  return {
    take: async (request) => {
      const { budgets, units, nowMs } = checkRateRequest(request)
      const time = byCaller ? nowMs : null
      // Before the take: if it fails, no units are lost.
      if (takes++ % TAKES_PER_FORGETTING === 0) await query(FORGET, [time])
      const row = await query(TAKE, [
        budgets.map(({ key }) => key),
        budgets.map((budget) => budget.units),
        budgets.map(({ windowMs }) => windowMs),
        units,
        time,
      ])
      const { waitMs, serverMs } = readAnswer(row)
      serverAheadMs = serverMs - nowMs
      return waitMs === 0 ? { taken: true } : { taken: false, waitMs }
    },
    block: async (key, untilMs) => {
      checkRateBlock(key, untilMs)
      await query(BLOCK, [key, byCaller ? untilMs : untilMs + serverAheadMs])
    },
  }
}
