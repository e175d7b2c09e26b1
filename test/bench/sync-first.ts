import type { calendar_v3 } from '@googleapis/calendar'
import { type GoogleProcess, startGoogle } from './google-process.ts'
import { LATENCY_MS } from './latency.ts'
import { perOperation, type Row, type Scale, type Table } from './measure.ts'
import { officialClient } from './official-client.ts'
import { timesAt } from './push.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { openSqlite } from './storages.ts'

const BARE = 'bare@example.com'
const WARM_UP = 'warm-up@example.com'
/** Appointments that warm up the code and the connection, and do not count. */
const WARM_UP_COUNT = 20

/** The first sync of an owner, beside one `events.insert` after the other. */
export async function firstSync(scale: Scale, report: (table: Table) => void): Promise<void> {
  const count = scale.smoke ? 20 : 1000
  // The loop takes a minute and hardly varies; it is measured once.
  const runs = scale.smoke ? 1 : 3
  const accounts = Array.from({ length: runs }, (_, run) => `run-${run}@example.com`)
  await using google = await startGoogle([BARE, WARM_UP, ...accounts])
  await google.latency(LATENCY_MS)
  await syncFrom(google, WARM_UP, WARM_UP_COUNT)
  const bareMicros = await insertEach(google, count)
  const measured: { micros: number; requests: number; calls: number }[] = []
  for (const email of accounts) measured.push(await syncFrom(google, email, count))
  const sorted = measured.map(({ micros }) => micros).sort((a, b) => a - b)
  const micros = sorted[Math.floor(sorted.length / 2)] ?? 0
  const rows: Row[] = [
    {
      name: 'loop over events.insert of the official client',
      micros: bareMicros,
      ratio: 1,
      ratioRange: [1, 1],
    },
    {
      name: 'SDK, SQLite, syncAllAppointmentsForUser',
      micros,
      ratio: micros / bareMicros,
      ratioRange: [(sorted[0] ?? 0) / bareMicros, (sorted.at(-1) ?? 0) / bareMicros],
    },
  ]
  const requests = measured.map((run) => run.requests).join(', ')
  const calls = measured.map((run) => run.calls).join(', ')
  report({
    title: `sync: the first ${count} appointments, ${LATENCY_MS} ms of latency`,
    rows,
    notes: [
      `${(bareMicros / micros).toFixed(1)} times faster than the loop (goal: 25)`,
      `HTTP requests per run: ${requests} (goal: at most 25), with ${calls} calls in them`,
    ],
  })
}

async function insertEach(google: GoogleProcess, count: number): Promise<number> {
  const client = await officialClient({
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, BARE),
  })
  const insert = async (index: number): Promise<void> => {
    const requestBody: calendar_v3.Schema$Event = { summary: 'Corte de Cabelo', ...timesAt(index) }
    await client.events.insert({ calendarId: 'primary', requestBody })
  }
  await perOperation(WARM_UP_COUNT, insert)
  return perOperation(count, insert)
}

/** A salon with so many appointments and nothing on the calendar of `email` is synced for the first time. */
async function syncFrom(
  google: GoogleProcess,
  email: string,
  count: number,
): Promise<{ micros: number; requests: number; calls: number }> {
  await using sqlite = await openSqlite()
  const book = createBook()
  for (let index = 0; index < count; index += 1) {
    book.appointments.set(`a${index}`, booking(`a${index}`, index, Date.now()))
  }
  await using sync = await openSalon({
    book,
    storage: sqlite.storage,
    endpoints: google.endpoints,
    consent: (authUrl) => google.consent(authUrl, email),
  })
  await google.traffic()
  const micros = await perOperation(1, async () => {
    const { created } = await sync.syncAllAppointmentsForUser(owner)
    if (created !== count) throw new Error(`${created} of ${count} appointments were put on the calendar`)
  })
  const { requests, calls } = await google.traffic()
  const events = await google.count(email)
  if (events !== count) throw new Error(`there are ${events} events and not ${count}`)
  return { micros: micros / count, requests, calls }
}
