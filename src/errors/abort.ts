/**
 * Whether `error` is the caller's own abort: it passes through the SDK unwrapped, so that the caller finds the
 * reason it gave.
 */
export function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal === undefined || !signal.aborted) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
