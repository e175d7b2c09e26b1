/** Limits on what may be called; an absent one is not enforced. A whole number each, 0 allows nothing. */
export interface QuotaLimits {
  /** Units one account (or `quotaUser`) may spend in any 60 seconds; beyond it `userRateLimitExceeded`. */
  readonly unitsPerMinutePerUser?: number | undefined
  /** Units all accounts together may spend in any 60 seconds; beyond it `rateLimitExceeded`. */
  readonly unitsPerMinutePerProject?: number | undefined
  /** Units per day of Pacific time; beyond it `dailyLimitExceeded` until midnight there. */
  readonly unitsPerDay?: number | undefined
  /**
   * Calls that change one calendar in any 60 seconds; beyond it `rateLimitExceeded`. Google has such a limit and
   * does not publish its number.
   */
  readonly writesPerMinutePerCalendar?: number | undefined
  /** Calendars one account may make within the window of use limits; beyond it `quotaExceeded`. */
  readonly calendarsCreated?: number | undefined
  /**
   * Guests one account may mail (`sendUpdates` `all` or `externalOnly`) within the window of use limits; beyond it
   * `quotaExceeded`. The emulator knows no organisations: every address but the account's own counts.
   */
  readonly invitations?: number | undefined
  /** The window of use limits in milliseconds; default one day. Google says hours to months. */
  readonly useLimitWindowMs?: number | undefined
  /** What a rate limit answers; default 403. Google uses both. Use limits and the day are always 403. */
  readonly status?: 403 | 429 | undefined
}

/** Limits, or those Google gives a new project since 1 May 2026. */
export type QuotaOption = 'google' | QuotaLimits

/** https://developers.google.com/workspace/calendar/api/guides/quota */
const GOOGLE: QuotaLimits = { unitsPerMinutePerProject: 10_000, unitsPerMinutePerUser: 600 }

/**
 * The limits an option means.
 * @throws RangeError for a limit that is no whole number >= 0, or a status that is neither 403 nor 429.
 */
export function readQuota(option: QuotaOption): QuotaLimits {
  const limits = option === 'google' ? GOOGLE : option
  const { status, ...numbers } = limits
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && (!Number.isInteger(value) || value < 0)) {
      throw new RangeError(`quota.${name} takes a whole number >= 0, got ${value}`)
    }
  }
  if (status !== undefined && status !== 403 && status !== 429) {
    throw new RangeError(`quota.status takes 403 or 429, got ${String(status)}`)
  }
  return { ...limits }
}
