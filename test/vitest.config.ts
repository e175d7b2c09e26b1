import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

const config: ViteUserConfig = defineConfig({
  root,
  resolve: {
    // The package imports itself by name; in tests that name means the sources.
    alias: [
      { find: /^appointment-sync$/, replacement: `${root}src/index.ts` },
      { find: /^appointment-sync\/adapters\/(.+)$/, replacement: `${root}adapters/$1/index.ts` },
      { find: /^appointment-sync\/(.+)$/, replacement: `${root}src/$1/index.ts` },
    ],
  },
  test: {
    testTimeout: 20_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ['test/packaging/installed.test.ts'],
        },
      },
      {
        // The engine once more, on the storage that is used in production.
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/integration/{push,pull,conflicts,life-cycle,late-and-crossed}.test.ts'],
          env: { CLINIC_STORAGE: 'sqlite' },
        },
      },
    ],
  },
})

export default config
