import type { IntegrationRef } from '../domain/index.ts'
import { createBatchAvailability } from './batch-availability.ts'
import type { FlightDependencies } from './batch-flight.ts'
import { createCalendarCalls } from './calendar-calls.ts'
import type { GoogleCallOptions } from './carrier.ts'
import { createEventCalls } from './event-calls.ts'
import { createFold } from './folding.ts'
import { createGoogleCalls, type GoogleCall, type GoogleCallDependencies } from './google-call.ts'
import type { GoogleCalendar } from './google-calendar.ts'
import { unitsOf } from './pacing.ts'
import { createPlainCarrier } from './plain-carrier.ts'
import { createWatchCalls } from './watch-calls.ts'

/** Google's own (https://developers.google.com/workspace/calendar/api/guides/batch). */
const API_ROOT_URL = 'https://www.googleapis.com/'

/** Calls of a group under way: while one batch travels, the next one is being made. */
const MEMBERS_AT_A_TIME = 100

/** Makes the calls over the official client. */
export function createGoogleCalendar(dependencies: GoogleCallDependencies): GoogleCalendar {
  const plain = createPlainCarrier(dependencies)
  const flights: FlightDependencies = {
    ...dependencies,
    plain,
    availability: createBatchAvailability(dependencies.clock),
    batchUrl: new URL('batch/calendar/v3', dependencies.apiRootUrl ?? API_ROOT_URL),
  }
  const makeCall = createGoogleCalls(dependencies)
  const alone = makeCall(() => ({ carry: plain, alone: () => undefined, done: () => undefined }))

  const together: GoogleCalendar['together'] = (ref, calls, options = {}) => {
    const join = createFold(flights, ref)
    return settleInTurns(calls, (run) => {
      const member = join()
      const folded = makeCall(() => member.begin())
      const call: GoogleCall = (facts, own, send) =>
        (sameIntegration(facts.ref, ref) ? folded : alone)(facts, mergeOptions(options, own), send)
      return { result: (async () => run(callsOver(call)))(), end: () => member.end() }
    })
  }
  const reserve: GoogleCalendar['reserve'] = async (ref, methods, options = {}) => {
    const { pacer } = dependencies
    if (pacer === undefined) return { calls: methods.length, paid: undefined }
    const { signal, priority = 'background', deadlineAtMs } = options
    const pass = await pacer.take(ref, { costs: methods.map(unitsOf), priority, deadlineAtMs, signal })
    return { calls: pass.calls, paid: pass }
  }
  const callsOver = (call: GoogleCall): GoogleCalendar => ({
    ...createEventCalls(call),
    ...createCalendarCalls(call),
    ...createWatchCalls(call),
    together,
    reserve,
  })
  return callsOver(alone)
}

/** One of the calls of a group, begun. */
interface Begun<T> {
  readonly result: Promise<T>
  /** Told when it has settled. */
  end(): void
}

/** Settles all, a hundred at a time; the next one has begun when the end of the one before is told. */
async function settleInTurns<C, T>(
  calls: readonly C[],
  begin: (call: C) => Begun<T>,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = []
  const left = calls.entries()
  const turn = async (): Promise<void> => {
    let before: Begun<T> | undefined
    for (const [place, call] of left) {
      const begun = begin(call)
      before?.end()
      before = begun
      const [settled] = await Promise.allSettled([begun.result])
      results[place] = settled
    }
    before?.end()
  }
  await Promise.all(Array.from({ length: Math.min(MEMBERS_AT_A_TIME, calls.length) }, turn))
  return results
}

function sameIntegration(a: IntegrationRef, b: IntegrationRef): boolean {
  return a.tenantId === b.tenantId && a.userId === b.userId && a.integrationId === b.integrationId
}

/** A call's own options come first; either signal ends it. */
function mergeOptions(group: GoogleCallOptions, own: GoogleCallOptions = {}): GoogleCallOptions {
  const signals = [group.signal, own.signal].filter((signal) => signal !== undefined)
  const [first, second] = signals
  return {
    ...group,
    ...own,
    signal: second === undefined ? first : AbortSignal.any(signals),
  }
}
