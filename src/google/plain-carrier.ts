import { isAppointmentSyncError } from '../errors/index.ts'
import { type AccessTokens, type Clock, withDeadline } from '../ports/index.ts'
import type { Carry } from './carrier.ts'
import { AnswerLost, answerLost } from './classify-error.ts'
import { type Pacer, unitsOf } from './pacing.ts'

/** What a request needs on its way. */
export interface CarrierDependencies {
  readonly accessTokens: AccessTokens
  readonly clock: Clock
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number
  /** Default the platform's. */
  readonly fetch?: typeof fetch | undefined
  /** Default none: requests go as they come. */
  readonly pacer?: Pacer | undefined
}

/** Statuses whose answer has no body; a `Response` refuses to be made with one (Fetch standard). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/** A `Response` with its body at hand. `null` for what HTTP does not have. */
export function toResponse(status: number, headers: Headers, body: BodyInit): Response | null {
  if (status < 200 || status > 599) return null
  return new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers })
}

/** One HTTP request with its whole answer, in time or not at all. Throws `AnswerLost`, or the abort's reason. */
export async function fetchWhole<T>(
  { clock, timeoutMs, fetch: send = fetch }: Pick<CarrierDependencies, 'clock' | 'timeoutMs' | 'fetch'>,
  url: URL,
  init: RequestInit,
  signal: AbortSignal | undefined,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const expired = (): AnswerLost => new AnswerLost('timedOut', `within ${timeoutMs} ms`)
  try {
    return await withDeadline(clock, timeoutMs, signal, expired, async (bounded) =>
      read(await send(url, { ...init, signal: bounded })),
    )
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (error instanceof AnswerLost || isAppointmentSyncError(error)) throw error
    throw answerLost(error)
  }
}

/** Each request by itself. */
export function createPlainCarrier(dependencies: CarrierDependencies): Carry {
  const { accessTokens, pacer } = dependencies
  return async ({ facts, url, init, options, rejected, pass: paid }) => {
    const { signal, priority = 'background', deadlineAtMs, paid: reserved } = options
    const pace = { costs: [unitsOf(facts.method)], priority, deadlineAtMs, signal }
    const pass = paid ?? reserved ?? (await pacer?.take(facts.ref, pace)) ?? null
    const token = await accessTokens.get(facts.ref, { rejected, signal })
    const headers = new Headers(init.headers)
    headers.set('Authorization', `Bearer ${token}`)
    const response = await fetchWhole(dependencies, url, { ...init, headers }, signal, async (answer) => {
      const body = await answer.arrayBuffer()
      return toResponse(answer.status, answer.headers, body)
    })
    if (response === null) throw new AnswerLost('lost', 'an answer that HTTP does not have')
    return { response, token, pass }
  }
}
