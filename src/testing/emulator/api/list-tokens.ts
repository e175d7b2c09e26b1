import { createHash } from 'node:crypto'
import { invalid, refusal } from '../errors.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'

/** What a sync token says: everything changed after this counter, in lists of this shape. */
export interface SyncPosition {
  readonly counter: number
  /** The parameters a delta must repeat. */
  readonly shape: string
}

/** Where the next page begins. */
export interface PagePosition {
  /** The counter at the first page: the list is of that moment, and the sync token starts there. */
  readonly snapshot: number
  /** The sort key of the last item given out; null before the first. */
  readonly after: readonly number[] | null
  /** The page before this one was an empty one made by a fault. */
  readonly afterEmpty: boolean
}

function encode(kind: string, members: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([kind, ...members])).toString('base64url')
}

function decode(kind: string, token: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Array.isArray(value) && value[0] === kind ? value.slice(1) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** A short fingerprint of request parameters. */
export function fingerprint(parameters: readonly (readonly [string, string])[]): string {
  const ordered = parameters.map(([name, value]) => `${name}=${value}`).sort()
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url').slice(0, 16)
}

/** A sync token for the state of a calendar at a counter. */
export function issueSyncToken(calendar: CalendarRecord, position: SyncPosition, now: number): string {
  return encode('sync', [calendar.id, position.counter, calendar.syncEpoch, now, position.shape])
}

/**
 * Reads a sync token.
 * @throws CalendarApiError 400 `invalid` for text that is no token; 410 `fullSyncRequired` for one that is
 * expired, was invalidated or belongs to another calendar.
 */
export function readSyncToken(
  calendar: CalendarRecord,
  token: string,
  now: number,
  ttlMs: number | null,
): SyncPosition {
  const [calendarId, counter, epoch, issuedAt, shape] = decode('sync', token) ?? []
  if (typeof counter !== 'number' || typeof issuedAt !== 'number' || typeof shape !== 'string') {
    throw refusal('invalid')
  }
  const foreign = calendarId !== calendar.id || epoch !== calendar.syncEpoch || counter > calendar.counter
  if (foreign || (ttlMs !== null && now - issuedAt > ttlMs)) throw refusal('fullSyncRequired')
  return { counter, shape }
}

/** A list that counts its changes: an account's calendar list or settings, or the rules of a calendar. */
export interface CountedList {
  readonly kind: 'acl' | 'calendarList' | 'settings'
  /** The address or the calendar id whose list it is. */
  readonly owner: string
  readonly counter: number
  /** Raised to invalidate every sync token issued so far. */
  readonly epoch: number
}

/** A sync token for the state of a counted list at a counter. */
export function issueListToken({ kind, owner, epoch }: CountedList, counter: number, now: number): string {
  return encode(kind, [owner, counter, epoch, now])
}

/**
 * Reads the counter out of a counted list's sync token.
 * @throws CalendarApiError 400 `invalid` for text that is no token of such a list; 410 `fullSyncRequired` for one
 * that is expired, was invalidated or belongs to another account or calendar.
 */
export function readListToken(list: CountedList, token: string, now: number, ttlMs: number | null): number {
  const [owner, counter, epoch, issuedAt] = decode(list.kind, token) ?? []
  if (typeof counter !== 'number' || typeof issuedAt !== 'number') throw refusal('invalid')
  const foreign = owner !== list.owner || epoch !== list.epoch || counter > list.counter
  if (foreign || (ttlMs !== null && now - issuedAt > ttlMs)) throw refusal('fullSyncRequired')
  return counter
}

/** A page token bound to the query it belongs to. */
export function issuePageToken(query: string, position: PagePosition): string {
  return encode('page', [query, position.snapshot, position.after, position.afterEmpty])
}

/** Reads a page token. @throws CalendarApiError 400 when it is none, or the other parameters changed. */
export function readPageToken(query: string, token: string): PagePosition {
  const [issuedFor, snapshot, after, afterEmpty] = decode('page', token) ?? []
  const key = Array.isArray(after) ? after.filter((part): part is number => typeof part === 'number') : []
  if (issuedFor !== query || typeof snapshot !== 'number') throw invalid('Invalid Value', 'pageToken')
  return {
    snapshot,
    after: key.length === 0 ? null : key,
    afterEmpty: afterEmpty === true,
  }
}
