import { posix } from 'node:path'
import { parseImports } from './imports.ts'

/** Repository path with forward slashes → text. */
export type SourceTree = ReadonlyMap<string, string>

/** What package.json allows a room to name. */
export interface PackageFacts {
  readonly name: string
  /** Public subpaths, as in `exports`: `.`, `./ports`, … */
  readonly subpaths: readonly string[]
  readonly dependencies: readonly string[]
  readonly optionalPeers: readonly string[]
  readonly devDependencies: readonly string[]
}

interface RoomRule {
  /** Rooms it may import by relative path, besides itself. */
  readonly rooms: readonly string[]
  /** Packages it may import; `undefined` leaves the choice to package.json. */
  readonly packages?: readonly string[] | undefined
}

const TREE = ['domain', 'errors', 'ports']
/** Rooms that are told what recurs. */
const WITH_RECURRENCE = [...TREE, 'recurrence']
const SIBLINGS = ['google', 'oauth', 'templating', 'observability']
/** What the composition root is split into: files of one task each, which know less than it does. */
const ROOT_PARTS = ['appointment-sync-options.ts', 'call-arguments.ts']
const BELOW_ROOT = [...TREE, ...SIBLINGS, 'sync', 'appointment-sync.ts']

/**
 * domain ← errors ← {ports, recurrence} ← {google, oauth, templating, observability} ← sync ← create-appointment-sync ←
 * {index, http}. A name ending in `.ts` is a file of its own directly under src/.
 */
const ROOMS: Readonly<Record<string, RoomRule>> = {
  domain: { rooms: [], packages: ['zod'] },
  errors: { rooms: ['domain'], packages: ['zod', 'node:'] },
  ports: { rooms: ['domain', 'errors'], packages: ['zod', 'node:'] },
  recurrence: { rooms: ['domain', 'errors'], packages: ['rrule-temporal', 'temporal-polyfill', 'zod'] },
  google: {
    rooms: WITH_RECURRENCE,
    packages: ['@googleapis/calendar', 'p-retry', 'temporal-polyfill', 'zod', 'node:'],
  },
  oauth: { rooms: TREE, packages: ['google-auth-library', 'zod', 'node:'] },
  templating: { rooms: WITH_RECURRENCE, packages: ['liquidjs', 'temporal-polyfill', 'zod', 'node:'] },
  observability: { rooms: TREE, packages: ['zod', 'node:'] },
  sync: { rooms: [...WITH_RECURRENCE, ...SIBLINGS], packages: ['temporal-polyfill', 'zod', 'node:'] },
  'appointment-sync.ts': { rooms: [...TREE, ...SIBLINGS, 'sync'], packages: [] },
  'appointment-sync-options.ts': { rooms: TREE, packages: ['zod'] },
  'call-arguments.ts': { rooms: [...TREE, 'sync', 'appointment-sync.ts'], packages: ['zod'] },
  'create-appointment-sync.ts': { rooms: [...BELOW_ROOT, ...ROOT_PARTS], packages: ['zod', 'node:'] },
  'index.ts': { rooms: [...BELOW_ROOT, ...ROOT_PARTS, 'create-appointment-sync.ts'], packages: [] },
  http: { rooms: ['index.ts'], packages: ['zod'] },
}

/** The optional peer that each adapter exists for. */
const PEER_OF_ADAPTER: Readonly<Record<string, readonly string[]>> = {
  'storage-kysely': ['kysely'],
  'scheduler-cron': ['croner'],
  // By the shape of their clients only, so that no package is imported.
  'rate-limit-redis': [],
  'rate-limit-postgres': [],
}

/** The room of a file: `src/google/a.ts` → `google`, `src/index.ts` → `index.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? path
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isOwnName(specifier: string, facts: PackageFacts): boolean {
  return packageOf(specifier) === facts.name
}

/** The part of the repository that may import only public entries, or `null` for the rooms of src/. */
type OutsiderKind = 'adapter' | 'example' | 'testing' | 'emulator' | 'cli'

function outsiderOf(path: string): { folder: string; kind: OutsiderKind } | null {
  const [top, room] = path.split('/')
  if (path.startsWith('src/cli/')) return { folder: 'src/cli', kind: 'cli' }
  if (top === 'adapters') return { folder: `adapters/${room}`, kind: 'adapter' }
  if (top === 'examples') return { folder: `examples/${room}`, kind: 'example' }
  // It must not share a mistake with the code it tests, so it knows nothing of the package.
  if (path.startsWith('src/testing/emulator/')) return { folder: 'src/testing/emulator', kind: 'emulator' }
  return path.startsWith('src/testing/') ? { folder: 'src/testing', kind: 'testing' } : null
}

function packagesOf(kind: OutsiderKind, room: string, facts: PackageFacts): string[] {
  if (kind === 'cli') return []
  if (kind === 'emulator') return ['rrule-temporal', 'zod']
  if (kind === 'testing') return [...facts.dependencies]
  if (kind === 'adapter') return [...facts.dependencies, ...(PEER_OF_ADAPTER[room] ?? [])]
  return [...facts.dependencies, ...facts.optionalPeers, ...facts.devDependencies]
}

function problemOfOutsider(path: string, specifier: string, facts: PackageFacts): string | null {
  const outsider = outsiderOf(path)
  if (outsider === null || specifier.startsWith('node:')) return null
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    if (target.startsWith(`${outsider.folder}/`)) return null
    return `${outsider.folder} leaves its folder; import the package by its own name`
  }
  if (isOwnName(specifier, facts) && outsider.kind !== 'emulator') {
    const subpath = `.${specifier.slice(facts.name.length)}`
    return facts.subpaths.includes(subpath) ? null : `${specifier} is no public entry`
  }
  const allowed = packagesOf(outsider.kind, roomOf(path), facts)
  return allowed.includes(packageOf(specifier)) ? null : `${outsider.folder} may not import ${specifier}`
}

function problemInRoom(path: string, specifier: string, facts: PackageFacts): string | null {
  const room = roomOf(path)
  const rule = ROOMS[room]
  if (rule === undefined) return `src/${room} is no room of the design`
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    if (!target.startsWith('src/')) return 'src/ imports nothing outside src/'
    const targetRoom = roomOf(target)
    if (targetRoom === room || rule.rooms.includes(targetRoom)) return null
    return `${room} may not import ${targetRoom}`
  }
  if (isOwnName(specifier, facts)) return `${room} imports the package by its own name; use a relative path`
  const name = specifier.startsWith('node:') ? 'node:' : packageOf(specifier)
  if (rule.packages !== undefined && !rule.packages.includes(name))
    return `${room} may not import ${specifier}`
  if (name === 'node:' || facts.dependencies.includes(name)) return null
  return `src/ names ${specifier}, which is no dependency`
}

/** Imports of src/, adapters/ and examples/ that go against the design's directions, as `file:line: problem`. */
export function findDirectionProblems(tree: SourceTree, facts: PackageFacts): string[] {
  const problems: string[] = []
  for (const [path, source] of tree) {
    for (const { specifier, line } of parseImports(source)) {
      const at = `${path}:${line}`
      const problem =
        outsiderOf(path) === null
          ? problemInRoom(path, specifier, facts)
          : problemOfOutsider(path, specifier, facts)
      if (problem !== null) problems.push(`${at}: ${problem}`)
      if (specifier.startsWith('.') && !tree.has(posix.join(posix.dirname(path), specifier))) {
        problems.push(`${at}: ${specifier} leads to no file`)
      }
    }
  }
  return problems
}

/** Import cycles between files, each once, as `a → b → a`. Imports of types count: they tie rooms together too. */
export function findCycles(tree: SourceTree): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) {
      cycles.push([...trail.slice(start), path].join(' → '))
      return
    }
    if (finished.has(path)) return
    for (const { specifier } of parseImports(tree.get(path) ?? '')) {
      if (!specifier.startsWith('.')) continue
      const target = posix.join(posix.dirname(path), specifier)
      if (tree.has(target)) visit(target, [...trail, path])
    }
    finished.add(path)
  }
  for (const path of tree.keys()) visit(path, [])
  return cycles
}
