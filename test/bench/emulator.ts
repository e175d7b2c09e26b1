import type { calendar_v3 } from '@googleapis/calendar'
import { createGoogleEmulator, DEFAULT_USER, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { emulatorStart } from './emulator-start.ts'
import { type Bench, compare, type Contestant, perOperation, type Scale, type Table } from './measure.ts'
import { officialClient } from './official-client.ts'
import { booking } from './salon.ts'

const PAGE = 250
const FULL_PAGE = 2500
const BATCH = 50
const LARGE = 100_000
const CHANGED = 10

/** How fast the emulator answers, what its memory holds, and how soon it is there. */
export const emulator: Bench = {
  name: 'emulator',
  run: async (scale, report) => {
    await calls(scale, report)
    await deltas(scale, report)
    await emulatorStart(scale, report)
  },
}

async function calls(scale: Scale, report: (table: Table) => void): Promise<void> {
  const count = scale.smoke ? 5 : 300
  await using google = await createGoogleEmulator()
  const client = await clientOf(google)
  const { data: event } = await client.events.insert({ calendarId: 'primary', requestBody: body(0) })
  const eventId = event.id ?? ''
  fill(google, scale.smoke ? 20 : FULL_PAGE)
  const canned = await clientOf(google, cannedFetch(google.fetch, JSON.stringify(event)))
  const batch = await batchOfGets(google, client, eventId)

  const calling = (name: string, times: number, call: (index: number) => Promise<unknown>): Contestant => ({
    name,
    run: () => perOperation(times, call),
  })
  const few = Math.max(1, Math.round(count / 20))
  const rows = await compare(
    scale,
    calling('official client over a canned answer', count, () => get(canned, eventId)),
    [
      calling('events.get', count, () => get(client, eventId)),
      calling('events.insert', count, (index) =>
        client.events.insert({ calendarId: 'primary', requestBody: body(index) }),
      ),
      calling(`events.list, a page of ${PAGE}`, few, () => list(client, PAGE)),
      calling(`events.list, a page of ${FULL_PAGE}`, few, () => list(client, FULL_PAGE)),
      calling(`a batch of ${BATCH} gets`, few, batch),
    ],
  )
  report({ title: 'emulator: requests in the process', rows })
}

async function deltas(scale: Scale, report: (table: Table) => void): Promise<void> {
  const sizes = scale.smoke ? [10, 20] : [1000, LARGE]
  const notes: string[] = []
  const contestants: Contestant[] = []
  const emulators: GoogleEmulator[] = []
  for (const size of sizes) {
    const google = await createGoogleEmulator()
    emulators.push(google)
    const before = heapUsed()
    fill(google, size)
    const bytes = heapUsed() - before
    if (before > 0) {
      notes.push(`${size} events: ${(bytes / 1e6).toFixed(0)} MB, ${Math.round(bytes / size)} bytes each`)
    }
    const client = await clientOf(google)
    const syncToken = await lastToken(client)
    const hand = google.user(DEFAULT_USER.email).calendar()
    const { data } = await client.events.list({ calendarId: 'primary', maxResults: CHANGED })
    for (const { id } of data.items ?? []) hand.patch(id ?? '', { summary: 'Barba' })
    contestants.push({
      name: `${CHANGED} changes by token, calendar of ${size}`,
      run: () =>
        perOperation(scale.smoke ? 2 : 100, () => client.events.list({ calendarId: 'primary', syncToken })),
    })
  }
  if (notes.length === 0) notes.push('run node with --expose-gc for the memory')
  const [small, ...large] = contestants
  if (small)
    report({
      title: 'emulator: deltas by the size of the calendar',
      rows: await compare(scale, small, large),
      notes,
    })
  for (const google of emulators) await google.close()
}

/** Bytes in use after a full collection; 0 when collections cannot be asked for. */
function heapUsed(): number {
  if (globalThis.gc === undefined) return 0
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

function clientOf(
  google: GoogleEmulator,
  fetch: typeof globalThis.fetch = google.fetch,
): Promise<calendar_v3.Calendar> {
  return officialClient({
    endpoints: google.endpoints,
    consent: (authUrl) => google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' }),
    fetch,
  })
}

function fill(google: GoogleEmulator, count: number): void {
  const hand = google.user(DEFAULT_USER.email).calendar()
  for (let index = 1; index < count; index += 1) hand.insert(body(index))
}

async function lastToken(client: calendar_v3.Calendar): Promise<string> {
  let pageToken: string | null | undefined
  for (;;) {
    const { data } = await client.events.list({
      calendarId: 'primary',
      maxResults: FULL_PAGE,
      ...(pageToken ? { pageToken } : {}),
    })
    if (data.nextSyncToken) return data.nextSyncToken
    pageToken = data.nextPageToken
  }
}

/** Sends the same batch each time; the authorization is the one that the client sent with its last call. */
async function batchOfGets(
  google: GoogleEmulator,
  client: calendar_v3.Calendar,
  eventId: string,
): Promise<() => Promise<unknown>> {
  const { config } = await client.events.get({ calendarId: 'primary', eventId })
  const authorization = new Headers(config.headers).get('authorization') ?? ''
  const part = `--b\r\nContent-Type: application/http\r\n\r\nGET /calendar/v3/calendars/primary/events/${eventId}\r\n\r\n`
  const text = `${part.repeat(BATCH)}--b--\r\n`
  const headers = { authorization, 'content-type': 'multipart/mixed; boundary=b' }
  const url = `${google.endpoints.apiRootUrl}batch/calendar/v3`
  return async () => {
    const response = await google.fetch(url, { method: 'POST', headers, body: text })
    const answer = await response.text()
    const answered = answer.split('HTTP/1.1 200').length - 1
    if (answered !== BATCH) throw new Error(`the batch has ${answered} good parts: ${answer.slice(0, 300)}`)
  }
}

function get(client: calendar_v3.Calendar, eventId: string): Promise<unknown> {
  return client.events.get({ calendarId: 'primary', eventId })
}

function list(client: calendar_v3.Calendar, maxResults: number): Promise<unknown> {
  return client.events.list({ calendarId: 'primary', maxResults })
}

/** Tokens come from the emulator; every other request gets `text` at once. */
function cannedFetch(emulated: typeof fetch, text: string): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    if (!pathname.startsWith('/calendar/')) return emulated(input, init)
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  }
}

function body(minute: number): calendar_v3.Schema$Event {
  const { start, end } = booking('bench', minute, 0)
  const edge = (value: Date | string): calendar_v3.Schema$EventDateTime => ({
    dateTime: new Date(value).toISOString(),
  })
  return { summary: 'Corte de Cabelo', start: edge(start), end: edge(end) }
}
