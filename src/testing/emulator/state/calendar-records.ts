import type { EventRecord } from './event-records.ts'

/** What a user may do in a calendar; Google may add roles, so clients must tolerate others. */
export type AccessRole = 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner'

/** A default reminder of a calendar, for one user. */
export interface ReminderRecord {
  method: 'email' | 'popup'
  minutes: number
}

/** An entry of a user's calendar list: how one account sees one calendar. */
export interface CalendarListRecord {
  calendarId: string
  summaryOverride: string | null
  colorId: string
  /** Colours of the account's own choice; null: those of `colorId`. */
  rgb: { background: string; foreground: string } | null
  selected: boolean
  hidden: boolean
  defaultReminders: ReminderRecord[]
  notifications: { type: string; method: string }[]
  /** Taken off the list; a delta still tells it. */
  removed: boolean
  /** The list counter at the entry's last change. */
  change: number
  etagUs: number
}

/** A setting of an account that is not at its default, or was changed once. */
export interface SettingRecord {
  value: string
  change: number
  etagUs: number
}

/** A Google account. */
export interface UserRecord {
  email: string
  subject: string
  timeZone: string
  /** False for an account without the Calendar service: 403 `notACalendarUser`. */
  hasCalendar: boolean
  /** A Workspace administrator with the privilege to manage calendars. */
  isAdmin: boolean
  listCounter: number
  /** Raised to invalidate every token of the calendar list. */
  listEpoch: number
  calendarList: Map<string, CalendarListRecord>
  settingsCounter: number
  settingsEpoch: number
  settings: Map<string, SettingRecord>
}

/** A rule of a calendar's access control list. */
export interface AclRuleRecord {
  id: string
  scopeType: 'default' | 'user' | 'group' | 'domain'
  /** An address or a domain in lower case; null for `default`. */
  scopeValue: string | null
  role: AccessRole | 'none'
  deleted: boolean
  /** The calendar's ACL counter at the last change. */
  change: number
  etagUs: number
}

/** A label that events of a calendar may carry. */
export interface LabelRecord {
  id: string
  name: string | null
  backgroundColor: string
}

/** One line of a calendar's change log. */
export interface ChangeLogEntry {
  readonly change: number
  readonly eventId: string
}

/** What an event was before its occurrences changed. */
export interface FormerTimes {
  /** The change that ended it. */
  readonly change: number
  readonly event: EventRecord
}

/** A version of an event that was replaced, for readers that lag behind. */
export interface ReplacedVersion {
  /** The calendar's last change before that, in microseconds. */
  readonly updatedUs: number
  /** When it was replaced, in milliseconds. */
  readonly at: number
  /** The calendar's counter before. */
  readonly counter: number
  readonly eventId: string
  /** Null when the event did not exist before. */
  readonly event: EventRecord | null
}

/** A calendar and all it ever held. */
export interface CalendarRecord {
  id: string
  summary: string
  description: string | null
  location: string | null
  timeZone: string
  /** The kinds of conferences its events may have. */
  conferenceTypes: string[]
  labels: LabelRecord[]
  dataOwner: string
  createdByClient: string | null
  /** Deleted for everybody; the id stays taken. */
  deleted: boolean
  /** Whether it can be watched: holidays and some imported calendars cannot. */
  watchable: boolean
  counter: number
  /** Raised to invalidate every sync token issued so far. */
  syncEpoch: number
  etagUs: number
  updatedUs: number
  acl: Map<string, AclRuleRecord>
  aclCounter: number
  aclEpoch: number
  /** In the order of `EventRecord.order`; a tombstone keeps its place. */
  events: Map<string, EventRecord>
  /** The ids of the stored exceptions of a series, by the id of their parent. */
  exceptions: Map<string, string[]>
  /** Oldest first: a delta reads its end and nothing else. Superseded lines are skipped and cleared in time. */
  changes: ChangeLogEntry[]
  /** Earlier forms of events whose occurrences changed, oldest first. */
  formerTimes: FormerTimes[]
  /** Versions replaced a moment ago, oldest first; kept only while readers lag. */
  replaced: ReplacedVersion[]
}
