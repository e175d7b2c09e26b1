import type { AclRuleRecord, CalendarRecord } from '../state/calendar-records.ts'
import type { GoogleState } from '../state/state.ts'
import { nextTimestampUs } from '../state/timestamps.ts'

/** What makes a calendar. */
export interface CalendarSeed {
  readonly id: string
  readonly summary: string
  readonly timeZone: string
  /** The address that can delete it and always owns it; the id itself for a primary calendar. */
  readonly dataOwner: string
  /** The OAuth client that made it; default null, for one made by hand. */
  readonly createdByClient?: string | null
  /** Default true. */
  readonly watchable?: boolean
}

function ownerRule(email: string, change: number, etagUs: number): AclRuleRecord {
  const id = `user:${email}`
  return { id, scopeType: 'user', scopeValue: email, role: 'owner', deleted: false, change, etagUs }
}

/** The rules a calendar begins with. A secondary calendar has one for its own address, as Google shows it. */
function firstRules({ id, dataOwner }: CalendarSeed, etagUs: number): AclRuleRecord[] {
  const rules = [ownerRule(dataOwner, 1, etagUs)]
  return id === dataOwner ? rules : [ownerRule(id, 0, 0), ...rules]
}

/**
 * Adds a calendar to the state, or returns the one that has the id.
 * @throws Error when the id belonged to a calendar that was deleted.
 */
export function addCalendar(state: GoogleState, seed: CalendarSeed, nowMs: number): CalendarRecord {
  const present = state.calendars.get(seed.id)
  if (present?.deleted) throw new Error(`the calendar ${seed.id} was deleted, and its id stays taken`)
  if (present) return present
  const timestamp = nextTimestampUs(state, nowMs)
  const calendar: CalendarRecord = {
    id: seed.id,
    summary: seed.summary,
    description: null,
    location: null,
    timeZone: seed.timeZone,
    conferenceTypes: ['hangoutsMeet'],
    labels: [],
    dataOwner: seed.dataOwner,
    createdByClient: seed.createdByClient ?? null,
    deleted: false,
    watchable: seed.watchable ?? true,
    counter: 0,
    syncEpoch: 0,
    etagUs: timestamp,
    updatedUs: timestamp,
    acl: new Map(firstRules(seed, timestamp).map((rule) => [rule.id, rule])),
    aclCounter: 1,
    aclEpoch: 0,
    events: new Map(),
    exceptions: new Map(),
    changes: [],
    formerTimes: [],
    replaced: [],
  }
  state.calendars.set(seed.id, calendar)
  return calendar
}

/** Whether it is the calendar that its owner's account came with. */
export function isPrimary(calendar: CalendarRecord): boolean {
  return calendar.id === calendar.dataOwner
}
