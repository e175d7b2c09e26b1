import type { Caller } from '../api/access.ts'
import type { Backend } from '../backend.ts'
import { calendarErrorResponse, invalid, refusal } from '../errors.ts'
import { frontEndErrorResponse } from '../front-end-errors.ts'
import type { EmulatedRequest, EmulatedResponse } from '../messages.ts'
import { unitsOf } from './method-units.ts'
import { quotaDay } from './quota-day.ts'
import type { QuotaLimits } from './quota-limits.ts'
import { left, spend, type Allowance } from './sliding-window.ts'

const MINUTE_MS = 60_000
const MAX_QUOTA_USER = 40

/** What is charged for: a call that is authenticated and about to be made. */
export interface ChargedCall {
  readonly calendarMethod: string
  readonly method: string
  readonly parameters: Readonly<Record<string, string>>
  readonly request: EmulatedRequest
  readonly caller: Caller
}

interface Charge {
  readonly allowance: Allowance
  readonly units: number
  readonly reason: 'rateLimitExceeded' | 'userRateLimitExceeded'
}

/** The limits in force, or null. */
export function quotaInForce({ faults, settings }: Backend): QuotaLimits | null {
  return faults.quota === undefined ? settings.quota : faults.quota
}

/**
 * Who is charged: the account, or whom the call names instead
 * (https://developers.google.com/workspace/calendar/api/guides/quota#quota-user).
 * @throws CalendarApiError 400 for a name above 40 characters.
 */
function chargedUser({ request, caller }: ChargedCall): string {
  const named = request.url.searchParams.get('quotaUser') ?? request.headers.get('x-goog-quota-user')
  if (!named) return `account ${caller.user.email}`
  if (named.length > MAX_QUOTA_USER) throw invalid('Invalid Value', 'quotaUser')
  return `quotaUser ${named}`
}

/** The calendar a call changes, by its id; null for a call that only reads. */
function changedCalendar({ method, parameters, caller, calendarMethod }: ChargedCall): string | null {
  const { calendarId } = parameters
  const reads = method === 'GET' || calendarMethod.endsWith('.watch')
  if (reads || calendarId === undefined) return null
  return calendarId === 'primary' ? caller.user.email : calendarId
}

function chargesOf(limits: QuotaLimits, call: ChargedCall): Charge[] {
  const units = unitsOf(call.calendarMethod)
  const user = chargedUser(call)
  const calendar = changedCalendar(call)
  const charge = (
    name: string,
    limit: number | undefined,
    cost: number,
    reason: Charge['reason'],
  ): readonly Charge[] =>
    limit === undefined ? [] : [{ allowance: { name, limit, windowMs: MINUTE_MS }, units: cost, reason }]
  return [
    ...charge('minute project', limits.unitsPerMinutePerProject, units, 'rateLimitExceeded'),
    ...charge(`minute ${user}`, limits.unitsPerMinutePerUser, units, 'userRateLimitExceeded'),
    ...(calendar === null
      ? []
      : charge(`minute calendar ${calendar}`, limits.writesPerMinutePerCalendar, 1, 'rateLimitExceeded')),
  ]
}

/** The units spent today; yesterday's are forgotten. */
function chargeDay(backend: Backend, limit: number, units: number): boolean {
  const { spent } = backend.state.quota
  const name = `day ${quotaDay(backend.clock.now())}`
  const today = spent.get(name)?.[0]?.units ?? 0
  if (today + units > limit) return false
  for (const other of spent.keys()) if (other.startsWith('day ') && other !== name) spent.delete(other)
  spent.set(name, [{ at: backend.clock.now(), units: today + units }])
  return true
}

function rateLimited(limits: QuotaLimits, reason: Charge['reason']): EmulatedResponse {
  const { status: _usual, entry } = refusal(reason)
  return limits.status === 429 ? frontEndErrorResponse(429, entry) : calendarErrorResponse(403, entry)
}

/**
 * Charges a call to the quotas in force. A refused call is charged nothing.
 * @returns the refusal, or null when the call may be made.
 * @throws CalendarApiError 400 for a `quotaUser` above 40 characters.
 */
export function chargeCall(backend: Backend, call: ChargedCall): EmulatedResponse | null {
  const limits = quotaInForce(backend)
  if (!limits) return null
  const now = backend.clock.now()
  const { quota } = backend.state
  const charges = chargesOf(limits, call)
  const exceeded = charges.find(({ allowance, units }) => left(quota, allowance, now) < units)
  if (exceeded) return rateLimited(limits, exceeded.reason)
  const { unitsPerDay } = limits
  if (unitsPerDay !== undefined && !chargeDay(backend, unitsPerDay, unitsOf(call.calendarMethod))) {
    return refusal('dailyLimitExceeded').toResponse()
  }
  for (const { allowance, units } of charges) spend(quota, allowance, units, now)
  return null
}
