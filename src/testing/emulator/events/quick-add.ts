import type { Backend } from '../backend.ts'
import { required } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import { instantToWall, parseDate } from '../zone-time.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const DAY = /\b(?:on\s+)?(today|tomorrow|(?:sun|mon|tues|wednes|thurs|fri|satur)day|\d{4}-\d{2}-\d{2})\b/i
const CLOCK =
  /\b(?:at|from)?\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm)?(?:\s*(?:-|to)\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm)?)?\b/i
const CLOCK_HINT = /\b(?:at|from)\s+\d|\d:\d{2}|\d\s*(?:am|pm)\b/i

/** The midnight a word stands for, as if UTC; null for a date that does not exist. */
function dayOf(word: string, today: number): number | null {
  const lower = word.toLowerCase()
  if (lower === 'today') return today
  if (lower === 'tomorrow') return today + DAY_MS
  const weekday = WEEKDAYS.indexOf(lower)
  if (weekday < 0) return parseDate(word)
  const ahead = (weekday - new Date(today).getUTCDay() + 7) % 7
  return today + ahead * DAY_MS
}

function clockMs(hour: string, minute: string | undefined, half: string | undefined): number {
  const twelve = Number(hour) % 12
  const hours = half === undefined ? Number(hour) : half.toLowerCase() === 'pm' ? twelve + 12 : twelve
  return (hours * 60 + Number(minute ?? 0)) * 60_000
}

/**
 * The event body that events.quickAdd makes of a text. Google's own reading of texts is not documented; this
 * one knows today, tomorrow, English weekdays, `YYYY-MM-DD`, and clock times such as `at 10`, `15:30`,
 * `3pm-4pm` in the calendar's zone. A day without a time is an all-day event, no time at all an hour from now.
 * @throws CalendarApiError 400 `required` for an empty text.
 */
export function quickAddBody(backend: Backend, calendar: CalendarRecord, text: string): JsonObject {
  if (text.trim() === '') throw required('Required parameter: text', 'text')
  const now = instantToWall(backend.clock.now(), calendar.timeZone)
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const day = DAY.exec(text)
  const named = day ? dayOf(day[1] ?? '', today) : today
  const rest = day ? text.replace(day[0], ' ') : text
  const clock = CLOCK_HINT.test(rest) ? CLOCK.exec(rest) : null
  const summary = (clock ? rest.replace(clock[0], ' ') : rest).replaceAll(/\s+/g, ' ').trim() || text.trim()
  if (named === null) return { summary: text.trim(), ...timed(calendar, now, now + HOUR_MS) }
  if (!clock) {
    return day ? { summary, ...allDay(named) } : { summary, ...timed(calendar, now, now + HOUR_MS) }
  }
  const [, hour = '', minute, half, endHour, endMinute, endHalf] = clock
  const start = named + clockMs(hour, minute, half ?? endHalf)
  const end = endHour === undefined ? start + HOUR_MS : named + clockMs(endHour, endMinute, endHalf ?? half)
  return { summary, ...timed(calendar, start, end > start ? end : end + DAY_MS) }
}

function allDay(day: number): JsonObject {
  const date = (ms: number): JsonObject => ({ date: new Date(ms).toISOString().slice(0, 10) })
  return { start: date(day), end: date(day + DAY_MS) }
}

function timed({ timeZone }: CalendarRecord, start: number, end: number): JsonObject {
  const local = (wall: number): JsonObject => ({
    dateTime: new Date(wall).toISOString().slice(0, 19),
    timeZone,
  })
  return { start: local(start), end: local(end) }
}
