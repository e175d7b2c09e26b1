import type { LoggedRequest } from '../request-log.ts'

/** How many requests the page shows, and the feed remembers. */
export const MOST_ROWS = 200

/** A request as the page shows it. */
export interface FeedRow {
  /** 1 for the first request that the feed saw. */
  readonly number: number
  readonly request: LoggedRequest
}

interface Entry extends FeedRow {
  /** The feed's version at the last change of this row. */
  version: number
  shownStatus: number
}

/** The latest requests, for pages that watch them arrive. */
export interface RequestsFeed {
  /** The version of the whole: what a viewer who has seen all of it has seen. */
  version(): number
  /** The latest requests, newest first. */
  rows(): readonly FeedRow[]
  /** Says that a request arrived or was answered. */
  changed(): void
  /**
   * Waits until something is newer than `version`, and returns it, oldest first.
   * @throws the signal's reason when the viewer leaves.
   */
  newerThan(version: number, signal?: AbortSignal): Promise<readonly FeedRow[]>
}

/**
 * A feed over the log of requests. It reads the log when somebody looks or watches, so that an emulator nobody
 * watches pays nothing.
 */
export function createRequestsFeed(log: readonly LoggedRequest[]): RequestsFeed {
  const known = new WeakSet<LoggedRequest>()
  const watchers = new Set<() => void>()
  let entries: Entry[] = []
  let version = 0
  let count = 0

  const read = (): void => {
    const fresh: LoggedRequest[] = []
    for (let index = log.length - 1; index >= 0 && fresh.length < MOST_ROWS; index -= 1) {
      const request = log[index]
      if (!request || known.has(request)) break
      fresh.push(request)
    }
    for (const entry of entries) {
      if (entry.shownStatus === entry.request.status) continue
      version += 1
      Object.assign(entry, { version, shownStatus: entry.request.status })
    }
    for (const request of fresh.reverse()) {
      known.add(request)
      version += 1
      count += 1
      entries.push({ number: count, request, version, shownStatus: request.status })
    }
    entries = entries.slice(-MOST_ROWS)
  }
  const newer = (than: number): FeedRow[] => {
    read()
    return entries.filter((entry) => entry.version > than)
  }

  return {
    version() {
      read()
      return version
    },
    rows() {
      read()
      const held = new Set(log.slice(-MOST_ROWS))
      return entries.filter(({ request }) => held.has(request)).reverse()
    },
    changed() {
      for (const wake of watchers) wake()
    },
    async newerThan(than, signal) {
      signal?.throwIfAborted()
      const now = newer(than)
      if (now.length > 0) return now
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          watchers.delete(wake)
          signal?.removeEventListener('abort', leave)
        }
        const leave = (): void => {
          stop()
          reject(signal?.reason as Error)
        }
        const wake = (): void => {
          const rows = newer(than)
          if (rows.length === 0) return
          stop()
          resolve(rows)
        }
        watchers.add(wake)
        signal?.addEventListener('abort', leave, { once: true })
      })
    },
  }
}
