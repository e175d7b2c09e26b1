import { AppointmentSyncError, type ConnectResult } from 'appointment-sync'
import { describe, expect, it } from 'vitest'
import { ANA, anIntegration, NOON } from './http-fake-sync.ts'
import { aHandler, aRequest, read } from './http-requests.ts'

function connected(returnTo: string | null, over: Partial<ConnectResult> = {}): () => Promise<ConnectResult> {
  return async () => ({
    status: 'connected',
    integration: anIntegration(),
    missingScopes: [],
    returnTo,
    ...over,
  })
}

const denied = (returnTo?: string): AppointmentSyncError =>
  Object.assign(
    new AppointmentSyncError({ code: 'OAUTH_DENIED', message: 'The person declined.' }),
    returnTo === undefined ? {} : { returnTo },
  )

const CALLBACK = 'oauth-callback?state=s&code=c&scope=calendar&authuser=0'

describe('auth-url', () => {
  it('begins a connection for the caller', async () => {
    const { handler, calls } = aHandler()
    const answer = await read(
      await handler(aRequest('GET', 'auth-url?return_to=/settings&login_hint=ana@example.com')),
    )
    expect(answer).toEqual({
      status: 200,
      body: { url: 'https://accounts.example/auth', state: 'state-1', expires_at: NOON.toISOString() },
    })
    expect(calls[0]?.args[0]).toEqual({ owner: ANA, returnTo: '/settings', loginHint: 'ana@example.com' })
  })

  it('a body of another owner does not count', async () => {
    const answer = await read(await aHandler().handler(aRequest('GET', 'auth-url?user_id=other')))
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'user_id' }] } })
  })
})

describe('where a person may be sent back to', () => {
  const ask = async (returnTo: string, allowedReturnTo?: string[]): Promise<number> => {
    const { handler, calls } = aHandler({}, allowedReturnTo === undefined ? {} : { allowedReturnTo })
    const query = new URLSearchParams({ return_to: returnTo })
    const { status, body } = await read(await handler(aRequest('GET', `auth-url?${query}`)))
    if (status !== 200) expect(body).toMatchObject({ problems: [{ path: 'return_to' }] })
    expect(calls).toHaveLength(status === 200 ? 1 : 0)
    return status
  }

  it.each(['/', '/settings', '/a/b?x=1#y', '/%2F%2Fevil.example', '/?next=https://evil.example'])(
    'without a list, %s of this site passes',
    async (returnTo) => {
      expect(await ask(returnTo)).toBe(200)
    },
  )

  it.each([
    'https://evil.example/',
    'https://booking.example/settings',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' /settings',
    '/.//evil.example',
    '/a/..//evil.example',
    'settings',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://relative.invalid/x',
    `/${'x'.repeat(2000)}`,
  ])('without a list, %j is refused', async (returnTo) => {
    expect(await ask(returnTo)).toBe(400)
  })

  const list = ['/settings', 'https://app.example.com/calendar/', 'http://localhost:5173']

  it.each([
    '/settings',
    '/settings/calendar?x=1',
    'https://app.example.com/calendar',
    'https://app.example.com/calendar/x#y',
    'https://APP.example.com:443/calendar',
    'http://localhost:5173/',
    'http://localhost:5173/anything',
  ])('with a list, %s under a prefix passes', async (returnTo) => {
    expect(await ask(returnTo, list)).toBe(200)
  })

  it.each([
    '/',
    '/settingsx',
    '/settings/../admin',
    '/settings/%2e%2e/admin',
    'http://app.example.com/calendar',
    'https://app.example.com/calendarx',
    'https://app.example.com.evil.example/calendar',
    'https://app.example.com@evil.example/calendar',
    'https://user:pw@app.example.com/calendar',
    'https://app.example.com:8443/calendar',
    'http://localhost:51730/',
    'https:/\\evil.example',
  ])('with a list, %j beside it is refused', async (returnTo) => {
    expect(await ask(returnTo, list)).toBe(400)
  })
})

describe('oauth-callback', () => {
  it('hands over code and state with the owner of the session, so that a foreign state is refused', async () => {
    const { handler, calls } = aHandler()
    await handler(aRequest('GET', CALLBACK))
    await handler(aRequest('POST', 'oauth-callback', { body: { state: 's', error: 'access_denied' } }))
    expect(calls.map(({ args }) => args[0])).toEqual([
      { state: 's', code: 'c', owner: ANA },
      { state: 's', error: 'access_denied', owner: ANA },
    ])
  })

  it('without a return address the answer is JSON', async () => {
    const answer = await read(await aHandler().handler(aRequest('GET', CALLBACK)))
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'connected', return_to: null, missing_scopes: [], integration: { status: 'active' } },
    })
  })

  it.each([
    ['/settings', '/settings?google_calendar=connected'],
    ['/settings?tab=2#g', '/settings?tab=2&google_calendar=connected#g'],
    ['/settings?google_calendar=x', '/settings?google_calendar=connected'],
  ])('sends the person back to %s with the outcome', async (returnTo, location) => {
    const { handler } = aHandler({ handleCallback: connected(returnTo) })
    const response = await handler(aRequest('GET', CALLBACK))
    expect([response.status, response.headers.get('location')]).toEqual([303, location])
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('an unticked scope is told on the way back, also to another site on the list', async () => {
    const { handler } = aHandler(
      { handleCallback: connected('https://app.example.com/c', { status: 'missing_scopes' }) },
      { allowedReturnTo: ['https://app.example.com'] },
    )
    const response = await handler(aRequest('GET', CALLBACK))
    expect(response.headers.get('location')).toBe('https://app.example.com/c?google_calendar=missing_scopes')
  })

  it('an address that is not allowed (any more) is not gone to', async () => {
    const { handler } = aHandler({ handleCallback: connected('https://evil.example/') })
    const response = await handler(aRequest('GET', CALLBACK))
    expect([response.status, response.headers.get('location')]).toEqual([200, null])
  })

  it('who declined goes back with the code of it', async () => {
    const { handler } = aHandler({ handleCallback: () => Promise.reject(denied('/settings')) })
    const response = await handler(aRequest('GET', 'oauth-callback?state=s&error=access_denied'))
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/settings?google_calendar=error&code=OAUTH_DENIED',
    ])
  })

  it('who failed without an address goes to the page for it, or reads the problem', async () => {
    const handleCallback = (): Promise<never> => Promise.reject(denied())
    const withPage = aHandler({ handleCallback }, { failureReturnTo: '/oops' })
    const response = await withPage.handler(aRequest('GET', CALLBACK))
    expect(response.headers.get('location')).toBe('/oops?google_calendar=error&code=OAUTH_DENIED')
    const answer = await read(await aHandler({ handleCallback }).handler(aRequest('GET', CALLBACK)))
    expect(answer).toMatchObject({ status: 403, body: { code: 'OAUTH_DENIED' } })
  })

  it('a failure never redirects to an address that is not allowed', async () => {
    const { handler } = aHandler({ handleCallback: () => Promise.reject(denied('//evil.example')) })
    const response = await handler(aRequest('GET', CALLBACK))
    expect([response.status, response.headers.get('location')]).toEqual([403, null])
  })

  it('a hand-over never redirects', async () => {
    const { handler } = aHandler({ handleCallback: connected('/settings') })
    const body = { state: 's', code: 'c' }
    const answer = await read(await handler(aRequest('POST', 'oauth-callback', { body })))
    expect(answer).toMatchObject({ status: 200, body: { status: 'connected', return_to: '/settings' } })
  })

  it.each(['', 'state=s', 'code=c', 'state=s&code=', 'state=&code=c', `state=${'s'.repeat(513)}&code=c`])(
    '?%s is refused before anything is spent',
    async (query) => {
      const { handler, calls } = aHandler()
      const answer = await read(await handler(aRequest('GET', `oauth-callback?${query}`)))
      expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
      expect(calls).toEqual([])
    },
  )

  it('no answer repeats the code or the state', async () => {
    const failure = new AppointmentSyncError({ code: 'OAUTH_STATE_INVALID', message: 'is unknown' })
    const { handler } = aHandler({ handleCallback: () => Promise.reject(failure) })
    const response = await handler(aRequest('GET', 'oauth-callback?state=the-state&code=the-code'))
    expect(await response.text()).not.toMatch(/the-state|the-code/)
  })
})
