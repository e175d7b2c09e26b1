import { isCalendarDate, isTimeZone } from '../domain/index.ts'
import { STAMP } from './rule-parts.ts'
import { instantToWall, type WallMs, wallOfDate, wallToInstant } from './wall-clock.ts'

/** A line of a recurrence. */
export interface RecurrenceLine {
  readonly name: 'RRULE' | 'RDATE' | 'EXDATE' | 'EXRULE'
  /** The zone of its times; `null` where it names none. */
  readonly zone: string | null
  /** `DATE`, `PERIOD`, … where it says so. */
  readonly valueType: string | null
  readonly value: string
}

/** How the times of a series are counted. */
export interface Counting {
  /** `null` for an all-day series, whose times are days. */
  readonly zone: string | null
  /** The wall-clock time of its first start. */
  readonly startWall: WallMs
}

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)$/is
const DAY_MS = 86_400_000

/** `null` for a line of another form, or with a zone that nobody knows. */
export function readLine(text: string): RecurrenceLine | null {
  const [, name, parameters = '', value = ''] = LINE.exec(text.trim()) ?? []
  if (name === undefined) return null
  const zone = /;TZID="?([^;"]+)"?/i.exec(parameters)?.[1] ?? null
  if (zone !== null && !isTimeZone(zone)) return null
  return {
    name: name.toUpperCase() as RecurrenceLine['name'],
    zone,
    valueType: /;VALUE=([^;]+)/i.exec(parameters)?.[1]?.toUpperCase() ?? null,
    value: value.trim(),
  }
}

/** What a stamp says by itself; `null` when it is none, or of a moment that does not exist. */
export function readStamp(text: string): { date: string; timeMs: number | null; utc: boolean } | null {
  const [, year, month, day, hour, minute, second, utc] = STAMP.exec(text.trim()) ?? []
  const date = `${year}-${month}-${day}`
  if (year === undefined || !isCalendarDate(date)) return null
  if (hour === undefined) return { date, timeMs: null, utc: false }
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)]
  if (hours > 23 || minutes > 59 || seconds > 59) return null
  return { date, timeMs: ((hours * 60 + minutes) * 60 + seconds) * 1000, utc: utc !== undefined }
}

/**
 * A stamp as a wall-clock time of the series. A date alone means, in a timed series, the hour of the first start, or
 * as an `end` the end of the day. `null` when it cannot be read.
 */
export function stampToWall(
  text: string,
  { zone, startWall }: Counting,
  lineZone: string | null,
  edge: 'start' | 'end',
): WallMs | null {
  const stamp = readStamp(text)
  if (stamp === null) return null
  const midnight = wallOfDate(stamp.date)
  if (zone === null) return midnight
  if (stamp.timeMs === null) return midnight + (edge === 'end' ? DAY_MS - 1000 : startWall % DAY_MS)
  const wall = midnight + stamp.timeMs
  if (stamp.utc) return instantToWall(wall, zone)
  return lineZone === null || lineZone === zone ? wall : instantToWall(wallToInstant(wall, lineZone), zone)
}

/** The dates of an RDATE or EXDATE; `null` when one cannot be read. A period counts by its start. */
export function datesOf(line: RecurrenceLine, counting: Counting): WallMs[] | null {
  const walls: WallMs[] = []
  for (const stamp of line.value.split(',')) {
    const wall = stampToWall(stamp.split('/')[0] ?? '', counting, line.zone, 'start')
    if (wall === null) return null
    walls.push(wall)
  }
  return walls
}

/** A wall-clock time in the form of a stamp, without a zone. */
export function compact(wall: WallMs): string {
  return new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
}
