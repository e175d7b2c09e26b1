/** Lets so many pieces of work run at once; the others wait, and tenants take turns. */
export interface FairTurns {
  /** Resolves when it is the caller's turn; `release` must follow. Rejects with the signal's reason when aborted. */
  take(tenantId: string, signal: AbortSignal): Promise<void>
  release(): void
}

/** Turns for at most `parallel` at once. First come, first served within a tenant. */
export function createFairTurns(parallel: number): FairTurns {
  /** Tenants in the order of their next turn. */
  const waiting = new Map<string, (() => void)[]>()
  let running = 0

  const next = (): (() => void) | undefined => {
    for (const [tenantId, queue] of waiting) {
      waiting.delete(tenantId)
      const begin = queue.shift()
      if (queue.length > 0) waiting.set(tenantId, queue)
      if (begin !== undefined) return begin
    }
    return undefined
  }

  const leave = (tenantId: string, begin: () => void): void => {
    const left = (waiting.get(tenantId) ?? []).filter((other) => other !== begin)
    if (left.length > 0) waiting.set(tenantId, left)
    else waiting.delete(tenantId)
  }

  return {
    take: (tenantId, signal) => {
      signal.throwIfAborted()
      if (running < parallel) {
        running += 1
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          leave(tenantId, begin)
          reject(signal.reason as Error)
        }
        const begin = (): void => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }
        signal.addEventListener('abort', onAbort, { once: true })
        const queue = waiting.get(tenantId)
        if (queue === undefined) waiting.set(tenantId, [begin])
        else queue.push(begin)
      })
    },
    release: () => {
      const begin = next()
      // The turn passes on; it is not given back in between.
      if (begin === undefined) running -= 1
      else begin()
    },
  }
}
