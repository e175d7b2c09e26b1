import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, openBackend } from './backend.ts'
import { tellStory } from './story.ts'

/** `npm run demo` tells the story once and exits; `npm start` (`--keep`) keeps it running for a person. */
const keep = process.argv.includes('--keep')
const folder = await mkdtemp(join(tmpdir(), 'appointment-sync-demo-'))
const print = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  process.exitCode = await (keep ? stayOpen() : tellOnce())
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
  print(`${error.message}. Set PORT or EMULATOR_PORT to a free port.`)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function tellOnce(): Promise<number> {
  await using backend = await openBackend({
    folder,
    port: 0,
    emulatorPort: 0,
    environment: {},
    scheduled: false,
  })
  const { emulator } = backend.google
  if (emulator === null) throw new Error('the story is told with the emulator')
  print(`A booking back end at ${backend.url}, a Google emulator at ${emulator.url}\n`)
  const found = await tellStory(backend, emulator, print)
  for (const difference of found) print(`✗ ${difference}`)
  print(found.length === 0 ? '\nBoth sides agree.' : `\nThe sides do not agree: ${found.length} differences.`)
  return found.length === 0 ? 0 : 1
}

async function stayOpen(): Promise<number> {
  await using backend = await openBackend({
    folder,
    port: Number(process.env['PORT'] ?? 3000),
    emulatorPort: Number(process.env['EMULATOR_PORT'] ?? 4010),
    environment: process.env,
    scheduled: true,
  })
  announce(backend)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  return 0
}

function announce({ url, google }: Backend): void {
  print(`The agenda:       ${url}/`)
  print(`The Google side:  ${google.page}`)
  if (google.emulator === null) {
    print(
      `Talking to the real Google. Register ${google.options.redirectUri} as a redirect URI of your client.`,
    )
  } else {
    print('Connect, book something, then move it on the Google side and press "Buscar alterações do Google".')
  }
  print('Stop with Ctrl+C; everything is then forgotten.')
}
