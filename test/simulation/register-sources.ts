import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { applyEdits, readEdits } from './source-edits.ts'

/*
 * Loaded before everything else (`node --import`): the package's own name means its sources, as in
 * test/vitest.config.ts, and a mutant is a text that is replaced while a source is read.
 */
const root = new URL('../../', import.meta.url)
const edits = readEdits(process.env['SIMULATION_EDITS'])

function sourceOf(specifier: string): string | null {
  if (specifier === 'appointment-sync') return 'src/index.ts'
  const entry = /^appointment-sync\/(.+)$/.exec(specifier)?.[1]
  if (entry === undefined) return null
  return entry.startsWith('adapters/') ? `${entry}/index.ts` : `src/${entry}/index.ts`
}

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const source = sourceOf(specifier)
    if (source === null) return nextResolve(specifier, context)
    return { url: new URL(source, root).href, shortCircuit: true }
  },
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    const own = edits.filter(({ file }) => new URL(file, root).href === url)
    if (own.length === 0) return loaded
    const text = Buffer.from(loaded.source as Uint8Array).toString('utf8')
    return { ...loaded, source: applyEdits(text, own, fileURLToPath(url)), shortCircuit: true }
  },
})
