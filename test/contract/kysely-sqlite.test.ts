import { AppointmentSyncError } from 'appointment-sync'
import { kyselyStorage } from 'appointment-sync/adapters/storage-kysely'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import {
  aConflict,
  aLink,
  aLogEntry,
  anInboxEntry,
  anIntegration,
  anOAuthState,
  databaseFile,
  migrated,
  NOW,
  open,
  ref,
} from './kysely-database.ts'

describe('transactions', () => {
  test('a throw keeps nothing, and comes out as it went in', async () => {
    const { storage } = await migrated()
    const failure = new TypeError('from the work')
    const work = storage.transaction(async (session) => {
      await session.integrations.insert(anIntegration())
      await session.links.replace(aLink(), null)
      throw failure
    })
    await expect(work).rejects.toBe(failure)
    expect(await storage.integrations.find(ref)).toBeNull()
    expect(await storage.links.find(ref, 'appointment-1')).toBeNull()
  })

  test('an error of ours comes out unchanged', async () => {
    const { storage } = await migrated()
    const failure = new AppointmentSyncError({ code: 'INTEGRATION_BUSY', message: 'busy' })
    await expect(storage.transaction(() => Promise.reject(failure))).rejects.toBe(failure)
  })

  test('writes outside wait for the transaction instead of slipping into it', async () => {
    const { storage } = await migrated()
    let outside: Promise<boolean> | undefined
    const entered = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const work = storage.transaction(async (session) => {
      await session.integrations.insert(anIntegration())
      entered.resolve()
      await goOn.promise
      throw new Error('rolled back')
    })
    await entered.promise
    outside = storage.links.replace(aLink(), null)
    goOn.resolve()
    await expect(work).rejects.toThrow('rolled back')
    expect(await outside).toBe(true)
    expect(await storage.links.find(ref, 'appointment-1')).not.toBeNull()
  })

  test('the outer storage inside a transaction is refused instead of waiting for itself', async () => {
    const { storage } = await migrated()
    const internal = { code: 'INTERNAL' }
    await storage.transaction(async () => {
      await expect(storage.integrations.find(ref)).rejects.toMatchObject(internal)
      await expect(storage.conflicts.replace(aConflict(), 1)).rejects.toMatchObject(internal)
      await expect(storage.check()).rejects.toMatchObject(internal)
      await expect(storage.transaction(() => Promise.resolve())).rejects.toMatchObject(internal)
    })
    expect(await storage.integrations.find(ref)).toBeNull()
  })

  test('a session is refused after its transaction', async () => {
    const { storage } = await migrated()
    const session = await storage.transaction((session) => Promise.resolve(session))
    await expect(session.integrations.insert(anIntegration())).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await storage.integrations.find(ref)).toBeNull()
  })

  test('calls that the work did not wait for are rolled back with it', async () => {
    const { storage } = await migrated()
    const work = storage.transaction((session) =>
      Promise.all([
        Promise.reject(new Error('first')),
        session.integrations.insert(anIntegration()),
        session.links.replace(aLink(), null),
      ]),
    )
    await expect(work).rejects.toThrow('first')
    expect(await storage.integrations.find(ref)).toBeNull()
    expect(await storage.links.find(ref, 'appointment-1')).toBeNull()
  })

  test('calls that the work did not wait for are kept with it', async () => {
    const { storage } = await migrated()
    const ids = ['a', 'b', 'c', 'd']
    const calls: Promise<boolean>[] = []
    await storage.transaction((session) => {
      calls.push(...ids.map((appointmentId) => session.links.replace(aLink({ appointmentId }), null)))
      return Promise.resolve()
    })
    expect(await Promise.all(calls)).toEqual([true, true, true, true])
    const kept = await storage.links.listByState(ref, { state: 'live', afterAppointmentId: null, limit: 10 })
    expect(kept.map(({ appointmentId }) => appointmentId)).toEqual(ids)
  })

  test('the host and the storage share one Kysely', async () => {
    const { db, storage } = await migrated()
    await db.schema.createTable('host_bookings').addColumn('id', 'text').addColumn('title', 'text').execute()
    await Promise.all([
      storage.transaction((session) => session.integrations.insert(anIntegration())),
      db
        .transaction()
        .execute((own) => own.insertInto('host_bookings').values({ id: '1', title: 'Cut' }).execute()),
    ])
    expect(await db.selectFrom('host_bookings').selectAll().execute()).toEqual([{ id: '1', title: 'Cut' }])
    expect(await storage.integrations.find(ref)).toEqual(anIntegration())
  })
})

describe('errors', () => {
  test("a driver's error is wrapped with its cause, inside and outside of a transaction", async () => {
    const { db, storage } = await migrated()
    await db.destroy()
    const wrapped = { code: 'STORAGE_FAILED', retryable: true, cause: expect.any(Error) as Error }
    await expect(storage.links.find(ref, 'a')).rejects.toMatchObject(wrapped)
    await expect(storage.transaction((session) => session.links.find(ref, 'a'))).rejects.toMatchObject(
      wrapped,
    )
  })

  test('a table that is missing is an outdated schema, with what to do', async () => {
    const { db, storage } = await migrated()
    await db.schema.dropTable('appointment_sync_links').execute()
    const outdated = { code: 'STORAGE_SCHEMA_OUTDATED', retryable: false, message: /migrateToLatest/ }
    await expect(storage.links.find(ref, 'a')).rejects.toMatchObject(outdated)
    await expect(storage.transaction((session) => session.links.find(ref, 'a'))).rejects.toMatchObject(
      outdated,
    )
  })

  test.each([
    ['no JSON', '{"app":{"title":"Anna Secret'],
    ['not what it should be', '{"app":{"title":["Anna Secret"]},"google":{}}'],
  ])('a row that holds %s is named by table and ids, without its content', async (_, base) => {
    const { db, storage } = await migrated()
    await storage.links.replace(aLink(), null)
    await sql`update appointment_sync_links set base = ${base}`.execute(db)
    const failure: unknown = await storage.links.find(ref, 'appointment-1').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'STORAGE_FAILED', retryable: false })
    const { message, cause } = failure as Error
    for (const part of ['appointment_sync_links', ref.tenantId, ref.integrationId, 'appointment-1', 'base']) {
      expect(message).toContain(part)
    }
    expect(message).not.toContain('Secret')
    expect(cause).toBeUndefined()
  })

  test('a state whose scopes cannot be read is refused, and used up', async () => {
    const { db, storage } = await migrated()
    await storage.oauthStates.insert(anOAuthState())
    await sql`update appointment_sync_oauth_states set scopes = 'nonsense'`.execute(db)
    const { stateHash } = anOAuthState()
    const failure: unknown = await storage.oauthStates.consume(stateHash).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'STORAGE_FAILED' })
    expect((failure as Error).message).not.toContain(stateHash)
    expect(await storage.oauthStates.consume(stateHash)).toBeNull()
  })
})

test('every record comes back as it was put', async () => {
  const { storage } = await migrated()
  const resolved = aConflict({
    id: 'c2',
    appointmentId: 'appointment-2',
    status: 'resolved',
    resolution: 'app',
    resolvedAtMs: NOW,
  })
  await storage.inbox.put(anInboxEntry())
  await storage.conflicts.replace(aConflict(), null)
  await storage.conflicts.replace(resolved, null)
  await storage.syncLog.append(aLogEntry())
  expect(await storage.inbox.listDue(ref, NOW, 10)).toEqual([anInboxEntry()])
  expect(await storage.conflicts.findOpen(ref, 'appointment-1')).toEqual(aConflict())
  expect(await storage.conflicts.find(ref.tenantId, 'c2')).toEqual(resolved)
  expect(await storage.syncLog.list({ tenantId: ref.tenantId, limit: 1 })).toEqual({
    items: [aLogEntry()],
    nextCursor: null,
  })
})

describe('nodeSqliteDialect', () => {
  test('sets the file up for several processes', async () => {
    const db = open(databaseFile())
    const pragma = async (name: string): Promise<unknown> =>
      (await sql`pragma ${sql.raw(name)}`.execute(db)).rows.map((row) => Object.values(row as object)[0])
    expect(await pragma('journal_mode')).toEqual(['wal'])
    expect(await pragma('foreign_keys')).toEqual([1])
  })

  test('more statements than it keeps are still answered, in any order', async () => {
    const db = open(databaseFile())
    for (const n of [...Array(600).keys(), ...Array(600).keys()]) {
      const { rows } = await sql<{ n: number }>`select ${sql.lit(n)} as n`.execute(db)
      expect(rows).toEqual([{ n }])
    }
  })

  test('savepoints and streams work for the host', async () => {
    const db = open(databaseFile())
    await db.schema.createTable('host_bookings').addColumn('id', 'text').addColumn('title', 'text').execute()
    const insert = (id: string) => ({ id, title: id })
    const transaction = await db.startTransaction().execute()
    await transaction.insertInto('host_bookings').values(insert('a')).execute()
    const saved = await transaction.savepoint('here').execute()
    await saved.insertInto('host_bookings').values(insert('b')).execute()
    await saved.rollbackToSavepoint('here').execute()
    await transaction.commit().execute()
    const ids: string[] = []
    for await (const row of db.selectFrom('host_bookings').selectAll().stream()) ids.push(row.id)
    expect(ids).toEqual(['a'])
  })

  test('flags are bound as numbers', async () => {
    const db = open(databaseFile())
    expect((await sql`select ${true} as yes, ${false} as no`.execute(db)).rows).toEqual([{ yes: 1, no: 0 }])
  })

  test('changes by raw statements are counted', async () => {
    const db = open(databaseFile())
    await sql`create table t (n integer)`.execute(db)
    const { numAffectedRows } = await sql`insert into t values (1), (2)`.execute(db)
    expect(numAffectedRows).toBe(2n)
  })

  test('the caller keeps its Kysely', async () => {
    const { db } = await migrated()
    await kyselyStorage({ db, dialect: 'sqlite' }).check()
    expect((await sql`select 1`.execute(db)).rows).toHaveLength(1)
  })
})
