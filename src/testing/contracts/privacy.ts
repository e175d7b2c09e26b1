import assert from 'node:assert/strict'
import type { StorageSession } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import {
  aConflict,
  aCursor,
  aLink,
  aLogEntry,
  anEntry,
  anIntegration,
  aState,
  FOREIGN,
  jobRef,
  NOW,
  REF,
  SIBLING,
  UNICODE,
} from './records.ts'

const { tenantId } = REF
/** The appointment, an occurrence of it, and ids that only look alike. */
const FAMILY = ['visit', 'visit~20260501', 'visit~~']
const STRANGERS = ['visit2', 'visi', 'Visit', 'visit-1', 'visit\u00e9']

interface Kept {
  readonly integrationId: string
  readonly appointmentId: string | null
}

/** The stores that hold something about an appointment, and how it is put there, found and removed. */
const HOLDERS: readonly {
  readonly store: string
  readonly put: (s: StorageSession, ref: typeof REF, appointmentId: string) => Promise<unknown>
  readonly list: (s: StorageSession, tenant: string, appointmentId: string) => Promise<readonly Kept[]>
  readonly remove: ((s: StorageSession, tenant: string, appointmentId: string) => Promise<number>) | null
}[] = [
  {
    store: 'links',
    put: (s, ref, appointmentId) => s.links.replace(aLink({ ...ref, appointmentId }), null),
    list: (s, tenant, id) => s.links.listOfAppointment(tenant, id),
    remove: null,
  },
  {
    store: 'outbox',
    put: (s, ref, appointmentId) =>
      s.outbox.enqueue({ ref: { ...ref, appointmentId }, action: 'push', dueAtMs: NOW, nowMs: NOW }),
    list: (s, tenant, id) => s.outbox.listOfAppointment(tenant, id),
    remove: (s, tenant, id) => s.outbox.removeOfAppointment(tenant, id),
  },
  {
    store: 'inbox',
    put: (s, ref, appointmentId) =>
      s.inbox.put(anEntry({ ...ref, appointmentId, changeId: `change of ${appointmentId}` })),
    list: (s, tenant, id) => s.inbox.listOfAppointment(tenant, id),
    remove: (s, tenant, id) => s.inbox.removeOfAppointment(tenant, id),
  },
  {
    store: 'conflicts',
    put: (s, ref, appointmentId) =>
      s.conflicts.replace(aConflict({ ...ref, appointmentId, id: `${ref.userId} ${appointmentId}` }), null),
    list: (s, tenant, id) => s.conflicts.listOfAppointment(tenant, id),
    remove: (s, tenant, id) => s.conflicts.removeOfAppointment(tenant, id),
  },
  {
    store: 'syncLog',
    put: (s, ref, appointmentId) =>
      s.syncLog.append(aLogEntry({ ...ref, appointmentId, id: `${ref.userId} ${appointmentId}` })),
    list: async (s, tenant, id) =>
      (await s.syncLog.list({ tenantId: tenant, ofAppointment: id, limit: 100 })).items,
    remove: (s, tenant, id) => s.syncLog.removeOfAppointment(tenant, id, 100),
  },
]

const places = (rows: readonly Kept[]): string[] =>
  rows.map((row) => `${row.integrationId} ${row.appointmentId}`).toSorted()
const wanted = FAMILY.flatMap((id) => [REF, SIBLING].map((ref) => `${ref.integrationId} ${id}`)).toSorted()

async function fill(storage: StorageSession, put: (typeof HOLDERS)[number]['put']): Promise<void> {
  for (const ref of [REF, SIBLING, FOREIGN]) {
    for (const id of [...FAMILY, ...STRANGERS]) await put(storage, ref, id)
  }
}

type NamedPromise = [promise: string, check: StoragePromises[string]]

const found: NamedPromise[] = HOLDERS.map(({ store, put, list }) => [
  `${store}: an appointment is found with its occurrences, over all integrations of the tenant alone`,
  async ({ storage }) => {
    await fill(storage, put)
    assert.deepEqual(places(await list(storage, tenantId, 'visit')), wanted)
    assert.deepEqual(await list(storage, 'nobody', 'visit'), [])
    await put(storage, REF, UNICODE)
    assert.deepEqual(places(await list(storage, tenantId, UNICODE)), [`${REF.integrationId} ${UNICODE}`])
  },
])

const removed: NamedPromise[] = HOLDERS.flatMap(({ store, put, list, remove }): NamedPromise[] => {
  if (remove === null) return []
  const promise = `${store}: what is removed of an appointment is that and nothing else`
  return [
    [
      promise,
      async ({ storage }) => {
        await fill(storage, put)
        assert.equal(await remove(storage, tenantId, 'visit'), wanted.length)
        assert.equal(await remove(storage, tenantId, 'visit'), 0)
        assert.deepEqual(await list(storage, tenantId, 'visit'), [])
        assert.equal((await list(storage, FOREIGN.tenantId, 'visit')).length, FAMILY.length)
        for (const id of STRANGERS) assert.equal((await list(storage, tenantId, id)).length, 2, id)
      },
    ],
  ]
})

export const privacyPromises: StoragePromises = {
  ...Object.fromEntries([...found, ...removed]),
  'the fence of a job that was removed with its appointment is remembered': async ({
    storage: { outbox },
  }) => {
    const query = { refs: [jobRef('visit')], action: 'push', dueAtMs: NOW, nowMs: NOW, leaseMs: 9 } as const
    const [held] = await outbox.begin(query)
    assert.ok(held !== undefined)
    assert.equal(await outbox.removeOfAppointment(tenantId, 'visit'), 1)
    assert.equal(await outbox.complete(held, NOW), 'lost')
    const [next] = await outbox.begin(query)
    assert.ok(next !== undefined && next.fence > held.fence)
  },
  'a forgotten outbox has no jobs, and begins to count anew': async ({ storage: { outbox } }) => {
    const begin = (ref: typeof REF): ReturnType<typeof outbox.begin> =>
      outbox.begin({ refs: [jobRef('a', ref)], action: 'push', dueAtMs: NOW, nowMs: NOW, leaseMs: 9 })
    await begin(REF)
    await begin(SIBLING)
    await outbox.forget(REF)
    assert.equal(await outbox.find(jobRef('a')), null)
    assert.notEqual(await outbox.find(jobRef('a', SIBLING)), null)
    assert.equal((await begin(REF))[0]?.fence, 1)
  },
  'jobs, entries and cursors of an integration come in pages, each once': async ({ storage }) => {
    const { outbox, inbox, cursors } = storage
    for (const ref of [REF, SIBLING, FOREIGN]) {
      for (const id of ['c', 'a', 'b']) {
        await outbox.enqueue({ ref: jobRef(id, ref), action: 'push', dueAtMs: NOW + 9, nowMs: NOW })
        await inbox.put(anEntry({ ...ref, changeId: id, dueAtMs: NOW + 9 }))
        await cursors.advance(aCursor({ ...ref, calendarId: id }), null)
      }
    }
    const jobs = [
      ...(await outbox.list(REF, { afterAppointmentId: null, limit: 2 })),
      ...(await outbox.list(REF, { afterAppointmentId: 'b', limit: 2 })),
    ]
    assert.deepEqual(
      jobs.map((job) => job.appointmentId),
      ['a', 'b', 'c'],
    )
    const entries = [
      ...(await inbox.list(REF, { afterChangeId: null, limit: 2 })),
      ...(await inbox.list(REF, { afterChangeId: 'b', limit: 2 })),
    ]
    assert.deepEqual(
      entries.map((entry) => entry.changeId),
      ['a', 'b', 'c'],
    )
    assert.deepEqual(
      (await cursors.list(REF)).map((cursor) => cursor.calendarId),
      ['a', 'b', 'c'],
    )
    assert.ok([...jobs, ...entries].every((row) => row.tenantId === tenantId && row.userId === REF.userId))
  },
  'tenants with records come in pages, each once': async ({ storage: { syncLog, conflicts } }) => {
    for (const [at, tenant] of ['t3', 't1', 't2', 't1', 't1'].entries()) {
      await syncLog.append(aLogEntry({ tenantId: tenant, id: `log-${at}` }))
      const appointmentId = `a${at}`
      await conflicts.replace(aConflict({ tenantId: tenant, id: `c-${at}`, appointmentId }), null)
    }
    for (const store of [syncLog, conflicts]) {
      assert.deepEqual(await store.listTenants({ afterTenantId: null, limit: 2 }), ['t1', 't2'])
      assert.deepEqual(await store.listTenants({ afterTenantId: 't2', limit: 2 }), ['t3'])
      assert.deepEqual(await store.listTenants({ afterTenantId: 't3', limit: 2 }), [])
    }
  },
  'only conflicts that were resolved before the instant are purged, of the tenant alone': async ({
    storage: { conflicts },
  }) => {
    const put = (id: string, resolvedAtMs: number | null, tenant = tenantId): Promise<boolean> =>
      conflicts.replace(
        aConflict({
          id,
          tenantId: tenant,
          appointmentId: id,
          resolvedAtMs,
          openedAtMs: NOW - 9,
          status: resolvedAtMs === null ? 'open' : 'resolved',
        }),
        null,
      )
    await put('open', null)
    await put('young', NOW)
    await put('old-1', NOW - 1)
    await put('old-2', NOW - 2)
    await put('theirs', NOW - 2, FOREIGN.tenantId)
    const query = { tenantId, beforeMs: NOW, limit: 1 }
    assert.equal(await conflicts.purge(query), 1)
    assert.equal(await conflicts.purge({ ...query, limit: 5 }), 1)
    assert.equal(await conflicts.purge(query), 0)
    for (const id of ['open', 'young']) assert.notEqual(await conflicts.find(tenantId, id), null)
    assert.notEqual(await conflicts.find(FOREIGN.tenantId, 'theirs'), null)
  },
  'log entries of an owner are removed up to the limit, and nobody else’s': async ({
    storage: { syncLog },
  }) => {
    for (const [at, ref] of [REF, REF, REF, SIBLING, FOREIGN].entries()) {
      await syncLog.append(aLogEntry({ ...ref, id: `log-${at}` }))
    }
    assert.equal(await syncLog.removeOwned(REF, 2), 2)
    assert.equal(await syncLog.removeOwned(REF, 2), 1)
    assert.equal(await syncLog.removeOwned(REF, 2), 0)
    const left = await syncLog.list({ tenantId, limit: 9 })
    assert.deepEqual(
      left.items.map((entry) => entry.userId),
      [SIBLING.userId],
    )
    assert.equal((await syncLog.list({ tenantId: FOREIGN.tenantId, limit: 9 })).items.length, 1)
  },
  'authorizations of an owner are listed and removed, and nobody else’s': async ({
    storage: { oauthStates },
  }) => {
    await oauthStates.insert(aState({ stateHash: 'b', createdAtMs: NOW + 1 }))
    await oauthStates.insert(aState({ stateHash: 'a' }))
    await oauthStates.insert(aState({ stateHash: 'c', userId: 'user-2' }))
    await oauthStates.insert(aState({ stateHash: 'd', tenantId: FOREIGN.tenantId }))
    assert.deepEqual(
      (await oauthStates.list(REF)).map((state) => state.stateHash),
      ['a', 'b'],
    )
    assert.equal(await oauthStates.removeOwned(REF), 2)
    assert.deepEqual(await oauthStates.list(REF), [])
    assert.notEqual(await oauthStates.consume('c'), null)
    assert.notEqual(await oauthStates.consume('d'), null)
  },
  'an integration is removed by its version and its owner alone': async ({ storage: { integrations } }) => {
    const row = anIntegration({ version: 4 })
    await integrations.insert(row)
    assert.equal(await integrations.remove(row, 3), false)
    assert.equal(await integrations.remove({ ...row, tenantId: FOREIGN.tenantId }, 4), false)
    assert.equal(await integrations.remove({ ...row, userId: 'user-9' }, 4), false)
    assert.notEqual(await integrations.find(row), null)
    assert.equal(await integrations.remove(row, 4), true)
    assert.equal(await integrations.find(row), null)
    assert.equal(await integrations.insert(row), true)
  },
  'a lease is forgotten once it was given back, and not while somebody has it': async ({
    storage: { leases },
  }) => {
    const lease = await leases.acquire({ key: 'k', nowMs: NOW, ttlMs: 5 })
    assert.ok(lease !== null)
    assert.equal(await leases.forget('k'), false)
    await leases.release(lease)
    assert.equal(await leases.forget('k'), true)
    assert.equal(await leases.forget('k'), false)
    assert.equal(await leases.holds(lease, NOW), false)
  },
}
