import type { EventTime } from '../domain/index.ts'
import {
  compact,
  type Counting,
  datesOf,
  readLine,
  type RecurrenceLine,
  stampToWall,
} from './recurrence-lines.ts'
import { PART_ORDER, readRuleParts, TIME_PARTS } from './rule-parts.ts'
import { instantToWall, type WallMs, wallOfDate, wallToInstant } from './wall-clock.ts'

/** How the times of a series that begins at `time` are counted. */
export function countingOf(time: EventTime): Counting {
  if (time.allDay) return { zone: null, startWall: wallOfDate(time.startDate) }
  return { zone: time.timeZone, startWall: instantToWall(time.startMs, time.timeZone) }
}

/**
 * Lines in one spelling, so that those which mean the same are equal, whoever wrote them: rules first, then RDATE, then
 * EXDATE, each once; the parts of a rule in a fixed order, without what is the default; dates in UTC, ascending. A
 * line that cannot be read stays as it is.
 */
export function canonicalRecurrence(lines: readonly string[], time: EventTime): string[] {
  const counting = countingOf(time)
  const rules: string[] = []
  const unreadable: string[] = []
  const dates = { RDATE: new Set<WallMs>(), EXDATE: new Set<WallMs>() }
  for (const text of lines) {
    const line = readLine(text)
    const read = line === null ? null : readInto(line, counting, rules, dates)
    if (read === null) unreadable.push(text.trim())
  }
  return [
    ...[...new Set(rules)].sort(),
    ...dateLine('RDATE', dates.RDATE, counting),
    ...dateLine('EXDATE', dates.EXDATE, counting),
    ...unreadable.sort(),
  ]
}

function readInto(
  line: RecurrenceLine,
  counting: Counting,
  rules: string[],
  dates: { readonly RDATE: Set<WallMs>; readonly EXDATE: Set<WallMs> },
): true | null {
  if (line.name === 'EXRULE') return null
  if (line.name === 'RRULE') {
    const rule = canonicalRule(line.value, counting)
    if (rule === null) return null
    rules.push(`RRULE:${rule}`)
    return true
  }
  // A period has a length of its own, which dates cannot say.
  const walls = line.valueType === 'PERIOD' || line.value.includes('/') ? null : datesOf(line, counting)
  if (walls === null) return null
  for (const wall of walls) dates[line.name].add(wall)
  return true
}

function dateLine(name: string, walls: ReadonlySet<WallMs>, counting: Counting): string[] {
  if (walls.size === 0) return []
  const stamps = [...walls].sort((a, b) => a - b).map((wall) => stampOf(wall, counting))
  return [`${name}${counting.zone === null ? ';VALUE=DATE' : ''}:${[...new Set(stamps)].join(',')}`]
}

/** A wall-clock time of a series as a stamp: in UTC, or a day. */
export function stampOf(wall: WallMs, { zone }: Counting): string {
  return zone === null ? compact(wall).slice(0, 8) : `${compact(wallToInstant(wall, zone))}Z`
}

function canonicalRule(text: string, counting: Counting): string | null {
  const parts = readRuleParts(text, () => {})
  if (parts === null) return null
  const spelled: string[] = []
  for (const name of PART_ORDER) {
    const value = parts.get(name)
    const idle = counting.zone === null && TIME_PARTS.some((part) => part === name)
    if (value === undefined || idle) continue
    if (name === 'UNTIL') {
      const until = stampToWall(value, counting, null, 'end')
      if (until === null) return null
      spelled.push(`UNTIL=${stampOf(until, counting)}`)
    } else if (name === 'BYDAY') spelled.push(`BYDAY=${canonicalDays(value)}`)
    else if (name === 'FREQ' || name === 'WKST') {
      if (value !== 'MO') spelled.push(`${name}=${value}`)
    } else {
      const numbers = [...new Set(value.split(',').map(Number))].sort((a, b) => a - b).join(',')
      if (name !== 'INTERVAL' || numbers !== '1') spelled.push(`${name}=${numbers}`)
    }
  }
  return spelled.join(';')
}

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

function canonicalDays(value: string): string {
  const days = value.split(',').map((day) => ({ at: Number(day.slice(0, -2)), name: day.slice(-2) }))
  days.sort((a, b) => a.at - b.at || DAYS.indexOf(a.name) - DAYS.indexOf(b.name))
  return [...new Set(days.map(({ at, name }) => (at === 0 ? name : `${at}${name}`)))].join(',')
}
