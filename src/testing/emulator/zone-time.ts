const DAY_MS = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone)
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(zone, found)
  }
  return found
}

/** Whether the name is an IANA zone; bare offsets such as `+03:00` are not. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    formatter(zone)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function readWall(instant: number, zone: string): number {
  const parts = new Map(
    formatter(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** Since 1972 every zone has changed its offset on a quarter of an hour. */
const QUARTER_MS = 900_000
const QUARTERS_SINCE = Date.UTC(1972, 0, 1)
const MAX_KNOWN_OFFSETS = 20_000
const knownOffsets = new Map<string, Map<number, number>>()

/** The zone's offset from UTC at an instant, in milliseconds, whole seconds. */
function offsetMs(instant: number, zone: string): number {
  const seconds = Math.floor(instant / 1000) * 1000
  if (instant < QUARTERS_SINCE) return readWall(seconds, zone) - seconds
  let known = knownOffsets.get(zone)
  if (!known || known.size >= MAX_KNOWN_OFFSETS) knownOffsets.set(zone, (known = new Map()))
  // Formatting is the slowest thing the emulator does, and a calendar asks for the same hours again and again.
  const quarter = Math.floor(instant / QUARTER_MS)
  let offset = known.get(quarter)
  if (offset === undefined) {
    const start = quarter * QUARTER_MS
    known.set(quarter, (offset = readWall(start, zone) - start))
  }
  return offset
}

/** The wall clock of a zone at an instant, as milliseconds counted as if it were UTC, whole seconds. */
export function instantToWall(instant: number, zone: string): number {
  return Math.floor(instant / 1000) * 1000 + offsetMs(instant, zone)
}

/**
 * The instant of a wall-clock time (milliseconds counted as if UTC) in a zone. A time inside a gap moves
 * forward by the gap and a repeated time means the first one, like Temporal's `compatible`.
 */
export function wallToInstant(wall: number, zone: string): number {
  const before = offsetMs(wall - DAY_MS, zone)
  const after = offsetMs(wall + DAY_MS, zone)
  for (const offset of [before, after]) {
    if (offsetMs(wall - offset, zone) === offset) return wall - offset
  }
  return wall - before
}

/** RFC 3339 without fractions, with the zone's offset at that instant; `Z` for UTC. */
export function renderInstant(instant: number, zone: string): string {
  const offset = offsetMs(instant, zone)
  const local = new Date(Math.floor(instant / 1000) * 1000 + offset).toISOString().slice(0, 19)
  if (offset === 0 && /^(?:Etc\/)?(?:UTC|GMT|UCT|Zulu)$/i.test(zone)) return `${local}Z`
  const minutes = Math.round(Math.abs(offset) / 60_000)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

/** Milliseconds of `YYYY-MM-DD` counted as UTC, or null when it is no real date. */
export function parseDate(text: string): number | null {
  // Nothing is booked in the first thousand years, and JavaScript reads their first hundred as another century.
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(text)) return null
  const ms = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms
}

/** The first instant of a date in a zone. */
export function startOfDay(dateMs: number, zone: string): number {
  return wallToInstant(dateMs, zone)
}

/** A parsed date-time: an instant when it had an offset, else a wall-clock time. */
export type ParsedDateTime = { readonly instant: number } | { readonly wall: number }

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/

/** Reads an RFC 3339 date-time whose offset may be missing; fractions of a second are dropped. */
export function parseDateTime(text: string): ParsedDateTime | null {
  const match = DATE_TIME.exec(text)
  if (!match) return null
  const [, date = '', hours, minutes, seconds, zulu, sign, offsetHours, offsetMinutes] = match
  const day = parseDate(date)
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)]
  if (day === null || h > 23 || m > 59 || s > 59) return null
  const wall = day + ((h * 60 + m) * 60 + s) * 1000
  if (zulu) return { instant: wall }
  if (!sign) return { wall }
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return null
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
  return { instant: sign === '-' ? wall + offset : wall - offset }
}
