/** What the places that name the package's entries say, in plain data. */
export interface EntrySources {
  readonly packageName: string
  /** `exports` of package.json. */
  readonly exports: Readonly<Record<string, unknown>>
  /** `bin` of package.json. */
  readonly bin: Readonly<Record<string, string>>
  /** Output path under dist/ without extension → source file, of all tsup configurations. */
  readonly tsupEntries: Readonly<Record<string, string>>
  /** `compilerOptions.paths` of tsconfig.json. */
  readonly tsconfigPaths: Readonly<Record<string, readonly string[]>>
  /** Vitest's aliases with replacements relative to the repository. */
  readonly aliases: readonly { readonly find: RegExp; readonly replacement: string }[]
  /** Folder names in adapters/. */
  readonly adapterFolders: readonly string[]
  readonly fileExists: (path: string) => boolean
}

const SOURCE_ONLY_EXPORT = './package.json'

function sourceByTsconfig(specifier: string, paths: EntrySources['tsconfigPaths']): string | null {
  for (const [pattern, targets] of Object.entries(paths)) {
    const target = targets[0]?.replace(/^\.\//, '')
    if (target === undefined) continue
    if (pattern === specifier) return target
    const [prefix, suffix] = pattern.split('*')
    if (prefix === undefined || suffix === undefined) continue
    if (!specifier.startsWith(prefix) || !specifier.endsWith(suffix)) continue
    return target.replace('*', specifier.slice(prefix.length, specifier.length - suffix.length))
  }
  return null
}

function sourceByAlias(specifier: string, aliases: EntrySources['aliases']): string | null {
  const alias = aliases.find(({ find }) => find.test(specifier))
  return alias === undefined ? null : specifier.replace(alias.find, alias.replacement)
}

function problemsOfExport(subpath: string, target: unknown, sources: EntrySources): string[] {
  const specifier = subpath === '.' ? sources.packageName : `${sources.packageName}${subpath.slice(1)}`
  if (subpath.includes('*')) return [`exports "${subpath}": entries are named one by one, no wildcard`]
  if (typeof target !== 'object' || target === null) {
    return [`exports "${subpath}": must have "types" and "default"`]
  }
  const conditions = Object.keys(target).join(', ')
  if (conditions !== 'types, default') {
    return [`exports "${subpath}": has "${conditions}", must have "types, default" in this order`]
  }
  const { types, default: code } = target as { types: unknown; default: unknown }
  const output = /^\.\/dist\/(.+)\.js$/.exec(String(code))?.[1]
  if (output === undefined) return [`exports "${subpath}": default must be a ./dist/….js file`]

  const problems: string[] = []
  if (types !== `./dist/${output}.d.ts`) {
    problems.push(`exports "${subpath}": types must be ./dist/${output}.d.ts`)
  }
  const source = `${output}.ts`
  const says: Record<string, string | null | undefined> = {
    'tsup.config.ts': sources.tsupEntries[output],
    'tsconfig.json paths': sourceByTsconfig(specifier, sources.tsconfigPaths),
    'test/vitest.config.ts alias': sourceByAlias(specifier, sources.aliases),
  }
  for (const [place, said] of Object.entries(says)) {
    if (said !== source) {
      problems.push(`${specifier}: ${place} says ${said ?? 'nothing'}, exports say ${source}`)
    }
  }
  if (!sources.fileExists(source)) problems.push(`${specifier}: ${source} does not exist`)
  return problems
}

/** Every disagreement between exports, tsup entries, tsconfig paths, Vitest aliases and folders in adapters/. */
export function findEntryProblems(sources: EntrySources): string[] {
  const problems: string[] = []
  const outputs = new Set<string>()
  const specifiers = new Set<string>()
  for (const [subpath, target] of Object.entries(sources.exports)) {
    if (subpath === SOURCE_ONLY_EXPORT) continue
    problems.push(...problemsOfExport(subpath, target, sources))
    specifiers.add(`${sources.packageName}${subpath.slice(1)}`)
    const code = (target as { default?: unknown } | null)?.default
    outputs.add(
      String(code)
        .replace(/^\.\/dist\//, '')
        .replace(/\.js$/, ''),
    )
  }
  for (const [name, target] of Object.entries(sources.bin)) {
    const output = /^\.\/dist\/(.+)\.js$/.exec(target)?.[1]
    if (output === undefined || sources.tsupEntries[output] !== `${output}.ts`) {
      problems.push(`bin "${name}": ${target} is not built by tsup.config.ts`)
    } else {
      outputs.add(output)
      if (!sources.fileExists(`${output}.ts`)) problems.push(`bin "${name}": ${output}.ts does not exist`)
    }
  }
  for (const output of Object.keys(sources.tsupEntries)) {
    if (!outputs.has(output))
      problems.push(`tsup.config.ts builds ${output}, which no export and no bin names`)
  }
  for (const pattern of Object.keys(sources.tsconfigPaths)) {
    if (!pattern.includes('*') && !specifiers.has(pattern)) {
      problems.push(`tsconfig.json maps ${pattern}, which no export names`)
    }
  }
  for (const folder of sources.adapterFolders) {
    if (!outputs.has(`adapters/${folder}/index`)) problems.push(`adapters/${folder} is in no export`)
  }
  return problems
}
