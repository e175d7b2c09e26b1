import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findBuiltFileProblems } from './built-files.ts'
import { type EntrySources, findEntryProblems } from './entries.ts'

function entry(output: string): { types: string; default: string } {
  return { types: `./dist/${output}.d.ts`, default: `./dist/${output}.js` }
}

function agreeing(changes: Partial<EntrySources> = {}): EntrySources {
  return {
    packageName: 'pkg',
    exports: {
      '.': entry('src/index'),
      './http': entry('src/http/index'),
      './adapters/one': entry('adapters/one/index'),
      './package.json': './package.json',
    },
    bin: { pkg: './dist/src/cli/main.js' },
    tsupEntries: {
      'src/cli/main': 'src/cli/main.ts',
      'src/index': 'src/index.ts',
      'src/http/index': 'src/http/index.ts',
      'adapters/one/index': 'adapters/one/index.ts',
    },
    tsconfigPaths: {
      pkg: ['./src/index.ts'],
      'pkg/http': ['./src/http/index.ts'],
      'pkg/adapters/*': ['./adapters/*/index.ts'],
    },
    aliases: [
      { find: /^pkg$/, replacement: 'src/index.ts' },
      { find: /^pkg\/adapters\/(.+)$/, replacement: 'adapters/$1/index.ts' },
      { find: /^pkg\/(.+)$/, replacement: 'src/$1/index.ts' },
    ],
    adapterFolders: ['one'],
    fileExists: () => true,
    ...changes,
  }
}

describe('the guard of entries', () => {
  test('is content when all places agree', () => {
    expect(findEntryProblems(agreeing())).toEqual([])
  })

  const { exports, tsupEntries, tsconfigPaths, aliases } = agreeing()

  test.each<[string, Partial<EntrySources>, string]>([
    ['an adapter folder without an export', { adapterFolders: ['one', 'two'] }, 'adapters/two'],
    [
      'an export that is not built',
      { tsupEntries: { ...tsupEntries, 'src/http/index': '' } },
      'tsup.config.ts',
    ],
    ['an entry that is not exported', { tsupEntries: { ...tsupEntries, 'src/x': 'src/x.ts' } }, 'src/x'],
    ['a path to another file', { tsconfigPaths: { ...tsconfigPaths, pkg: ['./src/a.ts'] } }, 'tsconfig.json'],
    ['a path to no entry', { tsconfigPaths: { ...tsconfigPaths, 'pkg/x': ['./x.ts'] } }, 'pkg/x'],
    ['an alias that is missing', { aliases: aliases.slice(1) }, 'test/vitest.config.ts'],
    ['a source that is missing', { fileExists: (path) => path !== 'src/index.ts' }, 'does not exist'],
    ['a program that is not built', { bin: { pkg: './dist/src/cli/other.js' } }, 'bin "pkg"'],
    ['a program outside dist', { bin: { pkg: './src/cli/main.ts' } }, 'bin "pkg"'],
    ['a built program that nothing names', { bin: {} }, 'src/cli/main'],
    [
      'a program whose source is missing',
      { fileExists: (path) => path !== 'src/cli/main.ts' },
      'src/cli/main.ts does not exist',
    ],
    ['a wildcard', { exports: { ...exports, './x/*': entry('x') } }, 'no wildcard'],
    [
      'an export for import alone',
      { exports: { ...exports, '.': { import: './a.js' } } },
      '"types, default"',
    ],
    [
      'declarations of another entry',
      { exports: { ...exports, '.': { ...entry('src/index'), types: './dist/src/http/index.d.ts' } } },
      'types must be',
    ],
  ])('reports %s', (_case, changes, words) => {
    const problems = findEntryProblems(agreeing(changes))
    expect(problems.join('\n')).toContain(words)
  })
})

describe('the guard of built files', () => {
  let dist = ''

  function build(files: Readonly<Record<string, string>>): string {
    dist = mkdtempSync(join(tmpdir(), 'appointment-sync-dist-'))
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dist, name)), { recursive: true })
      writeFileSync(join(dist, name), content)
    }
    return dist
  }

  afterEach(() => rmSync(dist, { recursive: true, force: true }))

  const declared = new Set(['pkg', 'zod', '@scope/name'])

  test('accepts imports that a consumer can resolve', () => {
    const folder = build({
      'a.js': "import { b } from './chunks/b.js'\nimport 'node:fs'\nimport('@scope/name/sub')",
      'chunks/b.js': "import { z } from 'zod'",
      'a.d.ts': "export type { C } from './c.ts'\nimport type { P } from 'pkg/ports'",
      'c.d.ts': 'export interface C {}',
    })
    expect(findBuiltFileProblems(folder, declared)).toEqual([])
  })

  test.each([
    ['a declaration that leads nowhere', { 'a.d.ts': "export * from './gone.ts'" }, './gone.ts'],
    ['code that leads to a source', { 'a.js': "import './b.ts'", 'b.js': '' }, './b.ts'],
    ['a package nobody declared', { 'a.js': "import('left-pad')" }, 'left-pad'],
    ['a package in a declaration alone', { 'a.d.ts': "import type { T } from 'type-fest'" }, 'type-fest'],
    ['a bundled package', { 'a.js': '// node_modules/zod/index.js\nvar z = 1' }, 'bundles'],
  ])('reports %s', (_case, files, words) => {
    expect(findBuiltFileProblems(build(files), declared).join('\n')).toContain(words)
  })
})
