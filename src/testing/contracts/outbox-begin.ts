import assert from 'node:assert/strict'
import type { OutboxJob, OutboxJobRef, OutboxStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { race } from './race.ts'
import { FOREIGN, jobRef, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

const LEASE = 60_000

async function begin(
  outbox: OutboxStore,
  refs: readonly OutboxJobRef[] = [jobRef()],
  change: { readonly dueAtMs?: number; readonly nowMs?: number; readonly action?: 'push' | 'delete' } = {},
): Promise<OutboxJob[]> {
  return outbox.begin({ refs, action: 'push', dueAtMs: NOW + 9, nowMs: NOW, leaseMs: LEASE, ...change })
}

async function push(outbox: OutboxStore, ref = jobRef()): Promise<OutboxJob> {
  return outbox.enqueue({ ref, action: 'push', dueAtMs: NOW, nowMs: NOW })
}

async function claimOne(outbox: OutboxStore, nowMs = NOW): Promise<OutboxJob> {
  const [job] = await outbox.claim({ nowMs, leaseMs: LEASE, limit: 1 })
  assert.ok(job !== undefined, 'a job that is due can be claimed')
  return job
}

const idsOf = (jobs: readonly OutboxJob[]): string[] => jobs.map((job) => job.appointmentId).toSorted()

export const outboxBeginPromises: StoragePromises = {
  'beginning stores the intents and leases them at once, due or not': async ({ storage: { outbox } }) => {
    const refs = [jobRef(), jobRef(UNICODE), jobRef('a', SIBLING)]
    const jobs = await begin(outbox, refs, { action: 'delete' })
    assert.equal(jobs.length, refs.length)
    for (const ref of refs) {
      const { integrationId, appointmentId } = ref
      const job = jobs.find(
        (job) => job.integrationId === integrationId && job.appointmentId === appointmentId,
      )
      const { fence, ...rest } = job ?? { fence: null }
      assert.equal(typeof fence, 'number')
      assert.deepEqual(rest, {
        ...ref,
        action: 'delete',
        revision: 1,
        attempts: 1,
        dueAtMs: NOW + 9,
        enqueuedAtMs: NOW,
        leasedUntilMs: NOW + LEASE,
        dead: false,
        lastErrorCode: null,
      })
      assert.deepEqual(await outbox.find(ref), job)
    }
    assert.deepEqual(await outbox.claim({ nowMs: NOW + 9, leaseMs: LEASE, limit: 9 }), [])
  },
  'beginning folds the intent into a standing one, a dead one too': async ({ storage: { outbox } }) => {
    await push(outbox)
    const failed = await claimOne(outbox)
    await outbox.postpone(failed, { dueAtMs: NOW + 5, dead: true, errorCode: 'INTERNAL' })
    const [job] = await begin(outbox, [jobRef()], { action: 'delete', nowMs: NOW + 7 })
    assert.deepEqual(job, {
      ...failed,
      action: 'delete',
      revision: 2,
      attempts: 1,
      dueAtMs: NOW + 9,
      enqueuedAtMs: NOW + 7,
      fence: failed.fence + 1,
      leasedUntilMs: NOW + 7 + LEASE,
    })
    assert.deepEqual(await outbox.find(jobRef()), job)
  },
  'an intent whose job somebody holds is stored and left to its worker': async ({ storage: { outbox } }) => {
    await push(outbox)
    const held = await claimOne(outbox)
    const jobs = await begin(outbox, [jobRef(), jobRef('free')], { action: 'delete', nowMs: NOW + 1 })
    assert.deepEqual(idsOf(jobs), ['free'])
    assert.deepEqual(await outbox.find(jobRef()), {
      ...held,
      action: 'delete',
      revision: 2,
      attempts: 0,
      dueAtMs: NOW + 9,
      enqueuedAtMs: NOW + 1,
    })
    assert.equal(await outbox.complete(held, NOW + 2), 'superseded')
  },
  'a lease that ran out is in nobody’s way, and its worker has lost': async ({ storage: { outbox } }) => {
    await push(outbox)
    const stale = await claimOne(outbox)
    assert.deepEqual(await begin(outbox, [jobRef()], { nowMs: NOW + LEASE - 1 }), [])
    const [job] = await begin(outbox, [jobRef()], { nowMs: NOW + LEASE })
    assert.equal(job?.fence, stale.fence + 1)
    assert.equal(await outbox.complete(stale, NOW), 'lost')
    assert.equal(await outbox.complete(job, NOW), 'done')
  },
  'a worker from before the job was removed cannot finish the begun one after it': async ({
    storage: { outbox },
  }) => {
    const [first] = await begin(outbox)
    assert.ok(first !== undefined)
    assert.equal(await outbox.complete(first, NOW), 'done')
    const [second] = await begin(outbox)
    assert.ok(second !== undefined && second.fence > first.fence, 'fences rise across the removal of a job')
    assert.equal(await outbox.complete(first, NOW), 'lost')
    assert.deepEqual(await outbox.find(jobRef()), second)
  },
  'of concurrent beginnings exactly one gets the job, and every intent counts': async (handles) => {
    const begun = await race(handles, ({ outbox }) => begin(outbox))
    assert.equal(begun.flat().length, 1)
    assert.equal((await handles.storage.outbox.find(jobRef()))?.revision, begun.length)
  },
  'of concurrent beginnings of several jobs none gets a job that another got': async (handles) => {
    const refs = ['a', 'b', 'c', 'd', 'e'].map((id) => jobRef(id))
    const begun = await race(handles, ({ outbox }, at) =>
      begin(outbox, at % 3 === 0 ? refs.toReversed() : refs),
    )
    assert.deepEqual(idsOf(begun.flat()), ['a', 'b', 'c', 'd', 'e'])
    for (const ref of refs) assert.equal((await handles.storage.outbox.find(ref))?.revision, begun.length)
  },
  'of concurrent beginnings and claims exactly one gets the job': async (handles) => {
    await push(handles.storage.outbox)
    const got = await race(handles, ({ outbox }, at) =>
      at % 4 < 2 ? begin(outbox) : outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 5 }),
    )
    assert.equal(got.flat().length, 1)
  },
  'a job that is named twice is begun once, and none with no name': async ({ storage: { outbox } }) => {
    assert.deepEqual(await begin(outbox, []), [])
    const jobs = await begin(outbox, [jobRef('a'), jobRef('b'), jobRef('a')])
    assert.deepEqual(idsOf(jobs), ['a', 'b'])
    assert.ok(jobs.every((job) => job.revision === 1 && job.attempts === 1))
    assert.equal((await outbox.find(jobRef('a')))?.revision, 1)
  },
  'a thousand jobs are begun at once': async ({ storage: { outbox } }) => {
    const refs = Array.from({ length: 1000 }, (_, at) => jobRef(`a${at}`, at % 2 === 0 ? REF : SIBLING))
    // Numbers and not lists: a difference between two of these takes an assertion seconds to describe.
    const begun = new Set(idsOf(await begin(outbox, refs)))
    assert.equal(begun.size, 1000)
    assert.ok(refs.every((ref) => begun.has(ref.appointmentId)))
    assert.equal((await begin(outbox, refs)).length, 0)
    assert.equal((await outbox.count({})).pending, 1000)
  },
  'another tenant’s job of the same ids is another job': async ({ storage: { outbox } }) => {
    const [mine] = await begin(outbox)
    const [theirs] = await begin(outbox, [jobRef('appointment-1', FOREIGN)], { action: 'delete' })
    assert.equal(theirs?.tenantId, FOREIGN.tenantId)
    assert.equal(theirs.revision, 1)
    assert.deepEqual(await outbox.find(jobRef()), mine)
  },
  'values are copied on the way in and out of a beginning': async ({ storage: { outbox } }) => {
    const given = [{ ...jobRef() }]
    const beginning = begin(outbox, given)
    for (const ref of given) scribble(ref)
    const [job] = await beginning
    assert.ok(job !== undefined)
    const copy = structuredClone(job)
    scribble(job)
    assert.deepEqual(await outbox.find(jobRef()), copy)
  },
}
