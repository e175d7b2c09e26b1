/** So many units in any stretch of `windowMs` milliseconds, for everybody who names the same key. */
export interface RateBudget {
  /** Whose budget it is: 1 to 300 characters, any but NUL. A key that differs in one of them is another budget. */
  readonly key: string
  /** 0 or more. May differ from one take to the next; what was taken before stays taken. */
  readonly units: number
  /**
   * At least 1, and the same in every take of a key: what is older may be forgotten. The other side counts in steps
   * of its own, and requests reach it late by differing amounts, so give a little more than its window.
   */
  readonly windowMs: number
}

/** What became of a request for units. */
export type RateAnswer =
  | { readonly taken: true }
  /**
   * Nothing was taken. `waitMs`: the same request is granted after so many milliseconds, at least 1, if nobody else
   * takes meanwhile. Never more than the longest of the windows, unless a key is blocked for longer.
   */
  | { readonly taken: false; readonly waitMs: number }

/** A request for the same number of units of every budget it names. */
export interface RateRequest {
  /** At least one; no key twice. */
  readonly budgets: readonly RateBudget[]
  /** A whole number, at least 1. */
  readonly units: number
  /** The caller's clock, in epoch milliseconds. A limiter that is shared may go by a clock of its own. */
  readonly nowMs: number
}

/**
 * Hands out units of quota, in this process or, with a shared one, over all processes. Google's windows slide: in
 * no stretch of a budget's window, wherever it begins, are more than its units handed out. They come back when the
 * window has passed over them, or at most a twentieth of it later.
 *
 * Both methods throw `INVALID_ARGUMENT` for what they cannot use, and `RATE_LIMITER_FAILED` when whatever keeps the
 * counts cannot be asked; whether units were taken is then unknown.
 */
export interface RateLimiter {
  /**
   * Takes `units` of every budget or of none; of concurrent callers no two get the same units. A budget that is free
   * may be taken all at once. A request for more than a budget's units is taken when the budget is untouched, so that
   * it does not wait for ever.
   *
   * A `nowMs` a little older than an earlier one gets nothing early. One that is older by more than a window means a
   * clock set back: what was taken then counts as taken now, and nobody waits for the old time to return.
   */
  take(request: RateRequest): Promise<RateAnswer>
  /**
   * Nobody takes of the key's budget before `untilMs`: Google said no. A later instant wins over an earlier one. Of
   * a block in the past nothing is noticed.
   */
  block(key: string, untilMs: number): Promise<void>
}
