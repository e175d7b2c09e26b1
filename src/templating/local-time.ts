import { Temporal } from 'temporal-polyfill'
import type { EventTime, Locale } from '../domain/index.ts'

/** An event's time as a person reads it. `end` and `endTime` are empty strings where they would say nothing. */
export interface LocalTime {
  /** Day and time of the start; the day alone for whole days. */
  readonly start: string
  /** Day and time of the end; for whole days the last day that is still part of it. */
  readonly end: string
  /** Day of the start. */
  readonly date: string
  /** Time of the start; empty for whole days. */
  readonly startTime: string
  /** Time of the end; empty for whole days. */
  readonly endTime: string
  /** IANA zone; empty for whole days. */
  readonly timeZone: string
}

interface Style {
  readonly date: (day: Temporal.PlainDate) => string
  readonly time: (time: Temporal.PlainTime) => string
  readonly between: string
}

const two = (value: number): string => String(value).padStart(2, '0')
const ENGLISH_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const dayFirst: Style = {
  date: (day) => `${two(day.day)}/${two(day.month)}/${day.year}`,
  time: (time) => `${two(time.hour)}:${two(time.minute)}`,
  between: ' ',
}

const english: Style = {
  date: (day) => `${ENGLISH_MONTHS[day.month - 1] ?? ''} ${day.day}, ${day.year}`,
  time: (time) => `${time.hour % 12 || 12}:${two(time.minute)} ${time.hour < 12 ? 'AM' : 'PM'}`,
  between: ', ',
}

/**
 * Written out here and not by `Intl`: its spelling changes between versions of the runtime, and every such change
 * would rewrite every event.
 */
const STYLES: Readonly<Record<Locale, Style>> = { 'pt-BR': dayFirst, es: dayFirst, en: english }

function wallClock(epochMs: number, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone).toPlainDateTime()
}

/** The time of an event in its own zone, in the spelling of `locale`. */
export function toLocalTime(time: EventTime, locale: Locale): LocalTime {
  const style = STYLES[locale]
  if (time.allDay) {
    const start = style.date(Temporal.PlainDate.from(time.startDate))
    const end = style.date(Temporal.PlainDate.from(time.endDate).subtract({ days: 1 }))
    return { start, end, date: start, startTime: '', endTime: '', timeZone: '' }
  }
  const [from, to] = [wallClock(time.startMs, time.timeZone), wallClock(time.endMs, time.timeZone)]
  const [startTime, endTime] = [style.time(from.toPlainTime()), style.time(to.toPlainTime())]
  const date = style.date(from.toPlainDate())
  return {
    start: `${date}${style.between}${startTime}`,
    end: `${style.date(to.toPlainDate())}${style.between}${endTime}`,
    date,
    startTime,
    endTime,
    timeZone: time.timeZone,
  }
}
