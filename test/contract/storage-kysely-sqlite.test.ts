import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { storageContract } from 'appointment-sync/testing'
import { Kysely } from 'kysely'
import { describe, test } from 'vitest'

function openAt(path: string): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: nodeSqliteDialect({ path }) })
}

describe('storage-kysely over SQLite in memory keeps the contract', () => {
  const subject = {
    name: 'sqlite memory',
    open: async () => {
      const db = openAt(':memory:')
      await migrateToLatest(db, { dialect: 'sqlite' })
      return { storage: kyselyStorage({ db, dialect: 'sqlite' }), close: () => db.destroy() }
    },
  }
  for (const { name, run } of storageContract(subject)) test(name, run)
})

describe('storage-kysely over one SQLite file, opened twice, keeps the contract', () => {
  const subject = {
    name: 'sqlite file',
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'storage-contract-'))
      const [first, other] = [openAt(join(folder, 'data.sqlite')), openAt(join(folder, 'data.sqlite'))]
      await migrateToLatest(first, { dialect: 'sqlite' })
      return {
        storage: kyselyStorage({ db: first, dialect: 'sqlite' }),
        second: kyselyStorage({ db: other, dialect: 'sqlite' }),
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
