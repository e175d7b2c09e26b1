import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addFixture,
  createConsumer,
  packPackage,
  removeFolder,
  repository,
  run,
  runOrFail,
} from './consumer-project.ts'

/** Adapters that need an optional peer, and which. */
const PEER_ADAPTERS = [
  ['storage-kysely', 'kysely'],
  ['scheduler-cron', 'croner'],
] as const
const OPTIONAL_PEERS = PEER_ADAPTERS.map(([, peer]) => peer)

let folder = ''
let tarball = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointment-sync-packed-'))
  tarball = await packPackage(join(folder, 'tarball'))
})

afterAll(() => removeFolder(folder))

interface Manifest {
  readonly exports: Record<string, string | Record<string, string>>
  readonly devDependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
}

async function readManifest(project: string): Promise<Manifest> {
  const path = join(project, 'node_modules/appointment-sync/package.json')
  return JSON.parse(await readFile(path, 'utf8')) as Manifest
}

/** The optional peers as `name@version`: those the repository is tested with, or the oldest that it promises. */
async function peersOf(end: 'newest' | 'oldest'): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as Manifest
  return OPTIONAL_PEERS.map((name) => {
    const oldest = /\d+\.\d+\.\d+/.exec(manifest.peerDependencies[name] ?? '')?.[0]
    return `${name}@${end === 'oldest' ? oldest : manifest.devDependencies[name]}`
  })
}

function evaluate(code: string, project: string, ...flags: readonly string[]) {
  return run(process.execPath, [...flags, '--eval', code], project)
}

describe.each(['module', 'commonjs'] as const)('installed into an empty project of type %s', (type) => {
  let project = ''

  beforeAll(async () => {
    project = join(folder, type)
    await createConsumer(project, type, [tarball])
  })

  test('no optional peer is present', () => {
    for (const peer of OPTIONAL_PEERS) {
      expect(existsSync(join(project, 'node_modules', peer)), peer).toBe(false)
    }
  })

  test('every exported file is in the tarball', async () => {
    const { exports } = await readManifest(project)
    const files = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    const missing = files.filter((file) => !existsSync(join(project, 'node_modules/appointment-sync', file)))
    expect(missing).toEqual([])
  })

  test('the tarball holds nothing but the build, the docs and the legal', async () => {
    const names = await readdir(join(project, 'node_modules/appointment-sync'))
    const allowed = new Set(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json'])
    expect(names.filter((name) => !allowed.has(name))).toEqual([])
  })

  test('import gives the factory, and one error class over all entries', async () => {
    await addFixture('import-root.mjs', project)
    const { stdout, stderr } = await run(process.execPath, ['import-root.mjs'], project)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      factory: 'function',
      rootError: [true, true],
      subpathError: [true, true],
      sameClassByRequire: true,
    })
  })

  test('require gives the same', async () => {
    await addFixture('require-root.cjs', project)
    const { stdout, stderr } = await run(process.execPath, ['require-root.cjs'], project)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      factory: 'function',
      rootError: [true, true],
      subpathError: [true, true],
      sameClassByImport: true,
    })
  })

  test('every entry without an optional peer loads', async () => {
    const { exports } = await readManifest(project)
    const entries = Object.keys(exports)
      .filter((subpath) => subpath !== './package.json')
      .filter((subpath) => !PEER_ADAPTERS.some(([adapter]) => subpath.endsWith(adapter)))
      .map((subpath) => `appointment-sync${subpath.slice(1)}`)
    for (const entry of entries) {
      const { exitCode, stderr } = await evaluate(`import(${JSON.stringify(entry)})`, project)
      expect({ entry, exitCode, stderr }).toEqual({ entry, exitCode: 0, stderr: '' })
    }
  })

  test.each(PEER_ADAPTERS)(
    '%s without its peer fails with the plain error that names %s',
    async (adapter, peer) => {
      const code = `import('appointment-sync/adapters/${adapter}').then(
      () => console.log('loaded'),
      (error) => console.log(error.code, error.message))`
      const { stdout } = await evaluate(code, project)
      expect(stdout).toMatch(new RegExp(`^ERR_MODULE_NOT_FOUND Cannot find package '${peer}'`))
    },
  )

  test('the root loads no Google client and no optional peer before it is used', async () => {
    await addFixture('record-modules.mjs', project)
    const { exitCode, stderr } = await evaluate(
      "import('appointment-sync')",
      project,
      '--import',
      './record-modules.mjs',
    )
    expect(exitCode).toBe(0)
    const packages = new Set(
      [...stderr.matchAll(/^loaded .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map((match) => match[1]),
    )
    expect(packages).toContain('appointment-sync')
    for (const late of [
      'google-auth-library',
      '@googleapis/calendar',
      'googleapis-common',
      ...OPTIONAL_PEERS,
    ]) {
      expect([...packages]).not.toContain(late)
    }
  })

  test('the emulator loads no Google client, and no schema library before a seed', async () => {
    await addFixture('record-modules.mjs', project)
    const { exitCode, stderr } = await evaluate(
      "import('appointment-sync/testing/emulator').then(({ createGoogleEmulator }) => createGoogleEmulator())",
      project,
      '--import',
      './record-modules.mjs',
    )
    expect(exitCode).toBe(0)
    expect(stderr).toContain('/node_modules/rrule-temporal/')
    for (const late of ['google-auth-library', '@googleapis/calendar', 'googleapis-common', 'zod', 'msw']) {
      expect(stderr).not.toContain(`/node_modules/${late}/`)
    }
  })

  test('the command line is there, and ends with 0 when it is told to stop', async () => {
    const program = join(project, 'node_modules/.bin/appointment-sync')
    expect((await run(program, ['--version'], project)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    const child = spawn(program, ['emulator', '--port', '0'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [told] = (await once(child.stdout, 'data')) as [Buffer]
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(told.toString('utf8'))?.[0] ?? ''
    expect((await fetch(`${url}/calendar/v3/colors`)).status).toBe(401)
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })

  test('an error of another copy of the package is known by its guard', async () => {
    const installed = join(project, 'node_modules/appointment-sync')
    const copy = join(project, 'node_modules/other-copy')
    await cp(installed, copy, { recursive: true })
    const code = `Promise.all([import('appointment-sync'), import('other-copy')]).then(([ours, theirs]) => {
      let thrown
      try { theirs.createAppointmentSync({}) } catch (error) { thrown = error }
      console.log(thrown instanceof ours.AppointmentSyncError, ours.isAppointmentSyncError(thrown))
    })`
    const { stdout, stderr } = await evaluate(code, project)
    await removeFolder(copy)
    expect({ stdout, stderr }).toEqual({ stdout: 'false true\n', stderr: '' })
  })
})

const TYPESCRIPT_5 = 'typescript@5.9'

describe.each([
  ['module', 'newest'],
  ['commonjs', 'oldest'],
] as const)('in a project of type %s, with the %s optional peers', (type, end) => {
  let project = ''

  beforeAll(async () => {
    project = join(folder, `types-${type}`)
    await createConsumer(project, type, [tarball, ...(await peersOf(end)), '@types/node@24', TYPESCRIPT_5])
    await addFixture('consumer.ts', project)
    await addFixture('peer-consumer.ts', project)
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
    }
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts', 'peer-consumer.ts'] }),
    )
  })

  test.each([
    ["the repository's TypeScript", () => join(repository, 'node_modules/typescript/bin/tsc')],
    [TYPESCRIPT_5, () => join(project, 'node_modules/typescript/bin/tsc')],
  ])('a strict consumer compiles with %s, library checks on', async (_name, tsc) => {
    await runOrFail(process.execPath, [tsc(), '-p', 'tsconfig.json'], project)
  })

  test.each(PEER_ADAPTERS)('%s loads', async (adapter) => {
    const { exitCode, stderr } = await evaluate(`import('appointment-sync/adapters/${adapter}')`, project)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})
