import { type IntegrationRef, lengthPrefixed } from '../domain/index.ts'
import type { Clock, Logger } from '../ports/index.ts'
import { createFairTurns } from './fair-turns.ts'
import { codeOf } from './retry-policy.ts'

/** A calendar that is said to have changed. */
export interface HintedCalendar {
  readonly ref: IntegrationRef
  readonly calendarId: string
}

/**
 * What a hinted pull found:
 * - `changes`: something that was not our own.
 * - `nothing`: at most our own writes.
 * - `busy`: another process is reading this calendar; what was hinted at may be too new for it.
 * - `failed`: after `retryInMs` it may go better; with `null` the periodic tasks are left to it.
 */
export type HintedPull =
  | { readonly found: 'changes' | 'nothing' | 'busy' }
  | { readonly found: 'failed'; readonly retryInMs: number | null }

/** What hints are followed with. */
export interface PullHintDependencies {
  readonly clock: Clock
  readonly logger: Logger
  /** Reads the calendar; `attempt` counts failures in a row from 1. Never rejects. */
  readonly pull: (calendar: HintedCalendar, attempt: number) => Promise<HintedPull>
  /** Calendars read at once. Default 8. */
  readonly parallel?: number | undefined
}

/** Follows hints that a calendar changed. */
export interface PullHints {
  /** Has the calendar read soon. Returns at once. */
  hint(calendar: HintedCalendar): void
  /** Waits for the pulls that are running; those that have not begun are left to the periodic tasks. */
  close(): Promise<void>
}

/** How long further hints are gathered before the first pull, in milliseconds. */
const GATHER_MS = 100
/** The longest rest after pulls that found nothing but our own writes, in milliseconds. */
const MAX_REST_MS = 800
/** First and longest pause while another process reads the calendar, in milliseconds. */
const BUSY_MS = 100
const MAX_BUSY_MS = 1_000

const PARALLEL = 8

/**
 * Hints come in bursts: Google sends several for one change, and one for each of our own writes. Per calendar at most
 * one pull runs and one waits. A hint that comes before a pull begins is covered by it; any number that come while
 * it runs cause one more, because it may have read past what they tell of. While pulls find nothing but our own
 * writes, the pauses between them double, up to 0.8 s. Memory is bounded by the number of calendars that were hinted
 * at within the last second.
 */
export function createPullHints(dependencies: PullHintDependencies): PullHints {
  const { clock, logger, pull } = dependencies
  const turns = createFairTurns(dependencies.parallel ?? PARALLEL)
  const hinted = new Map<string, { again: boolean }>()
  const running = new Set<Promise<void>>()
  const closing = new AbortController()
  const { signal } = closing
  const pause = (ms: number): Promise<void> => clock.sleep(ms, { signal })

  const pullOnce = async (
    calendar: HintedCalendar,
    state: { again: boolean },
    attempt: number,
  ): Promise<HintedPull> => {
    await turns.take(calendar.ref.tenantId, signal)
    try {
      // What was hinted at up to here is read now.
      state.again = false
      return await pull(calendar, attempt)
    } finally {
      turns.release()
    }
  }

  const follow = async (calendar: HintedCalendar, state: { again: boolean }): Promise<void> => {
    let restMs = GATHER_MS
    let busyMs = BUSY_MS
    let attempt = 1
    await pause(GATHER_MS)
    for (;;) {
      const result = await pullOnce(calendar, state, attempt)
      if (result.found === 'busy') {
        await pause(busyMs)
        busyMs = Math.min(2 * busyMs, MAX_BUSY_MS)
        continue
      }
      busyMs = BUSY_MS
      if (result.found === 'failed' && result.retryInMs !== null) {
        attempt += 1
        await pause(result.retryInMs)
        continue
      }
      attempt = 1
      if (result.found === 'changes') {
        restMs = GATHER_MS
        if (!state.again) return
        await pause(GATHER_MS)
        continue
      }
      restMs = Math.min(2 * restMs, MAX_REST_MS)
      await pause(restMs)
      if (!state.again) return
    }
  }

  const start = async (key: string, calendar: HintedCalendar): Promise<void> => {
    const state = { again: false }
    hinted.set(key, state)
    try {
      await follow(calendar, state)
    } catch (error) {
      if (signal.aborted) return
      const { tenantId, integrationId } = calendar.ref
      logger.error({ tenantId, integrationId, code: codeOf(error) }, 'a hint was not followed')
    } finally {
      hinted.delete(key)
    }
  }

  return {
    hint: (calendar) => {
      if (signal.aborted) return
      const { tenantId, integrationId } = calendar.ref
      const key = lengthPrefixed([tenantId, integrationId, calendar.calendarId])
      const state = hinted.get(key)
      if (state !== undefined) {
        state.again = true
        return
      }
      const following = start(key, calendar)
      running.add(following)
      void following.finally(() => running.delete(following))
    },
    close: async () => {
      closing.abort()
      await Promise.all(running)
    },
  }
}
