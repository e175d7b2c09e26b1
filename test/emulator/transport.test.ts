import { connect as connectSocket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createGoogleEmulator, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { authUrlOf, calendarClient, connect, oauthClient, timed } from './official-client.ts'

const EVENTS = 'calendar/v3/calendars/primary/events'

/** Sends bytes over a socket and returns everything that comes back. */
async function exchange(google: GoogleEmulator, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connectSocket(Number(new URL(google.url).port), '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

describe('over the port', () => {
  test('the official client connects, writes, lists and deletes', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    expect(google.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const oauth = await connect(google, { wire: true })
    const api = calendarClient(google, oauth, { wire: true })
    const { data: event } = await api.events.insert({ calendarId: 'primary', requestBody: timed() })
    const at = { calendarId: 'pro@example.com', eventId: event.id ?? '' }
    expect((await api.events.get(at)).data).toEqual(event)
    expect((await api.events.delete(at)).status).toBe(204)
    expect((await api.events.list({ calendarId: 'primary' })).data.items).toEqual([])
    await oauth.revokeToken(oauth.credentials.refresh_token ?? '')
    await expect(api.events.list({ calendarId: 'primary' })).rejects.toThrow()
  })

  test('port and fetch share one state', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const oauth = await connect(google, { wire: true })
    const over = calendarClient(google, oauth, { wire: true })
    const inside = calendarClient(google, oauth)
    await over.events.insert({ calendarId: 'primary', requestBody: timed() })
    expect((await inside.events.list({ calendarId: 'primary' })).data.items).toHaveLength(1)
  })

  test('a dropped connection destroys the socket', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const oauth = await connect(google, { wire: true })
    google.faults.dropNext({ applied: true })
    const headers = { authorization: `Bearer ${oauth.credentials.access_token}` }
    const init = { method: 'POST', headers, body: JSON.stringify(timed()) }
    await expect(fetch(google.endpoints.apiRootUrl + EVENTS, init)).rejects.toThrow('fetch failed')
    expect(google.user('pro@example.com').calendar().events()).toHaveLength(1)
  })

  test('a body over 5 MB is 413', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const body = 'x'.repeat(5 * 1024 * 1024 + 1)
    const answer = await fetch(google.endpoints.apiRootUrl + EVENTS, { method: 'POST', body })
    expect(answer.status).toBe(413)
  })

  test('rubbish on the wire ends one connection and nothing else', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    await exchange(google, 'NONSENSE\r\n\r\n')
    const host = new URL(google.url).host
    const broken = await exchange(
      google,
      `GET http://%%% HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
    )
    expect(broken).toContain('400')
    const half = `POST /token HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\nabc`
    const socket = connectSocket(Number(new URL(google.url).port), '127.0.0.1')
    await new Promise<void>((resolve) => {
      socket.on('connect', () => socket.write(half, () => socket.destroy()))
      socket.on('close', () => resolve())
    })
    expect((await fetch(google.url)).status).toBe(200)
  })

  test('a name that only resolves to this machine is refused', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const request = 'GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n'
    expect(await exchange(google, request)).toContain('403')
  })

  test('close stops listening, also with a held answer, and may be called twice', async () => {
    let arrive = (): void => undefined
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const sleep = async (): Promise<void> => {
      arrive()
      return new Promise(() => undefined)
    }
    const google = await createGoogleEmulator({ port: 0, sleep })
    google.faults.latencyMs(1)
    const held = fetch(google.endpoints.tokenUrl).catch((error: unknown) => error)
    await arrived
    await google.close()
    await google.close()
    expect(await held).toBeInstanceOf(TypeError)
    await expect(fetch(google.url)).rejects.toThrow('fetch failed')
  })

  test('a taken port is an error of the factory', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const port = Number(new URL(google.url).port)
    await expect(createGoogleEmulator({ port })).rejects.toThrow('EADDRINUSE')
  })
})

describe('as fetch', () => {
  test('it answers for Google’s real hosts and refuses others like a dead server', async () => {
    await using google = await createGoogleEmulator()
    const answer = await google.fetch('https://www.googleapis.com/calendar/v3/colors')
    expect(answer.status).toBe(401)
    expect((await google.fetch('https://oauth2.googleapis.com/token')).status).toBe(405)
    await expect(google.fetch('https://example.com/')).rejects.toThrow('fetch failed')
  })
})

describe('the page for a person', () => {
  async function act(
    google: GoogleEmulator,
    action: string,
    fields: Record<string, string>,
  ): Promise<Response> {
    const place = { email: 'pro@example.com', calendar: 'pro@example.com' }
    const body = new URLSearchParams({ ...place, ...fields })
    return google.fetch(`${google.url}/ui/${action}`, { method: 'POST', body, redirect: 'manual' })
  }

  test('add, move and delete work by form, and the page shows the events', async () => {
    await using google = await createGoogleEmulator()
    const calendar = google.user('pro@example.com').calendar()
    const add = { summary: 'Barba', start: '2026-03-10T10:00:00-03:00', end: '2026-03-10T11:00:00-03:00' }
    expect((await act(google, 'add', add)).status).toBe(303)
    const [event] = calendar.events()
    expect(await (await google.fetch(google.url)).text()).toContain('Barba')
    const id = event?.id ?? ''
    await act(google, 'move', { id, start: '2026-03-11', end: '2026-03-12' })
    expect(calendar.get(id).start).toEqual({ date: '2026-03-11' })
    await act(google, 'move', { id, start: '2026-03-11T09:00:00Z', end: '2026-03-11T10:00:00Z' })
    expect(calendar.get(id).start).toMatchObject({ dateTime: '2026-03-11T06:00:00-03:00' })
    await act(google, 'delete', { id })
    expect(calendar.events()).toEqual([])
    expect(google.requests).toEqual([])
  })

  test('what Google refuses is shown, not thrown', async () => {
    await using google = await createGoogleEmulator()
    const bad = await act(google, 'add', { summary: 'x', start: 'soon', end: 'later' })
    expect(bad.status).toBe(400)
    expect(await bad.text()).toContain('Google refuses: Bad Request')
    expect((await act(google, 'delete', { email: '<b>who</b>', id: 'x' })).status).toBe(400)
    expect((await act(google, 'explode', {})).status).toBe(404)
  })

  test('titles are escaped', async () => {
    await using google = await createGoogleEmulator()
    google
      .user('pro@example.com')
      .calendar()
      .insert(timed({ summary: '<img src=x onerror=alert(1)>' }))
    const html = await (await google.fetch(google.url)).text()
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img')
  })

  test('a form of another site is refused', async () => {
    await using google = await createGoogleEmulator()
    const answer = await google.fetch(`${google.url}/ui/delete`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(answer.status).toBe(403)
  })

  test('the consent page works over the port', async () => {
    await using google = await createGoogleEmulator({ port: 0 })
    const url = authUrlOf(oauthClient(google))
    const html = await (await fetch(url)).text()
    expect(html).toContain('Allow')
    const body = new URLSearchParams({ email: 'pro@example.com', decision: 'allow' })
    body.append('scope', 'https://www.googleapis.com/auth/calendar')
    const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toContain('code=')
  })
})
