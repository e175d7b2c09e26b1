import type { calendar_v3 } from '@googleapis/calendar'
import type { AppointmentSync } from 'appointment-sync'
import type { Storage } from 'appointment-sync/ports'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { type GoogleProcess, startGoogle } from './google-process.ts'
import { type Bench, compare, type Contestant, perOperation } from './measure.ts'
import { officialClient } from './official-client.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { openSqlite } from './storages.ts'

const BARE = 'bare@example.com'

/** What it costs to learn of changed events and to have the host follow each, beside only reading them. */
export const pull: Bench = {
  name: 'pull',
  run: async (scale, report) => {
    const count = scale.smoke ? 5 : 200
    await using google = await startGoogle([BARE, 'memory@example.com', 'sqlite@example.com'])
    await using sqlite = await openSqlite()
    const bare = await officialClient({
      endpoints: google.endpoints,
      consent: (authUrl) => google.consent(authUrl, BARE),
    })
    const baseline = await listing(google, bare, count)
    const contestants = [
      await pulling(google, 'memory@example.com', 'SDK, memoryStorage', memoryStorage(), count),
      await pulling(google, 'sqlite@example.com', 'SDK, SQLite', sqlite.storage, count),
    ]
    try {
      const rows = await compare(scale, baseline, contestants)
      report({ title: `pull: ${count} events moved in Google, read and followed, over a port`, rows })
    } finally {
      for (const { sync } of contestants) await sync.close()
    }
  },
}

/** The official client reading the same changes by sync token, and doing nothing about them. */
async function listing(
  google: GoogleProcess,
  client: calendar_v3.Calendar,
  count: number,
): Promise<Contestant> {
  for (let index = 0; index < count; index += 1) {
    const { start, end } = booking('bare', index, 0)
    const edge = (value: Date | string): object => ({ dateTime: new Date(value).toISOString() })
    const requestBody = { summary: 'Corte de Cabelo', start: edge(start), end: edge(end) }
    await client.events.insert({ calendarId: 'primary', requestBody })
  }
  let syncToken: string | undefined
  const readAll = async (): Promise<number> => {
    let pageToken: string | undefined
    let read = 0
    do {
      const { data } = await client.events.list({
        calendarId: 'primary',
        maxResults: 1000,
        ...(syncToken === undefined ? {} : { syncToken }),
        ...(pageToken === undefined ? {} : { pageToken }),
      })
      read += data.items?.length ?? 0
      pageToken = data.nextPageToken ?? undefined
      syncToken = data.nextSyncToken ?? syncToken
    } while (pageToken !== undefined)
    return read
  }
  await readAll()
  return {
    name: 'events.list of the official client',
    run: async () => {
      await google.shift(BARE, 1)
      const micros = await perOperation(1, async () => {
        const read = await readAll()
        if (read !== count) throw new Error(`${read} of ${count} changes were read`)
      })
      return micros / count
    },
  }
}

/** A salon with events on the calendar of `email`, which a person moves before each run. */
async function pulling(
  google: GoogleProcess,
  email: string,
  name: string,
  storage: Storage,
  count: number,
): Promise<Contestant & { readonly sync: AppointmentSync }> {
  const book = createBook()
  for (let index = 0; index < count; index += 1) {
    book.appointments.set(`a${index}`, booking(`a${index}`, index, Date.now()))
  }
  const { endpoints } = google
  const consent = (authUrl: string): Promise<string> => google.consent(authUrl, email)
  const sync = await openSalon({ book, storage, endpoints, consent })
  await sync.syncAllAppointmentsForUser(owner)
  await sync.pullFromGoogle(owner)
  return {
    name,
    sync,
    run: async () => {
      await google.shift(email, 1)
      const micros = await perOperation(1, async () => {
        const result = await sync.pullFromGoogle(owner)
        const applied = result.status === 'success' ? result.applied : 0
        if (applied !== count) throw new Error(`${applied} of ${count} changes were applied`)
      })
      return micros / count
    },
  }
}
