import {
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { StorageDialect } from './dialect.ts'
import type { Db } from './runner.ts'
import type { Database } from './schema.ts'

const createDriver = (): DummyDriver => new DummyDriver()

const COMPILERS: Readonly<Record<StorageDialect, Db>> = {
  sqlite: new Kysely<Database>({
    dialect: {
      createDriver,
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely<Database>({
    dialect: {
      createDriver,
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
  mysql: new Kysely<Database>({
    dialect: {
      createDriver,
      createAdapter: () => new MysqlAdapter(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  }),
}

/** A Kysely that compiles statements for the database and executes none. */
export function compilerFor(dialect: StorageDialect): Db {
  return COMPILERS[dialect]
}
