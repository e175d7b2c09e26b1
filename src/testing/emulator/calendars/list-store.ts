import type { Backend } from '../backend.ts'
import { announceChange } from '../push/announce.ts'
import type { CalendarListRecord, UserRecord } from '../state/calendar-records.ts'
import { nextTimestampUs } from '../state/timestamps.ts'

/** An entry before it is stored: storing stamps it. */
export type ListEntryDraft = Omit<CalendarListRecord, 'change' | 'etagUs'>

/** The notifications a primary calendar was seen to begin with. */
const PRIMARY_NOTIFICATIONS = ['eventCreation', 'eventChange', 'eventCancellation', 'eventResponse']

/** The entry a user has while the calendar is on the list. */
export function findListEntry(user: UserRecord, calendarId: string): CalendarListRecord | null {
  const entry = user.calendarList.get(calendarId)
  return entry && !entry.removed ? entry : null
}

/** Stores an entry: the list's counter for deltas, a new etag, and word to the watch channels. */
export function storeListEntry(
  backend: Backend,
  user: UserRecord,
  draft: ListEntryDraft,
): CalendarListRecord {
  user.listCounter += 1
  const etagUs = nextTimestampUs(backend.state, backend.clock.now())
  const entry = { ...draft, change: user.listCounter, etagUs }
  user.calendarList.set(entry.calendarId, entry)
  announceChange(backend, { kind: 'calendarList', email: user.email })
  return entry
}

/** The entry of a calendar that comes to a list. */
export function newListEntry(user: UserRecord, calendarId: string): ListEntryDraft {
  const primary = calendarId === user.email
  return {
    calendarId,
    summaryOverride: null,
    colorId: primary ? '14' : '7',
    rgb: null,
    selected: true,
    hidden: false,
    defaultReminders: primary ? [{ method: 'popup', minutes: 30 }] : [],
    notifications: primary ? PRIMARY_NOTIFICATIONS.map((type) => ({ type, method: 'email' })) : [],
    removed: false,
  }
}

/** Puts a calendar on a user's list; one that is there already stays as it is. */
export function addToList(backend: Backend, user: UserRecord, calendarId: string): void {
  if (!findListEntry(user, calendarId)) storeListEntry(backend, user, newListEntry(user, calendarId))
}

/** Takes a calendar off a user's list; a delta still tells it. */
export function takeOffList(backend: Backend, user: UserRecord, calendarId: string): void {
  const entry = findListEntry(user, calendarId)
  if (entry) storeListEntry(backend, user, { ...entry, removed: true })
}
