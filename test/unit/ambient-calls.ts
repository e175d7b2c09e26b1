import type { SourceTree } from './import-directions.ts'
import { readSourceText } from './source-text.ts'

/** The two files that stand between src/ and the machine. */
const SYSTEM_FILES: ReadonlySet<string> = new Set(['src/ports/clock.ts', 'src/ports/random.ts'])

/** What src/ is given by injection, and therefore may not take for itself. */
const AMBIENT: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['process.env', /\bprocess\s*\.\s*env\b/g],
  ['Date.now', /\bDate\s*\.\s*now\b/g],
  ['new Date()', /\bnew\s+Date\s*(?:\(\s*\)|(?![\w$\s(]))/g],
  ['performance.now', /\bperformance\s*\.\s*now\b/g],
  ['Temporal.Now', /\bTemporal\s*\.\s*Now\b/g],
  ['Math.random', /\bMath\s*\.\s*random\b/g],
  ['a random source', /\b(?:randomUUID|randomBytes|randomInt|getRandomValues)\b/g],
  ['a timer', /(?:(?<![\w$.])|\bglobalThis\s*\.\s*)(?:setTimeout|setInterval|setImmediate)\s*\(/g],
  ['a timer', /\bAbortSignal\s*\.\s*timeout\b/g],
]

/** Uses of environment, clock, randomness and timers in src/ outside `testing` and the system files. */
export function findAmbientCalls(tree: SourceTree): string[] {
  const problems: string[] = []
  for (const [path, source] of tree) {
    if (!path.startsWith('src/') || path.startsWith('src/testing/') || SYSTEM_FILES.has(path)) continue
    const { code } = readSourceText(source)
    for (const [name, pattern] of AMBIENT) {
      for (const match of code.matchAll(pattern)) {
        const line = code.slice(0, match.index).split('\n').length
        problems.push(`${path}:${line}: uses ${name} instead of what is injected`)
      }
    }
  }
  return problems
}
