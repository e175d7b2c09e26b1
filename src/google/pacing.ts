import { type IntegrationRef, lengthPrefixed } from '../domain/index.ts'
import {
  type Clock,
  type Logger,
  type RandomSource,
  type RateAnswer,
  type RateLimiter,
  withDeadline,
} from '../ports/index.ts'
import { type AdaptiveQuota, createAdaptiveQuota } from './adaptive-quota.ts'
import { failWith } from './classify-error.ts'
import { PACED_OUT } from './error-table.ts'
import { createPacingQueue, type PaceAnswer, type PaceRequest, type PacingQueue } from './pacing-queue.ts'

/**
 * Google's window is a minute and slides. A second is added, because requests take unequal time on their way: two
 * that left a minute apart may arrive closer together.
 */
const WINDOW_MS = 61_000
/** What requests that nobody waits for may use of a quota. The rest is there for somebody at once. */
const BACKGROUND_SHARE = 0.97
/** So long it is better to wait, in milliseconds, than to send fewer requests together. */
const PATIENCE_MS = 1_000
/** Refusals of so many users, within so many milliseconds, are the project's. */
const USERS_OF_A_PROJECT_REFUSAL = 3
const PROJECT_REFUSAL_MS = 5_000
/** A limiter that has not answered after so long, in milliseconds, counts as failed. */
const LIMITER_TIMEOUT_MS = 2_000
const WARN_EVERY_MS = 60_000
/** Above so many users it is looked for those of whom nothing need be known. */
const MANY_USERS = 1_000

/** Google's units: `patch` is three, every other call one (https://developers.google.com/workspace/calendar/api/guides/performance#patch). */
export function unitsOf(method: string): number {
  return method === 'events.patch' ? 3 : 1
}

/** What pacing needs. */
export interface PacingDependencies {
  readonly limiter: RateLimiter
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  /** The id of the OAuth client, which names the Google Cloud project. */
  readonly project: string
  readonly unitsPerMinutePerUser: number
  readonly unitsPerMinutePerProject: number
}

/** Leave to send requests. */
export interface Pass {
  /** How many of those asked for may go, from the first on. */
  readonly calls: number
  /** What was known of the quotas then. */
  readonly userEpoch: number
  readonly projectEpoch: number
}

/** Paces the requests to Google by their units, per user and per project. */
export interface Pacer {
  /**
   * Takes the units of as many of the requests as can go together now, at least of one; waits where there are none.
   * Throws `GOOGLE_RATE_LIMITED` at once, with `retryAfterMs`, when the wait would pass the deadline, and the reason
   * of the abort.
   */
  take(ref: IntegrationRef, request: PaceRequest): Promise<Pass>
  /** Google refused, for its rate, a request that went with `pass`. Never throws. */
  refused(ref: IntegrationRef, pass: Pass, retryAfterMs: number | undefined): Promise<void>
}

interface User {
  readonly key: string
  readonly quota: AdaptiveQuota
  readonly queue: PacingQueue
}

/**
 * Makes the pacer. Google counts per account and project; here an integration stands for the account, which the SDK
 * need not know. Two integrations of one account have one quota between them at Google: they meet refusals, and come
 * down to it by adapting.
 */
export function createPacer(dependencies: PacingDependencies): Pacer {
  const { limiter, clock, random, logger } = dependencies
  const projectKey = `project:${dependencies.project}`
  const projectQuota = createAdaptiveQuota(dependencies.unitsPerMinutePerProject, random)
  const users = new Map<string, User>()
  const refusals = new Map<string, number>()
  let warnedAtMs = Number.NEGATIVE_INFINITY
  let lookAbove = MANY_USERS

  const userOf = ({ tenantId, integrationId }: IntegrationRef): User => {
    const key = `user:${lengthPrefixed([tenantId, integrationId])}`
    const known = users.get(key)
    if (known !== undefined) return known
    forgetSettled()
    const quota = createAdaptiveQuota(dependencies.unitsPerMinutePerUser, random)
    const queue = createPacingQueue({
      clock,
      ask: (request) => ask(key, quota, request),
      tooLate: (waitMs) => pacedOut(waitMs),
    })
    const user = { key, quota, queue }
    users.set(key, user)
    return user
  }

  const forgetSettled = (): void => {
    if (users.size < lookAbove) return
    const nowMs = clock.now()
    for (const [key, { quota, queue }] of users) {
      if (queue.idle && quota.settled(nowMs)) users.delete(key)
    }
    // Looking again only at twice the size keeps the cost of a request constant.
    lookAbove = Math.max(MANY_USERS, users.size * 2)
  }

  /** As many as can go at once; fewer, where all together would have to wait for long. */
  const ask = async (key: string, quota: AdaptiveQuota, request: PaceRequest): Promise<PaceAnswer> => {
    const nowMs = clock.now()
    const blockedMs = Math.max(quota.blockedUntilMs, projectQuota.blockedUntilMs) - nowMs
    if (blockedMs > 0) return { waitMs: blockedMs }
    const share = request.priority === 'background' ? BACKGROUND_SHARE : 1
    const budgets = [
      { key, units: Math.max(1, Math.floor(share * quota.units(nowMs))), windowMs: WINDOW_MS },
      {
        key: projectKey,
        units: Math.max(1, Math.floor(share * projectQuota.units(nowMs))),
        windowMs: WINDOW_MS,
      },
    ]
    const atOnce = Math.min(share * quota.unitsAtOnce(nowMs), share * projectQuota.unitsAtOnce(nowMs))
    for (let calls = withinUnits(request.costs, atOnce); ; calls = Math.floor(calls / 2)) {
      const units = sum(request.costs.slice(0, calls))
      const answer = await takeOf({ budgets, units, nowMs })
      if (answer.taken) return { calls }
      if (calls === 1 || answer.waitMs <= PATIENCE_MS) return { waitMs: answer.waitMs }
    }
  }

  /** A limiter that fails must not stop sync: calls go on unpaced, and Google's refusals slow them down. */
  const takeOf = async (request: Parameters<RateLimiter['take']>[0]): Promise<RateAnswer> => {
    try {
      return await inTime(() => limiter.take(request))
    } catch (error) {
      warn(error)
      return { taken: true }
    }
  }

  const block = async (key: string, untilMs: number): Promise<void> => {
    try {
      await inTime(() => limiter.block(key, untilMs))
    } catch (error) {
      warn(error)
    }
  }

  const inTime = <T>(work: () => Promise<T>): Promise<T> =>
    withDeadline(clock, LIMITER_TIMEOUT_MS, undefined, () => new LimiterTimeout(), work)

  const warn = (error: unknown): void => {
    const nowMs = clock.now()
    if (nowMs - warnedAtMs < WARN_EVERY_MS) return
    warnedAtMs = nowMs
    const name = error instanceof Error ? error.name : typeof error
    logger.warn({ error: name }, 'the rate limiter failed; calls to Google go on unpaced')
  }

  /** Whether the refusal of this user is one of several at the same time. */
  const ofTheProject = (key: string, nowMs: number): boolean => {
    refusals.set(key, nowMs)
    for (const [other, at] of refusals) if (nowMs - at > PROJECT_REFUSAL_MS) refusals.delete(other)
    if (refusals.size < USERS_OF_A_PROJECT_REFUSAL) return false
    refusals.clear()
    return true
  }

  return {
    take: async (ref, request) => {
      const { queue, quota } = userOf(ref)
      const calls = await queue.enter(request)
      return { calls, userEpoch: quota.epoch, projectEpoch: projectQuota.epoch }
    },
    refused: async (ref, pass, retryAfterMs) => {
      const nowMs = clock.now()
      const { key, quota } = userOf(ref)
      if (!quota.refused(nowMs, pass.userEpoch, retryAfterMs)) return
      await block(key, quota.blockedUntilMs)
      if (!ofTheProject(key, nowMs)) return
      if (!projectQuota.refused(nowMs, pass.projectEpoch, retryAfterMs)) return
      await block(projectKey, projectQuota.blockedUntilMs)
    },
  }
}

class LimiterTimeout extends Error {
  override readonly name = 'LimiterTimeout'
}

/** So many of the first requests cost no more than `units`; at least one. */
function withinUnits(costs: readonly number[], units: number): number {
  let used = 0
  let calls = 0
  for (const cost of costs) {
    used += cost
    if (used > units) break
    calls += 1
  }
  return Math.max(1, calls)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function pacedOut(waitMs: number): Error {
  const message = `The quota of Google's API is used up for the next ${waitMs} ms. ${PACED_OUT.remedy}`
  return failWith(PACED_OUT, 'read', message, waitMs)
}
