import { describe, expect, it } from 'vitest'
import { silentLogger } from 'appointment-sync/ports'
import { createFairTurns } from '../../src/sync/fair-turns.ts'
import {
  createPullHints,
  type HintedCalendar,
  type HintedPull,
  type PullHints,
} from '../../src/sync/pull-hints.ts'
import { type StandingClock, standingClock } from '../integration/clinic.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function aCalendar(name: string, tenantId = 'salon-1'): HintedCalendar {
  return { ref: { tenantId, userId: 'ana', integrationId: name }, calendarId: 'primary' }
}

interface Running {
  readonly name: string
  readonly attempt: number
  end(result: HintedPull): Promise<void>
}

interface Bench {
  readonly clock: StandingClock
  readonly hints: PullHints
  /** Pulls that have begun, in order; those that have ended too. */
  readonly begun: Running[]
  pass(ms: number): Promise<void>
  hint(name: string, tenantId?: string): void
}

/** Hints whose pulls end when they are told to. */
function aBench(parallel?: number): Bench {
  const clock = standingClock()
  const begun: Running[] = []
  const hints = createPullHints({
    clock,
    logger: silentLogger,
    parallel,
    pull: ({ ref }, attempt) =>
      new Promise((resolve) => {
        const end = async (result: HintedPull): Promise<void> => {
          resolve(result)
          await turn()
        }
        begun.push({ name: ref.integrationId, attempt, end })
      }),
  })
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await turn()
  }
  return { clock, hints, begun, pass, hint: (name, tenantId) => hints.hint(aCalendar(name, tenantId)) }
}

const names = ({ begun }: Bench): string[] => begun.map(({ name }) => name)
const CHANGES: HintedPull = { found: 'changes' }
const NOTHING: HintedPull = { found: 'nothing' }

describe('hints', () => {
  it('are gathered for a tenth of a second, and make one pull', async () => {
    const bench = aBench()
    for (let sent = 0; sent < 50; sent += 1) bench.hint('a')
    await bench.pass(99)
    expect(names(bench)).toEqual([])
    await bench.pass(1)
    expect(names(bench)).toEqual(['a'])
    await bench.begun[0]?.end(CHANGES)
    await bench.pass(10_000)
    expect(names(bench)).toEqual(['a'])
  })

  it('that come during a pull make exactly one more (KeepSoftwareSimple/compass-calendar#2791)', async () => {
    const bench = aBench()
    bench.hint('a')
    await bench.pass(100)
    for (let sent = 0; sent < 5; sent += 1) bench.hint('a')
    await bench.pass(10_000)
    expect(names(bench)).toEqual(['a'])
    await bench.begun[0]?.end(CHANGES)
    await bench.pass(100)
    expect(names(bench)).toEqual(['a', 'a'])
    await bench.begun[1]?.end(CHANGES)
    await bench.pass(10_000)
    expect(names(bench)).toEqual(['a', 'a'])
  })

  it('of different calendars do not wait for each other', async () => {
    const bench = aBench()
    bench.hint('a')
    bench.hint('b')
    bench.hint('a', 'salon-2')
    await bench.pass(100)
    expect(names(bench)).toEqual(['a', 'b', 'a'])
  })

  it('about our own writes are followed at pauses that double, and a change of somebody else’s ends that', async () => {
    const bench = aBench()
    const rests: number[] = []
    bench.hint('a')
    await bench.pass(100)
    for (const result of [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, CHANGES]) {
      const before = bench.begun.length
      bench.hint('a')
      await bench.begun.at(-1)?.end(result)
      bench.hint('a')
      const from = bench.clock.now()
      while (bench.begun.length === before) await bench.pass(100)
      rests.push(bench.clock.now() - from)
    }
    expect(rests).toEqual([200, 400, 800, 800, 800, 100])
    await bench.begun.at(-1)?.end(CHANGES)
    const { length } = bench.begun
    await bench.pass(10_000)
    expect(bench.begun).toHaveLength(length)
  })

  it('that come in the rest after a pull of our own writes are not lost', async () => {
    const bench = aBench()
    bench.hint('a')
    await bench.pass(100)
    await bench.begun[0]?.end(NOTHING)
    await bench.pass(50)
    bench.hint('a')
    await bench.pass(150)
    expect(names(bench)).toEqual(['a', 'a'])
  })

  it('wait for another process that is reading the calendar', async () => {
    const bench = aBench()
    bench.hint('a')
    await bench.pass(100)
    for (const pause of [100, 200, 400, 800, 1000, 1000]) {
      await bench.begun.at(-1)?.end({ found: 'busy' })
      const { length } = bench.begun
      await bench.pass(pause - 1)
      expect(bench.begun).toHaveLength(length)
      await bench.pass(1)
      expect(bench.begun).toHaveLength(length + 1)
    }
    await bench.begun.at(-1)?.end(CHANGES)
    const { length } = bench.begun
    await bench.pass(60_000)
    expect(bench.begun).toHaveLength(length)
  })

  it('are followed again after a failure that may pass, and left to the periodic tasks after others', async () => {
    const bench = aBench()
    bench.hint('a')
    await bench.pass(100)
    await bench.begun[0]?.end({ found: 'failed', retryInMs: 2000 })
    await bench.pass(2000)
    await bench.begun[1]?.end({ found: 'failed', retryInMs: null })
    await bench.pass(60_000)
    expect(bench.begun.map(({ attempt }) => attempt)).toEqual([1, 2])
    bench.hint('a')
    await bench.pass(100)
    expect(bench.begun.at(-1)?.attempt).toBe(1)
  })
})

describe('many calendars at once', () => {
  it('are read eight at a time', async () => {
    const bench = aBench()
    for (let n = 0; n < 20; n += 1) bench.hint(`c${n}`)
    await bench.pass(100)
    expect(bench.begun).toHaveLength(8)
    await bench.begun[3]?.end(CHANGES)
    expect(bench.begun).toHaveLength(9)
    for (let ended = 0; ended < 20; ended += 1) await bench.begun[ended]?.end(CHANGES)
    expect(new Set(names(bench)).size).toBe(20)
    expect(bench.begun).toHaveLength(20)
  })

  it('of one tenant do not keep another tenant’s only one waiting', async () => {
    const bench = aBench(1)
    for (let n = 0; n < 100; n += 1) bench.hint(`big${n}`, 'big')
    bench.hint('small', 'small')
    await bench.pass(100)
    await bench.begun[0]?.end(CHANGES)
    await bench.begun[1]?.end(CHANGES)
    expect(names(bench).slice(0, 3)).toContain('small')
  })

  it('one that waits for another process or rests does not take the place of others', async () => {
    const bench = aBench(1)
    bench.hint('a')
    bench.hint('b')
    await bench.pass(100)
    await bench.begun[0]?.end({ found: 'busy' })
    expect(names(bench)).toEqual(['a', 'b'])
    await bench.begun[1]?.end(NOTHING)
    await bench.pass(100)
    expect(names(bench)).toEqual(['a', 'b', 'a'])
  })
})

describe('a turn', () => {
  it('is not spent on somebody who gave up waiting', async () => {
    const turns = createFairTurns(1)
    const [patient, impatient] = [new AbortController(), new AbortController()]
    await turns.take('a', patient.signal)
    const given = turns.take('a', impatient.signal)
    let mine = false
    const next = turns.take('a', patient.signal).then(() => (mine = true))
    impatient.abort(new Error('no longer'))
    await expect(given).rejects.toThrow('no longer')
    turns.release()
    await turn()
    expect(mine).toBe(true)
    await next
    turns.release()
    await turns.take('b', patient.signal)
  })
})

describe('closing', () => {
  it('waits for the pulls that run, and begins no other', async () => {
    const bench = aBench(1)
    bench.hint('a')
    bench.hint('b')
    await bench.pass(100)
    bench.hint('c')
    let closed = false
    const closing = bench.hints.close().then(() => (closed = true))
    await turn()
    expect(closed).toBe(false)
    await bench.begun[0]?.end(NOTHING)
    await closing
    bench.hint('d')
    await bench.pass(10_000)
    expect(names(bench)).toEqual(['a'])
  })

  it('a pull that breaks its promise and throws is logged, and stops no other', async () => {
    const lines: string[] = []
    const clock = standingClock()
    const hints = createPullHints({
      clock,
      logger: { ...silentLogger, error: (_fields, message) => void lines.push(message) },
      pull: () => Promise.reject(new Error('broken')),
      parallel: 1,
    })
    hints.hint(aCalendar('a'))
    hints.hint(aCalendar('b'))
    clock.advance(100)
    await turn()
    expect(lines).toEqual(['a hint was not followed', 'a hint was not followed'])
    await hints.close()
  })
})
