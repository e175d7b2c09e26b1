export type {
  HostExecutor,
  KyselyLike,
  MysqlConnectionLike,
  PgClientLike,
  SqliteDatabaseLike,
} from './host-executor.ts'
export { kyselyStorage } from './kysely-storage.ts'
export type { KyselyStorageOptions } from './kysely-storage.ts'
export { migrateToLatest, migrations, printMigrations } from './migrate.ts'
export { nodeSqliteDialect } from './node-sqlite-dialect.ts'
export type { NodeSqliteDialectOptions } from './node-sqlite-dialect.ts'
export type { StorageDialect } from './dialect.ts'
