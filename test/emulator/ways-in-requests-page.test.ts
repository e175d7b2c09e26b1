import { describe, expect, test, vi } from 'vitest'
import {
  createGoogleEmulator,
  type GoogleEmulator,
  type LoggedRequest,
} from 'appointment-sync/testing/emulator'
import { createRequestsFeed } from '../../src/testing/emulator/ui/requests-feed.ts'
import { standingClock } from './official-client.ts'

const STREAM = '/ui/requests/stream'

async function visit(google: GoogleEmulator, path: string): Promise<string> {
  const answer = await google.fetch(google.url + path)
  expect(answer.status).toBe(200)
  return answer.text()
}

async function ask(google: GoogleEmulator, query: string): Promise<void> {
  await google.fetch(`${google.endpoints.apiRootUrl}calendar/v3/colors?${query}`)
}

interface Message {
  readonly id: string
  readonly rows: { number: number; cells: string[] }[]
}

async function listen(google: GoogleEmulator, after: string, signal?: AbortSignal): Promise<Message> {
  const answer = await google.fetch(google.url + STREAM, {
    headers: { 'last-event-id': after },
    ...(signal ? { signal } : {}),
  })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const text = await answer.text()
  expect(text).toMatch(/^retry: \d+\nid: \d+\ndata: .+\n\n$/)
  const [, id = '', data = ''] = /id: (\d+)\ndata: (.+)\n/.exec(text) ?? []
  return { id, rows: JSON.parse(data) as Message['rows'] }
}

describe('the page of requests', () => {
  test('shows time, method, path, status and units, newest first', async () => {
    await using google = await createGoogleEmulator({ clock: standingClock() })
    await ask(google, 'fields=event')
    await ask(google, 'fields=calendar')
    const html = await visit(google, '/ui/requests')
    const rows = [...html.matchAll(/<tr data-number="(\d+)">(.*?)<\/tr>/g)].map(([, number, cells = '']) => [
      number,
      ...[...cells.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, text]) => text),
    ])
    const line = ['2026-03-01 12:00:00.000Z', 'GET']
    expect(rows).toEqual([
      ['2', ...line, '/calendar/v3/colors?fields=calendar', '401', '1'],
      ['1', ...line, '/calendar/v3/colors?fields=event', '401', '1'],
    ])
  })

  test('hides secrets', async () => {
    await using google = await createGoogleEmulator()
    await google.fetch(`${google.url}/tokeninfo?access_token=ya29.secret`)
    expect(await visit(google, '/ui/requests')).not.toContain('ya29.secret')
  })

  test('is cleared by its button', async () => {
    await using google = await createGoogleEmulator()
    await ask(google, 'a=1')
    expect(await visit(google, '/ui/requests')).toContain('<tr data-number')
    const init = { method: 'POST', redirect: 'manual' } as const
    expect((await google.fetch(`${google.url}/ui/requests/clear`, init)).status).toBe(303)
    expect(google.requests).toEqual([])
    expect(await visit(google, '/ui/requests')).not.toContain('<tr data-number')
  })

  test('holds the latest only', async () => {
    await using google = await createGoogleEmulator()
    for (let index = 0; index < 230; index += 1) await ask(google, `n=${index}`)
    const html = await visit(google, '/ui/requests')
    expect(html.match(/<tr data-number/g)).toHaveLength(200)
    expect(html).toContain('n=229')
    expect(html).not.toContain('n=29<')
  })
})

describe('the stream of requests', () => {
  test('tells at once what is newer than the last id', async () => {
    await using google = await createGoogleEmulator()
    await ask(google, 'n=1')
    const first = await listen(google, '0')
    expect(first.rows.map(({ cells }) => cells[2])).toEqual(['/calendar/v3/colors?n=1'])
    await ask(google, 'n=2')
    const second = await listen(google, first.id)
    expect(second.rows.map(({ number, cells }) => [number, cells[2]])).toEqual([
      [2, '/calendar/v3/colors?n=2'],
    ])
  })

  test('waits for the next request, and tells its answer when that is there', async () => {
    await using google = await createGoogleEmulator()
    let release = (): void => undefined
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    google.faults.delayNext({ until })
    const arrival = listen(google, '0')
    const asked = ask(google, 'n=1')
    const { id, rows } = await arrival
    expect(rows).toMatchObject([
      { number: 1, cells: [expect.any(String), 'GET', expect.any(String), 'none (yet)', '1'] },
    ])
    const answered = listen(google, id)
    release()
    await asked
    expect((await answered).rows).toMatchObject([{ number: 1, cells: { 3: '401' } }])
  })

  test('starts where the page ends: nothing is told twice and nothing is missed', async () => {
    await using google = await createGoogleEmulator()
    await ask(google, 'n=1')
    const [, after = ''] = /data-stream="[^"]*after=(\d+)"/.exec(await visit(google, '/ui/requests')) ?? []
    await ask(google, 'n=2')
    const answer = await google.fetch(`${google.url}${STREAM}?after=${after}`)
    const text = await answer.text()
    expect(text).toContain('n=2')
    expect(text).not.toContain('n=1"')
  })

  test('goes on after the log was cleared, and for a page that outlived an emulator', async () => {
    await using google = await createGoogleEmulator()
    await ask(google, 'n=1')
    const { id } = await listen(google, '0')
    google.requests.length = 0
    const waiting = listen(google, id)
    await ask(google, 'n=2')
    expect((await waiting).rows).toMatchObject([{ number: 2 }])
    expect((await listen(google, '99999')).rows.length).toBeGreaterThan(0)
    expect((await listen(google, 'rubbish')).rows.length).toBeGreaterThan(0)
  })

  test('forgets a viewer who was told, and one who leaves while waiting', async () => {
    const log: LoggedRequest[] = []
    const feed = createRequestsFeed(log)
    await using google = await createGoogleEmulator()
    await ask(google, 'n=1')
    const viewer = new AbortController()
    const forgotten = vi.spyOn(viewer.signal, 'removeEventListener')
    const told = feed.newerThan(0, viewer.signal)
    log.push(...google.requests)
    feed.changed()
    expect(await told).toMatchObject([{ number: 1 }])
    expect(forgotten).toHaveBeenCalledTimes(1)
    const waiting = feed.newerThan(feed.version(), viewer.signal)
    viewer.abort(new Error('tab closed'))
    await expect(waiting).rejects.toThrow('tab closed')
    await expect(feed.newerThan(0, viewer.signal)).rejects.toThrow('tab closed')
  })

  test('lets a viewer go who leaves', async () => {
    await using google = await createGoogleEmulator()
    const leaving = new AbortController()
    const watching = listen(google, '0', leaving.signal)
    leaving.abort(new Error('tab closed'))
    await expect(watching).rejects.toThrow('tab closed')
    await ask(google, 'n=1')
    expect((await listen(google, '0')).rows).toHaveLength(1)
  })

  test('is ended by closing the emulator, over the port', async () => {
    const google = await createGoogleEmulator({ port: 0 })
    await fetch(`${google.endpoints.apiRootUrl}calendar/v3/colors`)
    const { id } = await (async () => {
      const text = await (await fetch(google.url + STREAM)).text()
      return { id: /id: (\d+)/.exec(text)?.[1] ?? '' }
    })()
    const watching = fetch(google.url + STREAM, { headers: { 'last-event-id': id } }).catch(
      (error: unknown) => error,
    )
    await google.close()
    expect(await watching).toBeInstanceOf(TypeError)
  })

  test('is not for other sites', async () => {
    await using google = await createGoogleEmulator()
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await google.fetch(google.url + STREAM, { headers })).status).toBe(403)
  })
})
