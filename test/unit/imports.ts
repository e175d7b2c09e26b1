import { readSourceText } from './source-text.ts'

/** One `import` or `export … from`, static or dynamic. */
export interface ImportOf {
  readonly specifier: string
  readonly dynamic: boolean
  /** 1-based. */
  readonly line: number
}

const STATIC = /(?<![\w$.])(?:import|export)\b(?:\s+type\b)?[\s\w$*{},]*?\bfrom\s*(?=['"])/g
const SIDE_EFFECT = /(?<![\w$.])import\s*(?=['"])/g
const DYNAMIC = /(?<![\w$.])(?:import|require)\s*\(\s*(?=['"`])/g

/** Every import of a TypeScript or JavaScript source, in order. Text inside comments and strings is not one. */
export function parseImports(source: string): ImportOf[] {
  const { code, withoutComments } = readSourceText(source)
  const found: ImportOf[] = []
  for (const [pattern, dynamic] of [
    [STATIC, false],
    [SIDE_EFFECT, false],
    [DYNAMIC, true],
  ] as const) {
    for (const match of withoutComments.matchAll(pattern)) {
      // What stands inside a string or template looks alike, but is blank in `code`.
      if (code[match.index] === ' ') continue
      const specifier = /^['"`]([^'"`]*)['"`]/.exec(withoutComments.slice(match.index + match[0].length))?.[1]
      if (specifier === undefined) continue
      const line = withoutComments.slice(0, match.index).split('\n').length
      found.push({ specifier, dynamic, line })
    }
  }
  return found.toSorted((a, b) => a.line - b.line)
}
