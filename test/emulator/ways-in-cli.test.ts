import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_CLIENT, createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { runCli } from '../../src/cli/run-cli.ts'
import { FULL, codeOf } from './official-client.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointment-sync-cli-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line. `during` is run once it has told its address; then it is told to stop. */
async function cli(
  args: readonly string[],
  during: (url: string, out: string) => Promise<void> = async () => undefined,
): Promise<Ended> {
  const lines: { out: string[]; err: string[] } = { out: [], err: [] }
  let stop = (): void => undefined
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  let told = Promise.resolve()
  const code = await runCli(args, {
    out(text) {
      lines.out.push(text)
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
      if (url !== undefined) told = during(url, text).finally(stop)
    },
    err: (text) => lines.err.push(text),
    untilStopped: () => stopped,
  })
  await told
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') }
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const SEED = {
  clients: [{ clientId: 'app', clientSecret: 'sesame', redirectUris: ['http://localhost:3000/cb'] }],
  users: [{ email: 'ana@example.com' }],
}

describe('appointment-sync emulator', () => {
  test('serves until it is told to stop, and ends with 0', async () => {
    let address = ''
    const ended = await cli(['emulator', '--port', '0'], async (url) => {
      address = url
      expect((await fetch(`${url}/`)).status).toBe(200)
      expect((await fetch(`${url}/_emulator/now`)).status).toBe(404)
    })
    expect(ended).toMatchObject({ code: 0, err: '' })
    await expect(fetch(address)).rejects.toThrow('fetch failed')
  })

  test('prints what has to be pasted: endpoints, clients, accounts, where the page is', async () => {
    const seed = await file('seed.json', SEED)
    const { out } = await cli(['emulator', '--port=0', '--seed', seed, '--control'], async (url, text) => {
      const endpoints = JSON.parse(/google\.endpoints: (\{[^}]+\})/.exec(text)?.[1] ?? '') as Record<
        string,
        string
      >
      expect((await fetch(endpoints['tokenUrl'] ?? '')).status).toBe(405)
      expect(endpoints['apiRootUrl']).toBe(`${url}/`)
      expect((await fetch(`${url}/_emulator/users`)).status).toBe(200)
    })
    for (const words of [
      'app',
      'sesame',
      'http://localhost:3000/cb',
      'ana@example.com',
      '/_emulator',
      'Ctrl-C',
    ]) {
      expect(out).toContain(words)
    }
  })

  test('keeps a state file, and does not use the seed again', async () => {
    const [seed, state] = [await file('seed.json', SEED), join(folder, 'state.json')]
    const args = ['emulator', '--port', '0', '--seed', seed, '--state', state, '--control']
    const first = await cli(args, async (url) => {
      await fetch(`${url}/_emulator/users`, {
        method: 'POST',
        body: JSON.stringify({ email: 'rui@example.com' }),
      })
    })
    expect(first.out).toContain(`Kept in ${state}`)
    expect(await readFile(state, 'utf8')).toContain('rui@example.com')
    await rm(seed)
    const second = await cli(args)
    expect(second.out).toContain('Accounts: ana@example.com, rui@example.com')
    expect(second.out).toContain(`Read from ${state}; ${seed} was not used`)
  })

  /** Watches the primary calendar for an address on this machine, as a client of the running emulator. */
  async function watchOnThisMachine(url: string): Promise<number> {
    const redirect_uri = DEFAULT_CLIENT.redirectUris[0] ?? ''
    const asked = { client_id: DEFAULT_CLIENT.clientId, redirect_uri, response_type: 'code', scope: FULL }
    const authUrl = `${url}/o/oauth2/v2/auth?${new URLSearchParams(asked).toString()}`
    const post = async (path: string, body: unknown, headers = {}): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        headers,
        body: body instanceof URLSearchParams ? body : JSON.stringify(body),
      })
    const choice = { authUrl, email: 'pro@example.com', grant: 'all' }
    const { redirectUrl } = (await (await post('/_emulator/authorize', choice)).json()) as {
      redirectUrl: string
    }
    const { clientId, clientSecret } = DEFAULT_CLIENT
    const code = { grant_type: 'authorization_code', code: codeOf(redirectUrl), redirect_uri }
    const exchange = new URLSearchParams({ ...code, client_id: clientId, client_secret: clientSecret })
    const { access_token } = (await (await post('/token', exchange)).json()) as { access_token: string }
    const channel = { id: 'c1', type: 'web_hook', address: 'http://localhost:9/hook' }
    const authorization = `Bearer ${access_token}`
    return (await post('/calendar/v3/calendars/primary/events/watch', channel, { authorization })).status
  }

  test.each([
    [[], 400],
    [['--webhooks', 'loopback-http'], 200],
  ])('with %j a channel to plain HTTP on this machine is answered %s', async (flags, status) => {
    let got = 0
    await cli(['emulator', '--port', '0', '--control', ...flags], async (url) => {
      got = await watchOnThisMachine(url)
    })
    expect(got).toBe(status)
  })

  test('enforces Google’s quotas when asked to', async () => {
    const args = ['emulator', '--port', '0', '--quota', 'google']
    expect(await cli(args)).toMatchObject({ code: 0, err: '' })
  })

  test('says in one line that the port is taken, and ends with 1', async () => {
    await using holder = await createGoogleEmulator({ port: 0 })
    const port = new URL(holder.url).port
    const { code, out, err } = await cli(['emulator', '--port', port])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `appointment-sync: port ${port} is taken; choose another one with --port, or 0 for a free one`,
    )
  })

  test.each([
    ['a seed that is not there', async () => ['--seed', join(folder, 'none.json')], 'ENOENT'],
    [
      'a seed with a wrong name',
      async () => ['--seed', await file('s.json', { user: [] })],
      'user: is not known',
    ],
    ['a seed that is not JSON', async () => ['--seed', await file('s.json', '{')], 'not JSON'],
    ['a damaged state file', async () => ['--state', await file('t.json', '{')], 'damaged'],
  ])('ends with 1 for %s', async (_case, args, words) => {
    const { code, out, err } = await cli(['emulator', '--port', '0', ...(await args())])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(words)
    expect(err).not.toContain('    at ')
  })

  test('a refused start leaves no lock behind', async () => {
    await using holder = await createGoogleEmulator({ port: 0 })
    await cli(['emulator', '--port', new URL(holder.url).port, '--state', join(folder, 'x.json')])
    expect(await readdir(folder)).toEqual([])
  })

  test.each([
    [['--prot', '1'], '--prot'],
    [['--port'], 'port'],
    [['--port', 'high'], 'not high'],
    [['--port', '65536'], '65535'],
    [['--port', '-1'], 'port'],
    [['extra'], 'extra'],
    [['--quota', 'mine'], 'takes google'],
    [['--webhooks', 'any'], 'loopback-http'],
  ])('%j is explained on stderr, with 2', async (args, words) => {
    const { code, out, err } = await cli(['emulator', ...args])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
    expect(err).toContain('Usage: appointment-sync emulator [options]')
  })
})

describe('appointment-sync', () => {
  test.each([[['--help']], [['-h']]])('%j explains itself on stdout', async (args) => {
    const { code, out, err } = await cli(args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('emulator')
  })

  test('explains each command', async () => {
    const { code, out } = await cli(['emulator', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('--seed <file>')
  })

  test('prints its version', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await cli(['--version'])).toEqual({ code: 0, out: manifest.version, err: '' })
  })

  test.each([
    [[], 'Which command?'],
    [['emulate'], 'There is no command emulate.'],
    [['toString'], 'There is no command toString.'],
  ])('%j is explained on stderr, with 2', async (args, words) => {
    const { code, out, err } = await cli(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
    expect(err).toContain('Usage: appointment-sync <command>')
  })
})
