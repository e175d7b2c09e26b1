import assert from 'node:assert/strict'
import type { IntegrationRef } from 'appointment-sync'
import type { OutboxJob, OutboxStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { FOREIGN, jobRef, NOW, REF, SIBLING, UNICODE } from './records.ts'

const { tenantId } = REF

async function push(outbox: OutboxStore, id: string, ref = REF): Promise<OutboxJob> {
  return outbox.enqueue({ ref: jobRef(id, ref), action: 'push', dueAtMs: NOW, nowMs: NOW })
}

/** A job that was tried once and given up. */
async function pushDead(outbox: OutboxStore, id: string, ref: IntegrationRef = REF): Promise<OutboxJob> {
  await push(outbox, id, ref)
  const [job] = await outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1, ref: jobRef(id, ref) })
  assert.ok(job !== undefined)
  assert.equal(await outbox.postpone(job, { dueAtMs: NOW, dead: true, errorCode: 'GOOGLE_REJECTED' }), true)
  const dead = await outbox.find(job)
  assert.ok(dead !== null)
  return dead
}

type Page = Awaited<ReturnType<OutboxStore['listDead']>>

const idsOf = (jobs: readonly OutboxJob[]): string[] => jobs.map((job) => job.appointmentId)

export const outboxDeadPromises: StoragePromises = {
  'it is told which appointments have a job, dead or alive': async ({ storage: { outbox } }) => {
    await push(outbox, 'alive')
    await push(outbox, UNICODE)
    await pushDead(outbox, 'dead')
    await push(outbox, 'foreign', FOREIGN)
    await push(outbox, 'sibling', SIBLING)
    const asked = ['dead', 'foreign', 'sibling', 'alive', 'none', 'alive', UNICODE]
    assert.deepEqual(
      (await outbox.listStanding(REF, asked)).toSorted(),
      ['alive', 'dead', UNICODE].toSorted(),
    )
    assert.deepEqual(await outbox.listStanding(FOREIGN, ['alive', 'dead']), [])
    assert.deepEqual(await outbox.listStanding(REF, []), [])
  },
  'a thousand appointments are looked up at once': async ({ storage: { outbox } }) => {
    await push(outbox, 'a999')
    const ids = Array.from({ length: 1000 }, (_, at) => `a${at}`)
    assert.deepEqual(await outbox.listStanding(REF, ids), ['a999'])
  },
  'dead jobs come by integration and appointment, page after page': async ({ storage: { outbox } }) => {
    const ids = ['b', 'a', UNICODE, 'c:"d']
    for (const id of ids) await pushDead(outbox, id)
    // Less than most of those before it: a place is the integration first, and the appointment then.
    await pushDead(outbox, 'a', SIBLING)
    await pushDead(outbox, 'a1', SIBLING)
    await push(outbox, 'alive')
    const all = (await outbox.listDead({ tenantId, limit: 9 })).items
    assert.deepEqual(idsOf(all).slice(0, 4).toSorted(), ids.toSorted())
    assert.deepEqual(idsOf(all.slice(0, 4).filter((job) => /^[ab]/.test(job.appointmentId))), ['a', 'b'])
    assert.deepEqual(idsOf(all.slice(4)), ['a', 'a1'])
    assert.equal(all[4]?.integrationId, SIBLING.integrationId)
    assert.deepEqual(all[0], await outbox.find(all[0] ?? jobRef()))
    for (const limit of [1, 2, 5]) {
      const paged: OutboxJob[] = []
      let cursor: string | null = null
      do {
        const page: Page = await outbox.listDead({ tenantId, limit, cursor: cursor ?? undefined })
        assert.ok(page.items.length > 0 && page.items.length <= limit)
        paged.push(...page.items)
        cursor = page.nextCursor
      } while (cursor !== null && paged.length < 9)
      assert.deepEqual(paged, all)
    }
  },
  'a last page that is full has no cursor': async ({ storage: { outbox } }) => {
    await pushDead(outbox, 'a')
    await pushDead(outbox, 'b')
    const { items, nextCursor } = await outbox.listDead({ tenantId, limit: 2 })
    assert.deepEqual([idsOf(items), nextCursor], [['a', 'b'], null])
  },
  'a page goes on behind its cursor, also when jobs came or went': async ({ storage: { outbox } }) => {
    for (const id of ['b', 'd', 'f']) await pushDead(outbox, id)
    const first = await outbox.listDead({ tenantId, limit: 2 })
    assert.ok(first.nextCursor !== null)
    await outbox.revive(jobRef('d'), NOW)
    await pushDead(outbox, 'a')
    await pushDead(outbox, 'e')
    const next = await outbox.listDead({ tenantId, limit: 2, cursor: first.nextCursor })
    assert.deepEqual([idsOf(next.items), next.nextCursor], [['e', 'f'], null])
  },
  'a cursor of somebody else gives an empty page': async ({ storage: { outbox } }) => {
    await pushDead(outbox, 'a')
    for (const cursor of ['', 'x', '{}', '[]', '["a"]', '[1,2]', 'null', '9:', '-1:ab']) {
      const page = await outbox.listDead({ tenantId, limit: 9, cursor })
      assert.deepEqual(page, { items: [], nextCursor: null }, cursor)
    }
  },
  'dead jobs are those of one tenant, or of one of its users': async ({ storage: { outbox } }) => {
    await pushDead(outbox, 'mine')
    await pushDead(outbox, 'sibling', SIBLING)
    await pushDead(outbox, 'foreign', FOREIGN)
    const listed = async (query: { tenantId: string; userId?: string }): Promise<string[]> =>
      idsOf((await outbox.listDead({ ...query, limit: 9 })).items)
    assert.deepEqual(await listed({ tenantId }), ['mine', 'sibling'])
    assert.deepEqual(await listed({ tenantId, userId: SIBLING.userId }), ['sibling'])
    assert.deepEqual(await listed({ tenantId: FOREIGN.tenantId }), ['foreign'])
    assert.deepEqual(await listed({ tenantId: 'tenant-x' }), [])
  },
  'a dead job that is revived is due with no attempts, and can be claimed': async ({ storage }) => {
    const { outbox } = storage
    const dead = await pushDead(outbox, 'a')
    await pushDead(outbox, 'b')
    assert.equal(await outbox.revive(jobRef('a'), NOW + 5), true)
    const { lastErrorCode, ...revived } = (await outbox.find(jobRef('a'))) ?? { lastErrorCode: null }
    const { lastErrorCode: _, ...before } = dead
    assert.deepEqual(revived, { ...before, dead: false, attempts: 0, dueAtMs: NOW + 5 })
    assert.ok(lastErrorCode === null || lastErrorCode === dead.lastErrorCode)
    assert.deepEqual(idsOf((await outbox.listDead({ tenantId, limit: 9 })).items), ['b'])
    const [job] = await outbox.claim({ nowMs: NOW + 5, leaseMs: 1000, limit: 9 })
    assert.equal(job?.attempts, 1)
    assert.equal(job.fence, dead.fence + 1)
  },
  'only what is dead is revived, and once': async (handles) => {
    const { outbox } = handles.storage
    assert.equal(await outbox.revive(jobRef('a'), NOW), false)
    const alive = await push(outbox, 'a')
    assert.equal(await outbox.revive(jobRef('a'), NOW + 5), false)
    assert.deepEqual(await outbox.find(jobRef('a')), alive)
    await pushDead(outbox, 'b')
    const results = await Promise.all([
      handles.storage.outbox.revive(jobRef('b'), NOW),
      handles.second.outbox.revive(jobRef('b'), NOW),
    ])
    assert.deepEqual(results.toSorted(), [false, true])
  },
  'another tenant lists nothing and revives nothing': async ({ storage: { outbox } }) => {
    const dead = await pushDead(outbox, 'a')
    assert.deepEqual((await outbox.listDead({ tenantId: FOREIGN.tenantId, limit: 9 })).items, [])
    assert.equal(await outbox.revive(jobRef('a', FOREIGN), NOW + 1), false)
    assert.equal(await outbox.revive(jobRef('a', { ...REF, userId: 'user-9' }), NOW + 1), false)
    assert.deepEqual(await outbox.find(jobRef('a')), dead)
  },
}
