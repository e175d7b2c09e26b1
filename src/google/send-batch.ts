import type { IntegrationRef } from '../domain/index.ts'
import { isAppointmentSyncError } from '../errors/index.ts'
import type { ErrorCode } from '../errors/index.ts'
import type { RandomSource } from '../ports/index.ts'
import { readBatch, writeBatch } from './batch-message.ts'
import type { CarriedAnswer } from './carrier.ts'
import { AnswerLost, readEnvelope } from './classify-error.ts'
import { failureRow } from './error-table.ts'
import type { Pass } from './pacing.ts'
import { type CarrierDependencies, fetchWhole, toResponse } from './plain-carrier.ts'

/** What a batch needs on its way. */
export interface BatchDependencies extends CarrierDependencies {
  readonly random: RandomSource
  readonly batchUrl: URL
}

/** Calls of one integration, written for a batch. */
export interface Batch {
  readonly ref: IntegrationRef
  readonly calls: readonly string[]
  /** Those of one of its calls, of which the batch takes what says who asks. */
  readonly headers: Headers
  /** The token that Google refused to a call of it. */
  readonly rejected: string | undefined
  readonly pass: Pass | null
  /** Ends it when nobody waits for any of its calls. */
  readonly signal: AbortSignal
}

/** What became of a batch. */
export type BatchOutcome =
  /** An answer to each call, in order; `null` where it is missing. */
  | { readonly kind: 'answered'; readonly answers: readonly (CarriedAnswer | null)[] }
  /** Google, or something on the way, did not take it: no call was carried out. */
  | { readonly kind: 'refused' }
  /** An answer came that is none to a batch, and there is no telling what was carried out. */
  | { readonly kind: 'unreadable'; readonly lost: AnswerLost }
  /** No answer came, or Google failed. `answer`: a copy of what came. */
  | {
      readonly kind: 'unknown'
      readonly lost: AnswerLost
      readonly answer: (() => CarriedAnswer | null) | null
    }

/** Google gives every header of a batch to each of its calls: one call's own, such as If-Match, must not be there. */
const WHO_ASKS = ['Accept-Encoding', 'User-Agent', 'X-Goog-Api-Client']

/** Refusals that would meet each call alike, and are no fault of the batch. */
const OF_THE_CALLER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GOOGLE_UNAUTHORIZED',
  'GOOGLE_RATE_LIMITED',
  'GOOGLE_QUOTA_EXCEEDED',
  'GOOGLE_API_DISABLED',
  'OAUTH_SCOPE_MISSING',
])

type Way = Omit<CarriedAnswer, 'response'>

interface Whole {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/**
 * Sends calls as one request. Throws the error of the token's source, and the signal's reason; a request that never
 * left is `AnswerLost` (`unsent`).
 */
export async function sendBatch(dependencies: BatchDependencies, batch: Batch): Promise<BatchOutcome> {
  const { ref, rejected, signal } = batch
  const token = await dependencies.accessTokens.get(ref, { rejected, signal })
  const { contentType, body } = writeBatch(batch.calls, dependencies.random)
  const headers = new Headers({ Authorization: `Bearer ${token}`, 'Content-Type': contentType })
  for (const name of WHO_ASKS) {
    const value = batch.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const init = { method: 'POST', headers, body }
  let whole: Whole
  try {
    whole = await fetchWhole(dependencies, dependencies.batchUrl, init, signal, async (response) => ({
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    }))
  } catch (error) {
    if (!(error instanceof AnswerLost) || error.how === 'unsent') throw error
    return { kind: 'unknown', lost: error, answer: null }
  }
  return outcomeOf(whole, { token, pass: batch.pass }, batch.calls.length)
}

function outcomeOf(whole: Whole, way: Way, count: number): BatchOutcome {
  const { status, headers, body } = whole
  if (status >= 200 && status < 300) {
    try {
      const answers = readBatch(headers.get('content-type'), body, count)
      return { kind: 'answered', answers: answers.map((answer) => carried(answer, way)) }
    } catch (error) {
      if (!isAppointmentSyncError(error)) throw error
      return { kind: 'unreadable', lost: new AnswerLost('lost', 'the answer to the batch cannot be read') }
    }
  }
  const { reason, enveloped } = readEnvelope(body)
  const row = failureRow(status, reason, enveloped)
  const same = (): CarriedAnswer | null => carried(whole, way)
  if (OF_THE_CALLER.has(row.code)) {
    return { kind: 'answered', answers: Array.from({ length: count }, same) }
  }
  if (row.applied === 'no') return { kind: 'refused' }
  return { kind: 'unknown', lost: new AnswerLost('lost', `HTTP ${status} for the batch`), answer: same }
}

function carried(answer: Whole | null, way: Way): CarriedAnswer | null {
  const response = answer === null ? null : toResponse(answer.status, answer.headers, answer.body)
  return response === null ? null : { response, ...way }
}
