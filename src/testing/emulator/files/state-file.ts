import { open, readFile, rename, rm } from 'node:fs/promises'
import { isJsonObject } from '../json.ts'
import type { GoogleState } from '../state/state.ts'
import { lockFile } from './file-lock.ts'
import { StateFormatError, checkedState, decodeData, encodeState } from './state-codec.ts'

/** What a state file keeps. */
export interface SavedEmulator {
  readonly state: GoogleState
  /** How far `advance` moved the emulator's own clock, in milliseconds. */
  readonly advancedMs: number
}

/** A file that follows what an emulator holds. */
export interface StateFile {
  /** What the file held when it was opened; null when there was no file. */
  readonly saved: SavedEmulator | null
  /** Says that something changed: the file is written shortly after, once for all changes of that time. */
  changed(): void
  /** Writes what is there now and lets the file go; later changes are not kept. @throws the error of the write. */
  close(): Promise<void>
  /** Lets the file go as it is. */
  abandon(): Promise<void>
}

/** Calls a function a little later; `cancel` takes that back. */
export type Later = (run: () => void) => { cancel(): void }

const FORMAT = 'appointment-sync emulator state'
/** Raised when a state of before can no longer be read. */
const VERSION = 1
const WRITE_DELAY_MS = 100

const later: Later = (run) => {
  const timer = setTimeout(run, WRITE_DELAY_MS)
  return { cancel: () => clearTimeout(timer) }
}

function readSaved(text: string): SavedEmulator {
  const data = decodeData(text)
  if (!isJsonObject(data) || data.format !== FORMAT) {
    throw new StateFormatError('it is no state file of this emulator')
  }
  const { version, advancedMs } = data
  if (version !== VERSION) {
    throw new StateFormatError(
      `it is of version ${JSON.stringify(version)}, and this emulator reads version ${VERSION}`,
    )
  }
  if (typeof advancedMs !== 'number')
    throw new StateFormatError('it does not say how far the clock was moved')
  return { state: checkedState(data.state), advancedMs }
}

async function load(path: string): Promise<SavedEmulator | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    return readSaved(text)
  } catch (error) {
    if (!(error instanceof StateFormatError || error instanceof SyntaxError)) throw error
    const why = error instanceof StateFormatError ? error.message : 'it is damaged: it is not JSON'
    throw new StateFormatError(`The state file ${path} cannot be read: ${why}. It was left as it is.`, error)
  }
}

/** Replaces a file in one step: a process that dies meanwhile leaves the old one whole. */
async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.tmp`
  try {
    const file = await open(fresh, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

/**
 * Opens a state file: JSON that only its owner may read, versioned, written whole each time.
 * @param current what the emulator holds at the moment of a write.
 * @throws StateFormatError for a file of another version or a damaged one, which stays as it is.
 * @throws Error when another live emulator uses the file.
 */
export async function openStateFile(
  path: string,
  current: () => SavedEmulator,
  runLater: Later = later,
): Promise<StateFile> {
  const lock = await lockFile(path)
  let saved: SavedEmulator | null
  try {
    saved = await load(path)
  } catch (error) {
    await lock.release()
    throw error
  }
  let waiting: { cancel(): void } | null = null
  let written: string | null = null
  let closed = false
  let failed: { readonly error: unknown } | null = null
  let writing: Promise<void> = Promise.resolve()
  const writeNow = async (): Promise<void> => {
    try {
      const text = encodeState({ format: FORMAT, version: VERSION, ...current() })
      if (text !== written) await replaceFile(path, text)
      written = text
      failed = null
    } catch (error) {
      // The next write tries again; when that is the last one, close tells of it.
      failed = { error }
    }
  }
  const write = (): void => {
    waiting = null
    // One write after the other, each of what is there when its turn comes.
    writing = writing.then(writeNow)
  }
  return {
    saved,
    changed() {
      if (!closed) waiting ??= runLater(write)
    },
    async close() {
      if (closed) return
      closed = true
      waiting?.cancel()
      write()
      await writing
      await lock.release()
      if (failed) throw failed.error
    },
    async abandon() {
      closed = true
      waiting?.cancel()
      await writing
      await lock.release()
    },
  }
}
