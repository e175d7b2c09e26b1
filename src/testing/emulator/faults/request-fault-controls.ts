import type { FaultBoard } from '../faults.ts'
import { armRandomFaults, type RandomFaults } from './random-faults.ts'
import type { DelayNext, DropNext, FailNext, FaultCount, HangNext } from './request-faults.ts'
import { tokenFailure, type TokenError } from './token-error.ts'

/**
 * Faults that hit requests. They are taken in the order they were armed, when the request arrives. A call inside a
 * batch counts as a request of its own, by the method and the path it names; the batch itself arrives before its
 * calls, as a POST to `/batch/…`.
 */
export interface RequestFaultControls {
  /**
   * The next matching request(s) fail with this status.
   * @throws RangeError for a status outside 200 to 599; TypeError for headers that cannot be sent.
   */
  failNext(fault: FailNext): void
  /**
   * The next matching request(s) lose their connection: `fetch` rejects, a socket is destroyed. When it hits a call
   * inside a batch the whole answer is lost; the other calls take effect.
   */
  dropNext(fault?: DropNext): void
  /**
   * The next matching request(s) are never answered: the caller waits until its own patience ends or its signal
   * fires; over a port also until the emulator is closed.
   */
  hangNext(fault?: HangNext): void
  /** The next matching request's answer is held until a promise resolves; an abort is honoured meanwhile. */
  delayNext(fault: DelayNext): void
  /** Every answer takes at least this long, in real milliseconds. */
  latencyMs(ms: number): void
  /** The token endpoint refuses, for example `{ error: 'invalid_grant', error_subtype: 'invalid_rapt' }`. */
  tokenError(error: TokenError): void
  /** The next call(s) inside a batch answer 409 `conflict`, because of their neighbours; default one. */
  batchConflicts(times?: number): void
  /** While on, every Calendar call answers 403 `accessNotConfigured`: the API is switched off in the project. */
  disableApi(on: boolean): void
  /**
   * Requests fail by chance, the same way for the same seed; null ends it. Armed faults go first.
   * @throws RangeError for a rate outside 0 to 1 and for a kind that is none.
   */
  random(faults: RandomFaults | null): void
}

function checked(fault: FailNext): FailNext {
  if (!Number.isInteger(fault.status) || fault.status < 200 || fault.status > 599) {
    throw new RangeError(`failNext takes a status from 200 to 599, got ${fault.status}`)
  }
  // Refused when it is armed, where the mistake is, and not when the answer is made.
  void new Headers(fault.headers)
  return fault
}

/** The controls over a fault board. */
export function createRequestFaultControls(board: FaultBoard): RequestFaultControls {
  const counted = ({ times = 1, after = 0 }: FaultCount): { left: number; passing: number } => ({
    left: times,
    passing: after,
  })
  const fail = (fault: FailNext): void =>
    void board.armed.push({ kind: 'fail', fault: checked(fault), ...counted(fault) })
  return {
    failNext: fail,
    dropNext: (fault = {}) => void board.armed.push({ kind: 'drop', fault, ...counted(fault) }),
    hangNext: (fault = {}) => void board.armed.push({ kind: 'hang', fault, ...counted(fault) }),
    delayNext(fault) {
      if (!(fault?.until instanceof Promise)) throw new TypeError('delayNext takes { until: a promise }')
      board.delays.push(fault)
    },
    latencyMs(ms) {
      board.latencyMs = ms
    },
    tokenError: (error) => fail(tokenFailure(error)),
    batchConflicts: (times = 1) => fail({ match: { batched: true }, status: 409, reason: 'conflict', times }),
    disableApi(on) {
      board.apiDisabled = on
    },
    random(faults) {
      board.random = faults === null ? null : armRandomFaults(faults)
    },
  }
}
