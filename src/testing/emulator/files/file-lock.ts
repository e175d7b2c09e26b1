import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isJsonObject } from '../json.ts'

/** A file that only this process uses, until it lets go. */
export interface FileLock {
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  /** When the process started, in seconds since the epoch: a pid alone is used again, in containers often. */
  readonly startedAt: number
}

/** Two readings of one process' start differ by rounding and by clock adjustment. */
const START_TOLERANCE_S = 5

function ownHolder(): Holder {
  return { pid: process.pid, startedAt: Math.round(Date.now() / 1000 - process.uptime()) }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  })
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value)) return null
    const { pid, startedAt } = value
    return typeof pid === 'number' && typeof startedAt === 'number' ? { pid, startedAt } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  const own = ownHolder()
  if (pid === own.pid) return Math.abs(startedAt - own.startedAt) <= START_TOLERANCE_S
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return !hasCode(error, 'ESRCH')
  }
}

function refusal(path: string, lock: string, holder: Holder | null): Error {
  const who = holder === null ? 'something that cannot be read' : `process ${holder.pid}`
  return new Error(
    `${path} is in use by ${who}; end it, or remove ${lock} when no emulator runs on this file`,
  )
}

async function create(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, JSON.stringify(ownHolder()), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Takes a dead process' lock out of the way. @throws Error when a live one turns out to hold it. */
async function removeStale(path: string, lock: string): Promise<void> {
  // A name of its own, so that of several who do this at once none takes away what another one looks at.
  const aside = `${lock}.${process.pid}.${process.hrtime.bigint()}`
  await rename(lock, aside).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
  // Another process may have taken over meanwhile, and its lock is what was moved.
  const moved = await readHolder(aside)
  if (moved !== null && isAlive(moved)) {
    await rename(aside, lock)
    throw refusal(path, lock, moved)
  }
  await rm(aside, { force: true })
}

/**
 * Locks a file by a second one beside it, `<path>.lock`, that names this process. The lock of a process that
 * has ended is taken over.
 * @throws Error that names the process when a live one holds it, this one included.
 */
export async function lockFile(path: string): Promise<FileLock> {
  const lock = `${path}.lock`
  if (!(await create(lock))) {
    const holder = await readHolder(lock)
    if (holder === null || isAlive(holder)) throw refusal(path, lock, holder)
    await removeStale(path, lock)
    if (!(await create(lock))) throw refusal(path, lock, await readHolder(lock))
  }
  return { release: () => rm(lock, { force: true }) }
}
