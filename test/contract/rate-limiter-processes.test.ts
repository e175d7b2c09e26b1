import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ensureRateLimitTable } from 'appointment-sync/adapters/rate-limit-postgres'
import type { RateBudget } from 'appointment-sync/ports'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Ledger } from '../../src/testing/contracts/rate-trace.ts'
import { connectRedis, deleteKeys, noPostgres, noRedis, ownDatabase, ownName } from './rate-limit-services.ts'
import type { Got, Turn } from './rate-limiter-process.ts'

const PROCESSES = 4
const START_MS = Date.UTC(2026, 4, 4, 9)
const WINDOW_MS = 60_000
const TICKS_PER_WINDOW = 10
const WINDOWS = 4
const PROJECT: RateBudget = { key: 'project', units: 120, windowMs: WINDOW_MS }
const USER_UNITS = 80
const [redisMissing, postgresMissing] = [await noRedis(), await noPostgres()]

function path(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

async function startProcess(kind: string, where: string): Promise<ChildProcess> {
  const child = fork(path('rate-limiter-process.ts'), [kind, where], {
    execArgv: ['--import', new URL('package-from-sources.ts', import.meta.url).href],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    if (child.connected) child.disconnect()
    else child.kill()
    await once(child, 'exit')
  })
  await answerOf(child)
  return child
}

/** The next message; fails when the process ends instead. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const [answer] = (await Promise.race([
    once(child, 'message', { signal: ended.signal }),
    once(child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`a worker process ended with ${String(code)}`)
    }),
  ]).finally(() => ended.abort())) as unknown[]
  return answer
}

async function play(child: ChildProcess, turn: Turn): Promise<Got> {
  const answer = answerOf(child)
  child.send(turn)
  return (await answer) as Got
}

/**
 * A window of trickle and then constant demand from four processes at once, on a project's budget that all share and
 * two users' budgets that two each share. The time is the test's: it moves on when all processes are done with it.
 */
async function share(
  kind: string,
  where: string,
): Promise<{ ledger: Ledger; budgets: RateBudget[]; greedy: number }> {
  const children = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(kind, where)))
  const users = [0, 1].map((at) => ({ key: `user ${at}`, units: USER_UNITS, windowMs: WINDOW_MS }))
  const budgetsOf = (at: number): RateBudget[] => [PROJECT, ...users.slice(at % 2, (at % 2) + 1)]
  const ledger = new Ledger()
  let greedy = 0
  for (let tick = 0; tick < WINDOWS * TICKS_PER_WINDOW; tick += 1) {
    const nowMs = START_MS + (tick * WINDOW_MS) / TICKS_PER_WINDOW
    const trickle = tick < TICKS_PER_WINDOW - 1
    const most = trickle ? 2 : 2 * PROJECT.units
    const got = await Promise.all(
      children.map((child, at) => play(child, { nowMs, most, budgets: budgetsOf(at) })),
    )
    for (const [at, { units }] of got.entries()) {
      for (let unit = 0; unit < units; unit += 1) ledger.add({ budgets: budgetsOf(at), units: 1, nowMs })
      if (tick >= TICKS_PER_WINDOW) greedy += units
    }
  }
  return { ledger, budgets: [PROJECT, ...users], greedy }
}

async function expectShared(kind: string, where: string): Promise<void> {
  const { ledger, budgets, greedy } = await share(kind, where)
  ledger.assertKept(budgets, kind)
  expect(greedy).toBeGreaterThanOrEqual(0.95 * (WINDOWS - 1) * PROJECT.units)
}

describe('four processes share budgets, hand out no more in any window, and use 95 % of them', () => {
  test.skipIf(redisMissing)('on Redis', { timeout: 60_000 }, async () => {
    const prefix = `{${ownName()}}:`
    const client = connectRedis()
    onTestFinished(async () => {
      await deleteKeys(client, prefix)
      await client.quit()
    })
    await expectShared('redis', prefix)
  })

  test.skipIf(postgresMissing)('on PostgreSQL', { timeout: 60_000 }, async () => {
    const database = await ownDatabase()
    onTestFinished(() => database.drop())
    const pool = new pg.Pool({ connectionString: database.connectionString })
    await ensureRateLimitTable(pool)
    await pool.end()
    await expectShared('postgres', database.connectionString)
  })
})
