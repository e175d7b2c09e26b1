import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { migrateToLatest, nodeSqliteDialect } from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { Kysely, SqliteDialect } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  aConflict,
  aCursor,
  aLink,
  anIntegration,
  anOAuthState,
  databaseFile,
  type HostTables,
  migrated,
  NOW,
  open,
  ref,
  storageOn,
} from './kysely-database.ts'

const job = { ...ref, appointmentId: 'appointment-1' }

/** Ten calls on each of two connections to one file, all at once. */
async function race<T>(call: (storage: Storage, index: number) => Promise<T>): Promise<T[]> {
  const path = databaseFile()
  const { storage } = await migrated(path)
  return raceOn([storage, storageOn(open(path))], call)
}

function raceOn<T>(
  storages: readonly Storage[],
  call: (storage: Storage, index: number) => Promise<T>,
): Promise<T[]> {
  const calls = Array.from({ length: 10 }, (_, turn) =>
    storages.map((storage, which) => call(storage, turn * storages.length + which)),
  )
  return Promise.all(calls.flat())
}

async function twoOnOneFile(): Promise<[Storage, Storage]> {
  const path = databaseFile()
  const { storage } = await migrated(path)
  return [storage, storageOn(open(path))]
}

const winners = (results: readonly unknown[]): number =>
  results.filter((won) => won !== false && won !== null).length

describe('two connections race on one file', () => {
  test('one of twenty inserts of an owner wins', async () => {
    const won = await race((storage, n) =>
      storage.integrations.insert(anIntegration({ id: `integration-${n}` })),
    )
    expect(winners(won)).toBe(1)
  })

  test('one of twenty first links of an appointment wins', async () => {
    expect(
      winners(await race((storage, n) => storage.links.replace(aLink({ eventId: `e${n}` }), null))),
    ).toBe(1)
  })

  test('one of twenty appointments gets an event', async () => {
    const won = await race((storage, n) =>
      storage.links.replace(aLink({ appointmentId: `a${n}`, eventId: 'e' }), null),
    )
    expect(winners(won)).toBe(1)
  })

  test('one of twenty swaps of a version wins', async () => {
    const storages = await twoOnOneFile()
    await storages[0].integrations.insert(anIntegration())
    const won = await raceOn(storages, (storage) =>
      storage.integrations.replace(anIntegration({ version: 2 }), 1),
    )
    expect(winners(won)).toBe(1)
  })

  test('one of twenty open conflicts of an appointment stays', async () => {
    const won = await race((storage, n) =>
      storage.conflicts.replace(aConflict({ id: `conflict-${n}` }), null),
    )
    expect(winners(won)).toBe(1)
  })

  test('one of twenty reopenings wins', async () => {
    const storages = await twoOnOneFile()
    for (let n = 0; n < 20; n += 1) {
      const closed = aConflict({ id: `conflict-${n}`, status: 'resolved', resolution: 'app' })
      await storages[0].conflicts.replace(closed, null)
    }
    const won = await raceOn(storages, (storage, n) =>
      storage.conflicts.replace(aConflict({ id: `conflict-${n}`, version: 2 }), 1),
    )
    expect(winners(won)).toBe(1)
  })

  test('one of twenty callers consumes a state', async () => {
    const storages = await twoOnOneFile()
    await storages[0].oauthStates.insert(anOAuthState())
    const states = await raceOn(storages, (storage) => storage.oauthStates.consume(anOAuthState().stateHash))
    expect(states.filter((state) => state !== null)).toEqual([anOAuthState()])
  })

  test('one of twenty callers gets the lease', async () => {
    const leases = await race((storage) => storage.leases.acquire({ key: 'k', nowMs: NOW, ttlMs: 1000 }))
    expect(leases.filter((lease) => lease !== null)).toEqual([{ key: 'k', fence: 1 }])
  })

  test('twenty claims of one share out the jobs, none twice', async () => {
    const storages = await twoOnOneFile()
    for (let n = 0; n < 15; n += 1) {
      const ref = { ...job, appointmentId: `appointment-${n}` }
      await storages[0].outbox.enqueue({ ref, action: 'push', dueAtMs: NOW, nowMs: NOW })
    }
    const claims = await raceOn(storages, (storage) =>
      storage.outbox.claim({ nowMs: NOW, leaseMs: 1000, limit: 1 }),
    )
    const claimed = claims.flat().map(({ appointmentId }) => appointmentId)
    expect(claimed).toHaveLength(15)
    expect(new Set(claimed).size).toBe(15)
  })

  test('twenty transactions that read and then write lose no update', async () => {
    const storages = await twoOnOneFile()
    await storages[0].cursors.advance(aCursor({ sweptAtMs: 0 }), null)
    await raceOn(storages, (storage) =>
      storage.transaction(async (session) => {
        const cursor = await session.cursors.find(ref, 'primary')
        if (cursor === null) throw new Error('no cursor')
        const next = { ...cursor, sweptAtMs: (cursor.sweptAtMs ?? 0) + 1, version: cursor.version + 1 }
        expect(await session.cursors.advance(next, cursor.version)).toBe(true)
      }),
    )
    expect(await storages[1].cursors.find(ref, 'primary')).toMatchObject({ sweptAtMs: 20, version: 21 })
  })

  test('a write that waits in vain for another process fails after its time, and can be tried again', async () => {
    const path = databaseFile()
    const { storage } = await migrated(path)
    const waits: number[] = []
    const db = new Kysely<HostTables>({
      dialect: nodeSqliteDialect({
        path,
        busyTimeoutMs: 50,
        wait: (ms) => Promise.resolve(waits.push(ms)),
      }),
    })
    onTestFinished(() => db.destroy())
    const other = storageOn(db)
    await storage.transaction(async (session) => {
      await session.integrations.insert(anIntegration())
      await expect(other.links.replace(aLink(), null)).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        retryable: true,
      })
    })
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(50)
    expect(await other.links.replace(aLink(), null)).toBe(true)
  })
})

describe("a host's own SQLite dialect", () => {
  /** Kysely's own dialect, whose transactions begin without the write lock. */
  function hostDialect(path: string): SqliteDialect {
    const file = new DatabaseSync(path)
    return new SqliteDialect({
      database: {
        close: () => file.close(),
        prepare: (text) => {
          const statement = file.prepare(text)
          const bound = (values: readonly unknown[]): SQLInputValue[] => values as SQLInputValue[]
          return {
            reader: statement.columns().length > 0,
            all: (values) => statement.all(...bound(values)),
            run: (values) => statement.run(...bound(values)),
            iterate: (values) => statement.iterate(...bound(values)),
          }
        },
      },
    })
  }

  test('a transaction that has read can write, whatever others want to write meanwhile', async () => {
    const path = databaseFile()
    await migrated(path)
    const refused = Promise.withResolvers<void>()
    const host = new Kysely<HostTables>({ dialect: hostDialect(path) })
    const wait = (): Promise<void> => {
      refused.resolve()
      return new Promise((resolve) => setImmediate(resolve))
    }
    const other = new Kysely<HostTables>({ dialect: nodeSqliteDialect({ path, wait }) })
    onTestFinished(async () => {
      await host.destroy()
      await other.destroy()
    })
    let late: Promise<boolean> | undefined
    await storageOn(host).transaction(async (session) => {
      expect(await session.integrations.find(ref)).toBeNull()
      late = storageOn(other).links.replace(aLink(), null)
      await Promise.race([late, refused.promise])
      expect(await session.integrations.insert(anIntegration())).toBe(true)
    })
    expect(await late).toBe(true)
  })

  test('the schema can be made with it', async () => {
    const db = new Kysely<HostTables>({ dialect: hostDialect(databaseFile()) })
    onTestFinished(() => db.destroy())
    await migrateToLatest(db, { dialect: 'sqlite' })
    await storageOn(db).check()
  })
})
