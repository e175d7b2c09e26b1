import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { News, Order, WorkerSetting, WorkerTask } from './worker-messages.ts'

/** How a task ended. */
export type TaskEnd =
  | { readonly status: 'done'; readonly result: unknown }
  | { readonly status: 'failed'; readonly code: string; readonly text: string }
  | { readonly status: 'died' }

/** A task that was given to a worker. */
export interface GivenTask {
  /** Whether the host's own transaction changed something; `null` when the worker died without saying so. */
  readonly committed: Promise<boolean | null>
  readonly ended: Promise<TaskEnd>
}

/** A worker, seen from the process that kills it. */
export interface WorkerProcess {
  readonly number: number
  /** Loaded, and waiting for `begin`. */
  readonly ready: Promise<void>
  /** It is dead, and everything it said before has been read. */
  readonly gone: Promise<void>
  readonly alive: boolean
  /** Lets it open the database; it takes tasks from then on. */
  begin(clockOffsetMs: number): void
  setClock(offsetMs: number): void
  dieAfterStatements(count: number): void
  give(task: WorkerTask): GivenTask
  /** SIGKILL. */
  kill(): void
}

interface Waiting {
  readonly commit: (changed: boolean | null) => void
  readonly end: (end: TaskEnd) => void
}

/**
 * Starts a worker.
 * @param onApplying told when its host is being told of a change from Google.
 */
export function startWorker(setting: WorkerSetting, onApplying: (worker: number) => void): WorkerProcess {
  const path = fileURLToPath(new URL('./worker.ts', import.meta.url))
  // What it writes to its outputs is seen: it has nothing to say but errors.
  const child = fork(path, [JSON.stringify(setting)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting = new Map<number, Waiting>()
  const ready = Promise.withResolvers<void>()
  let alive = true
  let lastId = 0
  child.on('message', (news: News) => {
    if (news.type === 'ready') ready.resolve()
    else if (news.type === 'applying') onApplying(setting.number)
    else hear(waiting, news)
  })
  const end = async (): Promise<void> => {
    await ended(child)
    for (const task of waiting.values()) {
      task.commit(null)
      task.end({ status: 'died' })
    }
    waiting.clear()
    ready.resolve()
  }
  const gone = end()
  child.once('exit', () => {
    alive = false
  })
  const order = (message: Order): void => {
    // A worker that died a moment ago is not spoken to; its tasks end as `died`.
    if (child.connected) child.send(message, () => undefined)
  }
  return {
    number: setting.number,
    ready: ready.promise,
    gone,
    get alive() {
      return alive
    },
    begin: (clockOffsetMs) => order({ type: 'begin', clockOffsetMs }),
    setClock: (offsetMs) => order({ type: 'clock', offsetMs }),
    dieAfterStatements: (afterStatements) => order({ type: 'die', afterStatements }),
    give: (task) => {
      lastId += 1
      const id = lastId
      const commit = Promise.withResolvers<boolean | null>()
      const end = Promise.withResolvers<TaskEnd>()
      if (alive) waiting.set(id, { commit: commit.resolve, end: end.resolve })
      else {
        commit.resolve(null)
        end.resolve({ status: 'died' })
      }
      order({ type: 'do', id, task })
      return { committed: commit.promise, ended: end.promise }
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function hear(waiting: Map<number, Waiting>, news: Exclude<News, { type: 'ready' | 'applying' }>): void {
  const task = waiting.get(news.id)
  if (task === undefined) return
  if (news.type === 'committed') {
    task.commit(news.changed)
    return
  }
  waiting.delete(news.id)
  task.commit(null)
  task.end(
    news.type === 'done'
      ? { status: 'done', result: news.result }
      : { status: 'failed', code: news.code, text: news.text },
  )
}

/** Both: the last messages of a killed process may be read after it is gone. */
async function ended(child: ChildProcess): Promise<void> {
  await Promise.all([
    new Promise<void>((resolve) => child.once('exit', () => resolve())),
    new Promise<void>((resolve) => child.once('disconnect', () => resolve())),
  ])
}
