import assert from 'node:assert/strict'
import type { SyncLogEntry } from 'appointment-sync'
import type { SyncLogFilter, SyncLogStore } from 'appointment-sync/ports'
import type { StoragePromises } from './contract-case.ts'
import { aLogEntry, FOREIGN, NOW, REF, scribble, UNICODE } from './records.ts'

async function append(log: SyncLogStore, changes: readonly Partial<SyncLogEntry>[]): Promise<void> {
  for (const change of changes) await log.append(aLogEntry(change))
}

async function idsOf(log: SyncLogStore, filter: Partial<SyncLogFilter>): Promise<string[]> {
  const { items } = await log.list({ tenantId: REF.tenantId, limit: 100, ...filter })
  return items.map((entry) => entry.id)
}

export const syncLogPromises: StoragePromises = {
  'an entry is found as it was appended': async ({ storage: { syncLog } }) => {
    const entry = aLogEntry({ userId: UNICODE, appointmentId: null, errorMessage: UNICODE })
    await syncLog.append(entry)
    const page = await syncLog.list({ tenantId: REF.tenantId, limit: 1 })
    assert.deepEqual(page, { items: [entry], nextCursor: null })
  },
  'every filter narrows, and all together': async ({ storage: { syncLog } }) => {
    const odd = {
      userId: 'user-9',
      appointmentId: 'appointment-9',
      direction: 'from_google',
      action: 'pull',
      status: 'failed',
    } as const
    await append(syncLog, [
      { id: 'plain', atMs: NOW },
      { id: 'odd', atMs: NOW - 1, ...odd },
    ])
    for (const [name, value] of Object.entries(odd)) {
      assert.deepEqual(await idsOf(syncLog, { [name]: value }), ['odd'], name)
    }
    assert.deepEqual(await idsOf(syncLog, odd), ['odd'])
    assert.deepEqual(await idsOf(syncLog, { ...odd, userId: 'user-1' }), [])
    assert.deepEqual(await idsOf(syncLog, {}), ['plain', 'odd'])
  },
  'a span takes its first instant in and leaves its last out': async ({ storage: { syncLog } }) => {
    await append(
      syncLog,
      [-1, 0, 1, 2].map((at) => ({ id: `at-${at}`, atMs: NOW + at })),
    )
    assert.deepEqual(await idsOf(syncLog, { fromMs: NOW, toMs: NOW + 2 }), ['at-1', 'at-0'])
    assert.deepEqual(await idsOf(syncLog, { fromMs: NOW + 2 }), ['at-2'])
    assert.deepEqual(await idsOf(syncLog, { toMs: NOW }), ['at--1'])
  },
  'pages come newest first and give every entry once, also those of one instant': async ({
    storage: { syncLog },
  }) => {
    await append(
      syncLog,
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id, at) => ({ id, atMs: NOW + (at % 2) })),
    )
    const seen: SyncLogEntry[] = []
    let cursor: string | undefined
    for (let page = 0; page < 9; page += 1) {
      const { items, nextCursor } = await syncLog.list({ tenantId: REF.tenantId, limit: 2, cursor })
      seen.push(...items)
      if (nextCursor === null) break
      cursor = nextCursor
    }
    assert.deepEqual(seen.map(({ id }) => id).toSorted(), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    const instants = seen.map((entry) => entry.atMs)
    assert.deepEqual(
      instants,
      instants.toSorted((a, b) => b - a),
    )
  },
  'an entry appended between two pages does not shift the second': async ({ storage: { syncLog } }) => {
    await append(syncLog, [
      { id: 'a', atMs: NOW },
      { id: 'b', atMs: NOW - 1 },
    ])
    const first = await syncLog.list({ tenantId: REF.tenantId, limit: 1 })
    assert.notEqual(first.nextCursor, null)
    await append(syncLog, [{ id: 'new', atMs: NOW + 1 }])
    assert.deepEqual(await idsOf(syncLog, { cursor: first.nextCursor ?? undefined }), ['b'])
  },
  'a page that holds the rest says that nothing follows': async ({ storage: { syncLog } }) => {
    await append(syncLog, [{ id: 'a' }, { id: 'b' }])
    assert.equal((await syncLog.list({ tenantId: REF.tenantId, limit: 2 })).nextCursor, null)
    assert.equal((await syncLog.list({ tenantId: 'nobody', limit: 2 })).nextCursor, null)
  },
  'the summary counts from its instant on, and names the newest': async ({ storage: { syncLog } }) => {
    await append(syncLog, [
      { id: 'old', atMs: NOW - 1 },
      { id: 's1', atMs: NOW },
      { id: 's2', atMs: NOW + 5 },
      { id: 'f1', atMs: NOW + 1, status: 'failed', errorCode: 'INTERNAL' },
      { id: 'f2', atMs: NOW + 2, status: 'failed', errorCode: 'GOOGLE_TIMEOUT' },
      { id: 'skipped', atMs: NOW + 9, status: 'skipped' },
      { id: 'other', atMs: NOW + 7, integrationId: 'integration-s' },
      { id: 'foreign', atMs: NOW + 8, tenantId: 'tenant-b', integrationId: 'integration-f' },
    ])
    const lastFailure = { code: 'GOOGLE_TIMEOUT', atMs: NOW + 2 }
    const summary = { succeeded: 2, failed: 2, lastSuccessAtMs: NOW + 5, lastFailure }
    const { tenantId, integrationId } = REF
    assert.deepEqual(await syncLog.summarize({ tenantId, integrationId, sinceMs: NOW }), summary)
    assert.deepEqual(await syncLog.summarize({ tenantId, sinceMs: NOW }), {
      ...summary,
      succeeded: 3,
      lastSuccessAtMs: NOW + 7,
    })
    assert.deepEqual(await syncLog.summarize({ sinceMs: NOW }), {
      ...summary,
      succeeded: 4,
      lastSuccessAtMs: NOW + 8,
    })
    const none = { succeeded: 0, failed: 0, lastSuccessAtMs: null, lastFailure: null }
    assert.deepEqual(await syncLog.summarize({ tenantId: 'nobody', sinceMs: 0 }), none)
  },
  'purging removes what is older, at most up to its limit': async ({ storage: { syncLog } }) => {
    await append(
      syncLog,
      [1, 2, 3].map((at) => ({ id: `old-${at}`, atMs: NOW - at })),
    )
    await append(syncLog, [
      { id: 'kept', atMs: NOW },
      { id: 'old-f', tenantId: 'tenant-b', atMs: NOW - 9 },
    ])
    const query = { tenantId: REF.tenantId, beforeMs: NOW, limit: 2 }
    assert.equal(await syncLog.purge(query), 2)
    assert.equal(await syncLog.purge(query), 1)
    assert.equal(await syncLog.purge(query), 0)
    assert.deepEqual(await idsOf(syncLog, { tenantId: 'tenant-b' }), ['old-f'])
    assert.deepEqual(await idsOf(syncLog, {}), ['kept'])
  },
  'another tenant finds nothing': async ({ storage: { syncLog } }) => {
    await append(syncLog, [{ id: 'mine' }])
    assert.deepEqual(await idsOf(syncLog, { tenantId: FOREIGN.tenantId }), [])
    const { tenantId, integrationId } = FOREIGN
    const summary = await syncLog.summarize({ tenantId, integrationId, sinceMs: 0 })
    assert.equal(summary.succeeded, 0)
  },
  'values are copied on the way in and out': async ({ storage: { syncLog } }) => {
    const given = aLogEntry()
    const appending = syncLog.append(given)
    scribble(given)
    await appending
    for (const entry of (await syncLog.list({ tenantId: REF.tenantId, limit: 1 })).items) scribble(entry)
    const page = await syncLog.list({ tenantId: REF.tenantId, limit: 1 })
    assert.deepEqual(page.items, [aLogEntry()])
  },
}
