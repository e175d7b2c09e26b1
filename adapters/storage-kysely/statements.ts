import { type Compilable, type CreateTableBuilder, sql } from 'kysely'
import type { COLUMN } from './dialect.ts'
import type { Db } from './runner.ts'
import type { TableName } from './schema.ts'

/** A statement that can be executed, and printed without a database. */
export type Statement = Pick<Compilable, 'compile'> & { execute(): Promise<unknown> }

export type Column = readonly [
  name: string,
  type: (typeof COLUMN)[keyof typeof COLUMN],
  nullable?: 'nullable',
]

/** Like every statement here, leaves alone what is there already: running them twice changes nothing. */
export function table(db: Db, name: string, key: readonly string[], columns: readonly Column[]): Statement {
  let builder: CreateTableBuilder<string, string> = db.schema.createTable(name).ifNotExists()
  for (const [column, type, nullable] of columns) {
    builder = builder.addColumn(column, sql.raw(type), (def) =>
      nullable === undefined ? def.notNull() : def,
    )
  }
  return builder.addPrimaryKeyConstraint(`${name}_key`, [...key] as never)
}

/**
 * A column that the table had not got before; one that may not be null needs what the rows of before get. Not every
 * database can be told to add a column only if it is missing, so it is looked for when the statement is run, and
 * printed text can be run once only.
 */
export function newColumn(
  db: Db,
  table: TableName,
  [name, type, nullable]: Column,
  before?: number,
): Statement {
  const builder = db.schema
    .alterTable(table)
    .addColumn(name, sql.raw(type), (def) =>
      nullable === undefined ? def.notNull().defaultTo(sql.lit(before)) : def,
    )
  return {
    compile: () => builder.compile(),
    execute: async () => {
      const tables = await db.introspection.getTables()
      const columns = tables.find((found) => found.name === table)?.columns ?? []
      if (!columns.some((column) => column.name === name)) await builder.execute()
    },
  }
}

export function index(db: Db, table: string, name: string, columns: readonly string[]): Statement {
  return db.schema
    .createIndex(`${table}_${name}`)
    .ifNotExists()
    .on(table)
    .columns([...columns])
}

export function unique(db: Db, table: string, name: string, columns: readonly string[]): Statement {
  return db.schema
    .createIndex(`${table}_${name}`)
    .ifNotExists()
    .unique()
    .on(table)
    .columns([...columns])
}
