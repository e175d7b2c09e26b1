import { MAX_RENDER_CHARACTERS, MAX_RENDER_MS, MAX_RENDER_STEPS } from './limits.ts'

/** A rendering that wants more than it may have. */
export class OverBudgetError extends Error {}

/** What one rendering may use; LiquidJS asks it before every step and for every text it makes. */
export class RenderBudget {
  #steps = 0
  #characters = 0
  #deadlineMs: number | undefined

  /** Called by LiquidJS with its own clock. Steps are counted first, so that the outcome is the same everywhere. */
  check(nowMs: number): void {
    this.#steps += 1
    if (this.#steps > MAX_RENDER_STEPS) throw new OverBudgetError(`takes more than ${MAX_RENDER_STEPS} steps`)
    this.#deadlineMs ??= nowMs + MAX_RENDER_MS
    if (nowMs > this.#deadlineMs) throw new OverBudgetError(`takes more than ${MAX_RENDER_MS} ms`)
  }

  /** Called by LiquidJS with the number of characters or items about to be made. */
  use(count: number): void {
    // Negative and non-numeric counts come from filters such as `slice` with odd arguments.
    if (!(count > 0)) return
    this.#characters += count
    if (this.#characters > MAX_RENDER_CHARACTERS) {
      throw new OverBudgetError(`produces more than ${MAX_RENDER_CHARACTERS} characters`)
    }
  }
}
