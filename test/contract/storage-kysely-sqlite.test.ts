import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  type HostExecutor,
  kyselyStorage,
  migrateToLatest,
  nodeSqliteDialect,
} from 'appointment-sync/adapters/storage-kysely'
import { type HostTransaction, storageContract, type StorageSubject } from 'appointment-sync/testing'
import { Kysely } from 'kysely'
import { describe, test } from 'vitest'

function openAt(path: string): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: nodeSqliteDialect({ path }) })
}

/** A host whose executor is a transaction of its Kysely. */
function inTransactionOf(db: Kysely<unknown>): HostTransaction {
  return (work) => db.transaction().execute((transaction) => work(transaction satisfies HostExecutor))
}

describe('storage-kysely over SQLite in memory keeps the contract', () => {
  const subject = {
    name: 'sqlite memory',
    sharesHostTransactions: true,
    open: async () => {
      const db = openAt(':memory:')
      await migrateToLatest(db, { dialect: 'sqlite' })
      return {
        storage: kyselyStorage({ db, dialect: 'sqlite' }),
        hostTransaction: inTransactionOf(db),
        close: () => db.destroy(),
      }
    },
  }
  for (const { name, run } of storageContract(subject)) test(name, run)
})

describe('storage-kysely over one SQLite file, opened twice, keeps the contract', () => {
  const subject = {
    name: 'sqlite file',
    sharesHostTransactions: true,
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'storage-contract-'))
      const [first, other] = [openAt(join(folder, 'data.sqlite')), openAt(join(folder, 'data.sqlite'))]
      await migrateToLatest(first, { dialect: 'sqlite' })
      return {
        storage: kyselyStorage({ db: first, dialect: 'sqlite' }),
        second: kyselyStorage({ db: other, dialect: 'sqlite' }),
        hostTransaction: inTransactionOf(other),
        close: async () => {
          await first.destroy()
          await other.destroy()
          await rm(folder, { recursive: true })
        },
      }
    },
  }
  for (const { name, run } of storageContract(subject)) test(name, run)
})

describe('storage-kysely keeps the contract with a host that writes through node:sqlite', () => {
  const subject: StorageSubject = {
    // What better-sqlite3 offers has the same shape, prepare(sql).all(...values); it is not installed here.
    name: 'node:sqlite host',
    sharesHostTransactions: true,
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'storage-contract-'))
      const path = join(folder, 'data.sqlite')
      const db = openAt(path)
      await migrateToLatest(db, { dialect: 'sqlite' })
      const host = new DatabaseSync(path)
      return {
        storage: kyselyStorage({ db, dialect: 'sqlite' }),
        hostTransaction: async (work) => {
          host.exec('begin immediate')
          try {
            await work(host satisfies HostExecutor)
          } catch (error) {
            host.exec('rollback')
            throw error
          }
          host.exec('commit')
        },
        close: async () => {
          host.close()
          await db.destroy()
          await rm(folder, { recursive: true })
        },
      }
    },
  }
  for (const { name, run } of storageContract(subject)) if (name.includes('enqueueWith')) test(name, run)
})
