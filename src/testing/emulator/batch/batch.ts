import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { frontEndErrorResponse } from '../front-end-errors.ts'
import type { EmulatedRequest, EmulatedResponse } from '../messages.ts'
import { randomIndex } from '../random.ts'
import { readBatch } from './batch-request.ts'
import { renderBatch } from './batch-response.ts'

/** Takes in one call of a batch, as if it arrived now; the function it returns carries it out. */
export type ReceiveCall = (request: EmulatedRequest) => () => Promise<EmulatedResponse | 'dropped'>

function badBatch(message: string): EmulatedResponse {
  return frontEndErrorResponse(400, { domain: 'global', reason: 'badRequest', message })
}

/** The places of the calls in the order they are carried out. */
function executionOrder({ state, settings }: Backend, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  if (settings.batch.order === 'as-sent') return order
  for (let last = count - 1; last > 0; last -= 1) {
    const other = randomIndex(state.random, last + 1)
    const [left = last, right = other] = [order[other], order[last]]
    order[last] = left
    order[other] = right
  }
  return order
}

/**
 * Answers a batch (https://developers.google.com/workspace/calendar/api/guides/batch): many calls in one
 * `multipart/mixed` request. They arrive in the order they were sent, are carried out in any order, and are answered
 * in the first. A call whose connection is lost takes the whole answer with it; the others have taken effect.
 * @param boundary of the answer.
 */
export async function answerBatch(
  backend: Backend,
  request: EmulatedRequest,
  boundary: string,
  receive: ReceiveCall,
): Promise<EmulatedResponse | 'dropped'> {
  if (request.method !== 'POST') return refusal('httpMethodNotAllowed').toResponse()
  const calls = readBatch(request)
  if (!calls) {
    const size = Buffer.byteLength(request.body)
    return badBatch(
      `Failed to parse batch request, error:  0 items. Received batch body: (${size}) bytes redacted`,
    )
  }
  const { maxCalls } = backend.settings.batch
  if (calls.length > maxCalls) {
    return badBatch(`The batch holds ${calls.length} calls, more than the ${maxCalls} that are allowed.`)
  }
  const received = calls.map((call) => receive(call.request))
  const running = new Map(
    executionOrder(backend, calls.length).map((place) => [place, received[place]?.()] as const),
  )
  const outcomes = await Promise.all(calls.map(async (_, place) => running.get(place)))
  const answers = calls.flatMap(({ contentId }, place) => {
    const response = outcomes[place]
    return response === undefined || response === 'dropped' ? [] : [{ contentId, response }]
  })
  return answers.length < calls.length ? 'dropped' : renderBatch(boundary, answers)
}
