import { failureResponse } from './failure-response.ts'
import { matchesFault, type FaultTarget } from './fault-match.ts'
import type { ArmedFault, DelayNext, FaultPlan } from './request-faults.ts'

/** Takes the next fault armed for this request, if any, in the order they were armed. */
export function takeArmed(armedFaults: ArmedFault[], target: FaultTarget): FaultPlan | null {
  const found = armedFaults.find((armed) => {
    if (armed.left <= 0 || !matchesFault(armed.fault.match, target)) return false
    armed.passing -= 1
    return armed.passing < 0
  })
  if (!found) return null
  found.left -= 1
  if (found.left <= 0) armedFaults.splice(armedFaults.indexOf(found), 1)
  const applied = found.fault.applied ?? false
  if (found.kind !== 'fail') return { kind: found.kind, applied }
  return { kind: 'fail', applied, response: failureResponse(found.fault, target) }
}

/** Takes the next delay armed for this request, if any. */
export function takeDelay(delays: DelayNext[], target: FaultTarget): DelayNext | null {
  const index = delays.findIndex(({ match }) => matchesFault(match, target))
  return index < 0 ? null : (delays.splice(index, 1)[0] ?? null)
}
