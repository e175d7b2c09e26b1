import { AppointmentSyncError } from 'appointment-sync'
import { cronScheduler, type CronSchedulerOptions } from 'appointment-sync/adapters/scheduler-cron'
import type { ScheduledTask, Scheduler } from 'appointment-sync/ports'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const MINUTE = 60_000

/** A task whose runs end when the test says so. */
interface Harness {
  readonly task: ScheduledTask
  /** Instants at which a run began. */
  readonly begun: string[]
  readonly signals: AbortSignal[]
  /** Ends the oldest run. */
  end(error?: unknown): void
}

function aTask(over: Partial<ScheduledTask> = {}): Harness {
  const begun: string[] = []
  const signals: AbortSignal[] = []
  const ends: ((error?: unknown) => void)[] = []
  const run: ScheduledTask['run'] = ({ signal }) => {
    begun.push(new Date().toISOString().slice(11, 19))
    signals.push(signal)
    return new Promise((resolve, reject) => {
      ends.push((error) => (error === undefined ? resolve() : reject(error)))
    })
  }
  const task = { name: 'drain_outbox', cron: '* * * * *', timeZone: 'UTC', jitterMs: 0, run, ...over }
  return { task, begun, signals, end: (error) => ends.shift()?.(error) }
}

const schedulers: Scheduler[] = []

function aScheduler(options: CronSchedulerOptions = {}): Scheduler {
  const scheduler = cronScheduler({ random: () => 0, ...options })
  schedulers.push(scheduler)
  return scheduler
}

/** What a promise has come to, without waiting for it. */
function watch(promise: Promise<void>): { done: boolean } {
  const state = { done: false }
  void promise.finally(() => {
    state.done = true
  })
  return state
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-05-01T12:00:30Z') })
})

afterEach(async () => {
  for (const scheduler of schedulers.splice(0)) {
    const stopped = scheduler.stop({ timeoutMs: 0 })
    await vi.advanceTimersByTimeAsync(10_000)
    await stopped
  }
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('planning', () => {
  it('a task runs when its expression says, and not before', async () => {
    const { task, begun, end } = aTask({ cron: '*/15 * * * *' })
    await aScheduler().start([task])
    await vi.advanceTimersByTimeAsync(14 * MINUTE)
    expect(begun).toEqual([])
    await vi.advanceTimersByTimeAsync(MINUTE)
    end()
    await vi.advanceTimersByTimeAsync(15 * MINUTE)
    expect(begun).toEqual(['12:15:00', '12:30:00'])
  })

  it('the expression is read in the zone of the task', async () => {
    const { task, begun } = aTask({ cron: '0 10 * * *', timeZone: 'America/Sao_Paulo' })
    await aScheduler().start([task])
    await vi.advanceTimersByTimeAsync(2 * 60 * MINUTE)
    expect(begun).toEqual(['13:00:00'])
  })

  it.each([
    { cron: 'every minute' },
    { cron: '61 * * * *' },
    { cron: '* * * * * *' },
    { timeZone: 'Mars/Olympus' },
  ])('%j is refused before anything starts, and the tasks of before go on', async (bad) => {
    const before = aTask({ name: 'before' })
    const good = aTask({ name: 'good' })
    const scheduler = aScheduler()
    await scheduler.start([before.task])
    await expect(scheduler.start([good.task, aTask(bad).task])).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    })
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect([before.begun.length, good.begun.length]).toEqual([1, 0])
  })

  it('a run starts late by its share of the jitter', async () => {
    const { task, begun } = aTask({ jitterMs: 20_000 })
    await aScheduler({ random: () => 0.5 }).start([task])
    await vi.advanceTimersByTimeAsync(30_000 + 9_999)
    expect(begun).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun).toEqual(['12:01:10'])
  })

  it('a second start replaces the tasks of the first', async () => {
    const [old, next] = [aTask({ name: 'old' }), aTask({ name: 'next' })]
    const scheduler = aScheduler()
    await scheduler.start([old.task])
    await scheduler.start([next.task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect([old.begun.length, next.begun.length]).toEqual([0, 1])
  })
})

describe('overlap', () => {
  it('a run that is still going is not doubled, and the next one after it takes place', async () => {
    const { task, begun, end } = aTask()
    await aScheduler().start([task])
    await vi.advanceTimersByTimeAsync(3 * MINUTE)
    expect(begun).toEqual(['12:01:00'])
    end()
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(begun).toEqual(['12:01:00', '12:04:00'])
  })

  it('a run that waits out a jitter longer than its period is not doubled', async () => {
    const { task, begun } = aTask({ jitterMs: 150_000 })
    await aScheduler({ random: () => 1 }).start([task])
    await vi.advanceTimersByTimeAsync(3.5 * MINUTE)
    expect(begun).toEqual(['12:03:30'])
  })

  it('a run from before a second start still counts', async () => {
    const { task, begun } = aTask()
    const scheduler = aScheduler()
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(begun).toEqual(['12:01:00'])
  })

  it('tasks do not wait for each other', async () => {
    const [a, b] = [aTask({ name: 'a' }), aTask({ name: 'b' })]
    await aScheduler().start([a.task, b.task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect([a.begun, b.begun]).toEqual([['12:01:00'], ['12:01:00']])
  })
})

describe('failures', () => {
  it('a run that failed is told, and the next one takes place', async () => {
    const told: unknown[] = []
    const { task, begun, end } = aTask()
    await aScheduler({ onError: (name, error) => told.push([name, error]) }).start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    const failure = new Error('down')
    end(failure)
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(told).toEqual([['drain_outbox', failure]])
    expect(begun).toHaveLength(2)
  })

  it('a run that throws at once is told too', async () => {
    const told: string[] = []
    const run = (): never => {
      throw new Error('down')
    }
    await aScheduler({ onError: (name) => told.push(name) }).start([aTask({ run }).task])
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    expect(told).toEqual(['drain_outbox', 'drain_outbox'])
  })

  it('without a listener the process is warned, with messages of the SDK alone', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      const { task, end } = aTask()
      await aScheduler().start([task])
      await vi.advanceTimersByTimeAsync(MINUTE)
      end(new AppointmentSyncError({ code: 'STORAGE_FAILED', message: 'The storage adapter threw.' }))
      await vi.advanceTimersByTimeAsync(MINUTE)
      end(new TypeError('joao@example.com'))
      await vi.advanceTimersByTimeAsync(0)
      expect(warn.mock.calls.map(([text]) => text)).toEqual([
        'The task drain_outbox failed: STORAGE_FAILED: The storage adapter threw.',
        'The task drain_outbox failed: TypeError',
      ])
    } finally {
      warn.mockRestore()
    }
  })
})

describe('stopping', () => {
  it('with nothing going resolves at once, and nothing starts afterwards', async () => {
    const { task, begun } = aTask()
    const scheduler = aScheduler()
    await scheduler.start([task])
    await scheduler.stop({ timeoutMs: 5_000 })
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(begun).toEqual([])
  })

  it('gives up a run that waits out its jitter', async () => {
    const { task, begun } = aTask({ jitterMs: 30_000 })
    const scheduler = aScheduler({ random: () => 0.9 })
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(31_000)
    await scheduler.stop({ timeoutMs: 5_000 })
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(begun).toEqual([])
  })

  it('waits for a run that ends in time, without aborting it', async () => {
    const { task, signals, end } = aTask()
    const scheduler = aScheduler()
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    const stopped = watch(scheduler.stop({ timeoutMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(4_999)
    expect([stopped.done, signals[0]?.aborted]).toEqual([false, false])
    end()
    await vi.advanceTimersByTimeAsync(0)
    expect([stopped.done, signals[0]?.aborted]).toEqual([true, false])
  })

  it('aborts a run that takes too long, and resolves when it has ended; that is no failure', async () => {
    const told: unknown[] = []
    const { task, signals, end } = aTask()
    const scheduler = aScheduler({ onError: (_name, error) => told.push(error) })
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    const stopped = watch(scheduler.stop({ timeoutMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(5_000)
    expect([stopped.done, signals[0]?.aborted]).toEqual([false, true])
    end(signals[0]?.reason)
    await vi.advanceTimersByTimeAsync(0)
    expect(stopped.done).toBe(true)
    expect(told).toEqual([])
  })

  it('a run that fails of something else after the abort is told', async () => {
    const told: unknown[] = []
    const { task, end } = aTask()
    const scheduler = aScheduler({ onError: (_name, error) => told.push(error) })
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    const stopped = watch(scheduler.stop({ timeoutMs: 0 }))
    await vi.advanceTimersByTimeAsync(0)
    const failure = new Error('disk full')
    end(failure)
    await vi.advanceTimersByTimeAsync(0)
    expect([stopped.done, told]).toEqual([true, [failure]])
  })

  it('does not wait for ever for a run that ignores its abort', async () => {
    const { task } = aTask()
    const scheduler = aScheduler({ abortGraceMs: 300 })
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    const stopped = watch(scheduler.stop({ timeoutMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(5_299)
    expect(stopped.done).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(stopped.done).toBe(true)
  })

  it('a stopped scheduler can be started again', async () => {
    const { task, begun } = aTask()
    const scheduler = aScheduler()
    await scheduler.start([task])
    await scheduler.stop({ timeoutMs: 0 })
    await scheduler.start([task])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(begun).toEqual(['12:01:00'])
  })
})
