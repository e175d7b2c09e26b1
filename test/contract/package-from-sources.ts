import { registerHooks } from 'node:module'

// For processes that a test starts: the package's own name means its sources, as it does in the tests themselves.
const root = new URL('../../', import.meta.url)

function sourceOf(specifier: string): string | null {
  if (specifier === 'appointment-sync') return 'src/index.ts'
  const [, subpath] = /^appointment-sync\/(.+)$/.exec(specifier) ?? []
  if (subpath === undefined) return null
  return subpath.startsWith('adapters/') ? `${subpath}/index.ts` : `src/${subpath}/index.ts`
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = sourceOf(specifier)
    return nextResolve(source === null ? specifier : new URL(source, root).href, context)
  },
})
