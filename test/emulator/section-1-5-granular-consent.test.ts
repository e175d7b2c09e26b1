import { expect, test } from 'vitest'
import { createGoogleEmulator } from 'appointment-sync/testing/emulator'
import { authUrlOf, calendarClient, codeOf, oauthClient, refused, scope } from './official-client.ts'

const asked = ['openid', scope('calendar.events'), scope('calendar.freebusy')]

test('an unticked scope gives a successful exchange with fewer scopes, and a 403 later', async () => {
  await using google = await createGoogleEmulator()
  const oauth = oauthClient(google)
  const redirect = google.authorize(authUrlOf(oauth, asked), {
    email: 'pro@example.com',
    grant: ['calendar.freebusy'],
  })
  const { tokens } = await oauth.getToken(codeOf(redirect))
  oauth.setCredentials(tokens)
  expect(tokens.scope?.split(' ').sort()).toEqual([scope('calendar.freebusy'), 'openid'].sort())
  const api = calendarClient(google, oauth)
  const window = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-03-02T00:00:00Z' }
  expect((await api.freebusy.query({ requestBody: { ...window, items: [] } })).status).toBe(200)
  expect(await refused(api.events.list({ calendarId: 'primary' }))).toMatchObject({
    status: 403,
    reason: 'insufficientPermissions',
  })
})

test('unticking every box still signs in, and without sign-in scopes it is a denial', async () => {
  await using google = await createGoogleEmulator()
  const oauth = oauthClient(google)
  const choice = { email: 'pro@example.com', grant: [] }
  const signedIn = new URL(google.authorize(authUrlOf(oauth, asked), choice))
  expect(signedIn.searchParams.get('scope')).toBe('openid')
  const denied = new URL(google.authorize(authUrlOf(oauth, asked.slice(1)), choice))
  expect(denied.searchParams.get('error')).toBe('access_denied')
})
