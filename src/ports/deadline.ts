import type { Clock } from './clock.ts'

/** One for all: an abort without a reason makes an error with a stack, which every call would pay for. */
const WORK_ENDED = new Error('The work has ended.')

/**
 * Runs `work` with a signal that aborts when `signal` does or after `ms` milliseconds, whichever is first. When
 * time runs out, rejects with what `expired` makes; when the caller aborts, with the caller's reason. `work` is
 * not waited for after that: it has its signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  expired: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const deadline = new AbortController()
  const timer = new AbortController()
  const combined = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal])
  const cut = new Promise<never>((_, reject) => {
    combined.addEventListener('abort', () => reject(combined.reason as Error), { once: true })
  })
  const timedOut = clock.sleep(ms, { signal: timer.signal }).then(
    () => deadline.abort(expired()),
    // The timer was called off because the work ended first.
    () => undefined,
  )
  try {
    return await Promise.race([work(combined), cut])
  } finally {
    timer.abort(WORK_ENDED)
    await timedOut
  }
}
