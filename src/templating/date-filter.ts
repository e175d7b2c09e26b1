import { Temporal } from 'temporal-polyfill'
import { isCalendarDate, type Locale, toEpochMs } from '../domain/index.ts'
import { CALENDAR_NAMES } from './calendar-names.ts'
import { SPELLINGS } from './local-time.ts'
import type { Spelling } from './spelling.ts'

/** A day, and the time on it where there is one. */
interface Moment {
  readonly day: Temporal.PlainDate
  readonly time: Temporal.PlainTime | null
}

const WALL_CLOCK = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/

const MIDNIGHT = Temporal.PlainTime.from('00:00')
const two = (value: number): string => String(value).padStart(2, '0')
const hour12 = (time: Temporal.PlainTime): number => time.hour % 12 || 12

function readMoment(text: string, timeZone: string): Moment | null {
  if (isCalendarDate(text)) return { day: Temporal.PlainDate.from(text), time: null }
  const local = WALL_CLOCK.exec(text)
  if (local !== null) {
    if (!isCalendarDate(local[1] ?? '')) return null
    const moment = Temporal.PlainDateTime.from(text)
    return { day: moment.toPlainDate(), time: moment.toPlainTime() }
  }
  const ms = toEpochMs(text)
  if (ms === null) return null
  const moment = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone)
  return { day: moment.toPlainDate(), time: moment.toPlainTime() }
}

/** The names of days and months are in the middle of a sentence here, and Portuguese and Spanish begin them small. */
const LONG: Readonly<Record<Locale, (day: Temporal.PlainDate, month: string) => string>> = {
  'pt-BR': (day, month) => `${day.day} de ${month} de ${day.year}`,
  en: (day, month) => `${month} ${day.day}, ${day.year}`,
  es: (day, month) => `${day.day} de ${month} de ${day.year}`,
}

type Style = (moment: Moment, locale: Locale) => string

const long: Style = ({ day }, locale) => LONG[locale](day, CALENDAR_NAMES[locale].months[day.month - 1] ?? '')
const weekday: Style = ({ day }, locale) => CALENDAR_NAMES[locale].weekdays[day.dayOfWeek - 1] ?? ''
const short: Style = ({ day }, locale) => SPELLINGS[locale].date(day)
const time: Style = (moment, locale) => (moment.time === null ? '' : SPELLINGS[locale].time(moment.time))

const STYLES: Readonly<Record<string, Style>> = Object.assign(Object.create(null) as Record<string, Style>, {
  short,
  long,
  full: (moment, locale) => `${weekday(moment, locale)}, ${long(moment, locale)}`,
  weekday,
  time,
  datetime: (moment, locale) => {
    const parts = [short(moment, locale), time(moment, locale)]
    return parts.filter((part) => part !== '').join(SPELLINGS[locale].between)
  },
} satisfies Record<string, Style>)

type Directive = (day: Temporal.PlainDate, time: Temporal.PlainTime, locale: Locale) => string

/** Those of strftime that mean the same everywhere. A day without a time counts from midnight. */
const DIRECTIVES: Readonly<Record<string, Directive>> = Object.assign(
  Object.create(null) as Record<string, Directive>,
  {
    Y: (day) => String(day.year),
    y: (day) => two(day.year % 100),
    m: (day) => two(day.month),
    '-m': (day) => String(day.month),
    d: (day) => two(day.day),
    '-d': (day) => String(day.day),
    B: (day, _, locale) => CALENDAR_NAMES[locale].months[day.month - 1] ?? '',
    b: (day, _, locale) => CALENDAR_NAMES[locale].shortMonths[day.month - 1] ?? '',
    A: (day, _, locale) => CALENDAR_NAMES[locale].weekdays[day.dayOfWeek - 1] ?? '',
    a: (day, _, locale) => CALENDAR_NAMES[locale].shortWeekdays[day.dayOfWeek - 1] ?? '',
    H: (_, clock) => two(clock.hour),
    '-H': (_, clock) => String(clock.hour),
    I: (_, clock) => two(hour12(clock)),
    '-I': (_, clock) => String(hour12(clock)),
    M: (_, clock) => two(clock.minute),
    S: (_, clock) => two(clock.second),
    p: (_, clock) => (clock.hour < 12 ? 'AM' : 'PM'),
    '%': () => '%',
  } satisfies Record<string, Directive>,
)

const DIRECTIVE = /%(-?.|$)/gsu

/** The names that the filter `date` takes for a style. */
export const DATE_STYLES: readonly string[] = Object.keys(STYLES)

/** What follows a percent sign in a pattern of the filter `date`. */
export const DATE_DIRECTIVES: readonly string[] = Object.keys(DIRECTIVES)

/** What is wrong with a style or pattern, or `null`. */
export function problemOfDateFormat(format: string): string | null {
  if (format in STYLES) return null
  const found = [...format.matchAll(DIRECTIVE)].map((match) => match[1] ?? '')
  if (found.length === 0) return `there is no date style "${format}"`
  const unknown = found.find((directive) => !(directive in DIRECTIVES))
  return unknown === undefined ? null : `there is no date directive "%${unknown}"`
}

/**
 * A day or instant in the spelling of the language. `text` is ISO 8601: with an offset it is shown in the event's
 * zone, without one it is the wall clock. What is neither, and a format that is neither a style nor a pattern, gives
 * the text back unchanged: a template must not stop working over one appointment's data.
 */
export function formatDate(text: string, format: string, { locale, timeZone }: Spelling): string {
  const moment = readMoment(text, timeZone)
  if (moment === null || problemOfDateFormat(format) !== null) return text
  const style = STYLES[format]
  if (style !== undefined) return style(moment, locale)
  const { day, time: clock } = moment
  return format.replace(
    DIRECTIVE,
    (whole, directive: string) => DIRECTIVES[directive]?.(day, clock ?? MIDNIGHT, locale) ?? whole,
  )
}
