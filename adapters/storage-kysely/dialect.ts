import { AppointmentSyncError } from 'appointment-sync'
import {
  DummyDriver,
  type InsertQueryBuilder,
  type InsertResult,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Db } from './runner.ts'
import type { Database, TableName } from './schema.ts'

/** The databases that are foreseen. This version supports `sqlite`. */
export type StorageDialect = 'sqlite' | 'postgres' | 'mysql'

/** Throws `INVALID_CONFIGURATION` for a database that this version does not support. */
export function assertSupported(dialect: StorageDialect): asserts dialect is 'sqlite' {
  if (dialect === 'sqlite') return
  throw new AppointmentSyncError({
    code: 'INVALID_CONFIGURATION',
    message: `dialect: ${JSON.stringify(dialect)} is not supported: this version supports "sqlite", others come with a later version. Use sqlite, or write a storage of your own.`,
  })
}

/** Column types; SQLite derives from them whether a column holds text or whole numbers. */
export const COLUMN = {
  /** Ids of the host and of the SDK. */
  id: 'varchar(191)',
  /** Ids of Google, which may be longer. */
  googleId: 'varchar(1024)',
  /** Names out of a fixed list, and error codes. */
  word: 'varchar(64)',
  text: 'text',
  integer: 'bigint',
} as const

/** A Kysely that compiles statements and executes none. */
export function compiler(): Db {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}

/** Inserts unless a unique key is taken; returns whether the row was added. */
export async function insertIfFree<T extends TableName>(
  insert: InsertQueryBuilder<Database, T, InsertResult>,
): Promise<boolean> {
  const result = await insert.onConflict((conflict) => conflict.doNothing()).executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/**
 * Takes the write lock of the database at the start of a transaction, whatever dialect the host brought: a
 * transaction that reads first and writes later would fail when another process wrote in between.
 */
export async function takeWriteLock(db: Db): Promise<void> {
  await db.deleteFrom('appointment_sync_meta').where('name', '=', '').execute()
}

/** Whether a driver's error says that a table is missing. */
export function isMissingTable(error: unknown): boolean {
  return error instanceof Error && /no such table/i.test(error.message)
}
