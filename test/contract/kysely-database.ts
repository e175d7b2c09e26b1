import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IntegrationRef } from 'appointment-sync'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { Kysely, type LogEvent } from 'kysely'
import { onTestFinished } from 'vitest'
import { REF } from '../../src/testing/contracts/records.ts'

export {
  aConflict,
  aCursor,
  aLink,
  aLogEntry,
  anEntry as anInboxEntry,
  anIntegration,
  aState as anOAuthState,
  NOW,
} from '../../src/testing/contracts/records.ts'

export const ref: IntegrationRef = REF

/** A path for a database file that is gone when the test ends. */
export function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'appointment-sync-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'storage.db')
}

export interface HostTables {
  host_bookings: { id: string; title: string }
}

/** A Kysely on the file that is closed when the test ends. */
export function open(path: string, log: (event: LogEvent) => void = () => undefined): Kysely<HostTables> {
  const db = new Kysely<HostTables>({ dialect: nodeSqliteDialect({ path }), log })
  onTestFinished(() => db.destroy())
  return db
}

export function storageOn(db: Kysely<HostTables>): Storage {
  return kyselyStorage({ db, dialect: 'sqlite' })
}

/** A migrated database in a file of its own. */
export async function migrated(
  path: string = databaseFile(),
): Promise<{ db: Kysely<HostTables>; storage: Storage }> {
  const db = open(path)
  await migrateToLatest(db, { dialect: 'sqlite' })
  return { db, storage: storageOn(db) }
}
