import { memoryStorage } from 'appointment-sync/adapters/storage-memory'
import { storageContract } from 'appointment-sync/testing'
import { describe, expect, test } from 'vitest'

const OWNER = { tenantId: 'tenant', userId: 'user' }

describe('storage-memory keeps the contract', () => {
  const subject = {
    name: 'memory',
    open: async () => ({ storage: memoryStorage(), close: async () => undefined }),
  }
  for (const { name, run } of storageContract(subject)) test(name, run)
})

describe('storage-memory', () => {
  test('refuses the storage itself inside a transaction, instead of waiting for ever', async () => {
    const storage = memoryStorage()
    const nested = storage.transaction(async () => storage.integrations.find(OWNER))
    await expect(nested).rejects.toMatchObject({ code: 'INTERNAL', message: /session/ })
    const twice = storage.transaction(() => storage.transaction(async () => 1))
    await expect(twice).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await storage.integrations.find(OWNER)).toBeNull()
  })

  test('refuses a session after its transaction has ended', async () => {
    const storage = memoryStorage()
    const session = await storage.transaction(async (inside) => inside)
    await expect(session.integrations.find(OWNER)).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  test('serves work that a transaction began and that outlives it', async () => {
    const storage = memoryStorage()
    let start: () => void = () => undefined
    const ended = new Promise<void>((done) => {
      start = done
    })
    let detached: Promise<unknown> = Promise.resolve()
    await storage.transaction(async () => {
      detached = ended.then(() => storage.integrations.find(OWNER))
    })
    start()
    expect(await detached).toBeNull()
  })
})
