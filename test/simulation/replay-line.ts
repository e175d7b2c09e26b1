import { drawPlan, type Plan } from './plan.ts'

/** A run, or what shrinking left of it. */
export interface Case {
  readonly seed: number
  /** The length the plan was drawn with; `null` for the usual one. */
  readonly steps: number | null
  /** Which of the plan's moves are made, by their place; `null` for all. */
  readonly kept: readonly number[] | null
  /** One thing after the other, in place of the seeded interleaving. */
  readonly calm: boolean
}

/** The whole run of a seed. */
export function wholeCase(seed: number, steps: number | null = null): Case {
  return { seed, steps, kept: null, calm: false }
}

/** The plan of a case. */
export function planOf({ seed, steps, kept }: Case): Plan {
  const plan = drawPlan(seed, steps)
  return kept === null ? plan : { ...plan, moves: kept.flatMap((at) => plan.moves[at] ?? []) }
}

/** One word that says all of a case: `seed[/steps][:moves][~calm]`, moves like `0-3,7`. */
export function writeCase({ seed, steps, kept, calm }: Case): string {
  const moves = kept === null ? '' : `:${writeRanges(kept)}`
  return `${seed}${steps === null ? '' : `/${steps}`}${moves}${calm ? '~calm' : ''}`
}

/** Reads what {@link writeCase} wrote. Throws for anything else. */
export function readCase(text: string): Case {
  const match = /^(\d+)(?:\/(\d+))?(?::([\d,-]*))?(~calm)?$/.exec(text)
  if (match === null)
    throw new Error(`${text} names no run: expected seed[/steps][:moves][~calm], like 12:0-3,7`)
  const [, seed, steps, moves, calm] = match
  return {
    seed: Number(seed),
    steps: steps === undefined ? null : Number(steps),
    kept: moves === undefined ? null : readRanges(moves),
    calm: calm !== undefined,
  }
}

function writeRanges(places: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const place of places) {
    const last = ranges.at(-1)
    if (last !== undefined && place === last.to + 1) last.to = place
    else ranges.push({ from: place, to: place })
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

function readRanges(text: string): number[] {
  if (text === '') return []
  return text.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  })
}
