import { DatabaseSync } from 'node:sqlite'
import { compare, type Scale, type Table } from './measure.ts'
import { openSqlite } from './storages.ts'
import { openSwept, selectEach, sweep } from './unchanged.ts'

/** A sweep over many appointments that Google has already. */
export async function bulkSweep(scale: Scale, report: (table: Table) => void): Promise<void> {
  const count = scale.smoke ? 50 : 10_000
  await using sqlite = await openSqlite()
  await using salon = await openSwept(count, sqlite.storage)
  const database = new DatabaseSync(sqlite.path, { readOnly: true })
  try {
    const rows = await compare({ ...scale, rounds: Math.min(scale.rounds, 5) }, selectEach(database, count), [
      { name: 'SDK, SQLite', run: () => sweep(salon.sync, count) },
    ])
    report({
      title: `sync: a sweep over ${count} unchanged appointments`,
      rows,
      notes: [`calls to Google in all sweeps: ${salon.google.requests.length} (goals: 0 calls, 50 µs each)`],
    })
  } finally {
    database.close()
  }
}
