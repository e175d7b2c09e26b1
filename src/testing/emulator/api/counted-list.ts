import { createHash } from 'node:crypto'
import type { Backend } from '../backend.ts'
import { refusal } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import {
  fingerprint,
  issueListToken,
  issuePageToken,
  readListToken,
  readPageToken,
  type CountedList,
  type PagePosition,
} from './list-tokens.ts'
import { FREE_PARAMETERS, readInteger } from './parameters.ts'

/** What a counted list holds, for one request. */
export interface ListContents<Item> {
  readonly list: CountedList
  /** Everything the list ever held, in an order that changes do not touch. */
  readonly items: readonly Item[]
  /** The list's counter at an item's last change; 0 for one that never changed. */
  readonly changeOf: (item: Item) => number
  /** Whether a full list shows an item; a delta shows all that changed, gone or not. */
  readonly shows: (item: Item) => boolean
  readonly render: (item: Item) => JsonObject
}

interface Keyed<Item> {
  readonly item: Item
  readonly key: number
}

/** In a delta the items by their changes, else by their place. */
function selected<Item>(contents: ListContents<Item>, since: number | null, snapshot: number): Keyed<Item>[] {
  const { items, changeOf, shows } = contents
  if (since === null) return items.map((item, key) => ({ item, key })).filter(({ item }) => shows(item))
  return items
    .map((item) => ({ item, key: changeOf(item) }))
    .filter(({ key }) => key > since && key <= snapshot)
    .sort((left, right) => left.key - right.key)
}

function readSince<Item>(
  backend: Backend,
  { list }: ListContents<Item>,
  query: URLSearchParams,
): number | null {
  const token = query.get('syncToken')
  return token ? readListToken(list, token, backend.clock.now(), backend.settings.syncTokenTtlMs) : null
}

/** The etag of a list: another one whenever what it shows is another. */
function listEtag(items: readonly JsonObject[]): string {
  return `"p${createHash('sha256').update(JSON.stringify(items)).digest('hex').slice(0, 14)}0g"`
}

interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: PagePosition | null
}

function cutPage<Item>(
  { faults }: Backend,
  keyed: readonly Keyed<Item>[],
  size: number,
  position: PagePosition,
): Page<Item> {
  if (faults.emptyPagesOn && !position.afterEmpty)
    return { items: [], next: { ...position, afterEmpty: true } }
  const after = position.after?.[0] ?? -1
  const rest = keyed.filter(({ key }) => key > after)
  const page = rest.slice(0, Math.min(size, faults.pageSizeCap ?? size))
  const last = page.at(-1)
  const next =
    last && page.length < rest.length
      ? { snapshot: position.snapshot, after: [last.key], afterEmpty: false }
      : null
  return { items: page.map(({ item }) => item), next }
}

/**
 * One page of a list with sync tokens: default 100 items, at most 250, and exactly one of `nextPageToken` and
 * `nextSyncToken`. What changes between two pages is in the next delta.
 * @param forbidden the parameters that cannot stand beside a sync token; those with a value, only with that one.
 * @throws CalendarApiError 400 for bad parameters and tokens; 410 `fullSyncRequired` for a dead sync token.
 */
export function listPage<Item>(
  backend: Backend,
  query: URLSearchParams,
  contents: ListContents<Item>,
  forbidden: readonly (readonly [name: string, value?: string])[] = [],
): JsonObject {
  const { kind, owner, counter } = contents.list
  const size = readInteger(query, 'maxResults', 250) ?? 100
  const restricted = forbidden.some(([name, value]) =>
    value === undefined ? query.has(name) : query.get(name) === value,
  )
  if (query.get('syncToken') && restricted) throw refusal('syncTokenWithRequestRestrictions')
  const since = readSince(backend, contents, query)
  const bound = [...query].filter(([name]) => !FREE_PARAMETERS.has(name))
  const queryId = fingerprint([[kind, owner], ...bound])
  const pageToken = query.get('pageToken')
  const position = pageToken
    ? readPageToken(queryId, pageToken)
    : { snapshot: counter, after: null, afterEmpty: false }
  const page = cutPage(backend, selected(contents, since, position.snapshot), size, position)
  const items = page.items.map((item) => contents.render(item))
  return {
    kind: `calendar#${kind}`,
    etag: listEtag(items),
    ...(page.next
      ? { nextPageToken: issuePageToken(queryId, page.next) }
      : { nextSyncToken: issueListToken(contents.list, position.snapshot, backend.clock.now()) }),
    items,
  }
}
