import type { OutboxJob, OutboxJobRef, Storage } from 'appointment-sync/ports'
import { describe, expect, test } from 'vitest'
import { migrated, NOW, ref } from './kysely-database.ts'

const job = { ...ref, appointmentId: 'appointment-1' }

describe('late workers', () => {
  const enqueue = (storage: Storage): Promise<unknown> =>
    storage.outbox.enqueue({ ref: job, action: 'push', dueAtMs: NOW, nowMs: NOW })
  const claim = async (storage: Storage): Promise<OutboxJob> => {
    const [claimed] = await storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 })
    if (claimed === undefined) throw new Error('nothing to claim')
    return claimed
  }

  test.each<[string, (storage: Storage, claimed: OutboxJob) => Promise<unknown>]>([
    ['done', (storage, claimed) => storage.outbox.complete(claimed, NOW)],
    ['removed', (storage) => storage.outbox.removeAll(ref)],
  ])('the worker of a job that was %s cannot end the job that came after it', async (_, end) => {
    const { storage } = await migrated()
    await enqueue(storage)
    const first = await claim(storage)
    await end(storage, first)
    await enqueue(storage)
    const second = await claim(storage)
    expect(await storage.outbox.complete(first, NOW)).toBe('lost')
    const next = { dueAtMs: NOW, dead: true, errorCode: 'INTERNAL' }
    expect(await storage.outbox.postpone(first, next)).toBe(false)
    expect(await storage.outbox.complete(second, NOW)).toBe('done')
  })
})

test("a job is not enqueued under another user's name", async () => {
  const { storage } = await migrated()
  await storage.outbox.enqueue({ ref: job, action: 'push', dueAtMs: NOW, nowMs: NOW })
  const foreign = { ...job, userId: 'user-2' }
  await expect(
    storage.outbox.enqueue({ ref: foreign, action: 'delete', dueAtMs: NOW, nowMs: NOW }),
  ).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(await storage.outbox.find(job)).toMatchObject({ action: 'push', revision: 1 })
})

describe('several at once', () => {
  const begin = (storage: Storage, refs: readonly OutboxJobRef[]): Promise<OutboxJob[]> =>
    storage.outbox.begin({ refs, action: 'delete', dueAtMs: NOW, nowMs: NOW, leaseMs: 1000 })

  test("with a job of another user's nothing is stored, and the integration is named", async () => {
    const { storage } = await migrated()
    await storage.outbox.enqueue({ ref: job, action: 'push', dueAtMs: NOW, nowMs: NOW })
    const [before, fresh] = [await storage.outbox.find(job), { ...job, appointmentId: 'fresh' }]
    const foreign = { ...job, userId: 'user-2' }
    const refusal = { code: 'INTERNAL', message: expect.stringContaining(job.integrationId) as string }
    await expect(begin(storage, [fresh, foreign])).rejects.toMatchObject(refusal)
    await expect(begin(storage, [foreign])).rejects.toMatchObject(refusal)
    expect(await storage.outbox.find(fresh)).toBeNull()
    expect(await storage.outbox.find(job)).toEqual(before)
  })

  test('an id with half a character is the same id in a list as it is alone', async () => {
    const { storage } = await migrated()
    const half = { ...job, appointmentId: 'half \ud83d' }
    await storage.outbox.enqueue({ ref: half, action: 'push', dueAtMs: NOW, nowMs: NOW })
    expect(await storage.outbox.listStanding(ref, [half.appointmentId])).toHaveLength(1)
    expect(await begin(storage, [half])).toMatchObject([{ revision: 2 }])
  })
})
