import assert from 'node:assert/strict'
import type { Lease, LeaseStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { race } from './race.ts'
import { NOW, UNICODE } from './records.ts'

const TTL = 1000

async function acquire(leases: LeaseStore, nowMs = NOW, key = UNICODE): Promise<Lease> {
  const lease = await leases.acquire({ key, nowMs, ttlMs: TTL })
  assert.ok(lease !== null, 'a free key can be taken')
  return lease
}

export const leasePromises: StoragePromises = {
  'of concurrent callers exactly one gets the lease': async (handles) => {
    const query = { key: 'key', nowMs: NOW, ttlMs: TTL }
    const first = await race(handles, ({ leases }) => leases.acquire(query))
    assert.equal(first.filter((lease) => lease !== null).length, 1)
    const later = { ...query, nowMs: NOW + TTL }
    const again = await race(handles, ({ leases }) => leases.acquire(later))
    assert.equal(again.filter((lease) => lease !== null).length, 1)
  },
  'a held key is refused until the lease runs out': async ({ storage: { leases } }) => {
    const lease = await acquire(leases)
    assert.equal(await leases.acquire({ key: UNICODE, nowMs: NOW + TTL - 1, ttlMs: TTL }), null)
    assert.equal(await leases.holds(lease, NOW + TTL - 1), true)
    assert.equal(await leases.holds(lease, NOW + TTL), false)
    const next = await acquire(leases, NOW + TTL)
    assert.ok(next.fence > lease.fence)
    assert.equal(await leases.holds(lease, NOW + TTL), false)
  },
  'fences rise across releases': async ({ storage: { leases } }) => {
    let before = 0
    for (let round = 0; round < 3; round += 1) {
      const lease = await acquire(leases)
      assert.ok(lease.fence > before, 'higher than every earlier lease on the key')
      before = lease.fence
      await leases.release(lease)
      assert.equal(await leases.holds(lease, NOW), false)
    }
  },
  'renewing extends a lease that is ours': async ({ storage: { leases } }) => {
    const lease = await acquire(leases)
    assert.equal(await leases.renew(lease, NOW + 900, TTL), true)
    assert.equal(await leases.holds(lease, NOW + 900 + TTL - 1), true)
    assert.equal(await leases.holds(lease, NOW + 900 + TTL), false)
  },
  'a lease that another took is neither renewed nor released by its old holder': async ({
    storage: { leases },
  }) => {
    const old = await acquire(leases)
    const current = await acquire(leases, NOW + TTL)
    assert.equal(await leases.renew(old, NOW + TTL, 9e9), false)
    await leases.release(old)
    assert.equal(await leases.holds(current, NOW + TTL), true)
    assert.equal(await leases.acquire({ key: UNICODE, nowMs: NOW + TTL, ttlMs: TTL }), null)
  },
  'a lease that was given back is not renewed, and giving it back again is harmless': async ({
    storage: { leases },
  }) => {
    const lease = await acquire(leases)
    await leases.release(lease)
    await leases.release(lease)
    assert.equal(await leases.renew(lease, NOW, TTL), false)
    await leases.release({ key: 'never taken', fence: 1 })
  },
  "keys do not stand in each other's way": async ({ storage: { leases } }) => {
    const one = await acquire(leases, NOW, 'one')
    const other = await acquire(leases, NOW, 'other')
    await leases.release(one)
    assert.equal(await leases.holds(other, NOW), true)
    assert.equal(await leases.holds({ key: 'one', fence: other.fence }, NOW), false)
  },
}
