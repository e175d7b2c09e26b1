import { DatabaseSync } from 'node:sqlite'
import type { Standing } from './ledger.ts'

/** A line of the host's history. */
export interface HistoryLine {
  readonly source: string
  readonly bookingId: string
  readonly kind: string
  readonly startMs: number
  readonly title: string | null
}

/** The host's database as the test reads it, past the worker and the SDK. */
export interface HostRecords {
  readonly standings: ReadonlyMap<string, Standing>
  readonly history: readonly HistoryLine[]
}

/** Opened for each look and closed again, so that a worker finds the file as a dead one left it. */
function looking<T>(path: string, look: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path)
  try {
    database.exec('pragma busy_timeout = 10000')
    return look(database)
  } finally {
    database.close()
  }
}

/**
 * Whether the host committed the edit: asked when the worker died before it could say so. Commits something first:
 * a transaction that reached the log of the file, but not its index, is unseen while another worker has the file
 * open, and comes to light once nobody has, unless a later commit took its place.
 */
export function wasCommitted(path: string, editId: string): boolean {
  return looking(path, (database) => {
    database.exec('update settled_doubts set count = count + 1')
    const line = database.prepare('select 1 from booking_history where source = ?').get(`edit:${editId}`)
    return line !== undefined
  })
}

/** Everything, in the order in which it was written. */
export function readHost(path: string): HostRecords {
  return looking(path, (database) => {
    const rows = database.prepare('select id, status, start_ms from bookings').all()
    const lines = database
      .prepare('select source, booking_id, kind, start_ms, title from booking_history order by rowid')
      .all()
    return {
      standings: new Map(
        rows.map((row) => [
          String(row['id']),
          row['status'] === 'cancelled' ? 'off' : Number(row['start_ms']),
        ]),
      ),
      history: lines.map((line) => ({
        source: String(line['source']),
        bookingId: String(line['booking_id']),
        kind: String(line['kind']),
        startMs: Number(line['start_ms']),
        title: line['title'] === null ? null : String(line['title']),
      })),
    }
  })
}
