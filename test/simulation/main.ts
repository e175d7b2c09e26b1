import { parseArgs } from 'node:util'
import { runFleet } from './fleet.ts'
import { MUTANTS } from './mutants.ts'
import { readCase, wholeCase, writeCase } from './replay-line.ts'
import type { RangeReport } from './run-range.ts'
import { runCase, shrink } from './shrink.ts'
import { readEdits } from './source-edits.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string' },
    processes: { type: 'string', default: '2' },
    replay: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    /** Goes on after failures, and tells how many of each kind there are. */
    survey: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const number = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`${text} is no whole number`)
  return value
}
const steps = values.steps === undefined ? null : number(values.steps)
const processes = Math.max(1, number(values.processes))

if (values.replay !== undefined) await replay(values.replay)
else if (values.mutants) await runMutants()
else await simulate()

/** One case, with everything that happened. */
async function replay(text: string): Promise<void> {
  const outcome = await runCase(readCase(text), { traced: !values.quiet })
  for (const line of outcome.trace ?? []) console.log(line)
  console.log(
    `trace ${outcome.digest}, ${outcome.googleCalls} requests to Google, ${outcome.settleRounds} rounds to rest`,
  )
  if (outcome.violation === null) return console.log('no violation')
  console.log(`VIOLATION ${outcome.violation.kind}: ${outcome.violation.detail}`)
  process.exitCode = 1
}

async function simulate(): Promise<void> {
  const total = { runs: 0, moves: 0, googleCalls: 0, crashes: 0 }
  const failures: RangeReport['failures'][number][] = []
  const startedAt = performance.now()
  await runFleet({
    seed: number(values.seed),
    runs: number(values.runs),
    steps,
    processes,
    edits: readEdits(process.env['SIMULATION_EDITS']),
    onReport: (report) => {
      for (const name of ['runs', 'moves', 'googleCalls', 'crashes'] as const) total[name] += report[name]
      failures.push(...report.failures)
      return values.survey || failures.length === 0
    },
  })
  const seconds = (performance.now() - startedAt) / 1000
  const perRun = ((seconds * processes * 1000) / Math.max(1, total.runs)).toFixed(0)
  console.log(
    `${total.runs} runs in ${seconds.toFixed(1)} s (${perRun} ms each on one of ${processes} processes): ` +
      `${total.moves} moves, ${total.crashes} crashes, ${total.googleCalls} requests to Google`,
  )
  if (failures.length === 0) return console.log('no violation')
  process.exitCode = 1
  await report(failures)
}

/** Each kind of violation once, shrunk, with the line that replays it. */
async function report(failures: readonly RangeReport['failures'][number][]): Promise<void> {
  const kinds = Map.groupBy(failures, ({ violation }) => violation.kind)
  for (const [kind, found] of kinds) {
    const [first] = found.toSorted((a, b) => a.seed - b.seed)
    if (first === undefined) continue
    console.log(
      `\nVIOLATION ${kind} (${found.length} runs: ${found
        .slice(0, 8)
        .map(({ seed }) => seed)
        .join(', ')})`,
    )
    const small = await shrink(wholeCase(first.seed, steps), kind)
    const { violation } = await runCase(small)
    console.log(`  ${violation?.detail ?? first.violation.detail}`)
    console.log(`  npm run simulate -- --replay '${writeCase(small)}'`)
  }
}

/** Runs every mutant until it is caught. */
async function runMutants(): Promise<void> {
  const chosen = MUTANTS.filter(({ name }) => values.only === undefined || name.includes(values.only))
  let survivors = 0
  for (const { name, edits, within } of chosen) {
    let caught: RangeReport['failures'][number] | undefined
    let checking: Promise<unknown> = Promise.resolve()
    await runFleet({
      seed: number(values.seed),
      runs: within,
      steps,
      processes,
      edits: [...readEdits(process.env['SIMULATION_EDITS']), ...edits],
      onReport: ({ failures }) => {
        const check = async (): Promise<boolean> => {
          for (const failure of failures) {
            if (caught !== undefined && failure.seed > caught.seed) continue
            // A run that fails without the mutant, too, tells nothing of the mutant.
            const { violation } = await runCase(wholeCase(failure.seed, steps))
            if (violation === null) caught = failure
          }
          return caught === undefined
        }
        // Runs of one process share its Google, so reports that come together are checked one after the other.
        const going = checking.then(check)
        checking = going
        return going
      },
    })
    if (caught === undefined) survivors += 1
    const runs = caught === undefined ? null : caught.seed - number(values.seed) + 1
    const how =
      runs === null
        ? `NOT CAUGHT within ${within} runs`
        : `caught in run ${runs} of at most ${within}: ${caught?.violation.kind}`
    console.log(`${name}: ${how}`)
  }
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants caught`)
  if (survivors > 0) process.exitCode = 1
}
