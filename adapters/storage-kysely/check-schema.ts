import { AppointmentSyncError } from 'appointment-sync'
import { sql } from 'kysely'
import { isMissingTable } from './dialect.ts'
import type { Db } from './runner.ts'
import { SCHEMA_VERSION, TABLE_NAMES } from './schema.ts'

function outdated(what: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'STORAGE_SCHEMA_OUTDATED',
    message: `${what} This version needs schema version ${SCHEMA_VERSION}. Run migrateToLatest(db, { dialect }), hand migrations(dialect) to your own migrator, or run the SQL of printMigrations(dialect).`,
  })
}

/** The version the migrations wrote, however they were run; `null` when they did not. */
async function storedVersion(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom('appointment_sync_meta')
    .select('value')
    .where('name', '=', 'schema_version')
    .executeTakeFirst()
  return row === undefined ? null : Number(row.value)
}

/** Throws `STORAGE_SCHEMA_OUTDATED` when a table is missing or the version is older; a newer one is accepted. */
export async function checkSchema(db: Db): Promise<void> {
  let table: string = 'appointment_sync_meta'
  try {
    const version = await storedVersion(db)
    if (version === null) throw outdated('The database has no schema version of appointment-sync.')
    if (!(version >= SCHEMA_VERSION)) throw outdated(`The database is at schema version ${version}.`)
    for (table of TABLE_NAMES) {
      await db
        .selectFrom(table as 'appointment_sync_meta')
        .select(sql.lit(1).as('one'))
        .limit(1)
        .execute()
    }
  } catch (error) {
    throw isMissingTable(error) ? outdated(`The database has no table ${table}.`) : error
  }
}
