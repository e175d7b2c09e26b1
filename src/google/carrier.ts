import type { IntegrationRef } from '../domain/index.ts'
import type { RequestFacts } from './classify-error.ts'
import type { Pass } from './pacing.ts'

/** Options of every call. */
export interface GoogleCallOptions {
  /** Ends the waiting and the request; its reason is thrown unwrapped. */
  readonly signal?: AbortSignal | undefined
  /** Somebody waits for an `interactive` call: it goes before the others. Default `background`. */
  readonly priority?: 'interactive' | 'background' | undefined
  /**
   * When the caller gives up, in epoch milliseconds: no pause is waited out that would end later. Default
   * for interactive calls a few seconds from now, for others none.
   */
  readonly deadlineAtMs?: number | undefined
  /** Units that were reserved for the call. Its retries take units of their own. */
  readonly paid?: Pass | undefined
}

/** A request to Google, as far as sending it depends on what it is. */
export interface CallFacts extends RequestFacts {
  readonly ref: IntegrationRef
  /** The event that is read or written; requests for one event never travel side by side. */
  readonly eventId?: string | undefined
}

/** A request as the official client made it, without its bearer token. */
export interface PreparedRequest {
  readonly facts: CallFacts
  readonly url: URL
  readonly init: RequestInit
  readonly options: GoogleCallOptions
  /** The token that Google refused, when this is the second try. */
  readonly rejected: string | undefined
  /** Its units are paid for: it was to travel in a batch that was not carried out. */
  readonly pass?: Pass | undefined
}

/** An answer, with its body at hand, and what the request went with. */
export interface CarriedAnswer {
  readonly response: Response
  readonly token: string
  /** `null` where nothing is paced. */
  readonly pass: Pass | null
}

/**
 * Takes a request to Google and brings the answer, whatever its status. Throws `AnswerLost` when there is none,
 * the error of the token's source, or the reason of the caller's abort.
 */
export type Carry = (request: PreparedRequest) => Promise<CarriedAnswer>

/** How the requests of one call travel. */
export interface Journey {
  readonly carry: Carry
  /** The call pauses, and tries again by itself later: nobody need wait for it. */
  alone(): void
  /** The call is over. */
  done(): void
}
