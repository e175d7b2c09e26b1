import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How a program ended. */
export interface Ended {
  /** Null when it was stopped. */
  readonly code: number | null
  /** Both streams, in the order they arrived. */
  readonly output: string
}

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv
  /** Written to its input, which is then closed; default: nothing. */
  readonly input?: string
  /** After this many milliseconds it is stopped; default 60 000. */
  readonly limitMs?: number
}

function start(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcessWithoutNullStreams {
  const child = spawn(program, [...args], { env, stdio: 'pipe' })
  // A program that ends before it has read its input is judged by its exit code.
  child.stdin.on('error', () => undefined)
  return child
}

/** Runs a program to its end. Rejects when it cannot be started. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, input = '', limitMs = 60_000 }: ProgramOptions,
): Promise<Ended> {
  const child = start(program, args, env)
  const parts: string[] = []
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => parts.push(chunk.toString()))
  child.stdin.end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, output: parts.join('') }
  } finally {
    clearTimeout(timer)
  }
}

/** Runs a program line by line: each line it prints may be answered with a line on its input. */
export async function converse(
  program: string,
  args: readonly string[],
  { env, input = '', limitMs = 60_000 }: ProgramOptions,
  onLine: (line: string) => string | null,
): Promise<Ended> {
  const child = start(program, args, env)
  const parts: string[] = []
  child.stderr.on('data', (chunk: Buffer) => parts.push(chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  child.stdin.write(input)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = onLine(line)
    if (reply === null) parts.push(`${line}\n`)
    else child.stdin.write(`${reply}\n`)
  })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, output: parts.join('') }
  } finally {
    clearTimeout(timer)
    child.stdin.destroy()
  }
}

/** A program that stays until it is stopped. */
export interface Companion extends AsyncDisposable {
  /** The first match of the pattern in what it printed. */
  readonly found: RegExpMatchArray
}

/**
 * Starts a program and waits until it prints what the pattern says. Disposing stops this process alone.
 * @throws Error when it ends or 30 seconds pass before that.
 */
export async function startCompanion(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: RegExp,
): Promise<Companion> {
  const child = start(program, args, env)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let output = ''
  const found = await new Promise<RegExpMatchArray>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const match = ready.exec(output)
      if (!match) return
      clearTimeout(timer)
      resolve(match)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => {
      clearTimeout(timer)
      reject(new Error(`${program} ended before it was ready:\n${output}`))
    })
    child.once('error', reject)
  })
  return {
    found,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await closed
    },
  }
}
