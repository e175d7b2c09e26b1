import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

// Said here and not by the check itself, which is loaded anew for each test file.
if (!existsSync(`${root}../shared/fixtures/calendar.v3.discovery.json`)) {
  console.info(
    'skipped: no ../shared/fixtures, so traffic is not validated against Google’s discovery document',
  )
}

/** A few in every run; all of them in `npm run test:sqlite`, and so in `.ci/run`. */
const ON_SQLITE =
  process.env['SQLITE_SUITE'] === 'all'
    ? 'push,pull,recurring-*,conflicts,conflict-review,conflict-refusal,life-cycle,late-and-crossed,availability,busy-*,watch-*'
    : 'push,pull,conflicts,life-cycle'

const config: ViteUserConfig = defineConfig({
  root,
  resolve: {
    // The package imports itself by name; in tests that name means the sources.
    alias: [
      { find: /^appointment-sync$/, replacement: `${root}src/index.ts` },
      { find: /^appointment-sync\/adapters\/(.+)$/, replacement: `${root}adapters/$1/index.ts` },
      // The emulator comes with a check of its traffic against Google's discovery document.
      {
        find: /^appointment-sync\/testing\/emulator$/,
        replacement: `${root}test/emulator/discovery/watched-emulator.ts`,
      },
      { find: /^appointment-sync\/(.+)$/, replacement: `${root}src/$1/index.ts` },
    ],
  },
  test: {
    testTimeout: 20_000,
    maxWorkers: 2,
    setupFiles: ['test/emulator/discovery/setup.ts'],
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
          include: [`test/integration/{${ON_SQLITE}}.test.ts`],
          env: { CLINIC_STORAGE: 'sqlite' },
        },
      },
    ],
  },
})

export default config
