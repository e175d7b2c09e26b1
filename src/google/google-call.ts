import type { calendar_v3 } from '@googleapis/calendar'
import type { IntegrationRef } from '../domain/index.ts'
import { AppointmentSyncError, isAbort, isAppointmentSyncError } from '../errors/index.ts'
import { type AccessTokens, type Clock, withDeadline } from '../ports/index.ts'
import { classifyGoogleError } from './classify-error.ts'

/** What the calls need. */
export interface GoogleCallDependencies {
  readonly accessTokens: AccessTokens
  readonly clock: Clock
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number
  /** Where the API lives, with a trailing slash; default Google's own. */
  readonly apiRootUrl?: string | undefined
  /** Default the platform's. */
  readonly fetch?: typeof fetch | undefined
}

/** Options of one request of the official client. */
export interface RequestOptions {
  readonly headers: Record<string, string>
  readonly signal: AbortSignal
  /** The client's own retry repeats what it should not and leaves out what it should: never on. */
  readonly retry: false
  readonly fetchImplementation?: typeof fetch
}

/** Makes one request with a good token, a deadline and classified errors. */
export type GoogleCall = <T>(
  ref: IntegrationRef,
  method: string,
  subject: string,
  signal: AbortSignal | undefined,
  send: (api: calendar_v3.Calendar, request: RequestOptions) => Promise<T>,
) => Promise<T>

/** How an event is named in messages. */
export function subjectOf(eventId: string, calendarId: string): string {
  return `event ${eventId} on calendar ${calendarId}`
}

/** Prepares {@link GoogleCall}; the official client is loaded at the first call, not at import. */
export function createGoogleCall(dependencies: GoogleCallDependencies): GoogleCall {
  const { accessTokens, clock, timeoutMs } = dependencies
  let loading: Promise<calendar_v3.Calendar> | undefined
  const load = async (): Promise<calendar_v3.Calendar> => {
    const { calendar } = await import('@googleapis/calendar')
    const { apiRootUrl } = dependencies
    return calendar({ version: 'v3', ...(apiRootUrl === undefined ? {} : { rootUrl: apiRootUrl }) })
  }

  return async (ref, method, subject, signal, send) => {
    loading ??= load()
    const api = await loading
    const attempt = (token: string): ReturnType<typeof send> =>
      withDeadline(
        clock,
        timeoutMs,
        signal,
        () => timedOut(method, subject, timeoutMs),
        (bounded) =>
          send(api, {
            headers: { Authorization: `Bearer ${token}` },
            signal: bounded,
            retry: false,
            ...(dependencies.fetch === undefined ? {} : { fetchImplementation: dependencies.fetch }),
          }),
      ).catch((error: unknown) => {
        if (isAbort(error, signal) || isAppointmentSyncError(error)) throw error
        throw classifyGoogleError(error, method, subject)
      })

    const token = await accessTokens.get(ref, { signal })
    try {
      return await attempt(token)
    } catch (error) {
      if (!isAppointmentSyncError(error, 'GOOGLE_UNAUTHORIZED')) throw error
      // A token can die before its time: one fresh one is tried, and only one.
      return attempt(await accessTokens.get(ref, { rejected: token, signal }))
    }
  }
}

function timedOut(method: string, subject: string, ms: number): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'GOOGLE_TIMEOUT',
    message: `${method} for ${subject} got no answer within ${ms} ms. Whether it happened is found out by reading.`,
    retryable: true,
  })
}
