import assert from 'node:assert/strict'
import type { IntegrationRef } from 'appointment-sync'
import type { OutboxStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { FOREIGN, jobRef, NOW, REF, SIBLING } from './records.ts'

const LEASE = 60_000

/** Jobs that are due, one millisecond after the other, the first at `fromMs`. */
async function pushAll(
  outbox: OutboxStore,
  ref: IntegrationRef,
  ids: readonly string[],
  fromMs: number,
): Promise<void> {
  for (const [at, id] of ids.entries()) {
    await outbox.enqueue({ ref: jobRef(id, ref), action: 'push', dueAtMs: fromMs + at, nowMs: NOW })
  }
}

function many(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`)
}

async function claimIds(outbox: OutboxStore, limit: number): Promise<string[]> {
  const jobs = await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit })
  return jobs.map((job) => job.appointmentId)
}

/** Another integration of the first tenant for each `at`. */
function sibling(at: number): IntegrationRef {
  return { ...SIBLING, userId: `user-${at + 2}`, integrationId: `integration-${at}` }
}

export const outboxFairnessPromises: StoragePromises = {
  'a tenant with many jobs does not delay the first of another': async ({ storage: { outbox } }) => {
    await pushAll(outbox, REF, many('a', 40), NOW - 1000)
    await pushAll(outbox, FOREIGN, many('b', 2), NOW - 10)
    assert.deepEqual(await claimIds(outbox, 3), ['a1', 'b1', 'a2'])
    assert.deepEqual(await claimIds(outbox, 3), ['a3', 'b2', 'a4'])
    assert.deepEqual(await claimIds(outbox, 2), ['a5', 'a6'])
  },
  'an integration with many jobs does not delay the first of another': async ({ storage: { outbox } }) => {
    await pushAll(outbox, REF, many('a', 40), NOW - 1000)
    await pushAll(outbox, SIBLING, many('s', 2), NOW - 10)
    const claimed = await claimIds(outbox, 4)
    assert.deepEqual(claimed.toSorted(), ['a1', 'a2', 's1', 's2'])
  },
  'a tenant of many integrations has no more turns than a tenant of one': async ({ storage: { outbox } }) => {
    for (let at = 0; at < 6; at += 1) {
      await pushAll(outbox, sibling(at), [`first-${at}`, `second-${at}`], NOW - 1000 + at * 10)
    }
    await pushAll(outbox, FOREIGN, many('b', 4), NOW - 10)
    assert.deepEqual(await claimIds(outbox, 6), ['first-0', 'b1', 'first-1', 'b2', 'first-2', 'b3'])
  },
  'in one turn the oldest due comes first': async ({ storage: { outbox } }) => {
    await pushAll(outbox, REF, many('a', 2), NOW - 10)
    await pushAll(outbox, FOREIGN, many('b', 2), NOW - 20)
    await pushAll(outbox, { ...REF, tenantId: 'tenant-c' }, many('c', 2), NOW - 15)
    assert.deepEqual(await claimIds(outbox, 6), ['b1', 'c1', 'a1', 'b2', 'c2', 'a2'])
  },
  'jobs that are held, dead or not due take no turn': async ({ storage: { outbox } }) => {
    await pushAll(outbox, REF, many('a', 4), NOW - 1000)
    const [held, dead] = await outbox.claim({ nowMs: NOW, leaseMs: LEASE, limit: 2 })
    assert.ok(held !== undefined && dead !== undefined)
    await outbox.postpone(dead, { dueAtMs: NOW - 1000, dead: true, errorCode: 'INTERNAL' })
    await pushAll(outbox, REF, ['a-later'], NOW + 1)
    await pushAll(outbox, FOREIGN, many('b', 4), NOW - 10)
    assert.deepEqual(await claimIds(outbox, 3), ['a3', 'b1', 'a4'])
  },
}
