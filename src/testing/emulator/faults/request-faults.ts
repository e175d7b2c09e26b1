import type { JsonObject } from '../json.ts'
import type { EmulatedResponse } from '../messages.ts'
import type { FaultMatch } from './fault-match.ts'

/** The forms of Google's error bodies: from the service, from the layer before it, or a page of the edge. */
export type ErrorEnvelope = 'back-end' | 'front-end' | 'html'

/** Which requests a fault hits, and how many. */
export interface FaultCount {
  readonly match?: FaultMatch | undefined
  /** How many requests it hits; default 1. */
  readonly times?: number | undefined
  /** How many matching requests pass unharmed first; default 0. */
  readonly after?: number | undefined
  /** The request takes effect first and only its answer is lost; default false. */
  readonly applied?: boolean | undefined
}

/** An error answer to come. */
export interface FailNext extends FaultCount {
  /** From 200 to 599. */
  readonly status: number
  /** Google's reason, such as `rateLimitExceeded`; default: the usual one for the status. */
  readonly reason?: string | undefined
  /** The form of the body; default: the one Google uses for the status and the reason. */
  readonly envelope?: ErrorEnvelope | undefined
  /** The whole body, when no form of Google's is wanted; a string is sent as HTML. */
  readonly body?: JsonObject | string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A connection lost. A call inside a batch takes the connection of the whole batch with it. */
export interface DropNext extends FaultCount {}

/** An answer that never comes. A call inside a batch holds up the answer of the whole batch. */
export interface HangNext extends FaultCount {}

/** An answer held back. */
export interface DelayNext {
  readonly match?: FaultMatch | undefined
  /** The answer leaves when this resolves. */
  readonly until: Promise<void>
  /** The request takes effect before the wait (default) or only after it (`false`). */
  readonly applied?: boolean | undefined
}

/** What a fault makes of one request. */
export type FaultPlan =
  | { readonly kind: 'fail'; readonly applied: boolean; readonly response: EmulatedResponse }
  | { readonly kind: 'drop' | 'hang'; readonly applied: boolean }

/** A fault waiting for its request. */
export type ArmedFault = { left: number; passing: number } & (
  | { readonly kind: 'fail'; readonly fault: FailNext }
  | { readonly kind: 'drop' | 'hang'; readonly fault: FaultCount }
)
