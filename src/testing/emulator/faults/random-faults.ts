import { randomFraction, randomIndex, seedRandom, type RandomState } from '../random.ts'
import { failureResponse } from './failure-response.ts'
import { isApiPath, matchesFault, type FaultMatch, type FaultTarget } from './fault-match.ts'
import type { ErrorEnvelope, FaultPlan } from './request-faults.ts'

/**
 * What can go wrong by chance. `-applied`: the request takes effect and only its answer is lost; `-rate` and
 * `-quota`: the 403s of a rate limit and of a use limit; `-html`: a page of the edge instead of JSON; `hang`: the
 * answer never comes.
 */
export type RandomFaultKind =
  | 'drop'
  | 'drop-applied'
  | 'hang'
  | 'hang-applied'
  | '401'
  | '403-rate'
  | '403-quota'
  | '429'
  | '500'
  | '500-applied'
  | '502-html'
  | '503'
  | '503-applied'

/** Faults that hit requests by chance. */
export interface RandomFaults {
  /**
   * The same seed and the same requests in the same order: the same faults. A lower rate hits a part of the same
   * requests, in the same way.
   */
  readonly seed: number
  /** The part of the matching requests that is hit, from 0 to 1. */
  readonly rate: number
  /** Each equally likely; default: all but `401`, `403-quota` and the two that hang. */
  readonly kinds?: readonly RandomFaultKind[] | undefined
  /** Default: every request. OAuth endpoints are only hit by what they can give: losses, hangs and 5xx. */
  readonly match?: FaultMatch | undefined
}

/** Faults by chance, with the state of their own generator: they do not disturb the ids Google makes. */
export interface RandomFaultState {
  readonly random: RandomState
  readonly rate: number
  readonly kinds: readonly RandomFaultKind[]
  readonly match: FaultMatch | undefined
}

const DEFAULT_KINDS: readonly RandomFaultKind[] = [
  'drop',
  'drop-applied',
  '403-rate',
  '429',
  '500',
  '500-applied',
  '502-html',
  '503',
  '503-applied',
]

interface Failure {
  readonly status: number
  readonly reason?: string
  readonly envelope?: ErrorEnvelope
  readonly applied?: boolean
}

const FAILURES: ReadonlyMap<RandomFaultKind, Failure> = new Map<RandomFaultKind, Failure>([
  ['401', { status: 401 }],
  ['403-rate', { status: 403, reason: 'rateLimitExceeded' }],
  ['403-quota', { status: 403, reason: 'quotaExceeded' }],
  ['429', { status: 429 }],
  ['500', { status: 500 }],
  ['500-applied', { status: 500, applied: true }],
  ['502-html', { status: 502, envelope: 'html' }],
  ['503', { status: 503 }],
  ['503-applied', { status: 503, applied: true }],
])

/**
 * Arms faults by chance.
 * @throws RangeError for a rate outside 0 to 1 and for a kind that is none.
 */
export function armRandomFaults(given: RandomFaults): RandomFaultState {
  const { seed, rate, kinds = DEFAULT_KINDS, match } = given
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`random takes a rate from 0 to 1, got ${rate}`)
  const unknown = kinds.find((kind) => !/^(?:drop|hang)(?:-applied)?$/.test(kind) && !FAILURES.has(kind))
  if (unknown !== undefined || kinds.length === 0) {
    const all = ['drop', 'drop-applied', 'hang', 'hang-applied', ...FAILURES.keys()].join(', ')
    throw new RangeError(`random takes kinds among ${all}; got ${unknown ?? 'none'}`)
  }
  return { random: seedRandom(seed), rate, kinds, match }
}

/** Draws for one request: exactly two numbers for each that matches, so that one fault does not shift the next. */
export function drawRandomFault(faults: RandomFaultState, target: FaultTarget): FaultPlan | null {
  if (!matchesFault(faults.match, target)) return null
  const hit = randomFraction(faults.random) < faults.rate
  const index = randomIndex(faults.random, faults.kinds.length)
  const kind = faults.kinds[index]
  if (!hit || kind === undefined) return null
  const applied = kind.endsWith('-applied')
  if (kind.startsWith('drop')) return { kind: 'drop', applied }
  if (kind.startsWith('hang')) return { kind: 'hang', applied }
  const failure = FAILURES.get(kind)
  if (!failure || (failure.status < 500 && !isApiPath(target.path))) return null
  return { kind: 'fail', applied, response: failureResponse(failure, target) }
}
