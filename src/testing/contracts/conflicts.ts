import assert from 'node:assert/strict'
import type { Conflict } from 'appointment-sync'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { aConflict, FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

const resolved = (change: Partial<Conflict> = {}): Conflict =>
  aConflict({ status: 'resolved', resolution: 'app', resolvedAtMs: NOW + 1, version: 2, ...change })

export const conflictPromises: StoragePromises = {
  'a conflict is found by id, and by its appointment while it is open': async ({
    storage: { conflicts },
  }) => {
    const conflict = aConflict({ id: UNICODE, appointmentId: UNICODE, hostReason: UNICODE })
    assert.equal(await conflicts.replace(conflict, null), true)
    assert.deepEqual(await conflicts.find(REF.tenantId, UNICODE), conflict)
    assert.deepEqual(await conflicts.findOpen(REF, UNICODE), conflict)
    const settled = { ...conflict, status: 'resolved', resolution: 'app', version: 2 } as const
    assert.equal(await conflicts.replace(settled, 1), true)
    assert.equal(await conflicts.findOpen(REF, UNICODE), null)
    assert.deepEqual(await conflicts.find(REF.tenantId, UNICODE), settled)
  },
  'decisions are kept as they were given, in their order': async ({ storage: { conflicts } }) => {
    const first = { field: 'time', side: 'app', by: null, atMs: NOW } as const
    const second = { field: 'existence', side: 'google', by: UNICODE, atMs: NOW + 1 } as const
    await conflicts.replace(aConflict({ decisions: [] }), null)
    await conflicts.replace(aConflict({ decisions: [first], fields: ['existence'], version: 2 }), 1)
    const settled = resolved({ decisions: [first, second], version: 3 })
    assert.equal(await conflicts.replace(settled, 2), true)
    assert.deepEqual(await conflicts.find(REF.tenantId, 'conflict-1'), settled)
    const query = { tenantId: REF.tenantId, status: 'resolved', limit: 9 } as const
    assert.deepEqual((await conflicts.list(query)).items, [settled])
  },
  'of concurrent conflicts of one appointment exactly one is opened': async (handles) => {
    assertOneWinner(
      await race(handles, ({ conflicts }, at) =>
        conflicts.replace(aConflict({ id: `conflict-${at}` }), null),
      ),
    )
    assert.equal(await handles.storage.conflicts.countOpen({}), 1)
  },
  'of concurrent settlements of one version exactly one wins': async (handles) => {
    await handles.storage.conflicts.replace(aConflict(), null)
    assertOneWinner(await race(handles, ({ conflicts }) => conflicts.replace(resolved(), 1)))
  },
  'a wrong expected version changes nothing': async ({ storage: { conflicts } }) => {
    assert.equal(await conflicts.replace(resolved(), 1), false)
    await conflicts.replace(aConflict(), null)
    assert.equal(await conflicts.replace(resolved(), null), false)
    assert.equal(await conflicts.replace(resolved(), 2), false)
    assert.deepEqual(await conflicts.find(REF.tenantId, 'conflict-1'), aConflict())
  },
  'no other conflict is added while one is open, and another may be after it': async ({
    storage: { conflicts },
  }) => {
    await conflicts.replace(aConflict(), null)
    assert.equal(await conflicts.replace(aConflict({ id: 'conflict-2' }), null), false)
    assert.equal(await conflicts.replace(resolved({ id: 'conflict-3' }), null), false)
    await conflicts.replace(resolved(), 1)
    assert.equal(await conflicts.replace(aConflict({ id: 'conflict-2' }), null), true)
    assert.equal((await conflicts.findOpen(REF, 'appointment-1'))?.id, 'conflict-2')
  },
  'pages come newest first and give every conflict once': async ({ storage: { conflicts } }) => {
    for (const [id, openedAtMs] of [
      ['a', NOW],
      ['b', NOW + 2],
      ['c', NOW + 1],
      ['d', NOW],
      ['e', NOW],
    ] as const) {
      await conflicts.replace(aConflict({ id, appointmentId: id, openedAtMs }), null)
    }
    const seen: Conflict[] = []
    let cursor: string | undefined
    for (let page = 0; page < 9; page += 1) {
      const query = { tenantId: REF.tenantId, status: 'open', limit: 2, cursor } as const
      const { items, nextCursor } = await conflicts.list(query)
      assert.ok(items.length <= 2)
      seen.push(...items)
      if (nextCursor === null) break
      cursor = nextCursor
    }
    assert.deepEqual(
      seen.slice(0, 2).map(({ id }) => id),
      ['b', 'c'],
    )
    assert.deepEqual(seen.map(({ id }) => id).toSorted(), ['a', 'b', 'c', 'd', 'e'])
  },
  'a list keeps to tenant, status and owner': async ({ storage: { conflicts } }) => {
    await conflicts.replace(aConflict(), null)
    await conflicts.replace(resolved({ id: 'settled', appointmentId: 'b' }), null)
    await conflicts.replace(aConflict({ ...SIBLING, id: 'sibling' }), null)
    await conflicts.replace(aConflict({ ...FOREIGN, id: 'foreign' }), null)
    const ids = async (query: object): Promise<string[]> => {
      const base = { tenantId: REF.tenantId, status: 'open' as const, limit: 9 }
      return (await conflicts.list({ ...base, ...query })).items.map(({ id }) => id).toSorted()
    }
    assert.deepEqual(await ids({}), ['conflict-1', 'sibling'])
    assert.deepEqual(await ids({ userId: REF.userId }), ['conflict-1'])
    assert.deepEqual(await ids({ status: 'resolved' }), ['settled'])
  },
  'open ones are counted over all, in a tenant and in an integration': async ({ storage: { conflicts } }) => {
    await conflicts.replace(aConflict(), null)
    await conflicts.replace(aConflict({ ...SIBLING, id: 'sibling' }), null)
    await conflicts.replace(aConflict({ ...FOREIGN, integrationId: 'f', id: 'foreign' }), null)
    await conflicts.replace(resolved({ id: 'settled', appointmentId: 'b' }), null)
    assert.equal(await conflicts.countOpen({}), 3)
    assert.equal(await conflicts.countOpen({ tenantId: REF.tenantId }), 2)
    assert.equal(await conflicts.countOpen({ integrationId: REF.integrationId }), 1)
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { conflicts } }) => {
    await conflicts.replace(aConflict(), null)
    await conflicts.replace(aConflict({ ...SIBLING, id: 'sibling' }), null)
    await conflicts.replace(aConflict(FOREIGN), null)
    await conflicts.removeAll(REF)
    await conflicts.removeAll(REF)
    assert.equal(await conflicts.find(REF.tenantId, 'conflict-1'), null)
    assert.notEqual(await conflicts.find(REF.tenantId, 'sibling'), null)
    assert.notEqual(await conflicts.find(FOREIGN.tenantId, 'conflict-1'), null)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { conflicts } }) => {
    await conflicts.replace(aConflict(), null)
    assert.equal(await conflicts.find(FOREIGN.tenantId, 'conflict-1'), null)
    assert.equal(await conflicts.findOpen(FOREIGN, 'appointment-1'), null)
    assert.equal(await conflicts.replace(resolved(FOREIGN), 1), false)
    const page = await conflicts.list({ tenantId: FOREIGN.tenantId, status: 'open', limit: 9 })
    assert.deepEqual(page.items, [])
    await conflicts.removeAll(FOREIGN)
    assert.deepEqual(await conflicts.find(REF.tenantId, 'conflict-1'), aConflict())
  },
  'values are copied on the way in and out': async ({ storage: { conflicts } }) => {
    const given = aConflict()
    const writing = conflicts.replace(given, null)
    scribble(given)
    await writing
    const got = await conflicts.find(REF.tenantId, 'conflict-1')
    if (got !== null) scribble(got)
    assert.deepEqual(await conflicts.find(REF.tenantId, 'conflict-1'), aConflict())
  },
}
