import { Kysely } from 'kysely'
import { createAppointmentSync } from 'appointment-sync'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { systemClock } from 'appointment-sync/ports'
import type { GoogleEmulator } from 'appointment-sync/testing/emulator'
import { createHostTables, type HostTables, openHost } from './host-database.ts'
import type { Professional } from './people.ts'
import { sdkOptions } from './sdk-options.ts'

/** Makes the database file and connects everybody; the workers find it as after a deployment. */
export async function setUp(
  databasePath: string,
  google: GoogleEmulator,
  professionals: readonly Professional[],
): Promise<void> {
  const db = new Kysely<HostTables>({ dialect: nodeSqliteDialect({ path: databasePath }) })
  try {
    await createHostTables(db)
    await migrateToLatest(db, { dialect: 'sqlite' })
    const storage = kyselyStorage({ db, dialect: 'sqlite' })
    const host = openHost(db, systemClock, {
      applying: () => undefined,
      changed: () => Promise.resolve(),
    })
    const { endpoints } = google
    await using sync = createAppointmentSync(
      sdkOptions({ endpoints, appointments: host, storage, clock: systemClock }),
    )
    for (const { owner, email, policy } of professionals) {
      const { url } = await sync.oauth.getAuthUrl({ owner })
      const back = new URL(google.authorize(url, { email, grant: 'all' })).searchParams
      await sync.oauth.handleCallback({ code: back.get('code') ?? '', state: back.get('state') ?? '' })
      await sync.integrations.updateSettings(owner, { conflictResolution: policy })
    }
  } finally {
    await db.destroy()
  }
}
