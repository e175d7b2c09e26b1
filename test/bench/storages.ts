import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import type { Storage } from 'appointment-sync/ports'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'

/** SQLite in a temporary file, as a host would set it up. */
export interface SqliteFile extends AsyncDisposable {
  readonly path: string
  readonly storage: Storage
}

/** Opens one; it is deleted in the end. */
export async function openSqlite(): Promise<SqliteFile> {
  const folder = await mkdtemp(join(tmpdir(), 'appointment-sync-bench-'))
  const path = join(folder, 'sync.sqlite')
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect({ path }) })
  await migrateToLatest(db, { dialect: 'sqlite' })
  return {
    path,
    storage: kyselyStorage({ db, dialect: 'sqlite' }),
    [Symbol.asyncDispose]: async () => {
      await db.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
