import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  DeleteQueryNode,
  InsertQueryNode,
  type QueryResult,
  RawNode,
  UpdateQueryNode,
} from 'kysely'

/** How to wait for another process that holds the file. */
export interface BusyWait {
  /** At most so long for one statement, in milliseconds. */
  readonly timeoutMs: number
  readonly wait: (ms: number) => Promise<unknown>
}

/** Waiting times in milliseconds, the last one over and over; those of SQLite's own busy handler. */
const BUSY_DELAYS_MS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]

/** Prepared statements that are kept; each takes a few kilobytes. */
const MAX_STATEMENTS = 256

/** SQLITE_BUSY, in the low byte of the extended codes: https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  )
}

/** Whether rows are changed and none are given back; only then does SQLite's count of changes mean this one. */
function onlyChanges({ query, sql }: CompiledQuery): boolean {
  if (InsertQueryNode.is(query) || UpdateQueryNode.is(query) || DeleteQueryNode.is(query)) {
    return query.returning === undefined
  }
  if (!RawNode.is(query)) return false
  return /^\s*(insert|update|delete|replace)\b/i.test(sql) && !/\breturning\b/i.test(sql)
}

/** Kysely gives flags as they are; not every version of `node:sqlite` takes them. */
function bindable(parameter: unknown): SQLInputValue {
  return (typeof parameter === 'boolean' ? Number(parameter) : parameter) as SQLInputValue
}

/** The one connection to a file. */
export class NodeSqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync
  readonly #busy: BusyWait
  readonly #statements = new Map<string, StatementSync>()
  #inTransaction = false

  constructor(db: DatabaseSync, busy: BusyWait) {
    this.#db = db
    this.#busy = busy
  }

  async begin(): Promise<void> {
    await this.#patiently(() => this.#db.exec('begin immediate'))
    this.#inTransaction = true
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    await Promise.resolve()
    try {
      this.#db.exec(how)
      this.#inTransaction = false
    } finally {
      // SQLite may have rolled back by itself, and says so here; a failed commit is followed by a rollback.
      if (how === 'rollback') this.#inTransaction = false
    }
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#patiently(() => this.#execute<R>(query))
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const statement = this.#db.prepare(query.sql)
    for (const row of statement.iterate(...query.parameters.map(bindable))) yield { rows: [row as R] }
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepared(query.sql)
    const parameters = query.parameters.map(bindable)
    if (!onlyChanges(query)) return { rows: statement.all(...parameters) as R[] }
    const { changes, lastInsertRowid } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  /** The least recently used statement makes room. */
  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.delete(sql)
    this.#statements.set(sql, statement)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size > MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest)
    return statement
  }

  /**
   * Tries again while another process holds the file. A statement that was refused has done nothing, so outside
   * of a transaction it can be repeated; inside, the lock is ours already.
   */
  async #patiently<T>(statement: () => T): Promise<T> {
    let waitedMs = 0
    for (let attempt = 0; ; attempt += 1) {
      try {
        return statement()
      } catch (error) {
        if (!isBusy(error) || this.#inTransaction || waitedMs >= this.#busy.timeoutMs) throw error
      }
      const ms = BUSY_DELAYS_MS[Math.min(attempt, BUSY_DELAYS_MS.length - 1)] ?? 100
      await this.#busy.wait(ms)
      waitedMs += ms
    }
  }
}
