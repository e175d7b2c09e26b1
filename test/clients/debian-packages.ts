import { existsSync } from 'node:fs'
import { runProgram } from './processes.ts'

const PACKAGES = [
  'python3-googleapi',
  'python3-google-auth',
  'python3-google-auth-httplib2',
  'gcalcli',
  'mitmproxy',
]
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

async function missing(): Promise<string[]> {
  const { output } = await runProgram(
    'dpkg-query',
    ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...PACKAGES],
    { env },
  )
  const installed = new Set(output.split('\n').flatMap((line) => /^(\S+) ii\s*$/.exec(line)?.[1] ?? []))
  return PACKAGES.filter((name) => !installed.has(name))
}

/**
 * Sees to it that the clients are installed.
 * @returns why they cannot be had here, or null.
 * @throws Error when apt is there and fails.
 */
export async function installClients(): Promise<string | null> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-query')) return 'there is no apt here'
  const wanted = await missing()
  if (wanted.length === 0) return null
  if (process.getuid?.() !== 0) return `${wanted.join(', ')} not installed, and only root may install them`
  const limitMs = 600_000
  await runProgram('apt-get', ['update', '-qq'], { env, limitMs })
  const { output } = await runProgram(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...wanted],
    { env, limitMs },
  )
  const left = await missing()
  if (left.length > 0) throw new Error(`apt could not install ${left.join(', ')}:\n${output}`)
  return null
}
