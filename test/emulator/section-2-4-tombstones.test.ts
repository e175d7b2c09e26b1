import { expect, test } from 'vitest'
import { connected } from './connected.ts'

test('a deleted event in a delta is exactly kind, etag, id and status', async () => {
  await using run = await connected()
  const { id } = await run.insert({ extendedProperties: { private: { ours: '1' } } })
  const { nextSyncToken = '' } = await run.list()
  run.hand.delete(id)
  const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
  expect(items).toEqual([{ kind: 'calendar#event', etag: expect.any(String), id, status: 'cancelled' }])
})

test('a full list leaves deleted events out; showDeleted brings them back with their details', async () => {
  await using run = await connected()
  const { id } = await run.insert()
  run.hand.delete(id)
  expect((await run.list()).items).toEqual([])
  const { items } = await run.list({ showDeleted: true })
  expect(items).toEqual([expect.objectContaining({ id, status: 'cancelled', summary: 'Corte de Cabelo' })])
})

test('an event made and deleted between two deltas shows as its tombstone alone', async () => {
  await using run = await connected()
  const { nextSyncToken } = await run.list()
  const { id } = await run.insert()
  run.hand.delete(id)
  const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
  expect(items?.map((item) => [item.id, item.status])).toEqual([[id, 'cancelled']])
})

test('a revived event comes back whole in the next delta', async () => {
  await using run = await connected()
  const { id } = await run.insert()
  run.hand.delete(id)
  const { nextSyncToken } = await run.list()
  run.hand.patch(id, { status: 'confirmed' })
  const { items } = await run.list({ syncToken: nextSyncToken ?? '' })
  expect(items).toEqual([expect.objectContaining({ id, status: 'confirmed', summary: 'Corte de Cabelo' })])
})

test('purged tombstones disappear from lists and deltas', async () => {
  await using run = await connected()
  const { id } = await run.insert()
  const { nextSyncToken } = await run.list()
  run.hand.delete(id)
  run.google.faults.purgeTombstones()
  expect((await run.list({ syncToken: nextSyncToken ?? '' })).items).toEqual([])
  expect((await run.list({ showDeleted: true })).items).toEqual([])
})
