import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseImports } from '../unit/imports.ts'

/** The name under which a bare specifier is installed: `kysely/migration` → `kysely`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function resolvesRelative(file: string, specifier: string): boolean {
  const target = join(dirname(file), specifier)
  if (!file.endsWith('.d.ts')) return existsSync(target)
  // The compiler leaves `./a.ts` in declarations, and reads it there as `./a.d.ts`.
  return existsSync(target.replace(/\.[jt]s$/, '.d.ts'))
}

/**
 * Imports in built files that a consumer could not resolve: relative ones that lead nowhere,
 * packages that are not declared, and code of other packages that was bundled in.
 */
export function findBuiltFileProblems(dist: string, declared: ReadonlySet<string>): string[] {
  const problems: string[] = []
  for (const file of filesOf(dist)) {
    const name = relative(dist, file)
    const content = readFileSync(file, 'utf8')
    if (content.includes('// node_modules/')) problems.push(`dist/${name} bundles code of another package`)
    for (const { specifier } of parseImports(content)) {
      if (specifier.startsWith('node:')) continue
      if (specifier.startsWith('.')) {
        if (!resolvesRelative(file, specifier)) problems.push(`dist/${name}: ${specifier} does not resolve`)
      } else if (!declared.has(packageOf(specifier))) {
        problems.push(`dist/${name}: ${specifier} is no declared dependency`)
      }
    }
  }
  return problems
}
