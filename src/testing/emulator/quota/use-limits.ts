import type { Caller } from '../api/access.ts'
import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { quotaInForce } from './charge.ts'
import { left, spend, type Allowance } from './sliding-window.ts'

const DAY_MS = 86_400_000
const MAILING: ReadonlySet<string> = new Set([
  'calendar.events.insert',
  'calendar.events.patch',
  'calendar.events.update',
])

/** A call that may count against the use limits of Google Calendar. */
export interface UseCall {
  readonly calendarMethod: string
  readonly caller: Caller
  readonly query: URLSearchParams
  readonly body: () => JsonObject
}

/** What a call uses of a limit, to be spent once it has succeeded. */
export interface Use {
  readonly allowance: Allowance
  readonly count: number
}

/** How many others a write mails. */
function mailedGuests({ calendarMethod, query, caller, body }: UseCall): number {
  const mode = query.get('sendUpdates') ?? (query.get('sendNotifications') === 'true' ? 'all' : 'none')
  if (!MAILING.has(calendarMethod) || (mode !== 'all' && mode !== 'externalOnly')) return 0
  const { attendees } = body()
  if (!Array.isArray(attendees)) return 0
  const others = attendees.flatMap((attendee) => {
    const email = isJsonObject(attendee) && typeof attendee.email === 'string' ? attendee.email : null
    return email === null || email.toLowerCase() === caller.user.email ? [] : [email.toLowerCase()]
  })
  return new Set(others).size
}

/**
 * Checks the use limits (https://support.google.com/a/answer/2905486) before a call is made.
 * @returns what the call will have used when it succeeds, or null.
 * @throws CalendarApiError 403 `quotaExceeded` when the account has used up a limit.
 */
export function checkUseLimits(backend: Backend, call: UseCall): Use | null {
  const limits = quotaInForce(backend)
  if (!limits) return null
  const creates = call.calendarMethod === 'calendar.calendars.insert'
  const limit = creates ? limits.calendarsCreated : limits.invitations
  if (limit === undefined) return null
  const count = creates ? 1 : mailedGuests(call)
  if (count === 0) return null
  const name = `${creates ? 'calendars' : 'invitations'} ${call.caller.user.email}`
  const allowance = { name, limit, windowMs: limits.useLimitWindowMs ?? DAY_MS }
  if (left(backend.state.quota, allowance, backend.clock.now()) < count) throw refusal('quotaExceeded')
  return { allowance, count }
}

/** Spends what a call used. */
export function recordUse(backend: Backend, use: Use | null): void {
  if (use) spend(backend.state.quota, use.allowance, use.count, backend.clock.now())
}
