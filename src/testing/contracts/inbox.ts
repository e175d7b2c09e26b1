import assert from 'node:assert/strict'
import type { StoragePromises } from './contract-case.ts'
import { assertOneWinner, race } from './race.ts'
import { anEntry, FOREIGN, NOW, REF, scribble, SIBLING, UNICODE } from './records.ts'

export const inboxPromises: StoragePromises = {
  'reading the same change twice stores it once': async ({ storage: { inbox } }) => {
    const entry = anEntry({ changeId: UNICODE, appointmentId: UNICODE })
    assert.equal(await inbox.put(entry), true)
    assert.equal(await inbox.put({ ...entry, type: 'cancelled', attempts: 9 }), false)
    assert.deepEqual(await inbox.listDue(REF, NOW, 9), [entry])
  },
  'of concurrent puts of one change exactly one adds it': async (handles) => {
    assertOneWinner(await race(handles, ({ inbox }) => inbox.put(anEntry())))
    assert.equal(await handles.storage.inbox.count({}), 1)
  },
  'due entries come oldest observation first, ties by change id, up to the limit': async ({
    storage: { inbox },
  }) => {
    await inbox.put(anEntry({ changeId: 'd', observedAtMs: NOW - 1 }))
    await inbox.put(anEntry({ changeId: 'c', observedAtMs: NOW - 5 }))
    await inbox.put(anEntry({ changeId: 'b', observedAtMs: NOW - 5 }))
    await inbox.put(anEntry({ changeId: 'a', observedAtMs: NOW - 9, dueAtMs: NOW + 1 }))
    assert.deepEqual(
      (await inbox.listDue(REF, NOW, 9)).map((entry) => entry.changeId),
      ['b', 'c', 'd'],
    )
    assert.deepEqual(
      (await inbox.listDue(REF, NOW, 2)).map((entry) => entry.changeId),
      ['b', 'c'],
    )
    assert.equal((await inbox.listDue(REF, NOW + 1, 1))[0]?.changeId, 'a')
  },
  'integrations with entries due come once each, of every tenant': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry())
    await inbox.put(anEntry({ changeId: 'change-2' }))
    await inbox.put(anEntry({ ...FOREIGN, integrationId: 'integration-f' }))
    await inbox.put(anEntry({ ...SIBLING, dueAtMs: NOW + 1 }))
    const due = await inbox.listIntegrationsDue(NOW, 9)
    const foreign = { ...FOREIGN, integrationId: 'integration-f' }
    const sorted = due.toSorted((a, b) => (a.tenantId < b.tenantId ? -1 : 1))
    assert.deepEqual(sorted, [REF, foreign])
    assert.equal((await inbox.listIntegrationsDue(NOW, 1)).length, 1)
  },
  'the entries of an appointment come oldest first, due or not': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry({ changeId: 'b', observedAtMs: NOW - 1, dueAtMs: NOW + 1e6 }))
    await inbox.put(anEntry({ changeId: 'a', observedAtMs: NOW - 9 }))
    await inbox.put(anEntry({ changeId: 'c', appointmentId: 'other' }))
    await inbox.put(anEntry({ ...SIBLING, changeId: 'd' }))
    const entries = await inbox.listForAppointment(REF, 'appointment-1')
    assert.deepEqual(
      entries.map((entry) => entry.changeId),
      ['a', 'b'],
    )
  },
  'an entry that is put off waits, and one that is gone stays gone': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry())
    const next = { dueAtMs: NOW + 5, attempts: 3, errorCode: 'HOST_SOURCE_FAILED' }
    await inbox.postpone(REF, 'change-1', next)
    await inbox.postpone(REF, 'change-1', next)
    assert.deepEqual(await inbox.listDue(REF, NOW, 9), [])
    const { errorCode, ...rest } = next
    assert.deepEqual(await inbox.listDue(REF, NOW + 5, 9), [
      { ...anEntry(), ...rest, lastErrorCode: errorCode },
    ])
    await inbox.postpone(REF, 'gone', next)
    assert.equal(await inbox.count({}), 1)
  },
  'removing is idempotent': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry())
    await inbox.put(anEntry({ changeId: 'change-2' }))
    await inbox.remove(REF, 'change-1')
    await inbox.remove(REF, 'change-1')
    assert.deepEqual(
      (await inbox.listDue(REF, NOW, 9)).map((entry) => entry.changeId),
      ['change-2'],
    )
  },
  'counts are over all tenants or of one integration': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry())
    await inbox.put(anEntry(SIBLING))
    await inbox.put(anEntry({ ...FOREIGN, integrationId: 'integration-f' }))
    assert.equal(await inbox.count({}), 3)
    assert.equal(await inbox.count({ integrationId: REF.integrationId }), 1)
  },
  'removing all is idempotent and leaves the rest alone': async ({ storage: { inbox } }) => {
    for (const ref of [REF, SIBLING, FOREIGN]) await inbox.put(anEntry(ref))
    await inbox.removeAll(REF)
    await inbox.removeAll(REF)
    assert.deepEqual(await inbox.listDue(REF, NOW, 9), [])
    assert.equal((await inbox.listDue(SIBLING, NOW, 9)).length, 1)
    assert.equal((await inbox.listDue(FOREIGN, NOW, 9)).length, 1)
  },
  'another tenant finds nothing and changes nothing': async ({ storage: { inbox } }) => {
    await inbox.put(anEntry())
    assert.deepEqual(await inbox.listDue(FOREIGN, NOW, 9), [])
    assert.deepEqual(await inbox.listForAppointment(FOREIGN, 'appointment-1'), [])
    await inbox.postpone(FOREIGN, 'change-1', { dueAtMs: NOW + 9, attempts: 9, errorCode: 'INTERNAL' })
    await inbox.remove(FOREIGN, 'change-1')
    await inbox.removeAll(FOREIGN)
    assert.deepEqual(await inbox.listDue(REF, NOW, 9), [anEntry()])
    assert.equal(await inbox.put(anEntry(FOREIGN)), true)
  },
  'values are copied on the way in and out': async ({ storage: { inbox } }) => {
    const given = anEntry()
    const putting = inbox.put(given)
    scribble(given)
    await putting
    for (const entry of await inbox.listDue(REF, NOW, 9)) scribble(entry)
    assert.deepEqual(await inbox.listDue(REF, NOW, 9), [anEntry()])
  },
}
