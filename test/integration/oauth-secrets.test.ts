import { inspect } from 'node:util'
import { expect, it, vi } from 'vitest'
import { createOAuth } from '../../src/oauth/index.ts'
import { encryptionKey, OTHER_ACCOUNT, owner, ref, type Setup, setUp } from './oauth-setup.ts'

const SECRET_FIELDS = ['code', 'code_verifier', 'client_secret', 'refresh_token', 'access_token', 'id_token']

/** Every secret that went over the wire, from form bodies and JSON answers. */
function secretsOf({ wire }: Setup): Set<string> {
  const secrets = new Set([encryptionKey.secret])
  for (const body of wire) {
    const fields = body.startsWith('{')
      ? (JSON.parse(body) as Record<string, unknown>)
      : Object.fromEntries(new URLSearchParams(body))
    for (const name of [...SECRET_FIELDS, 'token']) {
      const value = fields[name]
      if (typeof value === 'string') secrets.add(value)
    }
  }
  return secrets
}

/** Goes through everything that can fail and returns what was thrown. */
async function everyFailure(setup: Setup): Promise<unknown[]> {
  const { oauth, consent, connect, google, clock, options } = setup
  const thrown: unknown[] = []
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    await work().then(
      () => {
        throw new Error('a failure was expected')
      },
      (error: unknown) => thrown.push(error),
    )
  }
  const faults: (() => void)[] = [
    () => google.faults.failNext({ match: { path: '/token' }, status: 503 }),
    () => google.faults.dropNext({ match: { path: '/token' } }),
    () => google.faults.failNext({ match: { path: '/token' }, status: 200, body: '<html>' }),
    () => google.faults.tokenError({ error: 'invalid_client', status: 401 }),
    () => google.faults.tokenError({ error: 'invalid_grant', error_description: 'Bad Request' }),
  ]
  for (const fault of faults) {
    const callback = await consent()
    fault()
    await attempt(() => oauth.handleCallback(callback))
    await attempt(() => oauth.handleCallback(callback))
  }
  await connect()
  clock.advance(3_599_000)
  for (const fault of faults) {
    fault()
    await attempt(() => oauth.accessTokens.get(ref))
  }
  await connect()
  await connect({ account: OTHER_ACCOUNT })
  google.faults.failNext({ match: { path: '/revoke' }, status: 503 })
  await oauth.revoke(ref)
  // An error of the transport that quotes the request, as some do.
  const quoting: typeof fetch = (_input, init) => {
    const body = init?.body instanceof URLSearchParams ? init.body.toString() : 'no form'
    setup.wire.push(body)
    return Promise.reject(new Error(`failed: ${body} ${decodeURIComponent(body)}`))
  }
  const broken = createOAuth({ ...options, client: { ...options.client, fetch: quoting } })
  clock.advance(3_599_000)
  await attempt(() => broken.accessTokens.get(ref))
  const callback = await consent()
  await attempt(() => broken.handleCallback(callback))
  await broken.revoke(ref)
  return thrown
}

it('no error, log line or sync log entry holds a token, a code, a verifier or a secret', async () => {
  // Google's libraries print whole requests and replies when this is set.
  vi.stubEnv('GOOGLE_SDK_NODE_LOGGING', '*')
  const printed: unknown[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => printed.push(chunk) > 0)
  vi.spyOn(console, 'error').mockImplementation((...line: unknown[]) => void printed.push(...line))
  const setup = await setUp()
  const thrown = await everyFailure(setup)
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  const { items } = await setup.storage.syncLog.list({ ...owner, limit: 100 })
  const shown = [...thrown, setup.logged, items, printed]
    .map(
      (value) =>
        `${inspect(value, { depth: 20, showHidden: true })}\n${JSON.stringify(value)}\n${causes(value)}`,
    )
    .join('\n')
  const secrets = secretsOf(setup)
  expect(thrown).toHaveLength(17)
  expect(secrets.size).toBeGreaterThan(20)
  for (const secret of secrets) expect(shown.includes(secret), `${secret.slice(0, 6)}… is shown`).toBe(false)
  expect(shown).toContain('invalid_grant')
})

/** Messages, stacks and own properties of an error and of what caused it. */
function causes(value: unknown): string {
  if (!(value instanceof Error)) return ''
  const own = Object.getOwnPropertyNames(value).map((name) =>
    inspect(Reflect.get(value, name), { depth: 20 }),
  )
  return `${own.join('\n')}\n${causes(value.cause)}`
}
