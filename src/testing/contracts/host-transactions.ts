import assert from 'node:assert/strict'
import { isAppointmentSyncError } from 'appointment-sync'
import type { OutboxAction, OutboxJob } from 'appointment-sync/ports'
import type { HostPromises, StoragePromises } from './contract-case.ts'
import { jobRef, NOW, REF, SIBLING, UNICODE } from './records.ts'

interface Intent {
  readonly ref: ReturnType<typeof jobRef>
  readonly action: OutboxAction
  readonly dueAtMs: number
  readonly nowMs: number
}

function intent(change: Partial<Intent> = {}): Intent {
  return { ref: jobRef(), action: 'push', dueAtMs: NOW, nowMs: NOW, ...change }
}

function withoutFence(job: OutboxJob | null): object | null {
  return job === null ? null : { ...job, fence: undefined }
}

class Planned extends Error {}

/** What holds without a transaction of the host's too. */
export const unknownExecutorPromises: StoragePromises = {
  'an executor that is not known is refused, and nothing is stored': async ({ storage }) => {
    const strangers = [null, undefined, 'sql', 7, {}, () => undefined, { query: 'not a function' }]
    for (const executor of strangers) {
      await assert.rejects(
        storage.enqueueWith(executor, intent()),
        (error) =>
          isAppointmentSyncError(error, 'INVALID_ARGUMENT') ||
          isAppointmentSyncError(error, 'INVALID_CONFIGURATION'),
      )
    }
    assert.equal(await storage.outbox.find(jobRef()), null)
  },
}

export const hostTransactionPromises: HostPromises = {
  'an intent is kept with the transaction of the host': async ({ storage, second, hostTransaction }) => {
    const ref = { ...jobRef(UNICODE), tenantId: UNICODE }
    await hostTransaction((executor) =>
      storage.enqueueWith(executor, intent({ ref, action: 'delete', dueAtMs: NOW + 1 })),
    )
    assert.deepEqual(withoutFence(await second.outbox.find(ref)), {
      ...ref,
      action: 'delete',
      revision: 1,
      attempts: 0,
      dueAtMs: NOW + 1,
      enqueuedAtMs: NOW,
      fence: undefined,
      leasedUntilMs: null,
      dead: false,
      lastErrorCode: null,
    })
    const [job] = await storage.outbox.claim({ nowMs: NOW + 1, leaseMs: 1000, limit: 9 })
    assert.ok(job !== undefined, 'it is claimed like any other')
    assert.equal(await storage.outbox.complete(job, NOW), 'done')
  },
  'an intent is gone with the transaction of the host': async ({ storage, second, hostTransaction }) => {
    const standing = await storage.outbox.enqueue(intent({ ref: jobRef('standing') }))
    const failing = hostTransaction(async (executor) => {
      await storage.enqueueWith(executor, intent())
      await storage.enqueueWith(executor, intent({ ref: jobRef('standing'), action: 'delete' }))
      throw new Planned()
    })
    await assert.rejects(failing, Planned)
    assert.equal(await second.outbox.find(jobRef()), null)
    assert.deepEqual(await second.outbox.find(jobRef('standing')), standing)
  },
  'an intent is folded into the standing one, whose lease is left alone': async ({
    storage,
    hostTransaction,
  }) => {
    await storage.outbox.enqueue(intent())
    const [held] = await storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 })
    assert.ok(held !== undefined)
    await hostTransaction(async (executor) => {
      await storage.enqueueWith(executor, intent({ nowMs: NOW + 1 }))
      await storage.enqueueWith(executor, intent({ action: 'delete', dueAtMs: NOW + 8, nowMs: NOW + 2 }))
    })
    assert.deepEqual(await storage.outbox.find(jobRef()), {
      ...held,
      action: 'delete',
      revision: 3,
      attempts: 0,
      dueAtMs: NOW + 8,
      enqueuedAtMs: NOW + 2,
    })
    assert.equal(await storage.outbox.complete(held, NOW + 3), 'superseded')
  },
  'an intent brings a dead job back': async ({ storage, hostTransaction }) => {
    await storage.outbox.enqueue(intent())
    const [job] = await storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 })
    assert.ok(job !== undefined)
    await storage.outbox.postpone(job, { dueAtMs: NOW, dead: true, errorCode: 'INTERNAL' })
    await hostTransaction((executor) => storage.enqueueWith(executor, intent()))
    const { dead, lastErrorCode, attempts } = (await storage.outbox.find(jobRef())) ?? {}
    assert.deepEqual({ dead, lastErrorCode, attempts }, { dead: false, lastErrorCode: null, attempts: 0 })
  },
  'a worker from before the job was removed cannot finish the one after it': async ({
    storage,
    hostTransaction,
  }) => {
    await storage.outbox.enqueue(intent())
    const [stale] = await storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 })
    assert.ok(stale !== undefined)
    await storage.outbox.removeAll(REF)
    await hostTransaction((executor) => storage.enqueueWith(executor, intent()))
    const [fresh] = await storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 })
    assert.ok(fresh !== undefined && fresh.fence > stale.fence, 'fences rise across the removal of a job')
    assert.equal(await storage.outbox.complete(stale, NOW), 'lost')
  },
  'intents of several integrations go into one transaction': async ({ storage, hostTransaction }) => {
    const refs = [jobRef('a'), jobRef('b'), jobRef('a', SIBLING)]
    await hostTransaction(async (executor) => {
      for (const ref of refs) await storage.enqueueWith(executor, intent({ ref }))
    })
    for (const ref of refs) assert.equal((await storage.outbox.find(ref))?.revision, 1)
  },
}
