import { DatabaseSync } from 'node:sqlite'
import type { AppointmentSync } from 'appointment-sync'
import type { Storage } from 'appointment-sync/ports'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { createGoogleEmulator, DEFAULT_USER, type GoogleEmulator } from 'appointment-sync/testing/emulator'
import { type Bench, compare, type Contestant, perOperation } from './measure.ts'
import { booking, createBook, openSalon, owner } from './salon.ts'
import { openSqlite } from './storages.ts'

/** What a sweep costs that finds nothing to do: the state in which it is nearly always. */
export const unchanged: Bench = {
  name: 'unchanged',
  run: async (scale, report) => {
    const count = scale.smoke ? 20 : 1000
    await using sqlite = await openSqlite()
    await using memory = await openSwept(count, memoryStorage())
    await using file = await openSwept(count, sqlite.storage)
    const database = new DatabaseSync(sqlite.path, { readOnly: true })
    try {
      const rows = await compare(scale, selectEach(database, count), [
        { name: 'SDK, memoryStorage', run: () => sweep(memory.sync, count) },
        { name: 'SDK, SQLite', run: () => sweep(file.sync, count) },
      ])
      const calls = memory.google.requests.length + file.google.requests.length
      report({
        title: `unchanged: sweep over ${count} appointments that Google has already`,
        rows,
        notes: [`calls to Google in all sweeps: ${calls}`],
      })
    } finally {
      database.close()
    }
  },
}

/** A salon whose appointments are all on the calendar. */
export async function openSwept(
  count: number,
  storage: Storage,
): Promise<AsyncDisposable & { sync: AppointmentSync; google: GoogleEmulator }> {
  const google = await createGoogleEmulator()
  const book = createBook()
  for (let index = 0; index < count; index += 1) {
    book.appointments.set(`a${index}`, booking(`a${index}`, index, Date.now()))
  }
  const { endpoints, fetch } = google
  const consent = (authUrl: string): string =>
    google.authorize(authUrl, { email: DEFAULT_USER.email, grant: 'all' })
  const sync = await openSalon({ book, storage, endpoints, fetch, consent })
  const { created } = await sync.syncAllAppointmentsForUser(owner)
  if (created !== count) throw new Error(`${created} of ${count} appointments were put on the calendar`)
  google.requests.length = 0
  return { sync, google, [Symbol.asyncDispose]: () => sync.close() }
}

/** Sweeps once; microseconds for one appointment. */
export async function sweep(sync: AppointmentSync, count: number): Promise<number> {
  const micros = await perOperation(1, async () => {
    const { skipped } = await sync.syncAllAppointmentsForUser(owner)
    if (skipped !== count) throw new Error(`${skipped} of ${count} appointments were unchanged`)
  })
  return micros / count
}

/** The least that finding out can cost: one look at the link of each appointment. */
export function selectEach(database: DatabaseSync, count: number): Contestant {
  // By the whole key: without the integration the table would be searched for each row.
  const select = database.prepare(
    'SELECT * FROM appointment_sync_links WHERE tenant_id = ? AND integration_id = ? AND appointment_id = ?',
  )
  const integration = database.prepare('SELECT id FROM appointment_sync_integrations').get()
  const integrationId = String(integration?.['id'])
  return {
    name: 'SELECT of the link, node:sqlite, prepared',
    run: () =>
      perOperation(count, (index) => {
        const link = select.get(owner.tenantId, integrationId, `a${index}`)
        if (link === undefined) throw new Error('there is no such link')
      }),
  }
}
