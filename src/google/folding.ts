import type { IntegrationRef } from '../domain/index.ts'
import { writeCall } from './batch-message.ts'
import { type FlightDependencies, flyTogether, type PendingRequest } from './batch-flight.ts'
import type { CarriedAnswer, Journey, PreparedRequest } from './carrier.ts'

/** Google allows 1,000 calls by its current page and 50 by the older ones. */
const MAX_CALLS = 50

/** One of those whose requests are folded together; it may make several, one after another or at once. */
export interface FoldMember {
  /** A request is about to be made. */
  begin(): Journey
  /** No more requests come from it. */
  end(): void
}

/**
 * Folds the requests of an integration's members into batches. A batch leaves as soon as every member's request has
 * arrived or none is to come from it, or when fifty wait; one is under way at a time, so that writes to a calendar
 * do not crowd. No timer is involved: a member must not wait for another one's end.
 */
export function createFold(dependencies: FlightDependencies, ref: IntegrationRef): () => FoldMember {
  let waiting: PendingRequest[] = []
  let flying = false
  /** Members whose next request is waited for. */
  let awaited = 0

  const consider = (): void => {
    if (flying || waiting.length === 0 || (awaited > 0 && waiting.length < MAX_CALLS)) return
    void fly(takeNext())
  }

  const fly = async (requests: readonly PendingRequest[]): Promise<void> => {
    flying = true
    try {
      const left = await flyTogether(dependencies, ref, requests)
      waiting = [...left, ...waiting]
    } catch (error) {
      // Nobody may be left waiting for an answer that does not come.
      for (const request of requests) request.fail(error)
    }
    flying = false
    consider()
  }

  /** The next requests, of which no two are for one event: a batch is carried out in any order. */
  const takeNext = (): PendingRequest[] => {
    const events = new Set<string>()
    const taken = new Set<PendingRequest>()
    for (const pending of waiting) {
      const { eventId } = pending.request.facts
      if (taken.size === MAX_CALLS) break
      if (eventId !== undefined && events.has(eventId)) continue
      if (eventId !== undefined) events.add(eventId)
      taken.add(pending)
    }
    waiting = waiting.filter((pending) => !taken.has(pending))
    return [...taken]
  }

  const park = (request: PreparedRequest, text: string): Promise<CarriedAnswer> =>
    new Promise((resolve, reject) => {
      const { signal } = request.options
      let settled = false
      const settle = (then: () => void): void => {
        if (settled) return
        settled = true
        signal?.removeEventListener('abort', onAbort)
        then()
      }
      const pending: PendingRequest = {
        request,
        text,
        get settled() {
          return settled
        },
        answer: (answer) => settle(() => resolve(answer)),
        fail: (error) => settle(() => reject(error)),
      }
      const onAbort = (): void => {
        waiting = waiting.filter((other) => other !== pending)
        pending.fail(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      waiting.push(pending)
      if (signal?.aborted) onAbort()
    })

  return () => {
    let ended = false
    let preparing = 0
    let away = 0
    let counted = false
    const recount = (): void => {
      const counts = !ended && (preparing > 0 || away === 0)
      if (counts !== counted) awaited += counts ? 1 : -1
      counted = counts
      consider()
    }
    recount()

    return {
      begin: () => {
        let single = false
        let at: 'preparing' | 'away' | 'back' = 'preparing'
        const move = (to: typeof at): void => {
          preparing += Number(to === 'preparing') - Number(at === 'preparing')
          away += Number(to === 'away') - Number(at === 'away')
          at = to
          recount()
        }
        preparing += 1
        recount()
        return {
          carry: async (request) => {
            if (single) return dependencies.plain(request)
            const text = writeCall(request.url, request.init)
            const answer = text === null ? dependencies.plain(request) : park(request, text)
            move('away')
            try {
              return await answer
            } finally {
              move('back')
            }
          },
          alone: () => {
            single = true
            move('away')
          },
          done: () => move('back'),
        }
      },
      end: () => {
        ended = true
        recount()
      },
    }
  }
}
