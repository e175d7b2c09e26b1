import type { GoogleEndpointOptions } from 'appointment-sync'
import type { WorkerTask } from './worker-messages.ts'
import { type GivenTask, startWorker, type WorkerProcess } from './worker-process.ts'

/** A code a task failed with, how often, and one of its texts. */
export interface Failure {
  count: number
  readonly text: string
}

/** The workers of a run. */
export interface Staff extends AsyncDisposable {
  /** Those that have begun and are not dead. */
  working(): WorkerProcess[]
  /** Lets one more begin; the next one is loaded meanwhile. */
  begin(clockOffsetMs: number): Promise<WorkerProcess>
  /** As the worker's own `give`, and keeps count of failures. */
  give(worker: WorkerProcess, task: WorkerTask): GivenTask
  /** Resolves when no task is being carried out. */
  idle(): Promise<void>
  readonly failures: ReadonlyMap<string, Failure>
}

export function openStaff(options: {
  readonly databasePath: string
  readonly endpoints: GoogleEndpointOptions
  /** Told when the host of a worker is being told of a change from Google. */
  readonly onApplying: (worker: number) => void
}): Staff {
  const { databasePath, endpoints, onApplying } = options
  let lastNumber = 0
  const load = (): WorkerProcess => {
    lastNumber += 1
    return startWorker({ databasePath, endpoints, number: lastNumber }, onApplying)
  }
  let next = load()
  const begun = new Set<WorkerProcess>()
  const going = new Set<Promise<unknown>>()
  const failures = new Map<string, Failure>()
  const fail = (code: string, text: string): void => {
    const known = failures.get(code)
    if (known === undefined) failures.set(code, { count: 1, text })
    else known.count += 1
  }
  return {
    failures,
    working: () => [...begun].filter(({ alive }) => alive),
    begin: async (clockOffsetMs) => {
      const worker = next
      next = load()
      await worker.ready
      if (!worker.alive) throw new Error('a worker ended before it began')
      worker.begin(clockOffsetMs)
      begun.add(worker)
      void worker.gone.then(() => begun.delete(worker))
      return worker
    },
    give: (worker, task) => {
      const given = worker.give(task)
      const watch = async (): Promise<void> => {
        const end = await given.ended
        if (end.status === 'failed') fail(end.code, end.text)
        going.delete(watched)
      }
      const watched = watch()
      going.add(watched)
      return given
    },
    idle: async () => {
      while (going.size > 0) await Promise.all(going)
    },
    [Symbol.asyncDispose]: async () => {
      const all = [...begun, next]
      for (const worker of all) worker.kill()
      await Promise.all(all.map(({ gone }) => gone))
    },
  }
}
