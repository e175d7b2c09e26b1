// Last step of `npm run build`: fails when the places that name the package's entries disagree, or when a built
// file imports what a consumer does not have. `--config-only` leaves the built files out.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tsupConfig from '../../tsup.config.ts'
import vitestConfig from '../vitest.config.ts'
import { findBuiltFileProblems } from './built-files.ts'
import { findEntryProblems } from './entries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly exports: Record<string, unknown>
  readonly bin: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(`${root}${path}`, 'utf8'))
}

function aliases(): { find: RegExp; replacement: string }[] {
  const alias = vitestConfig.resolve?.alias
  if (!Array.isArray(alias)) throw new Error('test/vitest.config.ts: resolve.alias must be a list')
  const read = alias.map(({ find, replacement }: { find: unknown; replacement: string }) => {
    if (!(find instanceof RegExp)) throw new Error('test/vitest.config.ts: aliases are regular expressions')
    return { find, replacement: replacement.replace(root, '') }
  })
  // A test may look at an entry through a watched form of it; the entry itself must still be found without that.
  return read.filter(({ replacement }) => !replacement.startsWith('test/'))
}

const manifest = readJson('package.json') as Manifest
const tsconfig = readJson('tsconfig.json') as { compilerOptions: { paths: Record<string, string[]> } }

const problems = findEntryProblems({
  packageName: manifest.name,
  exports: manifest.exports,
  bin: manifest.bin,
  tsupEntries: Object.assign({}, ...tsupConfig.map(({ entry }) => entry)) as Record<string, string>,
  tsconfigPaths: tsconfig.compilerOptions.paths,
  aliases: aliases(),
  adapterFolders: readdirSync(`${root}adapters`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name),
  fileExists: (path) => existsSync(`${root}${path}`),
})

if (!process.argv.includes('--config-only')) {
  const declared = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]
  problems.push(...findBuiltFileProblems(`${root}dist`, new Set(declared)))
  for (const target of [...Object.values(manifest.exports), ...Object.values(manifest.bin)]) {
    for (const file of typeof target === 'string'
      ? [target]
      : Object.values(target as Record<string, string>)) {
      if (!existsSync(`${root}${file}`)) problems.push(`${file} is named in package.json, but was not built`)
    }
  }
}

for (const problem of problems) console.error(`entries: ${problem}`)
if (problems.length > 0) process.exitCode = 1
