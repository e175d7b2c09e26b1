import { AsyncLocalStorage } from 'node:async_hooks'
import { AppointmentSyncError } from 'appointment-sync'
import type { Storage, StorageSession } from 'appointment-sync/ports'
import type { Kysely } from 'kysely'
import { busyStore } from './busy.ts'
import { watchChannelStore } from './channels.ts'
import { checkSchema } from './check-schema.ts'
import { conflictStore } from './conflicts.ts'
import { assertSupported, type StorageDialect, takeWriteLock } from './dialect.ts'
import { credentialStore, integrationStore, oauthStateStore } from './grants.ts'
import { enqueueWith } from './enqueue-with.ts'
import { eventOfferStore } from './event-offers.ts'
import { inboxStore } from './inbox.ts'
import { leaseStore } from './leases.ts'
import { eventLinkStore, syncCursorStore } from './links.ts'
import { outboxStore } from './outbox.ts'
import { type Db, type Runner, storageFailed, withStorageErrors } from './runner.ts'
import { syncLogStore } from './sync-log.ts'

/** What {@link kyselyStorage} is made of. */
export interface KyselyStorageOptions<DB> {
  /** The host's own Kysely, of whatever tables. It is used without its plugins and never closed. */
  readonly db: Kysely<DB>
  /** Which database is behind `db`. This version supports `sqlite`; others throw `INVALID_CONFIGURATION`. */
  readonly dialect: StorageDialect
}

/** Whether the transaction that the running code belongs to is still open. */
interface Scope {
  open: boolean
}

function sessionOver(runner: Runner): StorageSession {
  return {
    integrations: integrationStore(runner),
    credentials: credentialStore(runner),
    oauthStates: oauthStateStore(runner),
    links: eventLinkStore(runner),
    cursors: syncCursorStore(runner),
    outbox: outboxStore(runner),
    inbox: inboxStore(runner),
    conflicts: conflictStore(runner),
    syncLog: syncLogStore(runner),
    leases: leaseStore(runner),
    channels: watchChannelStore(runner),
    eventOffers: eventOfferStore(runner),
    busy: busyStore(runner),
  }
}

function misuse(message: string): AppointmentSyncError {
  return new AppointmentSyncError({ code: 'INTERNAL', message })
}

/** A runner on a transaction, and a way to wait for calls that its work did not wait for. */
function transactionRunner(db: Db, scope: Scope): { runner: Runner; settled: () => Promise<unknown> } {
  const pending = new Set<Promise<unknown>>()
  const run = <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    if (!scope.open) {
      return Promise.reject(misuse('A session was used after its transaction ended. Await every call of it.'))
    }
    const call = withStorageErrors(() => work(db))
    pending.add(call)
    const forget = (): void => void pending.delete(call)
    call.then(forget, forget)
    return call
  }
  return { runner: { run, atomic: run }, settled: () => Promise.allSettled(pending) }
}

/**
 * Storage in the host's SQL database, through the host's own Kysely. The tables are prefixed
 * `appointment_sync_`; nothing migrates by itself, see `migrateToLatest`.
 *
 * Throws `INVALID_CONFIGURATION` for a dialect that this version does not support. Errors of the driver come as
 * `STORAGE_FAILED`, retryable, with the driver's error as cause.
 */
export function kyselyStorage<DB>(options: KyselyStorageOptions<DB>): Storage {
  const { dialect } = options
  assertSupported(dialect)
  // Without plugins: one that renames columns would rename ours.
  const db = options.db.withoutPlugins() as unknown as Db
  const inside = new AsyncLocalStorage<Scope>()

  /** Runs work of ours that uses the outer database, never from inside a transaction: it would wait for itself. */
  const outside = <T>(work: () => Promise<T>): Promise<T> => {
    if (inside.getStore()?.open !== true) return work()
    return Promise.reject(
      misuse(
        'The storage was used inside a transaction instead of the session the transaction gave. Use the session: the storage waits for the transaction to end.',
      ),
    )
  }

  const inTransaction = <T>(work: (db: Db) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (transaction) => {
      await takeWriteLock(transaction)
      return work(transaction)
    })

  const runner: Runner = {
    run: (work) => outside(() => withStorageErrors(() => work(db))),
    atomic: (work) => outside(() => withStorageErrors(() => inTransaction(work))),
  }

  const transaction = async <T>(work: (session: StorageSession) => Promise<T>): Promise<T> => {
    let failure: { readonly error: unknown } | undefined
    try {
      return await inTransaction(async (transaction) => {
        const scope: Scope = { open: true }
        const { runner, settled } = transactionRunner(transaction, scope)
        try {
          return await inside.run(scope, () => work(sessionOver(runner)))
        } catch (error) {
          failure = { error }
          throw error
        } finally {
          scope.open = false
          await settled()
        }
      })
    } catch (error) {
      if (failure !== undefined) throw failure.error
      throw storageFailed(error)
    }
  }

  return {
    ...sessionOver(runner),
    transaction: (work) => outside(() => transaction(work)),
    enqueueWith: (executor, intent) =>
      outside(() => withStorageErrors(() => enqueueWith(dialect, executor, intent))),
    check: () => outside(() => withStorageErrors(() => checkSchema(db))),
  }
}
