import type { IntegrationRef } from '../domain/index.ts'
import type { BatchAvailability } from './batch-availability.ts'
import type { CarriedAnswer, Carry, PreparedRequest } from './carrier.ts'
import { AnswerLost } from './classify-error.ts'
import { eachLimited } from './limited.ts'
import { type Pass, unitsOf } from './pacing.ts'
import { type BatchDependencies, type BatchOutcome, sendBatch } from './send-batch.ts'

/** Requests that travel side by side where a batch does not get through. */
const MAX_SINGLES = 8

/** What a flight needs. */
export interface FlightDependencies extends BatchDependencies {
  readonly plain: Carry
  readonly availability: BatchAvailability
}

/** A request that waits for its answer. */
export interface PendingRequest {
  readonly request: PreparedRequest
  /** As a batch holds it. */
  readonly text: string
  /** It has its answer, or its caller has left; `answer` and `fail` do nothing then. */
  readonly settled: boolean
  answer(answer: CarriedAnswer): void
  fail(error: unknown): void
}

/**
 * Takes requests of one integration to Google, as one batch where that works, and sees that each is settled. Of a
 * batch whose outcome is unknown the reads are repeated one by one, the writes fail as unknown. Returns those for
 * which there is no quota yet; they have not been sent.
 */
export async function flyTogether(
  dependencies: FlightDependencies,
  ref: IntegrationRef,
  requests: readonly PendingRequest[],
): Promise<readonly PendingRequest[]> {
  const { availability } = dependencies
  if (requests.length === 1 || !availability.available()) {
    await flySingly(dependencies, requests, null)
    return []
  }
  const everybody = leaving(requests)
  let pass: Pass | null
  try {
    pass = await paidFor(dependencies, ref, requests, everybody.signal)
  } catch (error) {
    for (const request of requests) request.fail(error)
    return []
  } finally {
    everybody.dispose()
  }
  const there = requests.filter(({ settled }) => !settled)
  const going = there.slice(0, pass?.calls)
  if (going.length < 2) await flySingly(dependencies, going, pass)
  else await flyAsBatch(dependencies, ref, going, pass)
  return there.slice(going.length)
}

async function flyAsBatch(
  dependencies: FlightDependencies,
  ref: IntegrationRef,
  requests: readonly PendingRequest[],
  pass: Pass | null,
): Promise<void> {
  const { availability } = dependencies
  const everybody = leaving(requests)
  let outcome: BatchOutcome
  try {
    outcome = await sendBatch(dependencies, {
      ref,
      calls: requests.map(({ text }) => text),
      headers: new Headers(requests[0]?.request.init.headers),
      rejected: requests.find(({ request }) => request.rejected !== undefined)?.request.rejected,
      pass,
      signal: everybody.signal,
    })
  } catch (error) {
    // No token, no connection, or nobody is left: nothing was carried out.
    for (const request of requests) request.fail(error)
    return
  } finally {
    everybody.dispose()
  }
  if (outcome.kind === 'answered') availability.succeeded()
  if (outcome.kind === 'refused' || outcome.kind === 'unreadable') availability.failed()
  const again = requests.filter((request, place) => !deal(outcome, place, request))
  // What was not carried out has not used what was paid for it.
  await flySingly(dependencies, again, outcome.kind === 'refused' ? pass : null)
}

/** Waits for the units of as many of the requests as can go together. */
async function paidFor(
  { pacer }: FlightDependencies,
  ref: IntegrationRef,
  requests: readonly PendingRequest[],
  signal: AbortSignal,
): Promise<Pass | null> {
  const options = requests.map(({ request }) => request.options)
  const [reserved] = options.map(({ paid }) => paid)
  if (reserved !== undefined && options.every(({ paid }) => paid !== undefined)) {
    return { ...reserved, calls: requests.length }
  }
  const deadlines = options.map(({ deadlineAtMs = Number.POSITIVE_INFINITY }) => deadlineAtMs)
  const somebodyWaits = options.some(({ priority }) => priority === 'interactive')
  const pass = await pacer?.take(ref, {
    costs: requests.map(({ request }) => unitsOf(request.facts.method)),
    priority: somebodyWaits ? 'interactive' : 'background',
    // Who has time keeps the batch waiting for the others, whose own signals end it for them.
    deadlineAtMs: Math.max(...deadlines),
    signal,
  })
  return pass ?? null
}

/** Gives a request what the batch brought for it; `false` when it has to travel again, which harms nobody. */
function deal(outcome: BatchOutcome, place: number, request: PendingRequest): boolean {
  if (outcome.kind === 'refused') return false
  const answer = outcome.kind === 'answered' ? (outcome.answers[place] ?? null) : null
  if (answer !== null) {
    request.answer(answer)
    return true
  }
  const copy = outcome.kind === 'unknown' ? (outcome.answer?.() ?? null) : null
  const lost =
    outcome.kind === 'answered' ? new AnswerLost('lost', 'missing from the batch’s answer') : outcome.lost
  // After a time-out a read has waited long enough.
  if (request.request.facts.kind === 'read' && lost.how !== 'timedOut') return false
  if (copy === null) request.fail(lost)
  else request.answer(copy)
  return true
}

async function flySingly(
  { plain }: FlightDependencies,
  requests: readonly PendingRequest[],
  pass: Pass | null,
): Promise<void> {
  await eachLimited(requests, MAX_SINGLES, async (pending) => {
    if (pending.settled) return
    try {
      pending.answer(await plain({ ...pending.request, ...(pass === null ? {} : { pass }) }))
    } catch (error) {
      pending.fail(error)
    }
  })
}

/** A signal that aborts when every caller has left; never, when one of them cannot. */
function leaving(requests: readonly PendingRequest[]): { signal: AbortSignal; dispose(): void } {
  const signals = requests.map(({ request }) => request.options.signal)
  const controller = new AbortController()
  const check = (): void => {
    if (signals.every((signal) => signal?.aborted)) controller.abort(signals[0]?.reason)
  }
  for (const signal of signals) signal?.addEventListener('abort', check, { once: true })
  check()
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) signal?.removeEventListener('abort', check)
    },
  }
}
