import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compare, type Contestant, type Scale, type Table } from './measure.ts'

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** How long `npx appointment-sync emulator` takes from its start to the line that says where it listens. */
export async function emulatorStart(scale: Scale, report: (table: Table) => void): Promise<void> {
  const starting = (name: string, args: readonly string[]): Contestant => ({
    name,
    run: () => untilFirstOutput(args),
  })
  const rows = await compare(scale, starting('node that prints a line', ['-e', 'console.log(1)']), [
    starting('appointment-sync emulator, listening', [CLI, 'emulator', '--port', '0']),
  ])
  report({ title: 'emulator: from the start of the process', rows })
}

/** Microseconds from the start of node to its first output; the process is ended then. */
async function untilFirstOutput(args: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const micros = (performance.now() - startedMs) * 1000
  const ended = child.exitCode === null ? once(child, 'exit') : null
  child.kill()
  await ended
  return micros
}
