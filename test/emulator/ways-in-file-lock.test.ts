import { spawnSync } from 'node:child_process'
import type * as fs from 'node:fs/promises'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { lockFile } from '../../src/testing/emulator/files/file-lock.ts'

const hooks = vi.hoisted(() => ({ beforeRename: async (): Promise<void> => undefined }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>()
  return {
    ...real,
    rename: async (from: string, to: string) => {
      await hooks.beforeRename()
      await real.rename(from, to)
    },
  }
})

test('a lock that somebody else took over in the meantime is given back, and respected', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'appointment-sync-lock-'))
  const path = join(folder, 'google.json')
  const stale = { pid: spawnSync(process.execPath, ['--version']).pid, startedAt: 0 }
  const winner = { pid: process.ppid, startedAt: 0 }
  await writeFile(`${path}.lock`, JSON.stringify(stale))
  hooks.beforeRename = async () => {
    hooks.beforeRename = async () => undefined
    await writeFile(`${path}.lock`, JSON.stringify(winner))
  }
  await expect(lockFile(path)).rejects.toThrow(`in use by process ${winner.pid}`)
  expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toEqual(winner)
  expect(await readdir(folder)).toEqual(['google.json.lock'])
  await rm(folder, { recursive: true })
})
