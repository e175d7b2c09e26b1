import type { PagePosition } from '../api/list-tokens.ts'
import type { FaultBoard } from '../faults.ts'
import type { EventRecord } from '../state/event-records.ts'

/** Where an item stands in its list; compared member by member. */
export type SortKey = readonly number[]

/** An item of a list. */
export interface ListItem {
  readonly event: EventRecord
  readonly key: SortKey
}

/** One page, and where the next one begins; null after the last. */
export interface Page {
  readonly items: readonly EventRecord[]
  readonly next: PagePosition | null
}

/** The order of two keys. */
export function compareKeys(left: SortKey, right: SortKey): number {
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Cuts a page out of a list whose items come in the order of their keys; it reads no further than it must.
 * The faults `maxPageSize` and `emptyPages` make it shorter than asked.
 */
export function cutPage(
  board: FaultBoard,
  list: Iterable<ListItem>,
  maxResults: number,
  position: PagePosition,
): Page {
  if (board.emptyPagesOn && !position.afterEmpty) {
    return { items: [], next: { ...position, afterEmpty: true } }
  }
  const size = Math.min(maxResults, board.pageSizeCap ?? Number.POSITIVE_INFINITY)
  const page: ListItem[] = []
  for (const item of list) {
    if (position.after !== null && compareKeys(item.key, position.after) <= 0) continue
    if (page.length === size) {
      const after = page.at(-1)?.key ?? position.after
      return {
        items: page.map(({ event }) => event),
        next: { snapshot: position.snapshot, after, afterEmpty: false },
      }
    }
    page.push(item)
  }
  return { items: page.map(({ event }) => event), next: null }
}
