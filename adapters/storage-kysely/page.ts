import { type Expression, expressionBuilder, type SqlBool } from 'kysely'

/** Where a row stands in a list that is sorted newest first, ties by descending id. */
interface Place {
  readonly atMs: number
  readonly id: string
}

/** A cursor that is no cursor of ours is behind everything: an empty page, not an error. */
function readCursor(cursor: string): Place {
  const match = /^(\d{1,15}):(.*)$/s.exec(cursor)
  return match === null ? { atMs: -1, id: '' } : { atMs: Number(match[1]), id: match[2] ?? '' }
}

/** The condition that a row comes after the cursor, in a form that an index on (at, id) serves as a range. */
export function afterCursor(at: 'at_ms' | 'opened_at_ms', cursor: string): () => Expression<SqlBool> {
  const { atMs, id } = readCursor(cursor)
  const eb = expressionBuilder<{ rows: { at_ms: number; opened_at_ms: number; id: string } }, 'rows'>()
  return () => eb.and([eb(at, '<=', atMs), eb.or([eb(at, '<', atMs), eb('id', '<', id)])])
}

/** The page of `limit` out of rows that were fetched with `limit + 1`. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  place: (row: R) => Place,
  read: (row: R) => T,
): { items: T[]; nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const next = rows.length > limit && last !== undefined ? place(last) : null
  return { items: page.map(read), nextCursor: next === null ? null : `${next.atMs}:${next.id}` }
}
