import type { JsonObject } from './json.ts'
import type { RandomState } from './random.ts'

/** What a user may do in a calendar; Google may add roles, so clients must tolerate others. */
export type AccessRole = 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner'

/** An OAuth client registered in the emulated Google project. */
export interface ClientRecord {
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** A Testing app: its refresh tokens die after seven days. */
  testing: boolean
}

/** What an account once allowed a client to do. */
export interface GrantRecord {
  scopes: string[]
}

/** An authorization code, good once and for ten minutes. */
export interface CodeRecord {
  clientId: string
  email: string
  redirectUri: string
  scopes: string[]
  challenge: { value: string; method: 'S256' | 'plain' } | null
  offline: boolean
  consentShown: boolean
  combined: boolean
  nonce: string | null
  expiresAt: number
  used: boolean
}

/** A live refresh token. */
export interface RefreshTokenRecord {
  clientId: string
  email: string
  scopes: string[]
  combined: boolean
  expiresAt: number | null
}

/** A live access token. */
export interface AccessTokenRecord {
  clientId: string
  email: string
  scopes: string[]
  combined: boolean
  offline: boolean
  expiresAt: number
  refreshToken: string | null
}

/** An entry of a user's calendar list. */
export interface CalendarListRecord {
  calendarId: string
  accessRole: AccessRole
  selected: boolean
  removed: boolean
  /** The list counter at the entry's last change. */
  change: number
  etagUs: number
}

/** A Google account. */
export interface UserRecord {
  email: string
  subject: string
  timeZone: string
  listCounter: number
  calendarList: Map<string, CalendarListRecord>
}

/** One event of one calendar, live or deleted. */
export interface EventRecord {
  id: string
  iCalUID: string
  /** Place in the unspecified but stable default order. */
  order: number
  /** The calendar's counter at the last change: what deltas compare with. */
  change: number
  createdMs: number
  updatedUs: number
  etagUs: number
  creator: string
  organizer: string
  sequence: number
  deleted: boolean
  /** Left to another calendar: only an id-only stub stays. */
  movedAway: boolean
  /** Emptied from the trash; the id stays taken for ever. */
  purged: boolean
  /** The writable members, normalised; times in UTC beside their zone. */
  fields: JsonObject
}

/** A calendar and all it ever held. */
export interface CalendarRecord {
  id: string
  summary: string
  description: string | null
  timeZone: string
  dataOwner: string
  createdByClient: string | null
  counter: number
  /** Raised to invalidate every sync token issued so far. */
  syncEpoch: number
  etagUs: number
  updatedUs: number
  events: Map<string, EventRecord>
}

/** Everything the emulated Google holds; plain data, so a structured clone is a snapshot. */
export interface GoogleState {
  random: RandomState
  lastTimestampUs: number
  clients: Map<string, ClientRecord>
  users: Map<string, UserRecord>
  calendars: Map<string, CalendarRecord>
  grants: Map<string, GrantRecord>
  codes: Map<string, CodeRecord>
  refreshTokens: Map<string, RefreshTokenRecord>
  accessTokens: Map<string, AccessTokenRecord>
}

/** The key of a grant: one account, one client. */
export function grantKey(email: string, clientId: string): string {
  return JSON.stringify([email, clientId])
}

/**
 * A modification time in microseconds, later than every one given out before. Etags are made from it, and two
 * changes within one millisecond must not share an etag.
 */
export function nextTimestampUs(state: GoogleState, nowMs: number): number {
  state.lastTimestampUs = Math.max(state.lastTimestampUs + 1, nowMs * 1000)
  return state.lastTimestampUs
}

/** The etag of a modification time: twice the microseconds, quoted, as Google's events carry it. */
export function etagOf(timestampUs: number): string {
  return `"${(BigInt(timestampUs) * 2n).toString()}"`
}
