/** Which requests a fault is for; absent members match everything. */
export interface FaultMatch {
  /** HTTP method, after any `X-HTTP-Method-Override`. */
  readonly method?: string | undefined
  /** The path: a part of it, or a pattern. A call inside a batch has its own path, the batch has `/batch/…`. */
  readonly path?: RegExp | string | undefined
  /** Only calls inside a batch (`true`), or only requests of their own, batches included (`false`). */
  readonly batched?: boolean | undefined
}

/** What a fault is compared with. */
export interface FaultTarget {
  readonly method: string
  readonly path: string
  /** `calendar.events.insert`, `oauth.token`, … or `unknown`. */
  readonly calendarMethod: string
  /** It is a call inside a batch. */
  readonly batched: boolean
}

/** Whether a fault is for this request. */
export function matchesFault(match: FaultMatch | undefined, target: FaultTarget): boolean {
  if (!match) return true
  if (match.batched !== undefined && match.batched !== target.batched) return false
  if (match.method !== undefined && match.method.toUpperCase() !== target.method) return false
  if (match.path === undefined) return true
  if (typeof match.path === 'string') return target.path.includes(match.path)
  // A global or sticky pattern keeps state between tests; search() ignores it.
  return target.path.search(match.path) >= 0
}

/** Whether the request is for the Calendar API, a batch of it included, rather than for OAuth. */
export function isApiPath(path: string): boolean {
  return path.startsWith('/calendar/') || path === '/batch' || path.startsWith('/batch/')
}
