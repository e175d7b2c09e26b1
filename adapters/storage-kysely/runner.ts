import { AppointmentSyncError, isAppointmentSyncError } from 'appointment-sync'
import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

/** A Kysely over our tables, in a transaction or not. */
export type Db = Kysely<Database>

/** Runs the work of a store, directly or inside a transaction that is under way. */
export interface Runner {
  /** For work that stays right when other writes come between its statements. */
  readonly run: <T>(work: (db: Db) => Promise<T>) => Promise<T>
  /** For work whose statements must be one. */
  readonly atomic: <T>(work: (db: Db) => Promise<T>) => Promise<T>
}

/** A driver's error as ours; our own errors stay as they are. */
export function storageFailed(error: unknown): AppointmentSyncError {
  if (isAppointmentSyncError(error)) return error
  if (error instanceof Error && /no such (table|column).*appointment_sync_/i.test(error.message)) {
    return new AppointmentSyncError({
      code: 'STORAGE_SCHEMA_OUTDATED',
      message:
        'The database has not got the tables of this version. Run migrateToLatest(db, { dialect }), or one of the other ways of docs/adapters/storage.md.',
      cause: error,
    })
  }
  return new AppointmentSyncError({
    code: 'STORAGE_FAILED',
    message:
      'The database did not carry out a call of the storage; the cause is the error of its driver. Nothing of the call was stored. Try again, and look after the database if it goes on.',
    retryable: true,
    cause: error,
  })
}

/** Runs work whose errors are the driver's or ours. */
export async function withStorageErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageFailed(error)
  }
}
