import type { RequestWatch } from './google-side.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { WorkerProcess } from './worker-process.ts'

/** When a worker dies. */
export type Death =
  /** So many milliseconds after its life begins, wherever it is then. */
  | { readonly at: 'time'; readonly afterMs: number }
  /** When its n-th request has arrived and done nothing, or has been carried out and not answered. */
  | { readonly at: 'request before' | 'request after'; readonly nth: number }
  /** When the host's n-th commit is known, at about which time the SDK's handler is called. */
  | { readonly at: 'commit'; readonly nth: number }
  /** When its host is being told of the n-th change from Google, at about which time it stores it. */
  | { readonly at: 'apply'; readonly nth: number }
  /** Right after its n-th SQL statement, inside a transaction or not. */
  | { readonly at: 'statement'; readonly nth: number }

/** How long a death that depends on progress is waited for, in milliseconds. */
const PATIENCE_MS = 1_000

export function drawDeath(random: SeededRandom): Death {
  const at = random.weighted<Death['at']>({
    time: 30,
    'request before': 15,
    'request after': 20,
    commit: 10,
    apply: 15,
    statement: 25,
  })
  switch (at) {
    case 'time':
      // Often so early that it has only begun to work off what the one before it left.
      return { at, afterMs: random.fraction() < 0.4 ? random.between(0, 40) : random.between(0, 300) }
    case 'request before':
    case 'request after':
      return { at, nth: random.between(1, 10) }
    case 'commit':
    case 'apply':
      return { at, nth: random.between(1, 4) }
    case 'statement':
      return { at, nth: random.between(1, 120) }
  }
}

/** A death that waits for its moment. */
export interface PendingDeath extends RequestWatch {
  /** The host of this worker committed something. */
  committed(worker: number): void
  /** The host of this worker is being told of a change. */
  applying(worker: number): void
  /** Resolves when the victim is dead; tells whether it died as drawn or only because time was up. */
  readonly died: Promise<'as drawn' | 'of age'>
}

/** Makes a worker die; what it depends on is told by the calls of `RequestWatch` and `committed`. */
export function letDie(victim: WorkerProcess, death: Death): PendingDeath {
  let left = 'nth' in death ? death.nth : 0
  let how: 'as drawn' | 'of age' = 'as drawn'
  const die = (): void => victim.kill()
  const step = (worker: number, at: Death['at']): boolean => {
    if (worker !== victim.number || death.at !== at || !victim.alive) return false
    left -= 1
    if (left > 0) return false
    die()
    return true
  }
  if (death.at === 'statement') victim.dieAfterStatements(death.nth)
  const timer = setTimeout(
    () => {
      if (death.at !== 'time') how = 'of age'
      die()
    },
    death.at === 'time' ? death.afterMs : PATIENCE_MS,
  )
  return {
    arrived: (worker) => step(worker, 'request before'),
    applied: (worker) => void step(worker, 'request after'),
    committed: (worker) => void step(worker, 'commit'),
    applying: (worker) => void step(worker, 'apply'),
    died: victim.gone.then(() => {
      clearTimeout(timer)
      return how
    }),
  }
}
