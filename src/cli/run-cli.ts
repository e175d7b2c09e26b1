import { createRequire } from 'node:module'
import { UsageError, type Command, type Terminal } from './command.ts'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<Command>
}

const COMMANDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    'emulator',
    {
      summary: 'a Google of your own on a local port, with a page to see and change its calendars',
      load: async () => (await import('./emulator-command.ts')).emulatorCommand,
    },
  ],
])

function usage(): string {
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  return [
    'Usage: appointment-sync <command> [options]',
    '',
    'Commands:',
    ...lines,
    '',
    'appointment-sync <command> --help explains a command; appointment-sync --version prints the version.',
  ].join('\n')
}

function version(): string {
  const manifest: unknown = createRequire(import.meta.url)('appointment-sync/package.json')
  const { version: found } = manifest as { version: string }
  return found
}

/** Whether an error is for the person: a refusal, or the system's word on a file or a port. */
function isForThePerson(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const system = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  return (
    system || !(error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError)
  )
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(command.usage)
    return 0
  }
  try {
    await command.run(args, terminal)
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`${error.message}\n\n${command.usage}`)
      return 2
    }
    if (!isForThePerson(error)) throw error
    terminal.err(`appointment-sync: ${error.message}`)
    return 1
  }
}

/**
 * Runs the command line.
 * @param args without the program's own name.
 * @returns the exit code: 0 done, 1 failed, 2 asked for wrongly.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h') {
    terminal.out(usage())
    return 0
  }
  if (name === '--version' || name === '-v') {
    terminal.out(version())
    return 0
  }
  const entry = name === undefined ? undefined : COMMANDS.get(name)
  if (!entry) {
    const why = name === undefined ? 'Which command?' : `There is no command ${name}.`
    terminal.err(`${why}\n\n${usage()}`)
    return 2
  }
  return runCommand(await entry.load(), rest, terminal)
}
