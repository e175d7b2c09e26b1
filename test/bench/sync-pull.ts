import type { calendar_v3 } from '@googleapis/calendar'
import { type GoogleProcess, startGoogle } from './google-process.ts'
import { LATENCY_MS } from './latency.ts'
import { compare, type Contestant, perOperation, type Scale, type Table } from './measure.ts'
import { officialClient } from './official-client.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { openSqlite } from './storages.ts'

const BARE = 'bare@example.com'
const SALON = 'salon@example.com'
/** The most that Google gives at once: https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
const PAGE = 2500

/** All events of a calendar were moved in Google, and the host follows each. */
export async function bulkPull(scale: Scale, report: (table: Table) => void): Promise<void> {
  const count = scale.smoke ? 50 : 10_000
  await using google = await startGoogle([BARE, SALON])
  await using sqlite = await openSqlite()
  const book = createBook()
  for (let index = 0; index < count; index += 1) {
    book.appointments.set(`a${index}`, booking(`a${index}`, index, Date.now()))
  }
  await using sync = await openSalon({
    book,
    storage: sqlite.storage,
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, SALON),
  })
  // Without latency: this only prepares what is measured.
  await sync.syncAllAppointmentsForUser(owner)
  await sync.pullFromGoogle(owner)
  const baseline = await listing(google, count)
  await google.latency(LATENCY_MS)
  const requests: number[] = []
  const pulling: Contestant = {
    name: 'SDK, SQLite, pullFromGoogle',
    run: async () => {
      await google.shift(SALON, 1)
      await google.traffic()
      const micros = await perOperation(1, async () => {
        const result = await sync.pullFromGoogle(owner)
        const applied = result.status === 'success' ? result.applied : 0
        if (applied !== count) throw new Error(`${applied} of ${count} changes were applied`)
      })
      requests.push((await google.traffic()).requests)
      return micros / count
    },
  }
  const rows = await compare({ ...scale, rounds: Math.min(scale.rounds, 3) }, baseline, [pulling])
  report({
    title: `sync: a pull of ${count} changed events, ${LATENCY_MS} ms of latency`,
    rows,
    notes: [`HTTP requests per pull: ${requests.join(', ')} (goal: at most 6)`],
  })
}

/** The official client reading the same changes by sync token, and doing nothing about them. */
async function listing(google: GoogleProcess, count: number): Promise<Contestant> {
  await google.fill(BARE, count)
  const client = await officialClient({
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, BARE),
  })
  let syncToken: string | undefined
  const readAll = async (): Promise<number> => {
    let pageToken: string | undefined
    let read = 0
    do {
      const { data }: { data: calendar_v3.Schema$Events } = await client.events.list({
        calendarId: 'primary',
        maxResults: PAGE,
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
