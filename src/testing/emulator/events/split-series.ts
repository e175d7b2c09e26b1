import type { Backend } from '../backend.ts'
import { isJsonObject, mergePatch, type JsonObject } from '../json.ts'
import type { CalendarRecord } from '../state/calendar-records.ts'
import type { EventRecord, StoredTime } from '../state/event-records.ts'
import { instantToWall, wallToInstant } from '../zone-time.ts'
import { insertEvent, locateEvent, patchEvent, type Writer } from './event-changes.ts'
import { expandSeries, occurrenceTimes, originalMs } from './series.ts'

const DAY_MS = 86_400_000

/** How a tail is made of a series. */
export interface SplitOptions {
  /** Whether the private extended properties of the series come along; Google does not say. Default true. */
  readonly keepPrivate?: boolean | undefined
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
}

/** The end of the local day before: in UTC, or the day. */
function untilBefore(start: StoredTime): string {
  if ('date' in start) return stamp(Date.parse(start.date) - DAY_MS).slice(0, 8)
  const wall = instantToWall(Date.parse(start.dateTime), start.timeZone)
  return `${stamp(wallToInstant(wall - (wall % DAY_MS) - 1000, start.timeZone))}Z`
}

/** The lines of a series without their end, and with another one. */
function withEnd(lines: readonly string[], end: string): string[] {
  return lines.map((line) =>
    line.startsWith('RRULE:') ? `${line.replaceAll(/;?(?:UNTIL|COUNT)=[^;]*/g, '')}${end}` : line,
  )
}

/**
 * "This and following": the series ends with the local day before, and another one goes on from the instance with the
 * changes, under the id and in the form that were recorded (`MASTER_R20250327T123000`, the original start in UTC).
 * @throws Error for an event that is no instance.
 */
export function splitSeries(
  backend: Backend,
  calendar: CalendarRecord,
  writer: Writer,
  { instanceId, changes, keepPrivate = true }: SplitOptions & { instanceId: string; changes: JsonObject },
): EventRecord {
  const instance = locateEvent(backend, calendar, instanceId)
  const { recurringEventId, originalStart } = instance
  if (recurringEventId === null || originalStart === null) throw new Error(`${instanceId} is no instance`)
  const parent = locateEvent(backend, calendar, recurringEventId)
  const lines = (parent.fields.recurrence as string[] | undefined) ?? []
  const fromMs = originalMs(instance, calendar)
  const count = /COUNT=(\d+)/.exec(lines.join('\n'))?.[1]
  const before = expandSeries(backend, calendar, parent, { from: null, to: null }).filter(
    (one) => originalMs(one, calendar) < fromMs,
  ).length
  const until = /UNTIL=([^;]+)/.exec(lines.join('\n'))?.[1]
  const rest =
    count === undefined ? (until === undefined ? '' : `;UNTIL=${until}`) : `;COUNT=${Number(count) - before}`
  const { extendedProperties, ...shared } = parent.fields
  const body: JsonObject = {
    ...shared,
    ...(keepPrivate && isJsonObject(extendedProperties) ? { extendedProperties } : {}),
    ...occurrenceTimes(parent.fields, originalStart),
    recurrence: withEnd(lines, rest),
  }
  patchEvent(backend, calendar, writer, parent.id, {
    recurrence: withEnd(lines, `;UNTIL=${untilBefore(originalStart)}`),
  })
  const at = 'date' in originalStart ? stamp(Date.parse(originalStart.date)).slice(0, 8) : stamp(fromMs)
  // A tail of a tail is named after the first series.
  const id = `${parent.id.replace(/_R\d{8}(?:T\d{6})?$/, '')}_R${at}`
  return insertEvent(backend, calendar, writer, mergePatch(body, changes), id)
}
