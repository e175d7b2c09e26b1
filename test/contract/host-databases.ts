import { randomBytes } from 'node:crypto'
import type { HostExecutor } from 'appointment-sync/adapters/storage-kysely'
import { Kysely, MysqlDialect, PostgresDialect } from 'kysely'
import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { compilerFor } from '../../adapters/storage-kysely/compilers.ts'
import { outbox } from '../../adapters/storage-kysely/initial-schema.ts'

type Row = Readonly<Record<string, unknown>>

/** A host on a server, with the tables of the outbox in a database that is gone when it is closed. */
export interface Host {
  readonly dialect: 'postgres' | 'mysql'
  /** Runs the work in a transaction of the host's, and gives it the executor. */
  transaction(work: (executor: unknown) => Promise<void>): Promise<void>
  /** Runs a statement of the test's own, outside of any transaction. */
  run(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

function scratchName(): string {
  return `appointment_sync_${randomBytes(6).toString('hex')}`
}

function tables(dialect: 'postgres' | 'mysql'): string[] {
  return outbox(compilerFor(dialect)).map((statement) => statement.compile().sql)
}

async function ending(
  work: () => Promise<void>,
  end: (how: 'commit' | 'rollback') => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    await end('rollback')
    throw error
  }
  await end('commit')
}

interface PgDatabase {
  readonly pool: Pool
  readonly close: () => Promise<void>
}

async function pgDatabase(url: string): Promise<PgDatabase> {
  const name = scratchName()
  const server = new Pool({ connectionString: url, max: 1 })
  await server.query(`create database ${name}`)
  const here = new URL(url)
  here.pathname = `/${name}`
  const pool = new Pool({ connectionString: here.href, max: 10 })
  for (const sql of tables('postgres')) await pool.query(sql)
  return {
    pool,
    close: async () => {
      await pool.end()
      await server.query(`drop database ${name}`)
      await server.end()
    },
  }
}

function pgHost({ pool, close }: PgDatabase, transaction: Host['transaction']): Host {
  return {
    dialect: 'postgres',
    transaction,
    run: async (sql) => (await pool.query<Row>(sql)).rows,
    close,
  }
}

/** A host that writes its transactions with a client of `pg`. */
export async function pgClientHost(url: string): Promise<Host> {
  const database = await pgDatabase(url)
  return pgHost(database, async (work) => {
    const client = await database.pool.connect()
    try {
      await client.query('begin')
      await ending(
        () => work(client satisfies HostExecutor),
        (how) => client.query(how),
      )
    } finally {
      client.release()
    }
  })
}

/** A host that writes its transactions with Kysely over `pg`. */
export async function pgKyselyHost(url: string): Promise<Host> {
  const database = await pgDatabase(url)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: database.pool }) })
  return pgHost(database, (work) =>
    db.transaction().execute((transaction) => work(transaction satisfies HostExecutor)),
  )
}

/** Names are told apart as SQLite and Postgres do; the server's default takes `a` for `A`. */
const MYSQL_NAMES = 'character set utf8mb4 collate utf8mb4_bin'

interface MysqlDatabase {
  readonly pool: ReturnType<typeof createPool>
  readonly uri: string
  readonly close: () => Promise<void>
}

async function mysqlDatabase(url: string): Promise<MysqlDatabase> {
  const name = scratchName()
  const server = createPool({ uri: url, connectionLimit: 1 })
  await server.query(`create database ${name} ${MYSQL_NAMES}`)
  const here = new URL(url)
  here.pathname = `/${name}`
  const pool = createPool({ uri: here.href, connectionLimit: 10 })
  for (const sql of tables('mysql')) await pool.query(sql)
  return {
    pool,
    uri: here.href,
    close: async () => {
      await pool.end()
      await server.query(`drop database ${name}`)
      await server.end()
    },
  }
}

function mysqlHost({ pool, close }: MysqlDatabase, transaction: Host['transaction']): Host {
  return {
    dialect: 'mysql',
    transaction,
    run: async (sql) => {
      const [rows] = await pool.query(sql)
      return Array.isArray(rows) ? (rows as Row[]) : []
    },
    close,
  }
}

/** A host that writes its transactions with a connection of `mysql2/promise`. */
export async function mysqlConnectionHost(url: string): Promise<Host> {
  const database = await mysqlDatabase(url)
  return mysqlHost(database, async (work) => {
    const connection = await database.pool.getConnection()
    try {
      await connection.beginTransaction()
      await ending(
        () => work(connection satisfies HostExecutor),
        (how) => connection[how](),
      )
    } finally {
      connection.release()
    }
  })
}

/** A host that writes its transactions with Kysely over `mysql2`. */
export async function mysqlKyselyHost(url: string): Promise<Host> {
  const database = await mysqlDatabase(url)
  const db = new Kysely<unknown>({
    dialect: new MysqlDialect({ pool: createCallbackPool({ uri: database.uri, connectionLimit: 10 }) }),
  })
  const close = async (): Promise<void> => {
    await db.destroy()
    await database.close()
  }
  return mysqlHost({ ...database, close }, (work) =>
    db.transaction().execute((transaction) => work(transaction satisfies HostExecutor)),
  )
}
