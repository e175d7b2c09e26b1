import type { SyncSettings } from '../domain/index.ts'
import { isMadeBySdk, type RemoteEvent } from '../google/index.ts'
import { extentOf } from './sync-window.ts'

type LiveEvent = Extract<RemoteEvent, { cancelled: false }>

const DAY_MS = 86_400_000

/**
 * Whether an event may be offered to the host as an appointment: one that a person made or was invited to, that takes
 * place, makes the owner busy, is not private, and is not over. A series is offered as a whole, by its first event.
 */
export function isOfferable(
  event: RemoteEvent,
  settings: Pick<SyncSettings, 'timeZone'>,
  nowMs: number,
): event is LiveEvent {
  if (event.cancelled || event.tentative || event.transparent) return false
  if (event.eventType !== 'default' || event.recurringEventId !== null) return false
  // Ours, of another integration's, or a guest's copy of one: offering it would mirror it for ever.
  if (event.mark !== null || isMadeBySdk(event.iCalUID)) return false
  if (event.visibility === 'private' || event.visibility === 'confidential') return false
  const self = event.attendees.find(({ raw }) => raw['self'] === true)
  return self?.responseStatus !== 'declined' && !isOver(event, settings, nowMs)
}

function isOver(event: LiveEvent, { timeZone }: Pick<SyncSettings, 'timeZone'>, nowMs: number): boolean {
  const { fromMs, toMs } = extentOf(event.fields.time, timeZone)
  if (event.recurrence.length === 0) return toMs <= nowMs
  const endMs = latestEndOf(event.recurrence, fromMs)
  return endMs !== null && endMs + (toMs - fromMs) <= nowMs
}

/** The longest that lies between two occurrences, in days: some rules skip months, or all years but leap years. */
const LONGEST_STEP_DAYS: Readonly<Record<string, number>> = {
  DAILY: 1,
  WEEKLY: 7,
  MONTHLY: 62,
  YEARLY: 8 * 366,
}

/** An instant after which no occurrence starts, late rather than early; `null` where the lines do not say one. */
function latestEndOf(recurrence: readonly string[], startMs: number): number | null {
  const rules = recurrence.filter((line) => line.toUpperCase().startsWith('RRULE'))
  const [rule] = rules
  if (rule === undefined || rules.length > 1 || recurrence.some((line) => /^RDATE/i.test(line))) return null
  const parts = new Map(
    rule
      .slice(rule.indexOf(':') + 1)
      .toUpperCase()
      .split(';')
      .map((part) => part.split('=') as [string, string]),
  )
  const until = /^(\d{4})(\d{2})(\d{2})/.exec(parts.get('UNTIL') ?? '')
  if (until !== null) {
    const [, year, month, day] = until
    // The end of that day in whatever zone it is meant.
    return Date.UTC(Number(year), Number(month) - 1, Number(day)) + 2 * DAY_MS
  }
  const stepDays = LONGEST_STEP_DAYS[parts.get('FREQ') ?? '']
  const count = Number(parts.get('COUNT'))
  if (stepDays === undefined || !Number.isInteger(count)) return null
  return startMs + count * Number(parts.get('INTERVAL') ?? 1) * stepDays * DAY_MS
}
