import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { connected } from './connected.ts'
import {
  authUrlOf,
  calendarClient,
  codeOf,
  connect,
  oauthClient,
  refused,
  scope,
  standingClock,
} from './official-client.ts'

const TWO = [scope('calendar.events'), scope('calendar.freebusy')]

/** The scopes of the tokens that a consent to `scopes` ends in. */
async function grantedBy(
  google: GoogleEmulator,
  scopes: readonly string[],
  grant: 'all' | readonly string[] = 'all',
): Promise<string[]> {
  const client = oauthClient(google)
  const url = authUrlOf(client, scopes, { prompt: 'consent' })
  const code = codeOf(google.authorize(url, { email: 'pro@example.com', grant }))
  const { tokens } = await client.getToken(code)
  return (tokens.scope ?? '').split(' ').toSorted()
}

describe('expireGrants', () => {
  const dead = {
    response: {
      status: 400,
      data: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    },
  }

  test('refresh tokens of one account are dead, its access tokens live out their time', async () => {
    await using run = await connected({ users: [{ email: 'pro@example.com' }, { email: 'b@example.com' }] })
    const other = await connect(run.google, { email: 'b@example.com' })
    run.google.faults.expireGrants('PRO@example.com')
    await expect(run.oauth.refreshAccessToken()).rejects.toMatchObject(dead)
    expect((await run.list()).items).toEqual([])
    await other.refreshAccessToken()
    run.google.faults.expireGrants()
    await expect(other.refreshAccessToken()).rejects.toMatchObject(dead)
  })

  test('the consent is remembered, unlike with revokeGrants', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    await connect(google)
    google.faults.expireGrants()
    const silent = authUrlOf(oauthClient(google), undefined, { prompt: 'none' })
    expect((await google.fetch(silent, { redirect: 'manual' })).headers.get('location')).toContain('code=')
    google.faults.revokeGrants()
    expect((await google.fetch(silent, { redirect: 'manual' })).headers.get('location')).toContain('error=')
  })
})

describe('untickScopes', () => {
  test('authorize grants the rest, whatever the test ticks', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    google.faults.untickScopes(['calendar.freebusy'])
    expect(await grantedBy(google, TWO)).toEqual([TWO[0]])
    expect(await grantedBy(google, TWO, TWO)).toEqual([TWO[0]])
    google.faults.untickScopes([])
    expect(await grantedBy(google, TWO)).toEqual(TWO)
  })

  test('a call without the scope is then 403 insufficientPermissions', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    google.faults.untickScopes([scope('calendar.events')])
    const api = calendarClient(google, await connect(google, { scopes: TWO }))
    expect(await refused(api.events.list({ calendarId: 'primary' }))).toMatchObject({
      status: 403,
      reason: 'insufficientPermissions',
    })
  })

  test('the box comes unticked on the page, and what the form says counts', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    google.faults.untickScopes(['calendar.freebusy'])
    const page = await (await google.fetch(authUrlOf(oauthClient(google), TWO))).text()
    expect(page).toContain(`value="${TWO[0]}" checked>`)
    expect(page).toContain(`value="${TWO[1]}">`)
  })

  test('a single scope has no box, and sign-in scopes have a page of their own', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    google.faults.untickScopes([...TWO, 'openid'])
    expect(await grantedBy(google, [TWO[0] ?? ''])).toEqual([TWO[0]])
    expect(await grantedBy(google, ['openid', ...TWO])).toEqual(['openid'])
  })

  test('all unticked: Google sends the person back with access_denied', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    google.faults.untickScopes(TWO)
    const url = authUrlOf(oauthClient(google), TWO)
    expect(google.authorize(url, { email: 'pro@example.com', grant: 'all' })).toContain('error=access_denied')
  })
})

test('accessTokenTtl changes the life of the tokens that follow, and says so', async () => {
  const clock = standingClock()
  await using google = await createGoogleEmulator({ clock, accessTokenTtlMs: 7_200_000 })
  google.faults.accessTokenTtl(60_000)
  const oauth = await connect(google)
  expect(oauth.credentials.expiry_date).toBeLessThanOrEqual(Date.now() + 60_000)
  const api = calendarClient(google, oauth.credentials.access_token ?? '')
  clock.advance(59_999)
  await api.colors.get()
  clock.advance(1)
  expect((await refused(api.colors.get())).status).toBe(401)
  google.faults.accessTokenTtl(null)
  await oauth.refreshAccessToken()
  expect(oauth.credentials.expiry_date).toBeGreaterThan(Date.now() + 7_000_000)
  expect(() => google.faults.accessTokenTtl(-1)).toThrow(RangeError)
})

describe('tokenError', () => {
  test('invalid_rapt: a Workspace policy asks for a new sign-in', async () => {
    await using run = await connected()
    run.google.faults.tokenError({ error: 'invalid_grant', error_subtype: 'invalid_rapt' })
    await expect(run.oauth.refreshAccessToken()).rejects.toMatchObject({
      response: {
        status: 400,
        data: {
          error: 'invalid_grant',
          error_description: 'reauth related error (invalid_rapt)',
          error_subtype: 'invalid_rapt',
        },
      },
    })
    await run.oauth.refreshAccessToken()
  })

  test('a 5xx of the token endpoint, as often as told', async () => {
    await using run = await connected()
    run.google.faults.tokenError({ error: 'internal_failure', status: 503, times: 2 })
    for (const _ of [1, 2]) {
      await expect(run.oauth.refreshAccessToken()).rejects.toMatchObject({ response: { status: 503 } })
    }
    await run.oauth.refreshAccessToken()
  })
})
