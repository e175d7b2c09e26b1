import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import type { Storage } from 'appointment-sync/ports'
import { storageContract } from 'appointment-sync/testing'
import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'

/** Names of the cases that the storage breaks. */
async function brokenCases(open: () => Storage): Promise<string[]> {
  const broken: string[] = []
  const subject = { name: 's', open: async () => ({ storage: open(), close: async () => undefined }) }
  for (const { name, run } of storageContract(subject)) {
    await run().catch(() => broken.push(name))
  }
  return broken
}

describe('the storage contract notices that', () => {
  test.each(Object.entries(mutants))('%s', async (_fault, open) => {
    expect(await brokenCases(open)).not.toEqual([])
  })
})

test('the storage that the mutants are made of breaks no case', async () => {
  expect(await brokenCases(memoryStorage)).toEqual([])
})
