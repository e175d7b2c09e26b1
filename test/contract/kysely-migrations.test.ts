import { DatabaseSync } from 'node:sqlite'
import {
  kyselyStorage,
  migrateToLatest,
  migrations,
  nodeSqliteDialect,
  printMigrations,
} from 'appointment-sync/adapters/storage-kysely'
import type { Storage } from 'appointment-sync/ports'
import { CamelCasePlugin, Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  aCursor,
  aLink,
  anIntegration,
  databaseFile,
  type HostTables,
  migrated,
  NOW,
  open,
  ref,
  storageOn,
} from './kysely-database.ts'

const TABLES = [
  'appointment_sync_busy_blocks',
  'appointment_sync_busy_calendars',
  'appointment_sync_channels',
  'appointment_sync_conflicts',
  'appointment_sync_credentials',
  'appointment_sync_cursors',
  'appointment_sync_inbox',
  'appointment_sync_integrations',
  'appointment_sync_leases',
  'appointment_sync_links',
  'appointment_sync_log',
  'appointment_sync_meta',
  'appointment_sync_oauth_states',
  'appointment_sync_offers',
  'appointment_sync_outbox',
  'appointment_sync_outbox_fences',
]

async function tablesOf(db: Kysely<HostTables>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  return tables.map(({ name }) => name).sort()
}

/** Runs the text as a tool would that knows nothing of us. */
function runText(path: string, text: string): void {
  const db = new DatabaseSync(path)
  for (const statement of text.split(/;\n/)) if (statement.trim() !== '') db.exec(statement)
  db.close()
}

describe('migrateToLatest', () => {
  test('makes every table and its own two, and nothing else', async () => {
    const { db } = await migrated()
    expect(await tablesOf(db)).toEqual(
      [...TABLES, 'appointment_sync_migrations', 'appointment_sync_migrations_lock'].sort(),
    )
  })

  test('a second run is harmless and keeps the data', async () => {
    const { db, storage } = await migrated()
    await storage.integrations.insert(anIntegration())
    await migrateToLatest(db, { dialect: 'sqlite' })
    expect(await storage.integrations.find(ref)).toEqual(anIntegration())
  })

  test('two processes that migrate at once both succeed', async () => {
    const path = databaseFile()
    const [one, two] = [open(path), open(path)]
    await Promise.all([
      migrateToLatest(one, { dialect: 'sqlite' }),
      migrateToLatest(two, { dialect: 'sqlite' }),
    ])
    await storageOn(two).check()
  })

  test('a migration that fails is named, and leaves nothing behind', async () => {
    const db = open(databaseFile())
    await sql`create table appointment_sync_links (something_else text)`.execute(db)
    await expect(migrateToLatest(db, { dialect: 'sqlite' })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('appointment_sync_0001_initial') as string,
      cause: expect.any(Error) as Error,
    })
    expect(await tablesOf(db)).not.toContain('appointment_sync_integrations')
  })

  test('data survives that the file is closed and opened again', async () => {
    const path = databaseFile()
    const first = new Kysely({ dialect: nodeSqliteDialect({ path }) })
    await migrateToLatest(first, { dialect: 'sqlite' })
    await kyselyStorage({ db: first, dialect: 'sqlite' }).links.replace(aLink(), null)
    await first.destroy()
    expect(await storageOn(open(path)).links.find(ref, 'appointment-1')).toEqual(aLink())
  })

  test('plugins of the host do not reach our tables', async () => {
    const db = new Kysely({
      dialect: nodeSqliteDialect({ path: databaseFile() }),
      plugins: [new CamelCasePlugin({ upperCase: true })],
    })
    onTestFinished(() => db.destroy())
    await migrateToLatest(db, { dialect: 'sqlite' })
    const names = await sql<{ NAME: string }>`select name as NAME from sqlite_master`
      .execute(db.withoutPlugins())
      .then(({ rows }) => rows.map(({ NAME }) => NAME))
    expect(names).toEqual(expect.arrayContaining([...TABLES, 'appointment_sync_migrations']))
    const storage = kyselyStorage({ db, dialect: 'sqlite' })
    await storage.check()
    await storage.links.replace(aLink(), null)
    expect(await storage.links.find(ref, 'appointment-1')).toEqual(aLink())
  })
})

describe('a database of the first version', () => {
  /** Made by the first migration alone, with a row in every table that changed since. */
  async function firstVersion(path: string): Promise<Kysely<HostTables>> {
    const db = open(path)
    const { appointment_sync_0001_initial: initial } = migrations('sqlite')
    if (initial === undefined) throw new Error('no first migration')
    const provider = { getMigrations: () => Promise.resolve({ appointment_sync_0001_initial: initial }) }
    const { error } = await new Migrator({
      db,
      provider,
      migrationTableName: 'appointment_sync_migrations',
      migrationLockTableName: 'appointment_sync_migrations_lock',
    }).migrateToLatest()
    expect(error).toBeUndefined()
    const { id, status, statusReason, googleAccountId, googleEmail } = anIntegration()
    const [scopes, settings] = [JSON.stringify(['calendar.events']), JSON.stringify(anIntegration().settings)]
    const { tenantId, userId, integrationId } = ref
    await sql`insert into appointment_sync_integrations values (${id}, ${tenantId}, ${userId}, ${status},
      ${statusReason}, ${googleAccountId}, ${googleEmail}, ${scopes}, '[]', ${settings}, ${NOW}, ${NOW}, 1)`.execute(
      db,
    )
    const link = aLink()
    await sql`insert into appointment_sync_links values (${tenantId}, ${userId}, ${integrationId},
      ${link.appointmentId}, ${link.calendarId}, ${link.eventId}, 0, 'live', ${link.etag}, ${link.fingerprint},
      ${JSON.stringify(link.base)}, ${NOW}, ${NOW}, ${NOW}, 1)`.execute(db)
    await sql`insert into appointment_sync_cursors values (${tenantId}, ${userId}, ${integrationId}, 'primary',
      'token', ${NOW}, ${NOW}, 1)`.execute(db)
    return db
  }

  async function expectKept(storage: Storage): Promise<void> {
    const nothingParked = {
      parkedUntilMs: null,
      parkedReason: null,
      removeEvents: null,
      dedicatedCalendar: null,
    }
    expect(await storage.integrations.find(ref)).toEqual(anIntegration(nothingParked))
    const nothingLearned = { iCalUID: null, overwrites: 0, overwritesSinceMs: 0 }
    expect(await storage.links.find(ref, 'appointment-1')).toEqual(aLink(nothingLearned))
    const read = { syncToken: 'token', pulledAtMs: NOW, sweptAtMs: NOW }
    expect(await storage.cursors.find(ref, 'primary')).toEqual(
      aCursor({ ...read, fullPassAtMs: null, offering: false }),
    )
  }

  test('is outdated until it is migrated, and keeps its data', async () => {
    const db = await firstVersion(databaseFile())
    const storage = storageOn(db)
    await expect(storage.check()).rejects.toMatchObject({ code: 'STORAGE_SCHEMA_OUTDATED' })
    await migrateToLatest(db, { dialect: 'sqlite' })
    await storage.check()
    await expectKept(storage)
  })

  test('is migrated by the printed statements of the versions after it', async () => {
    const path = databaseFile()
    const db = await firstVersion(path)
    const text = printMigrations('sqlite')
    runText(path, text.slice(text.indexOf('-- appointment_sync_0002')))
    await storageOn(db).check()
    await expectKept(storageOn(db))
    await migrateToLatest(db, { dialect: 'sqlite' })
    await expectKept(storageOn(db))
  })
})

describe('printMigrations', () => {
  test('prints every table', () => {
    const text = printMigrations('sqlite')
    for (const table of TABLES) expect(text).toContain(`create table if not exists "${table}"`)
    expect(text).not.toContain('?')
  })

  test('the printed statements make check() pass, and migrating afterwards is harmless', async () => {
    const path = databaseFile()
    runText(path, printMigrations('sqlite'))
    const db = open(path)
    const storage = storageOn(db)
    await storage.check()
    await storage.integrations.insert(anIntegration())
    await migrateToLatest(db, { dialect: 'sqlite' })
    await storage.check()
    expect(await storage.integrations.find(ref)).toEqual(anIntegration())
  })

  test('statements of a newer version that were run are not taken back by this one', async () => {
    const path = databaseFile()
    runText(path, printMigrations('sqlite'))
    runText(path, "update appointment_sync_meta set value = '99' where name = 'schema_version';\n")
    const db = open(path)
    await migrateToLatest(db, { dialect: 'sqlite' })
    const { rows } = await sql<{ value: string }>`select value from appointment_sync_meta`.execute(db)
    expect(rows).toEqual([{ value: '99' }])
  })

  test('prints the schema that migrateToLatest makes', async () => {
    const path = databaseFile()
    runText(path, printMigrations('sqlite'))
    const schemaOf = async (db: ReturnType<typeof open>): Promise<unknown[]> => {
      const query = sql`select name, sql from sqlite_master where name like 'appointment_sync_%'
        and name not like 'appointment_sync_migrations%' and sql is not null order by name`
      return (await query.execute(db)).rows
    }
    expect(await schemaOf(open(path))).toEqual(await schemaOf((await migrated()).db))
  })
})

test('the migrations work in a Migrator of the host, next to its own', async () => {
  const db = open(databaseFile())
  const own = {
    '2026_bookings': {
      up: async (host: Kysely<never>): Promise<void> => {
        await host.schema.createTable('host_bookings').addColumn('id', 'text').execute()
      },
    },
  }
  const provider = { getMigrations: () => Promise.resolve({ ...own, ...migrations('sqlite') }) }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  expect(error).toBeUndefined()
  await storageOn(db).check()
  expect(await tablesOf(db)).toContain('host_bookings')
})

describe('check', () => {
  const outdated = (what: string): object => ({
    code: 'STORAGE_SCHEMA_OUTDATED',
    message: expect.stringMatching(new RegExp(`${what}.*migrateToLatest`)) as string,
  })

  test('names the remedy when there are no tables', async () => {
    await expect(storageOn(open(databaseFile())).check()).rejects.toMatchObject(outdated('no table'))
  })

  test('passes once migrated', async () => {
    await (await migrated()).storage.check()
  })

  test.each(TABLES)('misses %s', async (table) => {
    const { db, storage } = await migrated()
    await db.schema.dropTable(table).execute()
    await expect(storage.check()).rejects.toMatchObject(outdated(table))
  })

  test('an older version, or none, is outdated; a newer one is accepted', async () => {
    const { db, storage } = await migrated()
    await sql`update appointment_sync_meta set value = '0'`.execute(db)
    await expect(storage.check()).rejects.toMatchObject(outdated('version 0'))
    await sql`update appointment_sync_meta set value = '99'`.execute(db)
    await storage.check()
    await sql`delete from appointment_sync_meta`.execute(db)
    await expect(storage.check()).rejects.toMatchObject(outdated('no schema version'))
  })

  test('a database that cannot be opened is a failure, not an old schema', async () => {
    const db = open('/nowhere/at/all/storage.db')
    await expect(storageOn(db).check()).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true })
  })
})

test.each(['postgres', 'mysql'] as const)('%s is refused by name', (dialect) => {
  const refusal = expect.objectContaining({
    code: 'INVALID_CONFIGURATION',
    message: expect.stringContaining('later version') as string,
  }) as Error
  expect(() => kyselyStorage({ db: open(databaseFile()), dialect })).toThrow(refusal)
  expect(() => migrations(dialect)).toThrow(refusal)
  expect(() => printMigrations(dialect)).toThrow(refusal)
})
