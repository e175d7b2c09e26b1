import type { EventTime } from '../domain/index.ts'
import { canonicalRecurrence, countingOf, stampOf } from './canonical.ts'
import { datesOf, readLine } from './recurrence-lines.ts'
import { readRuleParts } from './rule-parts.ts'
import { instantToWall } from './wall-clock.ts'

/**
 * The lines of a series that has no occurrence at or after `beforeMs` any more; days count in `calendarZone`. Lines
 * that cannot be read stay as they are. Empty when only the first occurrence is left.
 */
export function endedBefore(
  lines: readonly string[],
  time: EventTime,
  beforeMs: number,
  calendarZone: string,
): string[] {
  const counting = countingOf(time)
  const before = instantToWall(beforeMs, counting.zone ?? calendarZone)
  const ended = lines.flatMap((text) => {
    const line = readLine(text)
    if (line?.name === 'RRULE') {
      const parts = new Map(readRuleParts(line.value, () => {}))
      if (parts.size === 0) return [text]
      parts.delete('COUNT')
      parts.set('UNTIL', stampOf(before - 1000, counting))
      return [`RRULE:${[...parts].map(([name, value]) => `${name}=${value}`).join(';')}`]
    }
    if (line?.name !== 'RDATE') return [text]
    const dates = datesOf(line, counting)
    if (dates === null) return [text]
    const left = dates.filter((wall) => wall < before).map((wall) => stampOf(wall, counting))
    const form = counting.zone === null ? 'RDATE;VALUE=DATE:' : 'RDATE:'
    return left.length === 0 ? [] : [`${form}${left.join(',')}`]
  })
  return canonicalRecurrence(ended, time)
}
