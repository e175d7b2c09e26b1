import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, with a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

interface Output {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[]
  readonly entryPoint?: string
}

/** What esbuild reports of a bundle: its files, what is in each, and what each imports. */
export interface BundleReport {
  readonly outputs: Readonly<Record<string, Output>>
}

interface Esbuild {
  build(options: object): Promise<{ readonly metafile: BundleReport }>
}

/** esbuild, which comes with tsup. */
function esbuild(): Esbuild {
  const ofTsup = createRequire(createRequire(import.meta.url).resolve('tsup'))
  return ofTsup('esbuild') as Esbuild
}

/**
 * Bundles an entry from its source, as a production bundle of it would be made.
 * @param packages whether other packages are bundled in too, or stay imports.
 */
export async function bundleEntry(entry: string, packages: 'bundled' | 'external'): Promise<BundleReport> {
  const { metafile } = await esbuild().build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    splitting: true,
    treeShaking: true,
    outdir: join(root, 'bundle'),
    tsconfig: join(root, 'tsconfig.json'),
    logLevel: 'silent',
    ...(packages === 'external' ? { packages: 'external' } : { external: ['kysely', 'croner'] }),
  })
  return metafile
}

/** Every source file that a bundle holds. */
export function filesIn({ outputs }: BundleReport): string[] {
  return [...new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))]
}

/** The packages that are loaded together with the entry, before any of its dynamic imports. */
export function packagesAtStart({ outputs }: BundleReport, entry: string): string[] {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (kind !== 'import-statement') continue
      if (external === true) packages.add(path)
      else visit(path)
    }
  }
  const start = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)
  if (!start) throw new Error(`${entry} is in no output`)
  visit(start[0])
  return [...packages].filter((name) => !name.startsWith('node:')).sort()
}
