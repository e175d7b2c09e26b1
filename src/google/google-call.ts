import type { calendar_v3 } from '@googleapis/calendar'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { RandomSource } from '../ports/index.ts'
import type { CallFacts, GoogleCallOptions, Journey } from './carrier.ts'
import { AnswerLost, classifyAnswer, classifyLostAnswer, unsendable } from './classify-error.ts'
import { retryInLine } from './inline-retry.ts'
import type { Pass } from './pacing.ts'
import type { CarrierDependencies } from './plain-carrier.ts'

/** What the calls need. */
export interface GoogleCallDependencies extends CarrierDependencies {
  readonly random: RandomSource
  /** How long an interactive call without a deadline of its own may wait in all, in milliseconds; default 5,000. */
  readonly interactiveTimeoutMs?: number | undefined
  /** Where the API lives, with a trailing slash; default Google's own. */
  readonly apiRootUrl?: string | undefined
}

const INTERACTIVE_TIMEOUT_MS = 5_000

/** Options of one request of the official client. */
export interface RequestOptions {
  readonly headers: Record<string, string>
  /** The client's own retry repeats what it should not and leaves out what it should: never on. */
  readonly retry: false
  readonly fetchImplementation: typeof fetch
}

/** Makes one request with a good token, a deadline and classified errors. */
export type GoogleCall = <T>(
  facts: CallFacts,
  options: GoogleCallOptions | undefined,
  send: (api: calendar_v3.Calendar, request: RequestOptions) => Promise<T>,
) => Promise<T>

/** How an event is named in messages. */
export function subjectOf(eventId: string, calendarId: string): string {
  return `event ${eventId} on calendar ${calendarId}`
}

/** Makes a {@link GoogleCall} whose requests travel as `begin` says. */
export type GoogleCallMaker = (begin: (facts: CallFacts) => Journey) => GoogleCall

/** Prepares the calls; the official client is loaded at the first one, not at import. */
export function createGoogleCalls(dependencies: GoogleCallDependencies): GoogleCallMaker {
  const { clock, pacer, apiRootUrl, interactiveTimeoutMs = INTERACTIVE_TIMEOUT_MS } = dependencies
  let loading: Promise<calendar_v3.Calendar> | undefined
  const load = async (): Promise<calendar_v3.Calendar> => {
    const { calendar } = await import('@googleapis/calendar')
    return calendar({ version: 'v3', ...(apiRootUrl === undefined ? {} : { rootUrl: apiRootUrl }) })
  }

  return (begin) =>
    async (facts, given = {}, send) => {
      given.signal?.throwIfAborted()
      const options =
        given.priority === 'interactive' && given.deadlineAtMs === undefined
          ? { ...given, deadlineAtMs: clock.now() + interactiveTimeoutMs }
          : given
      const journey = begin(facts)
      let used: string | undefined
      let tries = 0
      const attempt = async (rejected?: string): ReturnType<typeof send> => {
        let way = 'not taken' as Way
        tries += 1
        const travelling = tries === 1 ? options : { ...options, paid: undefined }
        let pass: Pass | null = null
        const fetchImplementation: typeof fetch = async (input, init = {}) => {
          way = 'taken'
          try {
            const url = new URL(input instanceof Request ? input.url : input)
            const answer = await journey.carry({ facts, url, init, options: travelling, rejected })
            used = answer.token
            pass = answer.pass
            return answer.response
          } catch (error) {
            // Kept here, because the client wraps what its `fetch` throws.
            way = { failed: error }
            throw error
          }
        }
        try {
          loading ??= load()
          return await send(await loading, { headers: {}, retry: false, fetchImplementation })
        } catch (error) {
          const failure = failureOf(error, way, facts, clock.now())
          if (pass !== null && isAppointmentSyncError(failure, 'GOOGLE_RATE_LIMITED'))
            await pacer?.refused(facts.ref, pass, failure.retryAfterMs)
          throw failure
        }
      }

      let refused: string | undefined
      const attemptWithGoodToken = async (): ReturnType<typeof send> => {
        try {
          return await attempt()
        } catch (error) {
          if (!isAppointmentSyncError(error, 'GOOGLE_UNAUTHORIZED') || refused !== undefined) throw error
          // A token can die before its time: one fresh one is tried, and only one.
          refused = used
          return attempt(used)
        }
      }

      try {
        return await retryInLine(
          dependencies,
          { ...options, onPause: () => journey.alone() },
          attemptWithGoodToken,
        )
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason
        throw error
      } finally {
        journey.done()
      }
    }
}

/** How far a request came. */
type Way = 'not taken' | 'taken' | { readonly failed: unknown }

/** What a failed request means; nothing of the client's own error is kept. */
function failureOf(error: unknown, way: Way, facts: CallFacts, nowMs: number): unknown {
  // What the call's own reader said of the answer.
  if (isAppointmentSyncError(error)) return error
  if (way === 'not taken') return unsendable(facts)
  if (way === 'taken') {
    const lost = new AnswerLost('lost', 'an answer that the client cannot read')
    return classifyAnswer(error, facts, nowMs) ?? classifyLostAnswer(lost, facts)
  }
  return way.failed instanceof AnswerLost ? classifyLostAnswer(way.failed, facts) : way.failed
}
