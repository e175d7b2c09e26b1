import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bundleEntry, filesIn, packagesAtStart, root } from './bundle.ts'

const EMULATOR = 'src/testing/emulator/index.ts'
const FOR_TESTS = /^src\/(?:testing|cli)\/|\/node_modules\/msw\/|^node_modules\/msw\//

const PRODUCTION = [
  'src/index.ts',
  'src/ports/index.ts',
  'src/http/index.ts',
  'src/templating/index.ts',
  ...readdirSync(`${root}adapters`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `adapters/${name}/index.ts`),
]

describe('a production bundle', () => {
  test.each(PRODUCTION)('of %s holds no emulator and no msw', async (entry) => {
    const files = filesIn(await bundleEntry(entry, 'bundled'))
    expect(files).toContain(entry)
    expect(files.filter((file) => FOR_TESTS.test(file))).toEqual([])
  })

  test('the check would find them', async () => {
    const files = filesIn(await bundleEntry(EMULATOR, 'bundled'))
    expect(files.filter((file) => FOR_TESTS.test(file))).toContain(EMULATOR)
  })
})

describe('the emulator', () => {
  test('holds nothing of Google’s client, of the SDK itself, or of msw', async () => {
    const files = filesIn(await bundleEntry(EMULATOR, 'bundled'))
    const foreign = /node_modules\/(?:@googleapis|googleapis-common|google-auth-library|gaxios|msw)\//
    expect(files.filter((file) => foreign.test(file))).toEqual([])
    expect(files.filter((file) => file.startsWith('src/') && !file.startsWith('src/testing/'))).toEqual([])
  })

  test('starts with one package: the schema library waits until a seed or the control API needs it', async () => {
    expect(packagesAtStart(await bundleEntry(EMULATOR, 'external'), EMULATOR)).toEqual(['rrule-temporal'])
  })
})

test('the command line loads a command when it is asked for', async () => {
  const main = 'src/cli/main.ts'
  const report = await bundleEntry(main, 'external')
  expect(packagesAtStart(report, main)).toEqual([])
  expect(filesIn(report)).toContain('src/cli/emulator-command.ts')
})
