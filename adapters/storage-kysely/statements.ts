import { type Compilable, type CreateTableBuilder, sql } from 'kysely'
import type { COLUMN } from './dialect.ts'
import type { Db } from './runner.ts'

/** A statement that can be executed, and printed without a database. */
export type Statement = Compilable & { execute(): Promise<unknown> }

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
