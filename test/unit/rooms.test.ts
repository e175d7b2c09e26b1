import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findAmbientCalls } from './ambient-calls.ts'
import { findCycles, findDirectionProblems, type PackageFacts, type SourceTree } from './import-directions.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MAX_LINES = 400

function readTree(...folders: readonly string[]): SourceTree {
  const tree = new Map<string, string>()
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const path = join(entry.parentPath, entry.name)
      tree.set(path.slice(root.length).split(sep).join('/'), readFileSync(path, 'utf8'))
    }
  }
  return tree
}

function readFacts(): PackageFacts {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: object
    dependencies: object
    peerDependencies: object
    devDependencies: object
  }
  return {
    name: manifest.name,
    subpaths: Object.keys(manifest.exports),
    dependencies: Object.keys(manifest.dependencies),
    optionalPeers: Object.keys(manifest.peerDependencies),
    devDependencies: Object.keys(manifest.devDependencies),
  }
}

function roomsUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`)
}

const facts = readFacts()

describe('the rooms', () => {
  const tree = readTree('src', 'adapters', 'examples')

  test('import only in the directions of the design', () => {
    expect(findDirectionProblems(tree, facts)).toEqual([])
  })

  test('have no import cycle', () => {
    expect(findCycles(tree)).toEqual([])
  })

  test('take environment, clock, randomness and timers by injection', () => {
    expect(findAmbientCalls(tree)).toEqual([])
  })

  test('hold no source file that is too long to be understood', () => {
    const long = [...readTree('src')].filter(([, source]) => source.split('\n').length > MAX_LINES)
    expect(long.map(([path]) => path)).toEqual([])
  })

  test.each([...roomsUnder('src'), ...roomsUnder('adapters')])('%s opens with a README', (room) => {
    expect(existsSync(join(root, room, 'README.md'))).toBe(true)
  })
})

describe('the check of directions', () => {
  const problems = (path: string, source: string, ...others: readonly string[]): string[] =>
    findDirectionProblems(new Map([[path, source], ...others.map((other) => [other, ''] as const)]), facts)

  test.each([
    ['domain imports errors', 'src/domain/a.ts', "import '../errors/b.ts'", 'src/errors/b.ts'],
    ['domain imports a library', 'src/domain/a.ts', "import { Liquid } from 'liquidjs'"],
    ['domain imports Node', 'src/domain/a.ts', "import 'node:crypto'"],
    ['errors imports ports', 'src/errors/a.ts', "export * from '../ports/b.ts'", 'src/ports/b.ts'],
    ['google imports oauth', 'src/google/a.ts', "import type { B } from '../oauth/b.ts'", 'src/oauth/b.ts'],
    ['oauth imports google', 'src/oauth/a.ts', "import type { B } from '../google/b.ts'", 'src/google/b.ts'],
    [
      'templating imports observability',
      'src/templating/a.ts',
      "import '../observability/b.ts'",
      'src/observability/b.ts',
    ],
    ['google imports sync', 'src/google/a.ts', "await import('../sync/b.ts')", 'src/sync/b.ts'],
    ['sync imports the root', 'src/sync/a.ts', "import '../index.ts'", 'src/index.ts'],
    [
      'sync knows the Google client',
      'src/sync/a.ts',
      "import type { calendar_v3 } from '@googleapis/calendar'",
    ],
    ['http reaches behind the face', 'src/http/a.ts', "import { b } from '../sync/b.ts'", 'src/sync/b.ts'],
    [
      'http reaches the composition root',
      'src/http/a.ts',
      "import '../create-appointment-sync.ts'",
      'src/create-appointment-sync.ts',
    ],
    ['http imports Node', 'src/http/a.ts', "import 'node:http'"],
    ['src names an optional peer', 'src/create-appointment-sync.ts', "import('kysely')"],
    ['src names an undeclared package', 'src/google/a.ts', "import 'left-pad'"],
    ['src imports the package by name', 'src/sync/a.ts', "import 'appointment-sync'"],
    ['a room imports testing', 'src/sync/a.ts', "import '../testing/b.ts'", 'src/testing/b.ts'],
    ['a room of no design', 'src/misc/a.ts', "import 'zod'"],
    [
      'an adapter reaches into src',
      'adapters/storage-memory/a.ts',
      "import '../../src/ports/b.ts'",
      'src/ports/b.ts',
    ],
    [
      'an adapter imports another',
      'adapters/http-node/a.ts',
      "import '../storage-memory/b.ts'",
      'adapters/storage-memory/b.ts',
    ],
    ["an adapter takes another's peer", 'adapters/scheduler-cron/a.ts', "import { sql } from 'kysely'"],
    ['an adapter invents an entry', 'adapters/http-node/a.ts', "import 'appointment-sync/sync'"],
    [
      'testing reaches into a room',
      'src/testing/emulator/a.ts',
      "import '../../google/b.ts'",
      'src/google/b.ts',
    ],
    ['the emulator knows the package', 'src/testing/emulator/a.ts', "import 'appointment-sync/ports'"],
    ['the emulator knows a Google client', 'src/testing/emulator/a.ts', "import '@googleapis/calendar'"],
    ['testing names a test runner', 'src/testing/a.ts', "import { test } from 'vitest'"],
    ['the command line reaches into a room', 'src/cli/a.ts', "import '../sync/b.ts'", 'src/sync/b.ts'],
    ['the command line names a library', 'src/cli/a.ts', "import 'zod'"],
    ['a room imports the command line', 'src/sync/a.ts', "import '../cli/b.ts'", 'src/cli/b.ts'],
    ['an example reaches into src', 'examples/demo/a.ts', "import '../../src/index.ts'", 'src/index.ts'],
    ['an import leads nowhere', 'src/domain/a.ts', "import './gone.ts'"],
  ])('reports: %s', (_case, path, source, ...others) => {
    expect(problems(path, source, ...others)).toHaveLength(1)
  })

  test.each([
    ['a lower room', 'src/sync/a.ts', "import { b } from '../google/b.ts'", 'src/google/b.ts'],
    ['its own room', 'src/domain/a.ts', "import { b } from './b.ts'", 'src/domain/b.ts'],
    ['the public root', 'src/http/a.ts', "import { b } from '../index.ts'", 'src/index.ts'],
    ['its own peer', 'adapters/storage-kysely/a.ts', "import { Migrator } from 'kysely/migration'"],
    ['a public entry', 'src/testing/a.ts', "import type { Storage } from 'appointment-sync/ports'"],
    ['rules of recurrence', 'src/testing/emulator/a.ts', "import { RRuleTemporal } from 'rrule-temporal'"],
    ['from the command line', 'src/cli/a.ts', "import { b } from 'appointment-sync/testing/emulator'"],
    ['what only a comment names', 'src/domain/a.ts', "// import '../sync/b.ts'\n/* import 'pg' */"],
    ['what only a text names', 'src/domain/a.ts', "const a = `import 'pg'`; const b = \"import('pg')\""],
  ])('lets a file import %s', (_case, path, source, ...others) => {
    expect(problems(path, source, ...others)).toEqual([])
  })

  test('reads imports over several lines, and names the line', () => {
    const source =
      "const a = /['`]/\nimport {\n  type B,\n  // from 'elsewhere'\n  c,\n} from '../sync/b.ts'\n"
    expect(problems('src/domain/a.ts', source, 'src/sync/b.ts')).toEqual([
      'src/domain/a.ts:2: domain may not import sync',
    ])
  })

  test('reads imports that follow a template with code inside', () => {
    const source = "const a = `x ${`y ${{ b: '}' }.b}`} z`\nexport { c } from '../sync/b.ts'\n"
    expect(problems('src/domain/a.ts', source, 'src/sync/b.ts')).toHaveLength(1)
  })
})

describe('the check of cycles', () => {
  test('reports a cycle over three files, types included', () => {
    const tree = new Map([
      ['src/a.ts', "import type { B } from './b.ts'"],
      ['src/b.ts', "export { c } from './c.ts'"],
      ['src/c.ts', "const a = await import('./a.ts')"],
      ['src/d.ts', "import './a.ts'"],
    ])
    expect(findCycles(tree)).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts'])
  })

  test('accepts two ways to the same file', () => {
    const tree = new Map([
      ['src/a.ts', "import './b.ts'\nimport './c.ts'"],
      ['src/b.ts', "import './c.ts'"],
      ['src/c.ts', ''],
    ])
    expect(findCycles(tree)).toEqual([])
  })
})

describe('the check of ambient calls', () => {
  const calls = (source: string, path = 'src/sync/a.ts'): string[] =>
    findAmbientCalls(new Map([[path, source]]))

  test.each([
    'process.env.HOME',
    'Date.now()',
    'const now = Date.now',
    'new Date()',
    'new Date( )',
    'performance.now()',
    'Math.random()',
    'crypto.randomUUID()',
    "import { randomBytes } from 'node:crypto'",
    'setTimeout(() => {}, 5)',
    'globalThis.setInterval(run, 5)',
    'AbortSignal.timeout(5)',
    '`at ${Date.now()}`',
  ])('reports %s', (source) => {
    expect(calls(source)).toHaveLength(1)
  })

  test.each([
    'new Date(instant)',
    'clock.now()',
    'clock.setTimeout(run, 5)',
    "'call Date.now() for this'",
    '// never Math.random() here',
    '`Date.now()`',
  ])('accepts %s', (source) => {
    expect(calls(source)).toEqual([])
  })

  test('leaves the system clock, the system randomness and testing alone', () => {
    expect(calls('Date.now()', 'src/ports/clock.ts')).toEqual([])
    expect(calls('crypto.randomUUID()', 'src/ports/random.ts')).toEqual([])
    expect(calls('Date.now()', 'src/testing/fake-clock.ts')).toEqual([])
  })
})
