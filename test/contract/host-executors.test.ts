import { DatabaseSync } from 'node:sqlite'
import { Kysely, MysqlDialect, PostgresDialect } from 'kysely'
import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StorageDialect } from '../../adapters/storage-kysely/dialect.ts'
import { enqueueStatement } from '../../adapters/storage-kysely/enqueue-statement.ts'
import { enqueueWith } from '../../adapters/storage-kysely/enqueue-with.ts'
import { databaseFile, migrated, NOW, open, ref } from './kysely-database.ts'

const job = { ...ref, appointmentId: 'appointment-1' }
const intent = { ref: job, action: 'push', dueAtMs: NOW, nowMs: NOW } as const

function never(): never {
  throw new Error('called')
}

/** Drivers' objects that must not be used, made without a connection. */
function pgPool(): Pool {
  return new Pool({ host: 'nowhere.invalid' })
}

function kyselyOver(dialect: StorageDialect): Kysely<unknown> {
  if (dialect === 'sqlite') return open(databaseFile()) as unknown as Kysely<unknown>
  if (dialect === 'postgres') return new Kysely({ dialect: new PostgresDialect({ pool: pgPool() }) })
  const pool = createCallbackPool({ host: 'nowhere.invalid' })
  return new Kysely({ dialect: new MysqlDialect({ pool }) })
}

describe('an executor is refused, unused', () => {
  const sqlite3 = { prepare: () => ({ all: never, run: never, get: never, each: never }) }
  const strangers: [string, StorageDialect, () => unknown, RegExp][] = [
    ['nothing', 'sqlite', () => undefined, /it is no object/],
    ['a function', 'sqlite', () => never, /it is no object/],
    ['an object that can do nothing', 'sqlite', () => ({}), /not known/],
    ['the callback flavour of sqlite3', 'sqlite', () => sqlite3, /synchronous/],
    ['a database whose prepare() promises', 'sqlite', () => ({ prepare: async () => ({}) }), /synchronous/],
    ['a client of pg', 'sqlite', () => ({ query: never }), /sqlite/],
    ['a connection of mysql2', 'sqlite', () => ({ query: never, execute: never, prepare: never }), /sqlite/],
    ['a pool of pg', 'postgres', pgPool, /a pool runs each query on any connection/],
    ['a database of node:sqlite', 'postgres', () => new DatabaseSync(':memory:'), /postgres/],
    ['a connection of mysql2', 'postgres', () => ({ query: never, execute: never }), /postgres/],
    ['a pool of mysql2/promise', 'mysql', () => createPool({ host: 'nowhere.invalid' }), /a pool runs/],
    ['a pool of mysql2', 'mysql', () => createCallbackPool({ host: 'nowhere.invalid' }), /promise\(\)/],
    [
      'the callback flavour of mysql2',
      'mysql',
      () => ({ query: never, execute: never, promise: never }),
      /promise\(\)/,
    ],
    ['a connection of mysql', 'mysql', () => ({ query: never }), /mysql2\/promise/],
    ['a client of pg', 'mysql', () => ({ query: never }), /mysql/],
    ['a Kysely over Postgres', 'sqlite', () => kyselyOver('postgres'), /speaks postgres.*storage sqlite/],
    ['a Kysely over SQLite', 'mysql', () => kyselyOver('sqlite'), /speaks sqlite.*storage mysql/],
    ['a Kysely over MySQL', 'postgres', () => kyselyOver('mysql'), /speaks mysql.*storage postgres/],
  ]

  test.each(strangers)('%s for %s', async (_what, dialect, make, message) => {
    await expect(enqueueWith(dialect, make(), intent)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    })
  })

  test.each<[StorageDialect, object]>([
    ['postgres', { query: async () => [] }],
    ['postgres', { query: async () => undefined }],
    ['mysql', { execute: async () => ({ affectedRows: 1 }) }],
    ['mysql', { execute: async () => undefined }],
  ])('one for %s that answers in a form of its own is told to roll back', async (dialect, executor) => {
    await expect(enqueueWith(dialect, executor, intent)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('Roll your transaction back') as string,
    })
  })
})

describe('a database of node:sqlite', () => {
  test('has written the intent into the open transaction when the call returns', async () => {
    const path = databaseFile()
    const { storage } = await migrated(path)
    const database = new DatabaseSync(path)
    onTestFinished(() => database.close())
    database.exec('begin immediate')
    const enqueueing = storage.enqueueWith(database, intent)
    database.exec('rollback')
    await enqueueing
    expect(await storage.outbox.find(job)).toBeNull()
  })

  test('that fails is a failure of the storage, with its error as the cause', async () => {
    const { storage } = await migrated()
    await expect(storage.enqueueWith(new DatabaseSync(':memory:'), intent)).rejects.toMatchObject({
      code: 'STORAGE_SCHEMA_OUTDATED',
    })
    const closed = new DatabaseSync(':memory:')
    closed.close()
    await expect(storage.enqueueWith(closed, intent)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      retryable: true,
      cause: expect.any(Error) as Error,
    })
  })

  test("does not take a job of another user's", async () => {
    const path = databaseFile()
    const { storage } = await migrated(path)
    const database = new DatabaseSync(path)
    onTestFinished(() => database.close())
    await storage.enqueueWith(database, intent)
    const before = await storage.outbox.find(job)
    const foreign = { ...intent, ref: { ...job, userId: 'user-2' } }
    await expect(storage.enqueueWith(database, foreign)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await storage.outbox.find(job)).toEqual(before)
  })
})

test('an executor is refused inside a transaction of the storage, as everything else there', async () => {
  const { db, storage } = await migrated()
  await storage.transaction(async () => {
    await expect(storage.enqueueWith(db, intent)).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})

test.each<StorageDialect>(['sqlite', 'postgres', 'mysql'])(
  'values are bound and not written on %s',
  (dialect) => {
    const secret = "x'; drop table appointments --"
    const { sql, parameters } = enqueueStatement(dialect, {
      ...intent,
      ref: { tenantId: secret, userId: secret, integrationId: secret, appointmentId: secret },
    })
    expect(sql).not.toContain('drop table')
    expect(parameters.filter((parameter) => parameter === secret).length).toBeGreaterThanOrEqual(4)
  },
)
