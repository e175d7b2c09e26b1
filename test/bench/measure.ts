import { performance } from 'node:perf_hooks'

/** How much is measured: whole rounds and the size of each. */
export interface Scale {
  readonly rounds: number
  /** Tiny, to see that a bench works; its figures mean nothing. */
  readonly smoke: boolean
}

/** One way of doing the work. */
export interface Contestant {
  readonly name: string
  /** Does the work once and answers how long one operation took, in microseconds; see {@link perOperation}. */
  readonly run: () => Promise<number>
}

/** A line of a table. */
export interface Row {
  readonly name: string
  /** Median over the rounds, in microseconds per operation. */
  readonly micros: number
  /** Median of the ratios to the baseline of the same round; 1 for the baseline itself. */
  readonly ratio: number
  readonly ratioRange: readonly [number, number]
}

/** A bench: something to find out, against a baseline. */
export interface Bench {
  readonly name: string
  run(scale: Scale, report: (table: Table) => void): Promise<void>
}

/** What a bench found out. */
export interface Table {
  readonly title: string
  /** Empty where nothing is compared. */
  readonly rows: readonly Row[]
  /** Facts that are no time, such as the number of calls. */
  readonly notes?: readonly string[]
}

/** Runs `work` `count` times in a row; microseconds for one. */
export async function perOperation(count: number, work: (index: number) => unknown): Promise<number> {
  const startedMs = performance.now()
  for (let index = 0; index < count; index += 1) {
    const result = work(index)
    // Synchronous work is not slowed down by an await that it does not need.
    if (result instanceof Promise) await result
  }
  return ((performance.now() - startedMs) * 1000) / count
}

/**
 * Runs all contestants in each round, in turn a different one first, so that what slows the machine down slows
 * all of them down. A round before the first warms up and does not count.
 */
export async function compare(
  scale: Scale,
  baseline: Contestant,
  contestants: readonly Contestant[],
): Promise<Row[]> {
  const all = [baseline, ...contestants]
  const rounds: number[][] = []
  for (let round = 0; round <= scale.rounds; round += 1) {
    const times = Array.from({ length: all.length }, () => 0)
    for (let step = 0; step < all.length; step += 1) {
      const index = (round + step) % all.length
      times[index] = (await all[index]?.run()) ?? 0
    }
    if (round > 0) rounds.push(times)
  }
  return all.map(({ name }, index) => {
    const ratios = rounds.map((times) => (times[index] ?? 0) / (times[0] ?? 1))
    return {
      name,
      micros: median(rounds.map((times) => times[index] ?? 0)),
      ratio: median(ratios),
      ratioRange: [Math.min(...ratios), Math.max(...ratios)],
    }
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

/** The table as text; the first row is the baseline. */
export function tableText({ title, rows, notes = [] }: Table): string {
  const cells = rows.map(({ name, micros, ratio, ratioRange: [low, high] }, index) => [
    index === 0 ? `${name} (baseline)` : name,
    `${rounded(micros)} µs`,
    perSecond(micros),
    index === 0 ? '1' : `${rounded(ratio)} (${rounded(low)}–${rounded(high)})`,
  ])
  if (rows.length === 0) return [title, ...notes.map((note) => `  ${note}`), ''].join('\n')
  const lines = [['', 'per operation', 'per second', 'ratio (range)'], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
  return [title, ...text, ...notes.map((note) => `  ${note}`), ''].join('\n')
}

function rounded(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function perSecond(micros: number): string {
  return Math.round(1_000_000 / micros).toLocaleString('en')
}
