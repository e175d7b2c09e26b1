import assert from 'node:assert/strict'
import type { OutboxJob, OutboxStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { race } from './race.ts'
import { FOREIGN, jobRef, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

const LEASE = 60_000

async function push(outbox: OutboxStore, appointmentId = 'appointment-1', dueAtMs = NOW): Promise<OutboxJob> {
  return outbox.enqueue({ ref: jobRef(appointmentId), action: 'push', dueAtMs, nowMs: NOW })
}

async function claimOne(outbox: OutboxStore, nowMs = NOW): Promise<OutboxJob> {
  const [job] = await outbox.claim({ nowMs, leaseMs: LEASE, limit: 1 })
  assert.ok(job !== undefined, 'a job that is due can be claimed')
  return job
}

const later = { dueAtMs: NOW + 5000, dead: false, errorCode: 'GOOGLE_UNAVAILABLE' }

export const outboxPromises: StoragePromises = {
  'a new intent is free, due and untried': async ({ storage: { outbox } }) => {
    const ref = { ...jobRef(UNICODE), tenantId: UNICODE }
    const job = await outbox.enqueue({ ref, action: 'delete', dueAtMs: NOW + 1, nowMs: NOW })
    const { fence, ...rest } = job
    assert.equal(typeof fence, 'number')
    assert.deepEqual(rest, {
      ...ref,
      action: 'delete',
      revision: 1,
      attempts: 0,
      dueAtMs: NOW + 1,
      enqueuedAtMs: NOW,
      leasedUntilMs: null,
      dead: false,
      lastErrorCode: null,
    })
    assert.deepEqual(await outbox.find(ref), job)
  },
  'a later intent is folded into the standing one': async ({ storage: { outbox } }) => {
    await push(outbox)
    const claimed = await claimOne(outbox)
    await outbox.postpone(claimed, { ...later, dead: true })
    const ref = jobRef()
    const job = await outbox.enqueue({ ref, action: 'delete', dueAtMs: NOW + 9, nowMs: NOW + 8 })
    assert.equal(job.revision, 2)
    assert.equal(job.action, 'delete')
    assert.equal(job.attempts, 0)
    assert.equal(job.dead, false)
    assert.equal(job.dueAtMs, NOW + 9)
    assert.deepEqual(await outbox.count({}), { pending: 1, dead: 0, oldestDueAtMs: NOW + 9 })
  },
  'concurrent intents are counted one by one': async (handles) => {
    const jobs = await race(handles, ({ outbox }) => push(outbox))
    assert.equal(new Set(jobs.map((job) => job.revision)).size, jobs.length)
    assert.equal((await handles.storage.outbox.find(jobRef()))?.revision, jobs.length)
  },
  'an intent leaves a running lease to its worker': async ({ storage: { outbox } }) => {
    await push(outbox)
    const claimed = await claimOne(outbox)
    const job = await push(outbox)
    assert.equal(job.leasedUntilMs, NOW + LEASE)
    assert.equal(job.fence, claimed.fence)
    assert.deepEqual(await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 9 }), [])
  },
  'a claim leases the job, with fence and attempts up by one': async ({ storage: { outbox } }) => {
    const before = await push(outbox)
    const claimed = await claimOne(outbox)
    const expected = { ...before, fence: before.fence + 1, attempts: 1, leasedUntilMs: NOW + LEASE }
    assert.deepEqual(claimed, expected)
    assert.deepEqual(await outbox.find(jobRef()), expected)
  },
  'of concurrent claims none gets a job that another got': async (handles) => {
    for (let at = 0; at < 10; at += 1) await push(handles.storage.outbox, `appointment-${at}`)
    const claims = await race(handles, ({ outbox }) => outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 3 }))
    const ids = claims.flat().map((job) => job.appointmentId)
    assert.equal(ids.length, 10)
    assert.equal(new Set(ids).size, 10)
  },
  'of concurrent claims of one named job exactly one gets it': async (handles) => {
    await push(handles.storage.outbox)
    const claims = await race(handles, ({ outbox }) =>
      outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 1, ref: jobRef() }),
    )
    assert.equal(claims.flat().length, 1)
  },
  'claims come oldest due first and keep to the limit': async ({ storage: { outbox } }) => {
    await push(outbox, 'c', NOW - 1)
    await push(outbox, 'a', NOW - 3)
    await push(outbox, 'b', NOW - 2)
    await push(outbox, 'future', NOW + 1)
    const first = await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 2 })
    assert.deepEqual(
      first.map((job) => job.appointmentId),
      ['a', 'b'],
    )
    const next = await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 2 })
    assert.deepEqual(
      next.map((job) => job.appointmentId),
      ['c'],
    )
  },
  'a named job is claimed before it is due, and no other with it': async ({ storage: { outbox } }) => {
    await push(outbox, 'due')
    await push(outbox, 'future', NOW + 1000)
    const claimed = await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 9, ref: jobRef('future') })
    assert.deepEqual(
      claimed.map((job) => job.appointmentId),
      ['future'],
    )
    assert.deepEqual(await outbox.claim({ nowMs: NOW, leaseMs: 1, limit: 9, ref: jobRef('future') }), [])
  },
  'a dead job is not claimed, by name neither': async ({ storage: { outbox } }) => {
    await push(outbox)
    await outbox.postpone(await claimOne(outbox), { ...later, dead: true })
    const at = { nowMs: NOW + 1e6, leaseMs: LEASE, limit: 9 }
    assert.deepEqual(await outbox.claim(at), [])
    assert.deepEqual(await outbox.claim({ ...at, ref: jobRef() }), [])
    assert.equal((await outbox.find(jobRef()))?.dead, true)
  },
  'a lease that ran out is claimed again, and the first worker has lost': async ({ storage: { outbox } }) => {
    await push(outbox)
    const first = await claimOne(outbox)
    assert.deepEqual(await outbox.claim({ nowMs: NOW + LEASE - 1, leaseMs: LEASE, limit: 1 }), [])
    const second = await claimOne(outbox, NOW + LEASE)
    assert.equal(second.fence, first.fence + 1)
    assert.equal(await outbox.complete(first, NOW), 'lost')
    assert.equal(await outbox.postpone(first, later), false)
    assert.deepEqual(await outbox.find(jobRef()), second)
    assert.equal(await outbox.complete(second, NOW), 'done')
  },
  'a completed job is gone, and completing it again is lost': async ({ storage: { outbox } }) => {
    await push(outbox)
    const job = await claimOne(outbox)
    assert.equal(await outbox.complete(job, NOW), 'done')
    assert.equal(await outbox.find(jobRef()), null)
    assert.equal(await outbox.complete(job, NOW), 'lost')
    assert.equal(await outbox.postpone(job, later), false)
  },
  'of concurrent completions exactly one is done': async (handles) => {
    await push(handles.storage.outbox)
    const job = await claimOne(handles.storage.outbox)
    const results = await race(handles, ({ outbox }) => outbox.complete(job, NOW))
    assert.equal(results.filter((result) => result === 'done').length, 1)
    assert.equal(results.filter((result) => result === 'lost').length, results.length - 1)
  },
  'a completion does not remove an intent that came meanwhile': async ({ storage: { outbox } }) => {
    await push(outbox)
    const job = await claimOne(outbox)
    await push(outbox, 'appointment-1', NOW + 9e6)
    assert.equal(await outbox.complete(job, NOW + 7), 'superseded')
    const standing = await outbox.find(jobRef())
    assert.equal(standing?.revision, 2)
    assert.equal(standing?.dueAtMs, NOW + 7)
    assert.equal(standing?.leasedUntilMs, null)
    assert.equal((await claimOne(outbox, NOW + 7)).revision, 2)
  },
  'a worker from before the job was removed cannot finish the one after it': async ({
    storage: { outbox },
  }) => {
    await push(outbox)
    const stale = await claimOne(outbox)
    assert.equal(await outbox.complete(await claimOne(outbox, NOW + LEASE), NOW + LEASE), 'done')
    await push(outbox)
    const fresh = await claimOne(outbox)
    assert.ok(fresh.fence > stale.fence, 'fences rise across the removal of a job')
    assert.equal(await outbox.complete(stale, NOW), 'lost')
    assert.deepEqual(await outbox.find(jobRef()), fresh)
    await outbox.removeAll(REF)
    await push(outbox)
    assert.ok((await claimOne(outbox)).fence > fresh.fence, 'fences rise across removeAll')
  },
  'a postponed job is free, and due at its new time': async ({ storage: { outbox } }) => {
    await push(outbox)
    const job = await claimOne(outbox)
    assert.equal(await outbox.postpone(job, later), true)
    assert.deepEqual(await outbox.find(jobRef()), {
      ...job,
      dueAtMs: later.dueAtMs,
      leasedUntilMs: null,
      lastErrorCode: later.errorCode,
    })
    assert.deepEqual(await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 1 }), [])
    assert.equal((await claimOne(outbox, later.dueAtMs)).attempts, 2)
  },
  'postponing leaves an intent that came meanwhile as it is, and free': async ({ storage: { outbox } }) => {
    await push(outbox)
    const job = await claimOne(outbox)
    const newer = await push(outbox, 'appointment-1', NOW + 1)
    assert.equal(await outbox.postpone(job, { ...later, dead: true }), true)
    assert.deepEqual(await outbox.find(jobRef()), { ...newer, leasedUntilMs: null })
  },
  'waking makes all jobs of the integration due, the dead too': async ({ storage: { outbox } }) => {
    await push(outbox, 'dead')
    await outbox.postpone(await claimOne(outbox), { ...later, dead: true })
    await push(outbox, 'future', NOW + 1e9)
    await outbox.enqueue({ ref: jobRef('a', SIBLING), action: 'push', dueAtMs: NOW + 1e9, nowMs: NOW })
    assert.equal(await outbox.wake(REF, NOW + 3), 2)
    const jobs = await outbox.claim({ nowMs: NOW + 3, leaseMs: LEASE, limit: 9 })
    assert.deepEqual(jobs.map((job) => job.appointmentId).toSorted(), ['dead', 'future'])
    assert.ok(jobs.every((job) => job.attempts === 1 && job.dueAtMs === NOW + 3 && !job.dead))
  },
  'a job that is woken while somebody holds it cannot be put off by them': async ({
    storage: { outbox },
  }) => {
    await push(outbox)
    const job = await claimOne(outbox)
    await outbox.wake(REF, NOW + 3)
    assert.equal(await outbox.postpone(job, { ...later, dead: true }), true)
    const woken = await outbox.find(jobRef())
    assert.deepEqual([woken?.dueAtMs, woken?.dead, woken?.leasedUntilMs], [NOW + 3, false, null])
  },
  'counts tell pending from dead, and the oldest that is not dead': async ({ storage: { outbox } }) => {
    assert.deepEqual(await outbox.count({}), { pending: 0, dead: 0, oldestDueAtMs: null })
    await push(outbox, 'dead', NOW - 50)
    await outbox.postpone(await claimOne(outbox), { dueAtMs: NOW - 50, dead: true, errorCode: 'INTERNAL' })
    await push(outbox, 'a', NOW + 5)
    await outbox.enqueue({ ref: jobRef('a', SIBLING), action: 'push', dueAtMs: NOW + 3, nowMs: NOW })
    const foreign = { ...FOREIGN, integrationId: 'integration-f' }
    await outbox.enqueue({ ref: jobRef('a', foreign), action: 'push', dueAtMs: NOW + 1, nowMs: NOW })
    assert.deepEqual(await outbox.count({}), { pending: 3, dead: 1, oldestDueAtMs: NOW + 1 })
    const { tenantId, integrationId } = REF
    assert.deepEqual(await outbox.count({ tenantId }), { pending: 2, dead: 1, oldestDueAtMs: NOW + 3 })
    assert.deepEqual(await outbox.count({ integrationId }), { pending: 1, dead: 1, oldestDueAtMs: NOW + 5 })
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { outbox } }) => {
    for (const ref of [REF, SIBLING, FOREIGN]) {
      await outbox.enqueue({ ref: jobRef('a', ref), action: 'push', dueAtMs: NOW, nowMs: NOW })
    }
    await outbox.removeAll(REF)
    await outbox.removeAll(REF)
    assert.equal(await outbox.find(jobRef('a')), null)
    assert.notEqual(await outbox.find(jobRef('a', SIBLING)), null)
    assert.notEqual(await outbox.find(jobRef('a', FOREIGN)), null)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { outbox } }) => {
    await push(outbox)
    const foreign = jobRef('appointment-1', FOREIGN)
    assert.equal(await outbox.find(foreign), null)
    assert.deepEqual(await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 1, ref: foreign }), [])
    const job = await claimOne(outbox)
    assert.equal(await outbox.complete({ ...job, ...FOREIGN }, NOW), 'lost')
    assert.equal(await outbox.postpone({ ...job, ...FOREIGN }, later), false)
    assert.equal(await outbox.wake(FOREIGN, NOW + 1), 0)
    await outbox.removeAll(FOREIGN)
    assert.deepEqual(await outbox.count({ tenantId: FOREIGN.tenantId }), {
      pending: 0,
      dead: 0,
      oldestDueAtMs: null,
    })
    assert.deepEqual(await outbox.find(jobRef()), job)
  },
  'values are copied on the way in and out': async ({ storage: { outbox } }) => {
    const given = { ref: { ...jobRef() }, action: 'push' as const, dueAtMs: NOW, nowMs: NOW }
    const enqueueing = outbox.enqueue(given)
    scribble(given)
    const job = await enqueueing
    const copy = structuredClone(job)
    scribble(job)
    assert.deepEqual(await outbox.find(jobRef()), copy)
  },
}
