import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type BusyWait, NodeSqliteConnection } from './node-sqlite-connection.ts'

/** What {@link nodeSqliteDialect} is made of. */
export interface NodeSqliteDialectOptions {
  /** The database file, created when it is missing; `:memory:` for one that ends with its Kysely. */
  readonly path: string
  /** How long a write waits for another process's, in milliseconds. Default 5000. */
  readonly busyTimeoutMs?: number | undefined
  /** How to wait for so many milliseconds; for tests. Default a timer. */
  readonly wait?: ((ms: number) => Promise<unknown>) | undefined
}

/** SQLite takes schema changes into a transaction: a migration that fails half way leaves nothing behind. */
class NodeSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/**
 * One connection. Kysely hands it to one user at a time, because the adapter says that there are no others: a
 * query never gets into a transaction that is not its own.
 */
class NodeSqliteDriver implements Driver {
  readonly #path: string
  readonly #busy: BusyWait
  #connection: NodeSqliteConnection | undefined

  constructor(path: string, busy: BusyWait) {
    this.#path = path
    this.#busy = busy
  }

  async init(): Promise<void> {
    const connection = new NodeSqliteConnection(new DatabaseSync(this.#path), this.#busy)
    try {
      // No waiting inside SQLite: it would stop this process, and with it the one that is waited for.
      for (const pragma of ['busy_timeout = 0', 'journal_mode = WAL', 'foreign_keys = ON']) {
        await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
      }
    } catch (error) {
      connection.close()
      throw error
    }
    this.#connection = connection
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await Promise.resolve()
    return this.#opened()
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }

  /** Immediate: a transaction that first reads cannot fail later because another process wrote meanwhile. */
  beginTransaction(): Promise<void> {
    return this.#opened().begin()
  }

  commitTransaction(): Promise<void> {
    return this.#opened().end('commit')
  }

  rollbackTransaction(): Promise<void> {
    return this.#opened().end('rollback')
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quoted(name)}`))
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quoted(name)}`))
  }

  destroy(): Promise<void> {
    this.#connection?.close()
    this.#connection = undefined
    return Promise.resolve()
  }

  #opened(): NodeSqliteConnection {
    if (this.#connection === undefined) throw new Error('The database is closed.')
    return this.#connection
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A Kysely dialect over Node's own `node:sqlite`: one connection, write-ahead log, foreign keys on, immediate
 * transactions. A write that finds the file locked by another process waits without holding up this one, for at
 * most `busyTimeoutMs`. Whole numbers are read as numbers, which holds below 2^53.
 */
export function nodeSqliteDialect(options: NodeSqliteDialectOptions): Dialect {
  const busy: BusyWait = { timeoutMs: options.busyTimeoutMs ?? 5000, wait: options.wait ?? delay }
  return {
    createAdapter: () => new NodeSqliteAdapter(),
    createDriver: () => new NodeSqliteDriver(options.path, busy),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
