import type { calendar_v3 } from '@googleapis/calendar'
import { createGoogleEmulator, DEFAULT_USER } from 'appointment-sync/testing/emulator'
import { type Bench, compare, type Contestant, perOperation } from './measure.ts'
import { officialClient } from './official-client.ts'
import { booking } from './salon.ts'

const PAGE = 250

/** How fast the emulator answers in the process, beside a `fetch` that answers at once with a canned event. */
export const emulator: Bench = {
  name: 'emulator',
  run: async (scale, report) => {
    const count = scale.smoke ? 5 : 300
    await using google = await createGoogleEmulator()
    const reach = {
      endpoints: google.endpoints,
      consent: (authUrl: string): string =>
        google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' }),
    }
    const client = await officialClient({ ...reach, fetch: google.fetch })
    const { data: event } = await client.events.insert({ calendarId: 'primary', requestBody: body(0) })
    const eventId = event.id ?? ''
    for (let index = 1; index < PAGE; index += 1) {
      await client.events.insert({ calendarId: 'primary', requestBody: body(index) })
    }
    const canned = await officialClient({ ...reach, fetch: cannedFetch(google.fetch, JSON.stringify(event)) })

    const calling = (name: string, call: (index: number) => Promise<unknown>): Contestant => ({
      name,
      run: () => perOperation(count, call),
    })
    const rows = await compare(
      scale,
      calling('official client over a canned answer', () => get(canned, eventId)),
      [
        calling('events.get', () => get(client, eventId)),
        calling(`events.list, first page of ${PAGE}`, () => list(client)),
        calling('events.insert', (index) =>
          client.events.insert({ calendarId: 'primary', requestBody: body(index) }),
        ),
      ],
    )
    report({ title: 'emulator: calls of the official client in the process', rows })
  },
}

function get(client: calendar_v3.Calendar, eventId: string): Promise<unknown> {
  return client.events.get({ calendarId: 'primary', eventId })
}

function list(client: calendar_v3.Calendar): Promise<unknown> {
  return client.events.list({ calendarId: 'primary', maxResults: PAGE })
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
