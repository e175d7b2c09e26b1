import assert from 'node:assert/strict'
import { isAppointmentSyncError } from 'appointment-sync'
import type { RateAnswer, RateBudget, RateLimiter } from 'appointment-sync/ports'
import type { ContractCase, RateLimiterSubject } from './contract-case.ts'
import { runTrace, START_MS } from './rate-trace.ts'

/** What a case works on; `second` is `limiter` again where there is no other handle. */
interface Handles {
  readonly limiter: RateLimiter
  readonly second: RateLimiter
}

const WINDOW_MS = 60_000
const MINUTE: RateBudget = { key: 'user', units: 600, windowMs: WINDOW_MS }
const SEEDS = [1, 2, 3, 4, 5, 6]
const STEPS_OF_A_TRACE = 200
/** Callers at once, over two handles. */
const CALLERS = 40

const HOSTILE_KEYS: readonly string[] = [
  'a',
  'A',
  ' a',
  'a ',
  'a b',
  'a:b',
  'a,b',
  '{a}',
  '"a"',
  `it's`,
  'a\\b',
  'a\nb',
  'NULL',
  '0',
  'constructor',
  'ação',
  'ac\u0327a\u0303o',
  '診察 📅',
  `${'x'.repeat(299)}y`,
  `${'x'.repeat(299)}z`,
  '📅'.repeat(300),
]

/** Takes from one budget, `afterMs` milliseconds into the case. */
async function take(
  limiter: RateLimiter,
  units: number,
  afterMs: number,
  ...budgets: readonly RateBudget[]
): Promise<RateAnswer> {
  return limiter.take({
    budgets: budgets.length === 0 ? [MINUTE] : budgets,
    units,
    nowMs: START_MS + afterMs,
  })
}

async function grants(...args: Parameters<typeof take>): Promise<void> {
  assert.deepEqual(await take(...args), { taken: true }, `grants ${args[1]} units after ${args[2]} ms`)
}

/** Refused; how long to wait. */
async function refuses(...args: Parameters<typeof take>): Promise<number> {
  const answer = await take(...args)
  if (answer.taken) assert.fail(`refuses ${args[1]} units after ${args[2]} ms`)
  assert.ok(answer.waitMs >= 1, `has to wait ${answer.waitMs} ms`)
  return answer.waitMs
}

const promises: Readonly<Record<string, (handles: Handles) => Promise<void>>> = {
  'random demand never gets more than a budget in any stretch of its window, and no less than was there':
    async ({ limiter }) => {
      for (const seed of SEEDS) await runTrace(limiter, seed, STEPS_OF_A_TRACE)
    },
  'a trickle followed by a burst at the edge of the window gets one budget, not two': async ({ limiter }) => {
    await grants(limiter, 1, 0)
    await grants(limiter, 599, WINDOW_MS - 1)
    await grants(limiter, 1, WINDOW_MS)
    await refuses(limiter, 1, WINDOW_MS)
    await refuses(limiter, 599, 2 * WINDOW_MS - 2)
    await grants(limiter, 599, 2 * WINDOW_MS - 1)
  },
  'a budget that is free may be taken all at once': async ({ limiter }) => {
    await grants(limiter, 600, 0)
    await refuses(limiter, 1, 0)
  },
  'constant demand is given at least 95 % of the budget': async ({ limiter }) => {
    let given = 0
    for (let afterMs = 0; afterMs < 5 * WINDOW_MS; given += 25) {
      const answer = await take(limiter, 25, afterMs)
      if (answer.taken) continue
      afterMs += answer.waitMs
      await grants(limiter, 25, afterMs)
    }
    assert.ok(given >= 0.95 * 5 * 600, `${given} of ${5 * 600} units`)
  },
  'a request for several budgets takes of all of them or of none': async ({ limiter }) => {
    const user = { key: 'user', units: 3, windowMs: 1000 }
    const project = { key: 'project', units: 5, windowMs: WINDOW_MS }
    await grants(limiter, 3, 0, user, project)
    await refuses(limiter, 2, 0, user, project)
    await refuses(limiter, 2, 0, project, user)
    await refuses(limiter, 3, 1000, user, project)
    await refuses(limiter, 3, 1000, project, user)
    await grants(limiter, 3, 1000, user)
    await grants(limiter, 2, 1000, project)
  },
  'the wait of several budgets is that of the slowest': async ({ limiter }) => {
    const user = { key: 'user', units: 3, windowMs: 1000 }
    const project = { key: 'project', units: 5, windowMs: WINDOW_MS }
    await grants(limiter, 3, 0, user, project)
    await grants(limiter, 2, 500, project)
    const waitMs = await refuses(limiter, 3, 500, user, project)
    await refuses(limiter, 3, 500 + 500, user, project)
    assert.ok(waitMs <= WINDOW_MS, `has to wait ${waitMs} ms`)
    await grants(limiter, 3, 500 + waitMs, user, project)
  },
  'of concurrent callers exactly as many as the budget has units are granted': async ({
    limiter,
    second,
  }) => {
    const budget = { key: 'user', units: 17, windowMs: WINDOW_MS }
    for (const afterMs of [0, WINDOW_MS]) {
      const answers = await Promise.all(
        Array.from({ length: CALLERS }, (_, at) => take(at % 2 === 0 ? limiter : second, 1, afterMs, budget)),
      )
      assert.equal(answers.filter(({ taken }) => taken).length, 17)
    }
  },
  'concurrent callers of two budgets, named in either order, get what both have': async ({
    limiter,
    second,
  }) => {
    const [a, b] = [
      { key: 'a', units: 30, windowMs: WINDOW_MS },
      { key: 'b', units: 20, windowMs: WINDOW_MS },
    ]
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, (_, at) =>
        at % 2 === 0 ? take(limiter, 1, 0, a, b) : take(second, 1, 0, b, a),
      ),
    )
    assert.equal(answers.filter(({ taken }) => taken).length, 20)
    await grants(limiter, 10, 0, a)
    await refuses(second, 1, 0, a)
  },
  'a refused request takes nothing and puts nothing off': async ({ limiter }) => {
    await grants(limiter, 599, 0)
    for (let afterMs = 0; afterMs < WINDOW_MS; afterMs += 5000) await refuses(limiter, 2, afterMs)
    await grants(limiter, 1, WINDOW_MS - 1)
    await grants(limiter, 599, WINDOW_MS)
  },
  'a request for more than the budget is granted when the budget is untouched': async ({ limiter }) => {
    await grants(limiter, 1, 0)
    const waitMs = await refuses(limiter, 601, 10)
    await grants(limiter, 601, 10 + waitMs)
    await refuses(limiter, 601, 10 + waitMs)
    await refuses(limiter, 1, 10 + waitMs + WINDOW_MS - 1)
    await grants(limiter, 1, 10 + waitMs + WINDOW_MS)
  },
  'a budget that was made smaller or larger counts what was taken before': async ({ limiter }) => {
    await grants(limiter, 400, 0)
    await refuses(limiter, 1, 1000, { ...MINUTE, units: 300 })
    await grants(limiter, 200, 1000)
    await refuses(limiter, 1, 1000)
    await grants(limiter, 100, 1000, { ...MINUTE, units: 700 })
  },
  'a blocked key hands out nothing until the block ends, and then as ever': async ({ limiter, second }) => {
    await limiter.block(MINUTE.key, START_MS + 90_000)
    const waitMs = await refuses(second, 1, 0)
    assert.equal(waitMs, 90_000)
    await refuses(second, 1, 89_999)
    await grants(second, 600, 90_000)
    await refuses(limiter, 1, 90_000)
  },
  'a block puts off what is free only later': async ({ limiter }) => {
    await grants(limiter, 600, 0)
    await limiter.block(MINUTE.key, START_MS + 1000)
    assert.ok((await refuses(limiter, 1, 0)) > 1000)
    await grants(limiter, 1, WINDOW_MS)
  },
  'the later of two blocks wins, whichever was told first': async ({ limiter, second }) => {
    await limiter.block(MINUTE.key, START_MS + 2000)
    await second.block(MINUTE.key, START_MS + 9000)
    await limiter.block(MINUTE.key, START_MS + 4000)
    assert.equal(await refuses(limiter, 1, 0), 9000)
    await grants(limiter, 1, 9000)
  },
  'a block in the past is not noticed': async ({ limiter }) => {
    await limiter.block(MINUTE.key, START_MS - 1)
    await grants(limiter, 600, 0)
  },
  'a block of one of several budgets holds up the request, and takes nothing': async ({ limiter }) => {
    const other = { key: 'other', units: 5, windowMs: WINDOW_MS }
    await limiter.block(MINUTE.key, START_MS + 5000)
    assert.equal(await refuses(limiter, 5, 0, other, MINUTE), 5000)
    await grants(limiter, 5, 0, other)
  },
  'keys do not disturb each other, whatever they are made of': async ({ limiter, second }) => {
    const budgets = HOSTILE_KEYS.map((key) => ({ key, units: 2, windowMs: WINDOW_MS }))
    for (const budget of budgets) await grants(limiter, 1, 0, budget)
    await grants(second, 1, 0, ...budgets)
    for (const budget of budgets) await refuses(limiter, 1, 0, budget)
    const [first = '', ...rest] = HOSTILE_KEYS
    await limiter.block(first, START_MS + 2 * WINDOW_MS)
    await refuses(second, 1, WINDOW_MS, { key: first, units: 2, windowMs: WINDOW_MS })
    for (const key of rest) await grants(second, 2, WINDOW_MS, { key, units: 2, windowMs: WINDOW_MS })
  },
  'a reading of the clock that is a little old gets nothing early': async ({ limiter, second }) => {
    await grants(limiter, 400, 1000)
    await grants(second, 200, 900)
    await refuses(second, 1, 900)
    await refuses(limiter, 201, WINDOW_MS + 999)
    await grants(limiter, 600, WINDOW_MS + 1000)
  },
  'a fraction of a millisecond is waited for as a whole one': async ({ limiter }) => {
    await grants(limiter, 600, 0.5)
    assert.equal(await refuses(limiter, 1, WINDOW_MS + 0.25), 1)
    await grants(limiter, 600, WINDOW_MS + 1.25)
  },
  'a clock that is set back by an hour keeps nobody waiting for an hour': async ({ limiter }) => {
    const HOUR_MS = 3_600_000
    await grants(limiter, 300, HOUR_MS)
    await grants(limiter, 300, HOUR_MS + 1000)
    assert.ok((await refuses(limiter, 1, 0)) <= WINDOW_MS)
    await refuses(limiter, 1, WINDOW_MS - 1)
    await grants(limiter, 600, WINDOW_MS)
  },
  'a request that makes no sense is refused as such and takes nothing': async ({ limiter }) => {
    const bad: readonly (() => Promise<unknown>)[] = [
      () => take(limiter, 0, 0),
      () => take(limiter, -1, 0),
      () => take(limiter, 1.5, 0),
      () => take(limiter, Number.NaN, 0),
      () => take(limiter, 1, Number.NaN),
      () => take(limiter, 1, 0, MINUTE, MINUTE),
      ...['', 'a\0b', '\uD83D', 'x'.repeat(301)].map((key) => () => take(limiter, 1, 0, { ...MINUTE, key })),
      () => take(limiter, 1, 0, { ...MINUTE, units: -1 }),
      () => take(limiter, 1, 0, { ...MINUTE, units: Number.NaN }),
      () => take(limiter, 1, 0, { ...MINUTE, windowMs: 0 }),
      () => limiter.take({ budgets: [], units: 1, nowMs: START_MS }),
      () => limiter.block('', START_MS),
      () => limiter.block(MINUTE.key, Number.NaN),
      () => limiter.block(MINUTE.key, Infinity),
    ]
    for (const [at, call] of bad.entries()) {
      await assert.rejects(call, (error) => isAppointmentSyncError(error, 'INVALID_ARGUMENT'), `call ${at}`)
    }
    await grants(limiter, 600, 0)
  },
}

/**
 * Everything the rate limiter port promises, as cases to run under any test runner; each opens the subject anew and
 * expects it untouched. Time is given by `nowMs` alone, so a limiter that has a clock of its own is opened without
 * it. Give a `second` handle wherever the counts can be reached from another process: the races then run over both.
 */
export function rateLimiterContract(subject: RateLimiterSubject): ContractCase[] {
  return Object.entries(promises).map(([promise, check]) => ({
    name: `${subject.name} · ${promise}`,
    async run() {
      const opened = await subject.open()
      try {
        await check({ limiter: opened.rateLimiter, second: opened.second ?? opened.rateLimiter })
      } finally {
        await opened.close()
      }
    },
  }))
}
