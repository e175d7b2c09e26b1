import { RRuleTemporal } from 'rrule-temporal'
import { invalid } from '../errors.ts'
import type { StoredTime } from '../state/event-records.ts'
import { instantToWall, isTimeZone, parseDate, wallToInstant } from '../zone-time.ts'

/** A series as its rules see it: a first start and the lines of `recurrence`. */
export interface Series {
  readonly start: StoredTime
  readonly lines: readonly string[]
  /** Whether the first start is an occurrence even when no rule names it. */
  readonly startAlways: boolean
}

/** A half-open range of wall-clock times, in milliseconds counted as if they were UTC. */
export interface WallRange {
  readonly from: number
  readonly to: number
}

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)$/i
const STAMP = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/i
const WEEKDAY = '(?:SU|MO|TU|WE|TH|FR|SA)'
const list = (item: string): RegExp => new RegExp(`^${item}(?:,${item})*$`)
const upTo = (most: string): string => `[+-]?(?:${most})`
/** The parts of a rule and what each may say (RFC 5545, section 3.3.10); anything else is refused. */
const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^0*[1-9]\d{0,4}$/,
  COUNT: /^0*[1-9]\d{0,6}$/,
  UNTIL: STAMP,
  BYSECOND: list('(?:[0-5]?\\d|60)'),
  BYMINUTE: list('[0-5]?\\d'),
  BYHOUR: list('(?:[01]?\\d|2[0-3])'),
  BYDAY: list(`(?:[+-]?\\d{1,2})?${WEEKDAY}`),
  BYMONTHDAY: list(upTo('0?[1-9]|[12]\\d|3[01]')),
  BYYEARDAY: list(upTo('0{0,2}[1-9]|0?[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6]')),
  BYWEEKNO: list(upTo('0?[1-9]|[1-4]\\d|5[0-3]')),
  BYMONTH: list('(?:0?[1-9]|1[0-2])'),
  BYSETPOS: list(upTo('0{0,2}[1-9]|0?[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6]')),
  WKST: new RegExp(`^${WEEKDAY}$`),
}
/** More occurrences a day than this is no calendar, and would stop the process that expands it. */
const MAX_PER_DAY = 48
/** The library's own limits are for rules that never come about; those are found when a series is stored. */
const UNLIMITED = { maxIterations: 1e9, maxCandidateEvaluations: 1e9 } as const

function zoneOf(start: StoredTime): string {
  return 'date' in start ? 'UTC' : start.timeZone
}

/** The wall-clock time of a stored time in its own zone; a date is its midnight. */
export function wallOf(time: StoredTime): number {
  return 'date' in time
    ? (parseDate(time.date) ?? 0)
    : instantToWall(Date.parse(time.dateTime), time.timeZone)
}

function compact(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
}

/** A stamp of RFC 5545 as a wall-clock time of the series; `edge` says what a date alone means. */
function readStamp(text: string, start: StoredTime, zone: string, edge: 'start' | 'end'): number {
  const match = STAMP.exec(text.trim())
  if (!match) throw invalid('Invalid recurrence rule.')
  const [, year, month, day, hour, minute, second, utc] = match
  const midnight = parseDate(`${year}-${month}-${day}`)
  if (midnight === null || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 60) {
    throw invalid('Invalid recurrence rule.')
  }
  if ('date' in start) return midnight
  if (hour === undefined)
    return edge === 'end' ? midnight + 86_399_000 : midnight + (wallOf(start) % 86_400_000)
  const wall = midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  if (utc !== undefined) return instantToWall(wall, start.timeZone)
  return zone === start.timeZone ? wall : instantToWall(wallToInstant(wall, zone), start.timeZone)
}

function readParts(text: string): Map<string, string> {
  const parts = new Map<string, string>()
  for (const part of text.toUpperCase().split(';').filter(Boolean)) {
    const [name = '', value = ''] = part.split('=')
    if (parts.has(name) || !PARTS[name]?.test(value)) throw invalid('Invalid recurrence rule.')
    parts.set(name, value)
  }
  const count = (name: string): number => (parts.get(name) ?? '').split(',').length
  const perDay = count('BYHOUR') * count('BYMINUTE') * count('BYSECOND')
  if (!parts.has('FREQ') || (parts.has('COUNT') && parts.has('UNTIL')) || perDay > MAX_PER_DAY) {
    throw invalid('Invalid recurrence rule.')
  }
  return parts
}

/**
 * A rule in wall-clock time: expanded as if it were UTC, so that an occurrence keeps its hour on both sides of
 * a clock change. `UNTIL` is an instant on the wire and becomes the wall-clock time it stands for.
 */
function readRule(
  text: string,
  start: StoredTime,
  includeDtstart: boolean,
  limits: { maxIterations?: number; maxCandidateEvaluations?: number } = UNLIMITED,
): RRuleTemporal {
  const parts = readParts(text)
  // A date has no hours to choose (RFC 5545, section 3.3.10).
  if ('date' in start) for (const name of ['BYHOUR', 'BYMINUTE', 'BYSECOND']) parts.delete(name)
  const until = parts.get('UNTIL')
  if (until !== undefined) {
    parts.set('UNTIL', `${compact(readStamp(until, start, zoneOf(start), 'end'))}Z`)
  }
  const rule = [...parts].map(([name, value]) => `${name}=${value}`).join(';')
  return new RRuleTemporal({
    rruleString: `DTSTART:${compact(wallOf(start))}Z\nRRULE:${rule}`,
    includeDtstart,
    ...limits,
  })
}

interface Line {
  readonly name: string
  readonly zone: string
  readonly value: string
}

function readLine(text: string, start: StoredTime): Line {
  const [, name = '', parameters = '', value = ''] = LINE.exec(text.trim()) ?? []
  if (name === '') throw invalid('Invalid recurrence rule.')
  const zone = /;TZID="?([^;"]+)"?/i.exec(parameters)?.[1] ?? zoneOf(start)
  if (!isTimeZone(zone)) throw invalid('Invalid recurrence rule.')
  return { name: name.toUpperCase(), zone, value }
}

function readDates({ value, zone }: Line, start: StoredTime): number[] {
  // A period (RDATE;VALUE=PERIOD) counts by its start.
  return value.split(',').map((stamp) => readStamp(stamp.split('/')[0] ?? '', start, zone, 'start'))
}

function between(rule: RRuleTemporal, { from, to }: WallRange): number[] {
  return rule
    .between(new Date(from), new Date(to - 1), true)
    .map(({ epochMilliseconds }) => epochMilliseconds)
}

/**
 * The starts of a series inside a range, as wall-clock times in the zone of its start, in order
 * (RFC 5545, section 3.8.5: rules and RDATE added, EXRULE and EXDATE taken out).
 * @throws CalendarApiError 400 for a line that cannot be read.
 */
export function occurrences({ start, lines, startAlways }: Series, range: WallRange): number[] {
  const read = lines.map((line) => readLine(line, start))
  const of = (name: string): Line[] => read.filter((line) => line.name === name)
  const rules = of('RRULE').map(({ value }, index) => readRule(value, start, startAlways && index === 0))
  const first = rules.length === 0 ? [wallOf(start)] : []
  const excluded = new Set([
    ...of('EXDATE').flatMap((line) => readDates(line, start)),
    ...of('EXRULE').flatMap(({ value }) => between(readRule(value, start, false), range)),
  ])
  const included = [
    ...rules.flatMap((rule) => between(rule, range)),
    ...[...first, ...of('RDATE').flatMap((line) => readDates(line, start))].filter(
      (wall) => wall >= range.from && wall < range.to,
    ),
  ]
  return [...new Set(included)].filter((wall) => !excluded.has(wall)).sort((left, right) => left - right)
}

/**
 * Refuses lines that make no series: unreadable ones, and rules that never come about.
 * @throws CalendarApiError 400.
 */
export function checkRecurrence(series: Series): void {
  const start = wallOf(series.start)
  try {
    for (const line of series.lines) {
      const { name, value, zone } = readLine(line, series.start)
      if (name.endsWith('DATE')) readDates({ name, value, zone }, series.start)
      else readRule(value, series.start, false, {}).all((_, index) => index < 1)
    }
    occurrences(series, { from: start, to: start + 1000 })
  } catch (error) {
    // The library tells of an impossible rule by a plain Error.
    if (error instanceof Error) throw invalid('Invalid recurrence rule.')
    throw error
  }
}

/** The instant of an occurrence: the series' own first start keeps the offset it was given. */
export function occurrenceTime(start: StoredTime, wall: number): StoredTime {
  if ('date' in start) return { date: new Date(wall).toISOString().slice(0, 10) }
  if (wall === wallOf(start)) return start
  return { dateTime: new Date(wallToInstant(wall, start.timeZone)).toISOString(), timeZone: start.timeZone }
}
