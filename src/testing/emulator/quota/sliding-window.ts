import type { QuotaEntry, QuotaRecord } from '../state/quota-records.ts'

/** A window is remembered in so many steps, so that its memory does not grow with the number of calls. */
const STEPS = 60
/** So many names are remembered; above it, whoever was not heard of for longest starts anew. */
const MAX_NAMES = 5000

/** What one quota allows one spender. */
export interface Allowance {
  /** The quota and whom it is charged to. */
  readonly name: string
  readonly limit: number
  readonly windowMs: number
}

function liveEntries(quota: QuotaRecord, { name, windowMs }: Allowance, now: number): QuotaEntry[] {
  const entries = quota.spent.get(name) ?? []
  const live = entries.findIndex(({ at }) => at > now - windowMs)
  return live < 0 ? [] : entries.slice(live)
}

/** What is left of an allowance: what was spent within the window that ends now is gone. */
export function left(quota: QuotaRecord, allowance: Allowance, now: number): number {
  const spent = liveEntries(quota, allowance, now).reduce((sum, { units }) => sum + units, 0)
  return allowance.limit - spent
}

/** Spends units of an allowance. They come back when the window has passed over them, to a sixtieth of it. */
export function spend(quota: QuotaRecord, allowance: Allowance, units: number, now: number): void {
  const step = allowance.windowMs / STEPS
  const entries = liveEntries(quota, allowance, now)
  const last = entries.at(-1)
  const sameStep = last !== undefined && Math.floor(last.at / step) === Math.floor(now / step)
  const before = sameStep ? entries.slice(0, -1) : entries
  quota.spent.delete(allowance.name)
  quota.spent.set(allowance.name, [...before, { at: now, units: units + (sameStep ? last.units : 0) }])
  // The map is in the order of the last use.
  const [oldest] = quota.spent.keys()
  if (quota.spent.size > MAX_NAMES && oldest !== undefined) quota.spent.delete(oldest)
}
