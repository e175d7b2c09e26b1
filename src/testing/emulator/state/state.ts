import type { RandomState } from '../random.ts'
import type { CalendarRecord, UserRecord } from './calendar-records.ts'
import type {
  AccessTokenRecord,
  ClientRecord,
  CodeRecord,
  GrantRecord,
  RefreshTokenRecord,
} from './oauth-records.ts'
import type { ChannelRecord, NotificationRecord } from './push-records.ts'
import type { QuotaRecord } from './quota-records.ts'

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
  channels: Map<string, ChannelRecord>
  /** Messages not delivered yet, in the order they were made. */
  notifications: NotificationRecord[]
  quota: QuotaRecord
}

/** A state that holds nothing yet. */
export function emptyState(random: RandomState): GoogleState {
  return {
    random,
    lastTimestampUs: 0,
    clients: new Map(),
    users: new Map(),
    calendars: new Map(),
    grants: new Map(),
    codes: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    channels: new Map(),
    notifications: [],
    quota: { spent: new Map() },
  }
}
