import { Temporal } from 'temporal-polyfill'
import type { EventTime, Locale } from '../domain/index.ts'
import { CALENDAR_NAMES } from './calendar-names.ts'

/** An event's time as a person reads it. `end` and `endTime` are empty strings where they would say nothing. */
export interface LocalTime {
  /** Day and time of the start; the day alone for whole days. */
  readonly start: string
  /** Day and time of the end; for whole days the last day that is still part of it. */
  readonly end: string
  /** Day of the start. */
  readonly date: string
  /** Name of that day. */
  readonly weekday: string
  /** Time of the start; empty for whole days. */
  readonly startTime: string
  /** Time of the end; empty for whole days. */
  readonly endTime: string
  /** IANA zone; empty for whole days. */
  readonly timeZone: string
  /** ISO 8601 of the start with the offset of the zone; for whole days the day. */
  readonly startsAt: string
  /** ISO 8601 of the end with the offset of the zone; for whole days the last day that is still part of it. */
  readonly endsAt: string
}

interface TimeSpelling {
  readonly date: (day: Temporal.PlainDate) => string
  readonly time: (time: Temporal.PlainTime) => string
  readonly between: string
}

const two = (value: number): string => String(value).padStart(2, '0')

const dayFirst: TimeSpelling = {
  date: (day) => `${two(day.day)}/${two(day.month)}/${day.year}`,
  time: (time) => `${two(time.hour)}:${two(time.minute)}`,
  between: ' ',
}

const english: TimeSpelling = {
  date: (day) => `${CALENDAR_NAMES.en.shortMonths[day.month - 1] ?? ''} ${day.day}, ${day.year}`,
  time: (time) => `${time.hour % 12 || 12}:${two(time.minute)} ${time.hour < 12 ? 'AM' : 'PM'}`,
  between: ', ',
}

/**
 * Written out here and not by `Intl`: its spelling changes between versions of the runtime, and every such change
 * would rewrite every event.
 */
export const SPELLINGS: Readonly<Record<Locale, TimeSpelling>> = {
  'pt-BR': dayFirst,
  es: dayFirst,
  en: english,
}

function inZone(epochMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone)
}

function isoOf(moment: Temporal.ZonedDateTime): string {
  return moment.toString({ timeZoneName: 'never', smallestUnit: 'second' })
}

/** The time of an event in its own zone, in the spelling of `locale`. */
export function toLocalTime(time: EventTime, locale: Locale): LocalTime {
  const style = SPELLINGS[locale]
  const weekdayOf = (day: Temporal.PlainDate): string =>
    CALENDAR_NAMES[locale].weekdays[day.dayOfWeek - 1] ?? ''
  if (time.allDay) {
    const [first, last] = [Temporal.PlainDate.from(time.startDate), Temporal.PlainDate.from(time.endDate)]
    const lastDay = last.subtract({ days: 1 })
    const start = style.date(first)
    return {
      start,
      end: style.date(lastDay),
      date: start,
      weekday: weekdayOf(first),
      startTime: '',
      endTime: '',
      timeZone: '',
      startsAt: first.toString(),
      endsAt: lastDay.toString(),
    }
  }
  const [from, to] = [inZone(time.startMs, time.timeZone), inZone(time.endMs, time.timeZone)]
  const [startTime, endTime] = [style.time(from.toPlainTime()), style.time(to.toPlainTime())]
  const day = from.toPlainDate()
  const date = style.date(day)
  return {
    start: `${date}${style.between}${startTime}`,
    end: `${style.date(to.toPlainDate())}${style.between}${endTime}`,
    date,
    weekday: weekdayOf(day),
    startTime,
    endTime,
    timeZone: time.timeZone,
    startsAt: isoOf(from),
    endsAt: isoOf(to),
  }
}
