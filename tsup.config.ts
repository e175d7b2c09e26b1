import type { Options } from 'tsup'

/** Source entries by the path of their output under dist/, without extension. */
type Entries = Record<string, string>

/**
 * JavaScript only: declarations come from `tsc -p tsconfig.build.json`, whose per-file output needs no bundling.
 * `test/packaging/check-entries.ts` fails the build when these entries and the package's exports disagree.
 */
function bundle(name: string, entry: Entries): Options {
  return {
    name,
    entry,
    format: ['esm'],
    target: 'node22',
    platform: 'node',
    outDir: 'dist',
    dts: false,
    splitting: true,
    silent: true,
    // Self-references stay imports of the package itself, so that there is one copy of every class.
    external: [/^appointment-sync(\/|$)/],
    // `node:sqlite` exists only under its prefix.
    removeNodeProtocol: false,
    esbuildOptions(options) {
      options.outbase = '.'
      options.chunkNames = 'chunks/[name]-[hash]'
    },
  }
}

const source: Entries = {
  'src/index': 'src/index.ts',
  'src/ports/index': 'src/ports/index.ts',
  'src/http/index': 'src/http/index.ts',
  'src/templating/index': 'src/templating/index.ts',
}

const testing: Entries = {
  'src/testing/index': 'src/testing/index.ts',
  'src/testing/emulator/index': 'src/testing/emulator/index.ts',
}

/** Programs: named by `bin` of package.json, not by `exports`. */
const programs: Entries = {
  'src/cli/main': 'src/cli/main.ts',
}

const adapters: Entries = {
  'adapters/storage-memory/index': 'adapters/storage-memory/index.ts',
  'adapters/storage-kysely/index': 'adapters/storage-kysely/index.ts',
  'adapters/scheduler-cron/index': 'adapters/scheduler-cron/index.ts',
  'adapters/http-node/index': 'adapters/http-node/index.ts',
  'adapters/rate-limit-redis/index': 'adapters/rate-limit-redis/index.ts',
  'adapters/rate-limit-postgres/index': 'adapters/rate-limit-postgres/index.ts',
}

const config: Options[] = [
  bundle('source', source),
  bundle('testing', testing),
  bundle('programs', programs),
  bundle('adapters', adapters),
]

export default config
