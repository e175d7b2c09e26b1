import { wholeCase } from './replay-line.ts'
import { runCase } from './shrink.ts'
import type { Violation } from './violation.ts'

/** Runs that a child process is to make: seeds from `from` up to, but not including, `to`. */
export interface RangeRequest {
  readonly from: number
  readonly to: number
  readonly steps: number | null
}

/** How they went. */
export interface RangeReport {
  readonly runs: number
  readonly moves: number
  readonly googleCalls: number
  readonly crashes: number
  readonly failures: readonly { readonly seed: number; readonly violation: Violation }[]
}

/** Makes the runs of one request. */
export async function runRange({ from, to, steps }: RangeRequest): Promise<RangeReport> {
  const failures: { seed: number; violation: Violation }[] = []
  let [moves, googleCalls, crashes] = [0, 0, 0]
  for (let seed = from; seed < to; seed += 1) {
    const outcome = await runCase(wholeCase(seed, steps))
    moves += outcome.moves
    googleCalls += outcome.googleCalls
    crashes += outcome.crashes
    if (outcome.violation !== null) failures.push({ seed, violation: outcome.violation })
  }
  return { runs: to - from, moves, googleCalls, crashes, failures }
}

// Forked by fleet.ts.
if (process.send !== undefined && process.argv[1]?.endsWith('run-range.ts')) {
  process.on('message', (request: RangeRequest) => {
    void runRange(request).then((report) => process.send?.(report))
  })
  process.send('ready')
}
