/** Time and timers. Injected everywhere, so that tests and simulations own the time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. Keeps the process alive: a
   * script that waits for a lease must not end before it has it.
   */
  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>
}

/** The machine's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, options) =>
    new Promise((resolve, reject) => {
      const signal = options?.signal
      if (signal?.aborted) {
        reject(signal.reason as Error)
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}
