import { isAbort } from 'appointment-sync'
import type { ScheduledTask } from 'appointment-sync/ports'

interface Run {
  readonly abort: AbortController
  /** Of the jitter; `null` once the task itself runs. */
  waiting: ReturnType<typeof setTimeout> | null
  ended: Promise<void>
}

/** The runs that are going or wait out their jitter: at most one of each task. */
export class RunningTasks {
  readonly #runs = new Map<string, Run>()
  readonly #random: () => number
  readonly #onError: (task: string, error: unknown) => void

  constructor(options: { random: () => number; onError: (task: string, error: unknown) => void }) {
    this.#random = options.random
    this.#onError = options.onError
  }

  /** Starts a run after its jitter, unless one of the same task is there already. */
  begin(task: ScheduledTask): void {
    if (this.#runs.has(task.name)) return
    const run: Run = { abort: new AbortController(), waiting: null, ended: Promise.resolve() }
    this.#runs.set(task.name, run)
    run.waiting = setTimeout(() => {
      run.waiting = null
      run.ended = this.#carryOut(task, run)
    }, this.#random() * task.jitterMs)
  }

  /** Gives up runs that have not begun. */
  cancelWaiting(): void {
    for (const [name, run] of this.#runs) {
      if (run.waiting === null) continue
      clearTimeout(run.waiting)
      this.#runs.delete(name)
    }
  }

  /** Aborts the signal of every run that is going. */
  abort(): void {
    for (const { abort } of this.#runs.values()) {
      abort.abort(new DOMException('The scheduler was stopped.', 'AbortError'))
    }
  }

  /** Resolves with true once nothing runs, or with false when something still does after `timeoutMs`. */
  async endedWithin(timeoutMs: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const ended = Promise.all([...this.#runs.values()].map((run) => run.ended)).then(() => true)
    try {
      return await Promise.race([ended, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }

  async #carryOut(task: ScheduledTask, run: Run): Promise<void> {
    try {
      await task.run({ signal: run.abort.signal })
    } catch (error) {
      if (!isAbort(error, run.abort.signal)) this.#onError(task.name, error)
    } finally {
      this.#runs.delete(task.name)
    }
  }
}
