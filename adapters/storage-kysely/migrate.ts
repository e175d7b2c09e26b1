import { AppointmentSyncError } from 'appointment-sync'
import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { compilerFor } from './compilers.ts'
import { assertSupported, type StorageDialect } from './dialect.ts'
import { MIGRATIONS } from './migrations.ts'
import type { Db } from './runner.ts'

/**
 * The migrations by name, for a Kysely `Migrator` of the host's own. They go up only: undoing them would delete
 * every link between appointments and events.
 */
export function migrations(dialect: StorageDialect): Record<string, Migration> {
  assertSupported(dialect)
  return Object.fromEntries(
    Object.entries(MIGRATIONS).map(([name, statementsOf]) => [
      name,
      {
        up: async (db: Kysely<never>): Promise<void> => {
          for (const statement of statementsOf(db.withoutPlugins() as unknown as Db))
            await statement.execute()
        },
      },
    ]),
  )
}

/** The SQL of all migrations, one statement to a paragraph, for hosts that run SQL with a tool of their own. */
export function printMigrations(dialect: StorageDialect): string {
  assertSupported(dialect)
  const db = compilerFor(dialect)
  return Object.entries(MIGRATIONS)
    .map(([name, statementsOf]) => {
      const statements = statementsOf(db).map((statement) => `${statement.compile().sql};\n`)
      return `-- ${name}\n\n${statements.join('\n')}`
    })
    .join('\n')
}

/**
 * Brings the tables to this version's schema; harmless when they are there already, and when several processes
 * do it at once. What was run is kept in `appointment_sync_migrations`. Throws `STORAGE_FAILED`, naming the
 * migration, when one fails.
 */
export async function migrateToLatest<DB>(
  db: Kysely<DB>,
  options: { readonly dialect: StorageDialect },
): Promise<void> {
  const all = migrations(options.dialect)
  const migrator = new Migrator({
    db: db.withoutPlugins(),
    provider: { getMigrations: () => Promise.resolve(all) },
    migrationTableName: 'appointment_sync_migrations',
    migrationLockTableName: 'appointment_sync_migrations_lock',
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  throw new AppointmentSyncError({
    code: 'STORAGE_FAILED',
    message: `${failed === undefined ? 'The migrations could not be started' : `Migration ${failed} failed`}; the cause is the error of the database. Set it right and migrate again.`,
    cause: error,
  })
}
