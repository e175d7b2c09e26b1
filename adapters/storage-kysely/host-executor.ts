import { AppointmentSyncError } from 'appointment-sync'
import { CompiledQuery, type Kysely, type QueryResult } from 'kysely'
import type { StorageDialect } from './dialect.ts'
import type { BoundStatement } from './enqueue-statement.ts'

/** A transaction of a Kysely, or a Kysely over a single connection, of whatever tables. */
export interface KyselyLike {
  withoutPlugins(): KyselyLike
  executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>>
}

/** A `DatabaseSync` of `node:sqlite`, or a `Database` of `better-sqlite3`. */
export interface SqliteDatabaseLike {
  prepare(sql: string): {
    all(...parameters: never[]): unknown[]
    iterate(...parameters: never[]): Iterable<unknown>
  }
}

/** A `Client` of `pg`, or the client that its pool gave. The pool itself is refused: it takes any connection. */
export interface PgClientLike {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** A connection of `mysql2/promise`. */
export interface MysqlConnectionLike {
  execute(sql: string, values: never[]): Promise<readonly [unknown, unknown]>
}

/** What a host can enqueue with: its own transaction or connection, on the database of the storage. */
export type HostExecutor = KyselyLike | SqliteDatabaseLike | PgClientLike | MysqlConnectionLike

/** Runs a statement with its values bound, and gives the rows; none for a statement that gives none. */
export type Execute = (statement: BoundStatement) => Promise<readonly unknown[]>

const EXECUTORS: Readonly<Record<StorageDialect, string>> = {
  sqlite: 'a DatabaseSync of node:sqlite or a Database of better-sqlite3',
  postgres: 'a Client of pg or a client that its pool gave',
  mysql: 'a connection of mysql2/promise',
}

function refused(dialect: StorageDialect, what: string): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `executor: ${what} Give a Kysely transaction or ${EXECUTORS[dialect]}, with your transaction open on it. Nothing was enqueued.`,
  })
}

type Members = Readonly<Record<string, unknown>>

/** Whether all of them are functions of the executor. */
function does(executor: Members, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof executor[method] === 'function')
}

/** Which database a Kysely speaks to, told by how it writes a value and a name; `null` when it is none of ours. */
function dialectOf(db: Kysely<unknown>): StorageDialect | null {
  const { sql } = db.selectNoFrom((eb) => eb.val(1).as('one')).compile()
  if (sql.includes('$1')) return 'postgres'
  if (sql.includes('`')) return 'mysql'
  return sql.includes('?') ? 'sqlite' : null
}

function overKysely(dialect: StorageDialect, given: Kysely<unknown>): Execute {
  const spoken = dialectOf(given)
  if (spoken !== dialect) {
    throw refused(dialect, `the Kysely speaks ${spoken ?? 'another dialect'}, and the storage ${dialect}.`)
  }
  const db: KyselyLike = given.withoutPlugins()
  return async ({ sql, parameters }) => (await db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows
}

/** Runs before it returns, so that it is inside of a transaction that is written without waiting. */
function overSqlite(database: SqliteDatabaseLike): Execute {
  return async ({ sql, parameters }) => {
    const statement = database.prepare(sql)
    // The callback-flavoured sqlite3 has `all` too, and would run it later.
    if (!does(statement, 'all', 'iterate')) {
      throw refused('sqlite', 'its prepare() gives no synchronous statement.')
    }
    return statement.all(...(parameters as never[]))
  }
}

function overPg(executor: Members): Execute {
  if ('totalCount' in executor && 'idleCount' in executor) {
    throw refused('postgres', 'a pool runs each query on any connection, outside of your transaction.')
  }
  const client = executor as unknown as PgClientLike
  return async ({ sql, parameters }) => {
    const result: unknown = await client.query(sql, [...parameters])
    const { rows } = (result ?? {}) as { rows?: unknown }
    if (!Array.isArray(rows)) throw foreignAnswer('postgres')
    return rows
  }
}

function overMysql(executor: Members): Execute {
  if (does(executor, 'promise')) {
    throw refused('mysql', 'it is the callback flavour of mysql2; give what its promise() gives.')
  }
  if (does(executor, 'getConnection')) {
    throw refused('mysql', 'a pool runs each query on any connection, outside of your transaction.')
  }
  const connection = executor as unknown as MysqlConnectionLike
  return async ({ sql, parameters }) => {
    const result: unknown = await connection.execute(sql, parameters as never[])
    if (!Array.isArray(result) || result.length !== 2) throw foreignAnswer('mysql')
    return Array.isArray(result[0]) ? (result[0] as unknown[]) : []
  }
}

function foreignAnswer(dialect: StorageDialect): AppointmentSyncError {
  return new AppointmentSyncError({
    code: 'INVALID_ARGUMENT',
    message: `executor: it answered a statement in another form than ${EXECUTORS[dialect]} does. Roll your transaction back, and give one of these or a Kysely transaction.`,
  })
}

/**
 * How to run a statement of ours through what the host gave. Throws `INVALID_ARGUMENT` when it is nothing that is
 * known, when it is for another database than the storage's, and when it has no connection of its own.
 */
export function executeThrough(dialect: StorageDialect, executor: unknown): Execute {
  if (typeof executor !== 'object' || executor === null) throw refused(dialect, 'it is no object.')
  const members = executor as Members
  if (does(members, 'withoutPlugins', 'executeQuery', 'selectNoFrom')) {
    return overKysely(dialect, executor as Kysely<unknown>)
  }
  // A connection of mysql2 has `prepare` and `query` too.
  const isMysql = does(members, 'execute')
  if (dialect === 'mysql' && isMysql) return overMysql(members)
  if (dialect === 'sqlite' && !isMysql && does(members, 'prepare')) {
    return overSqlite(executor as SqliteDatabaseLike)
  }
  if (dialect === 'postgres' && !isMysql && does(members, 'query')) return overPg(members)
  throw refused(dialect, `it is nothing that runs statements on ${dialect}, or it is not known.`)
}
