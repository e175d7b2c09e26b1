import { type ExecFileException, execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a program ended. */
export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export const repository: string = fileURLToPath(new URL('../..', import.meta.url))

/** What npm and the test runner tell their children must not reach a consumer's own npm and Node. */
function consumerEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(?:npm_(?:package|lifecycle|config_local_prefix|config_omit|command)|INIT_CWD|NODE_OPTIONS|NODE_ENV|VITEST)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

/** Runs a program without a shell and waits for its end, whatever it is. */
export function run(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: consumerEnvironment(), maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ exitCode, stdout, stderr: error === null || stderr !== '' ? stderr : error.message })
    })
    child.stdin?.end()
  })
}

/** The same, where anything but success is the test's own failure. */
export async function runOrFail(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, cwd)
  if (exitCode !== 0) {
    throw new Error(`${basename(program)} ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`)
  }
  return stdout
}

/** Packs the built package as it would be published, and returns the tarball's path. */
export async function packPackage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await runOrFail('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], repository)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error(`npm pack left no tarball in ${folder}`)
  return join(folder, tarball)
}

/** Makes an otherwise empty project that has installed `packages`, without anybody's optional dependencies. */
export async function createConsumer(
  folder: string,
  type: 'module' | 'commonjs',
  packages: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }))
  const flags = ['--omit=optional', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund']
  await runOrFail('npm', ['install', ...flags, '--prefer-offline', '--loglevel=error', ...packages], folder)
}

/** Copies one of `fixtures/` into a project. */
export async function addFixture(name: string, folder: string): Promise<string> {
  const target = join(folder, name)
  await copyFile(join(repository, 'test/packaging/fixtures', name), target)
  return target
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
