import type { Clock } from '../ports/index.ts'

/** Requests that ask for units together. */
export interface PaceRequest {
  /** What each of them costs, in units, in the order in which they would go. */
  readonly costs: readonly number[]
  readonly priority: 'interactive' | 'background'
  /** In epoch milliseconds. */
  readonly deadlineAtMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How many of the requests may go, or after how many milliseconds asking again makes sense. */
export type PaceAnswer = { readonly calls: number } | { readonly waitMs: number }

/** What a queue asks, and what it says to those who cannot wait so long. */
export interface PacingQueueDependencies {
  readonly clock: Clock
  readonly ask: (request: PaceRequest) => Promise<PaceAnswer>
  readonly tooLate: (waitMs: number) => Error
}

/** Those who wait for the units of one key. */
export interface PacingQueue {
  /**
   * How many of the requests may go now, at least one. Rejects with the abort's reason, or with `tooLate` as soon as
   * it is known that the wait would pass the deadline.
   */
  enter(request: PaceRequest): Promise<number>
  readonly idle: boolean
}

interface Waiter {
  readonly request: PaceRequest
  go(calls: number): void
  fail(error: unknown): void
}

/** Makes a queue in which interactive requests stand before the others, each kind in the order of its arrival. */
export function createPacingQueue({ clock, ask, tooLate }: PacingQueueDependencies): PacingQueue {
  const waiting = { interactive: new Set<Waiter>(), background: new Set<Waiter>() }
  let serving = false
  /** Ends the pause of the one who is served, because who is served has changed. */
  let wake = new AbortController()

  const first = (): Waiter | undefined => {
    for (const waiter of waiting.interactive) return waiter
    for (const waiter of waiting.background) return waiter
    return undefined
  }

  const serve = async (): Promise<void> => {
    for (let head = first(); head !== undefined; head = first()) {
      wake = new AbortController()
      try {
        const answer = await ask(head.request)
        if ('calls' in answer) head.go(answer.calls)
        else await pause(answer.waitMs)
      } catch (error) {
        head.fail(error)
      }
    }
    serving = false
  }

  const pause = async (waitMs: number): Promise<void> => {
    const untilMs = clock.now() + waitMs
    // Nobody behind is served earlier, so these know it already.
    for (const waiter of [...waiting.interactive, ...waiting.background]) {
      const { deadlineAtMs = Number.POSITIVE_INFINITY } = waiter.request
      if (untilMs > deadlineAtMs) waiter.fail(tooLate(waitMs))
    }
    const { signal } = wake
    if (first() === undefined || signal.aborted) return
    await clock.sleep(waitMs, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  return {
    enter: (request) =>
      new Promise((resolve, reject) => {
        const { signal, priority } = request
        const leave = (): void => {
          waiting[priority].delete(waiter)
          signal?.removeEventListener('abort', onAbort)
        }
        const waiter: Waiter = {
          request,
          go: (calls) => {
            leave()
            resolve(calls)
          },
          fail: (error) => {
            leave()
            reject(error)
          },
        }
        const onAbort = (): void => {
          waiter.fail(signal?.reason)
          wake.abort()
        }
        if (signal?.aborted) return reject(signal.reason)
        signal?.addEventListener('abort', onAbort, { once: true })
        waiting[priority].add(waiter)
        // It goes before the one who is served, or has to be told that it cannot wait.
        if (priority === 'interactive' || request.deadlineAtMs !== undefined) wake.abort()
        if (serving) return
        serving = true
        void serve()
      }),
    get idle() {
      return !serving
    },
  }
}
