import { kyselyStorage, migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { Storage } from 'appointment-sync/ports'
import { storageContract, type StorageSubject } from 'appointment-sync/testing'
import { Kysely } from 'kysely'
import { describe, expect, test } from 'vitest'
import { hostTransactionMutants } from './host-transaction-mutants.ts'
import { mutants } from './mutants.ts'

/** Names of the cases that the subject breaks, of all or of those with the word in their name. */
async function brokenCases(subject: StorageSubject, word = ''): Promise<string[]> {
  const broken: string[] = []
  for (const { name, run } of storageContract(subject)) {
    if (name.includes(word)) await run().catch(() => broken.push(name))
  }
  return broken
}

function inMemory(open: () => Storage): StorageSubject {
  return { name: 's', open: async () => ({ storage: open(), close: async () => undefined }) }
}

/** A database with transactions of a host, and an `enqueueWith` of one's own making. */
function withHost(enqueueWith: (sound: Storage) => Storage['enqueueWith']): StorageSubject {
  return {
    name: 's',
    sharesHostTransactions: true,
    open: async () => {
      const db = new Kysely<unknown>({ dialect: nodeSqliteDialect({ path: ':memory:' }) })
      await migrateToLatest(db, { dialect: 'sqlite' })
      const sound = kyselyStorage({ db, dialect: 'sqlite' })
      return {
        storage: { ...sound, enqueueWith: enqueueWith(sound) },
        hostTransaction: (work) => db.transaction().execute(work),
        close: () => db.destroy(),
      }
    },
  }
}

describe('the storage contract notices that', () => {
  test.each(Object.entries(mutants))('%s', async (_fault, open) => {
    expect(await brokenCases(inMemory(open))).not.toEqual([])
  })

  test.each(Object.entries(hostTransactionMutants))('%s', async (_fault, enqueueWith) => {
    expect(await brokenCases(withHost(enqueueWith), 'enqueueWith')).not.toEqual([])
  })
})

test('the storages that the mutants are made of break no case', async () => {
  expect(await brokenCases(inMemory(memoryStorage))).toEqual([])
  expect(
    await brokenCases(
      withHost((sound) => sound.enqueueWith),
      'enqueueWith',
    ),
  ).toEqual([])
})
