import { type Case, planOf } from './replay-line.ts'
import { type Outcome, run } from './run.ts'

/** Runs a case. */
export function runCase(given: Case, choice: { readonly traced?: boolean } = {}): Promise<Outcome> {
  return run(planOf(given), { ...choice, calm: given.calm })
}

/**
 * Takes moves out of a failing case for as long as the same promise is broken: halves first, single moves last.
 * At most `budget` runs.
 */
export async function shrink(failing: Case, kind: string, budget: number = 400): Promise<Case> {
  let left = budget
  const stillFails = async (candidate: Case): Promise<boolean> => {
    if (left <= 0) return false
    left -= 1
    return (await runCase(candidate)).violation?.kind === kind
  }
  let best = failing
  if (await stillFails({ ...best, calm: true })) best = { ...best, calm: true }
  let kept = best.kept ?? planOf(best).moves.map((_, at) => at)
  let size = Math.ceil(kept.length / 2)
  while (size >= 1 && left > 0) {
    let took = false
    for (let from = 0; from < kept.length && left > 0;) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)]
      if (await stillFails({ ...best, kept: rest })) {
        kept = rest
        best = { ...best, kept }
        took = true
      } else from += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (!took) break
  }
  if (!best.calm && (await stillFails({ ...best, calm: true }))) best = { ...best, calm: true }
  return best
}
