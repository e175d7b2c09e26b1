import { AppointmentSyncError } from 'appointment-sync'
import type { OutboxJobRef } from 'appointment-sync/ports'
import { type InsertQueryBuilder, type InsertResult, type RawBuilder, sql } from 'kysely'
import type { Db } from './runner.ts'
import type { Database, JobKeyRow, TableName } from './schema.ts'

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

/**
 * The texts as a list for `in`, as one bound value: a page of ids passes SQLite's limit of values to a statement,
 * and a list of its own length for every call would be a statement of its own to prepare.
 */
export function listed(texts: readonly string[]): RawBuilder<string> {
  return sql`(select value from json_each(${JSON.stringify(texts.map(wellFormed))}))`
}

/** All rows of a statement in one column, without the names of theirs; see {@link unpacked}. */
export function packedRows(table: string, columns: readonly string[]): RawBuilder<string> {
  const row = sql.join(columns.map((column) => sql.ref(`${table}.${column}`)))
  return sql`json_group_array(json_array(${row}))`
}

/** What {@link packedRows} packed. */
export function unpacked<Row>(packed: string | null, columns: readonly (keyof Row)[]): Row[] {
  const rows = JSON.parse(packed ?? '[]') as readonly (readonly unknown[])[]
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])) as Row)
}

/** The jobs as rows of a table, as one bound value. */
export function jobRows(refs: readonly OutboxJobRef[]): RawBuilder<JobKeyRow> {
  const keys = refs.map(({ tenantId, userId, integrationId, appointmentId }) =>
    [tenantId, userId, integrationId, appointmentId].map(wellFormed),
  )
  return sql`(select json_extract(value, '$[0]') as tenant_id, json_extract(value, '$[1]') as user_id,
    json_extract(value, '$[2]') as integration_id, json_extract(value, '$[3]') as appointment_id
    from json_each(${JSON.stringify(keys)}))`
}

/** What a driver makes of a text when it binds it by itself: JSON has other ways with half a surrogate pair. */
function wellFormed(text: string): string {
  return text.toWellFormed()
}

/** Whether a driver's error says that a table is missing. */
export function isMissingTable(error: unknown): boolean {
  return error instanceof Error && /no such table/i.test(error.message)
}
